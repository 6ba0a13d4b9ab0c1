"""Points beside distributions: least squares, densities without a maximum."""

from dataclasses import dataclass

import numpy as np

from enem.language.parameters import parameter_label
from enem.language.phrases import SHARE, Message, Number, Phrase, message
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.tables import Table

PLACES = "0.000000"


def textbook_regression(outcome: OutcomeArtefacts) -> ModelArtefacts | None:
    """Return the model that is one line for everybody, without levels, if there is one."""
    return next((model for model in outcome.models if model.spec.is_textbook), None)


def least_squares(cells: Table, income: Table) -> np.ndarray:
    """Fit one line to all participants by least squares; intercept and slope, points.

    Cell means weighted by their participants give the line of the rows: within a cell x is the
    same.
    """
    x_of = dict(zip(income.column("income_bracket"), income.column("x"), strict=True))
    rows = [row for row in cells.rows if row["n"]]
    x = np.array([x_of[row["income_bracket"]] for row in rows])
    n, mean = (np.array([row[name] for row in rows], float) for name in ("n", "mean"))
    design = np.column_stack([np.ones_like(x), x])
    weight = np.sqrt(n)
    return np.linalg.lstsq(design * weight[:, None], mean * weight)[0]


def least_squares_message(outcome: OutcomeArtefacts, income: Table) -> Message | None:
    """Put the slope by least squares beside the MLE of one line; None where it was not fitted."""
    textbook = textbook_regression(outcome)
    if textbook is None:
        return None
    slope = float(least_squares(outcome.cells, income)[1])
    squares = Number(slope, f"{outcome.name}/cells.csv::least_squares(slope)", PLACES)
    mle = textbook.estimates.number("mle", PLACES, parameter="slope")
    return mle and message(
        "In the model with one line the MLE is ordinary least squares: both give {mle} "
        "points per doubling of income (least squares computed separately: {squares}).",
        squares=squares,
        mle=mle,
    )


@dataclass(frozen=True)
class TauRow:
    """What the log densities along one scale do where it is smallest.

    `best` is the value of the profile at which the marginal is highest; `marginal` and `joint`
    are what the densities gain, in nats, from `tenfold` down to `smallest`.
    """

    model: str
    label: Phrase
    best: Number
    tenfold: Number
    smallest: Number
    marginal: Number
    joint: Number


def tau_rows(outcome: OutcomeArtefacts) -> list[TauRow]:
    """List every scale of every hierarchical model."""
    return [
        _tau_row(model, model.tau_profile, parameter)
        for model in outcome.models
        if model.tau_profile
        for parameter in dict.fromkeys(model.tau_profile.column("parameter"))
    ]


def _tau_row(model: ModelArtefacts, table: Table, parameter: str) -> TauRow:
    rows = sorted(table.having(parameter=parameter), key=lambda row: row["value"])
    smallest = rows[0]
    tenfold = next(row for row in rows if row["value"] > 9.99 * smallest["value"])
    best = max(rows, key=lambda row: row["log_marginal"])

    def number(value: float, column: str, pattern: str) -> Number:
        return Number(value, f"{table.name}:parameter={parameter}:{column}", pattern)

    def gain(column: str) -> Number:
        return number(smallest[column] - tenfold[column], f"last_tenfold({column})", "0.00")

    return TauRow(
        model=model.name,
        label=parameter_label(parameter),
        best=number(best["value"], "most_marginal(value)", SHARE),
        tenfold=number(tenfold["value"], "ten_times_min(value)", SHARE),
        smallest=number(smallest["value"], "min(value)", SHARE),
        marginal=gain("log_marginal"),
        joint=gain("log_joint"),
    )
