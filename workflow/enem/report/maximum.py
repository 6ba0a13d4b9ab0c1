"""Points beside distributions: least squares, densities without a maximum."""

from dataclasses import dataclass

import numpy as np

from enem.models.cells import CellGrid
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.estimates import parameter_label
from enem.report.groups import Groups, group_of
from enem.report.phrases import SHARE, Message, Number, Phrase, message
from enem.report.tables import Table

PLACES = "0.000000"


def least_squares(grid: CellGrid) -> np.ndarray:
    """Fit the common line to all participants by least squares; intercept and slope, points.

    Cell means weighted by their participants give the line of the rows: within a cell x is the
    same.
    """
    data = grid.over_school_types()
    design = np.column_stack([np.ones_like(data.x), data.x])
    weight = np.sqrt(data.n[0])
    return np.linalg.lstsq(design * weight[:, None], data.mean[0] * weight)[0]


def least_squares_message(outcome: OutcomeArtefacts) -> Message | None:
    """Put the slope by least squares beside the MLE of one line; None where it was not fitted."""
    pooled = next((model for model in outcome.models if model.name == "pooled"), None)
    if pooled is None:
        return None
    slope = float(least_squares(outcome.grid)[1])
    squares = Number(slope, f"{outcome.name}/cells.csv::least_squares(slope)", PLACES)
    mle = pooled.estimates.number("mle", PLACES, parameter="slope")
    return mle and message("estimates.least_squares", squares=squares, mle=mle)


def may_be_shown(model: ModelArtefacts, parameter: str, groups: Groups) -> bool:
    """Whether enough participants stand behind a parameter of a group, bracket or cell."""
    behind = model.summary.column("n", parameter=parameter)[0]
    few = behind is not None and behind < groups.smallest.value
    return not few and groups.hidden(group_of(parameter) or "") is None


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
