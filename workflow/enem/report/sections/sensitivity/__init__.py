"""What other assumptions do to slope and gap: sentences and a table, numbers from files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from enem.language.catalogue import has_name
from enem.language.phrases import (
    COUNT,
    PLAIN,
    POINTS,
    SHARE,
    Listing,
    Message,
    Number,
    Phrase,
    Verbatim,
    complete,
    message,
)
from enem.report.artefacts import OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.tables import Table

SLOPE, GAP = "slope", "gap_at_equal_income"
MAIN, NOT_AVAILABLE = "main", "not_available"
STUDENT_T = {"assumption": "errors", "alternative": "student_t"}
LEVELS = {"assumption": "levels", "alternative": "none"}
"""Everybody at a school of their own: what results were before schools had a level."""

TINY = "0.00000"


@dataclass(frozen=True)
class Alternative:
    """One row of the table.

    Attributes
    ----------
    label
        What is assumed.
    participants
        How many are analysed; None where the alternative cannot be had.
    slope, gap
        Mean and ends of the interval; None where there is none to show.
    note
        Why there are no numbers, or that nothing changes; None where there is nothing to say.
    """

    label: Phrase
    participants: Number | None
    slope: tuple[Number, ...] | None
    gap: tuple[Number, ...] | None
    note: Message | None


def findings(outcome: OutcomeArtefacts, groups: Groups) -> list[Message]:
    """Say what levels, and other assumptions, do to slope and gap."""
    table = outcome.sensitivity["assumptions"]
    shown = [SLOPE, GAP] if groups.comparable() else [SLOPE]
    said = [_without_levels(table, parameter) for parameter in shown]
    said += [_most(table, parameter) for parameter in shown]
    said += [*_student_t(outcome), *_binning(outcome), *_missing(table)]
    return complete(said)


def alternatives(outcome: OutcomeArtefacts, groups: Groups) -> list[Alternative]:
    """List the main analysis and every alternative."""
    table = outcome.sensitivity["assumptions"]
    keys = dict.fromkeys((row["assumption"], row["alternative"]) for row in table.rows)
    return [_alternative(table, *key, groups) for key in keys]


def _alternative(table: Table, assumption: str, alternative: str, groups: Groups) -> Alternative:
    where = {"assumption": assumption, "alternative": alternative}
    note = table.having(**where)[0]["note"]
    gap = _interval(table, parameter=GAP, **where) if groups.comparable() else None
    slope = {**where, "parameter": SLOPE}
    return Alternative(
        label=alternative_label(table, assumption, alternative),
        participants=table.number("n", COUNT, **slope) if table.having(**slope) else None,
        slope=_interval(table, **slope),
        gap=gap,
        note=None if note is None else message(f"sensitivity.note.{note}"),
    )


def _interval(table: Table, **where: object) -> tuple[Number, ...] | None:
    if not table.having(**where):
        return None
    return tuple(table.interval(**where).values())


def alternative_label(table: Table, assumption: str, alternative: str) -> Phrase:
    """Name an alternative; one of incomes holds the value as a number of the table."""
    if assumption == MAIN:
        return message("Main analysis")
    if not assumption.startswith("income."):
        key = f"sensitivity.{assumption}.{alternative}"
        known = has_name(key)
        return message(key) if known else Verbatim(f"{assumption}: {alternative}")
    where = f"assumption={assumption};alternative={alternative};parameter={SLOPE}"
    source = f"{table.name}:{where}:alternative"
    return message(f"sensitivity.{assumption}", value=Number(float(alternative), source, PLAIN))


def _without_levels(table: Table, parameter: str) -> Message | None:
    """Say what the results would be, and were, if participants shared no schools."""
    if not table.having(**LEVELS, parameter=parameter):
        return None
    versions = {"": {"assumption": MAIN}, "without_": LEVELS}
    numbers = {
        f"{version}{name}": number
        for version, where in versions.items()
        for name, number in table.interval(parameter=parameter, **where).items()
    }
    return message(f"sensitivity.levels.{parameter}", **numbers)


def _most(table: Table, parameter: str) -> Message | None:
    """Name the alternative that moves a parameter most."""
    rows = [r for r in table.having(parameter=parameter) if r["assumption"] != "levels"]
    moved = [r for r in rows if r["difference"] is not None]
    if not moved:
        return None
    row = max(moved, key=lambda row: abs(row["difference"]))
    where = {k: row[k] for k in ("assumption", "alternative", "parameter")}
    main = {"assumption": MAIN, "parameter": parameter}
    return message(
        f"sensitivity.most.{parameter}",
        alternative=alternative_label(table, row["assumption"], row["alternative"]),
        before=table.number("mean", POINTS, **main),
        after=table.number("mean", POINTS, **where),
        sds=table.number("difference_in_sd", SHARE, **where),
    )


def _student_t(outcome: OutcomeArtefacts) -> Iterator[Message]:
    table, predicted = (outcome.sensitivity[name] for name in ("assumptions", "predictions"))
    nu = {**STUDENT_T, "parameter": "nu"}
    if not table.having(**nu):
        return
    found = table.interval(**nu)
    yield message(
        "With Student-t errors the degrees of freedom are estimated at {nu} (from {low} "
        "to {high}): the more, the closer the errors are to normal ones.",
        nu=found.pop("mean"),
        **found,
    )
    for errors in ("student_t", "one_for_all"):
        difference = predicted.number("elpd_diff", POINTS, errors=errors)
        error = predicted.number("diff_se", POINTS, errors=errors)
        yield message(f"sensitivity.predicted.{errors}", difference=difference, error=error)


def _binning(outcome: OutcomeArtefacts) -> Iterator[Message]:
    """Say how far the bins that were used move a mode, where unbinned rows tell."""
    table = outcome.sensitivity["binning"]
    sample = table.having(rows="sample")
    widths = sorted({row["width"] for row in sample})
    if len(widths) < 3:
        return
    used = widths[2]  # unbinned, half the width, the width itself
    of_width = [row for row in sample if row["width"] == used]
    worst = max(of_width, key=lambda row: abs(row["difference_in_sd"]))
    where = {"rows": "sample", "width": used, "parameter": worst["parameter"]}
    yield message(
        "Student-t errors are computed on scores in bins of {width} points within each "
        "cell. On {participants} participants computed both ways, the mode that binning "
        "moves most moves by {sds} of its parameter’s standard deviations.",
        width=table.number("width", PLAIN, **where),
        participants=table.number("participants", COUNT, **where),
        sds=table.number("difference_in_sd", TINY, **where),
    )


def _missing(table: Table) -> Iterator[Message]:
    rows = table.having(note=NOT_AVAILABLE)
    if rows:
        labels = [alternative_label(table, r["assumption"], r["alternative"]) for r in rows]
        yield message(
            "Not available in this edition: {alternatives}.", alternatives=Listing(tuple(labels))
        )


def context(outcome: OutcomeArtefacts, groups: Groups) -> Mapping[str, Any]:
    """Select what the template shows of one outcome."""
    return {"said": findings(outcome, groups), "rows": alternatives(outcome, groups)}
