"""Tables of parameters: point estimates beside the posterior, and beside a known truth."""

from dataclasses import dataclass

from enem.language.parameters import parameter_label
from enem.language.phrases import POINTS, SHARE, Message, Number, Phrase, message
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.tables import Table

DEVIATIONS = ("bracket", "cell")
"""Coefficients of which there are too many for a table."""

COLUMNS = ("mle", "map", "laplace_sd", "posterior_mean", "posterior_sd")


@dataclass(frozen=True)
class EstimateRow:
    """One parameter; `hidden` says why a group's has no numbers."""

    parameter: str
    label: Phrase
    numbers: tuple[Number | None, ...]
    hidden: Message | None


def estimate_rows(model: ModelArtefacts, groups: Groups) -> list[EstimateRow]:
    """List the main parameters, without the deviations of single brackets and cells.

    Numbers are MLE, MAP, Laplace's sd, posterior mean and sd, the ends of the interval, and the
    distance of the MAP from the mean in posterior sds.
    """
    rows = []
    for parameter in model.estimates.column("parameter"):
        if parameter.partition("[")[0] in DEVIATIONS:
            continue
        hidden = groups.hidden_parameter(model, parameter)
        numbers = () if hidden else _numbers(model, parameter)
        rows.append(EstimateRow(parameter, parameter_label(parameter), numbers, hidden))
    return rows


def _numbers(model: ModelArtefacts, parameter: str) -> tuple[Number | None, ...]:
    estimates, summary = model.estimates, model.summary
    return (
        *(estimates.number(column, POINTS, parameter=parameter) for column in COLUMNS),
        *(summary.number(f"interval_{end}", parameter=parameter) for end in ("low", "high")),
        estimates.number("map_minus_mean_in_sd", SHARE, parameter=parameter),
    )


@dataclass(frozen=True)
class RecoveryRow:
    """One parameter whose true value is known."""

    label: Phrase
    numbers: tuple[Number, ...]
    covered: bool
    hidden: Message | None


def recovery_rows(outcome: OutcomeArtefacts, groups: Groups) -> dict[str, list[RecoveryRow]]:
    """List truth, mean and interval by model; groups that are too small without numbers."""
    table, rows = outcome.recovery, {}
    columns = ("truth", "mean", "interval_low", "interval_high")
    for truth in table.rows:
        model, parameter = truth["model"], truth["parameter"]
        hidden = groups.hidden_parameter(outcome.model(model), parameter)
        where = {"model": model, "parameter": parameter}
        numbers = () if hidden else tuple(table.number(column, **where) for column in columns)
        row = RecoveryRow(parameter_label(parameter), numbers, truth["covered"], hidden)
        rows.setdefault(model, []).append(row)
    return rows


def recovery_message(table: Table, mass: Number) -> Message | None:
    """Say how many true values the intervals hold; None where no truth is known."""
    if not table.rows:
        return None
    return message(
        "The truth behind these simulated data is known. The {mass} intervals hold "
        "{covered} of the {total} true values ({share}).",
        covered=table.count("covered", covered=True),
        total=table.count("parameter"),
        share=table.share("covered"),
        mass=mass,
    )
