"""Who is in the sample: steps of the selection, school types, caveats."""

import re
from dataclasses import dataclass
from typing import Any

from enem.convert.counts import OTHERS
from enem.editions import load_editions
from enem.report.artefacts import Artefacts, OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.phrases import (
    COUNT,
    POINTS,
    Listing,
    Message,
    Number,
    Phrase,
    Verbatim,
    message,
)
from enem.report.tables import Document, Table

STEPS = {
    r"rows in the file": "step.file",
    r"row not cut short by the end of the file": "step.cut",
    r"exam in (?P<state>.+)": "step.exam",
    r"school in (?P<state>.+)": "step.school",
    r"residence in (?P<state>.+)": "step.residence",
    r"not a trainee": "step.trainee",
    r"trainee or not \(the file does not tell\)": "step.untold_trainee",
    r"every application \(booklets do not tell which\)": "step.applications",
    r"not a graduate": "step.graduate",
    r"finishing school that year": "step.finishing",
    r"present in the exams that the outcome needs": "step.present",
    r"every score of the outcome known": "step.scores",
    r"no blank answer sheet \(objective score 0\)": "step.blank",
    r"essay score above 0": "step.essay",
    r"family income known": "step.income",
    r"school type known \(enrolled\)": "step.enrolled",
    r"school type known \(self_reported\)": "step.self_reported",
}
"""Names of the steps as the selection writes them, and their entries in the catalogues."""


@dataclass(frozen=True)
class FlowRow:
    """One step of the selection."""

    step: Phrase
    rows: Number
    excluded: Number


@dataclass(frozen=True)
class GroupRow:
    """One school type, or all participants; `hidden` says why a group has no numbers."""

    name: str
    count: Number
    mean: Number | None
    sd: Number | None
    hidden: Message | None


def flow_rows(flow: Table, outcome: str) -> list[FlowRow]:
    """List the steps of one outcome in their order."""
    rows = []
    for step in flow.column("step", outcome=outcome):
        where = {"outcome": outcome, "step": step}
        counts = [flow.number(column, COUNT, **where) for column in ("rows", "excluded")]
        rows.append(FlowRow(step_phrase(step), *counts))
    return rows


def step_phrase(step: str) -> Phrase:
    """Find the catalogue's words for a step; its own where there are none."""
    for pattern, key in STEPS.items():
        if found := re.fullmatch(pattern, step):
            return message(key, **{k: Verbatim(v) for k, v in found.groupdict().items()})
    return Verbatim(step)


def group_rows(outcome: OutcomeArtefacts, groups: Groups) -> list[GroupRow]:
    """List the school types with their observed scores, then all participants."""
    table = outcome.models[0].predictive
    rows = []
    for name, count in groups.counts.items():
        hidden = groups.hidden(name)
        observed = [None, None] if hidden else _observed(table, name)
        rows.append(GroupRow(name, count, *observed, hidden))
    return [*rows, GroupRow("all", outcome.cells.total("n"), *_observed(table, "all"), None)]


def _observed(table: Table, group: str) -> list[Number | None]:
    statistics = ("mean", "sd")
    return [table.number("observed", POINTS, group=group, statistic=s) for s in statistics]


def caveats(artefacts: Artefacts) -> list[Message]:
    """Select what a reader must know about the edition and the selection."""
    settings, conversion = artefacts.settings, artefacts.conversion
    edition = load_editions().get(artefacts.edition)
    population = settings.value("population.school_type")
    chosen = [message(f"caveat.state_by.{settings.value('state_by')}")]
    if population == "self_reported":
        chosen.append(message("caveat.self_reported"))
    elif edition and edition.school_type_matched:
        chosen.append(message("caveat.matched"))
    else:
        chosen.append(message("caveat.finishing"))
    if edition and edition.coded["is_trainee"] is None:
        chosen.append(message("caveat.untold_trainees"))
    else:
        chosen.append(message(f"caveat.trainees.{settings.value('population.trainees')}"))
    for rule in ("blank_answer_sheets", "zero_essays"):
        chosen.append(message(f"caveat.{rule}.{settings.value(f'population.{rule}')}"))
    rows, expected = conversion.number("rows", COUNT), conversion.number("expected_rows", COUNT)
    if rows and expected and rows.value < expected.value:
        chosen.append(message("caveat.part", rows=rows, expected=expected))
    return [*chosen, *file_caveats(conversion)]


def file_caveats(conversion: Document) -> list[Message]:
    """Select what conversion found in the file that INEP's own files do not have."""
    chosen = []
    if conversion.value("inep_dialect") is False:
        chosen.append(message("caveat.dialect"))
    if conversion.value("registrations_checked") is False:
        chosen.append(message("caveat.registrations"))
    if conversion.value("cut_last_line"):
        chosen.append(message("caveat.cut"))
    for column, codes in (conversion.value("unknown_codes") or {}).items():
        source = f"{conversion.name}::sum(unknown_codes.{column})"
        what = {
            "column": Verbatim(column),
            "codes": Listing(tuple(_unknown_code(code) for code in codes)),
            "rows": Number(sum(codes.values()), source, COUNT),
        }
        chosen.append(message("caveat.unknown_codes", **what))
    return chosen


def _unknown_code(code: str) -> Phrase:
    return message("caveat.other_codes") if code == OTHERS else Verbatim(f"“{code}”")


def bracket_rows(income: Table) -> list[dict[str, Any]]:
    """List the brackets with their bounds and the value taken; `empty` is no income at all."""
    columns = {
        **dict.fromkeys(("lower_min_wages", "upper_min_wages", "value_min_wages"), "#,##0.##"),
        "value_brl": "#,##0.00",
        "x": "0.00",
    }
    rows = []
    for bracket in income.column("income_bracket"):
        row = {c: income.number(c, p, income_bracket=bracket) for c, p in columns.items()}
        upper = row["upper_min_wages"]
        rows.append({"name": bracket, "empty": upper is not None and upper.value == 0, **row})
    return rows
