"""Tables of parameters: point estimates beside the posterior, and beside a known truth."""

from dataclasses import dataclass

from enem.report.artefacts import ModelArtefacts
from enem.report.groups import Groups, group_of
from enem.report.locale import named
from enem.report.phrases import POINTS, SHARE, Message, Number, Phrase, Verbatim, message
from enem.report.tables import Table

COLUMNS = ("mle", "map", "laplace_sd", "posterior_mean", "posterior_sd")


@dataclass(frozen=True)
class EstimateRow:
    """One parameter; `hidden` says why a group's has no numbers."""

    parameter: str
    label: Phrase
    numbers: tuple[Number | None, ...]
    hidden: Message | None


def parameter_label(parameter: str) -> Phrase:
    """Name a parameter such as ``slope[privada]`` in words."""
    name, _, labels = parameter.removesuffix("]").partition("[")
    label = named("parameter", name)
    group, _, bracket = labels.partition(", ")
    if not group:
        return label
    if bracket:
        where = {"group": named("school", group), "bracket": Verbatim(bracket)}
        return message("parameter.of_cell", parameter=label, **where)
    # a deviation of a model without school types belongs to a bracket
    if name == "deviation":
        return message("parameter.of_bracket", parameter=label, bracket=Verbatim(group))
    return message("parameter.of", parameter=label, group=named("school", group))


def estimate_rows(model: ModelArtefacts, groups: Groups) -> list[EstimateRow]:
    """List the main parameters, without the deviations of single brackets and cells.

    Numbers are MLE, MAP, Laplace's sd, posterior mean and sd, the ends of the interval, and the
    distance of the MAP from the mean in posterior sds.
    """
    rows = []
    for parameter in model.estimates.column("parameter"):
        if parameter.startswith("deviation"):
            continue
        hidden = groups.hidden(group_of(parameter) or "")
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


def recovery_rows(table: Table, groups: Groups) -> dict[str, list[RecoveryRow]]:
    """List truth, mean and interval by model; groups that are too small without numbers."""
    rows: dict[str, list[RecoveryRow]] = {}
    columns = ("truth", "mean", "interval_low", "interval_high")
    for truth in table.rows:
        model, parameter = truth["model"], truth["parameter"]
        hidden = groups.hidden(group_of(parameter) or "")
        where = {"model": model, "parameter": parameter}
        numbers = () if hidden else tuple(table.number(column, **where) for column in columns)
        row = RecoveryRow(parameter_label(parameter), numbers, truth["covered"], hidden)
        rows.setdefault(model, []).append(row)
    return rows
