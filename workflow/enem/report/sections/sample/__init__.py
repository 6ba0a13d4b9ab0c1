"""Who is in the sample: steps of the selection, school types, caveats."""

from dataclasses import dataclass
from typing import Any

from enem.convert.values import OTHERS
from enem.editions import load_editions
from enem.language import named
from enem.language.catalogue import has_name
from enem.language.phrases import COUNT, POINTS, Listing, Message, Number, Phrase, Verbatim, message
from enem.report.artefacts import Artefacts, OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.tables import Document, Table


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


def flow_rows(flow: Table, outcome: str, state: str) -> list[FlowRow]:
    """List the steps of one outcome in their order."""
    rows = []
    for step in flow.column("step", outcome=outcome):
        where = {"outcome": outcome, "step": step}
        counts = [flow.number(column, COUNT, **where) for column in ("rows", "excluded")]
        rows.append(FlowRow(step_phrase(step, state), *counts))
    return rows


def step_phrase(step: str, state: str) -> Phrase:
    """Name a step; one that has no name is shown as it is."""
    if not has_name(f"step.{step}"):
        return Verbatim(step)
    return message(f"step.{step}", state=named("state", state))


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
        chosen.append(
            message(
                "The school type is what participants say of their own secondary education. It "
                "includes those who have finished it."
            )
        )
    elif edition and edition.school_type_matched:
        chosen.append(
            message(
                "The school type (federal, state, municipal or private) is that of the school "
                "that participants were finishing in the year of the exam. Since 2018 INEP gives "
                "it only for those found in the school census. Those who had finished school "
                "before are left out, and those found in the census are not a random sample of "
                "all."
            )
        )
    else:
        chosen.append(
            message(
                "The school type (federal, state, municipal or private) is that of the school "
                "that participants were finishing in the year of the exam. Those who had finished"
                " school before are left out."
            )
        )
    if edition and edition.coded["is_trainee"] is None:
        chosen.append(
            message(
                "The file does not tell trainees, who sit the exam for practice before their last"
                " school year. INEP looks for the schools of those who are finishing, so few "
                "trainees can be in the sample."
            )
        )
    else:
        chosen.append(message(f"caveat.trainees.{settings.value('population.trainees')}"))
    for rule in ("blank_answer_sheets", "zero_essays"):
        chosen.append(message(f"caveat.{rule}.{settings.value(f'population.{rule}')}"))
    if numbers := rows_of_part(conversion):
        chosen.append(
            message(
                "The file that was read has {rows} rows. INEP states {expected} for the whole "
                "country in its first release. The results hold only for the rows that were read.",
                **numbers,
            )
        )
    return [*chosen, *_of_applications(artefacts), *file_caveats(conversion)]


def rows_of_part(conversion: Document) -> dict[str, Number]:
    """Count the rows of a file that holds fewer than INEP states; none of a whole one."""
    rows, expected = conversion.number("rows", COUNT), conversion.number("expected_rows", COUNT)
    whole = not (rows and expected and rows.value < expected.value)
    return {} if whole else {"rows": rows, "expected": expected}


def _of_applications(artefacts: Artefacts) -> list[Message]:
    """Count those who sat the exam otherwise than regularly, or say that it is not known."""
    table, outcome = artefacts.applications, artefacts.outcomes[0].name
    if not table.rows:
        return [
            message(
                "Regular, second (prison units included) and digital application of the exam are "
                "taken together: whose the booklets of this edition are is not listed here."
            )
        ]
    found = []
    for application in ("second", "digital", "unknown"):
        where = {"application": application, "outcome": outcome}
        counts = {n: table.number(n, COUNT, **where) for n in ("analysed", "participants")}
        if counts["participants"].value:
            text = (
                "By their booklets, {analysed} of the participants analysed sat the {application} "
                "(of all who registered here: {participants})."
            )
            found.append(message(text, application=named("application", application), **counts))
    return found


def file_caveats(conversion: Document) -> list[Message]:
    """Select what conversion found in the file that INEP's own files do not have."""
    chosen = []
    if conversion.value("inep_dialect") is False:
        chosen.append(
            message(
                "The file is not written as INEP writes it: another program saved it again and "
                "may have changed more than that."
            )
        )
    if conversion.value("registrations_checked") is False:
        chosen.append(
            message(
                "Registration numbers are absent from the file or masked, so rows that appear "
                "twice would not be noticed."
            )
        )
    if conversion.value("cut_last_line"):
        chosen.append(
            message(
                "The last line of the file breaks off and was left out. The file may lack rows at"
                " its end."
            )
        )
    for column, codes in (conversion.value("unknown_codes") or {}).items():
        source = f"{conversion.name}::sum(unknown_codes.{column})"
        what = {
            "column": Verbatim(column),
            "codes": Listing(tuple(_unknown_code(code) for code in codes)),
            "rows": Number(sum(codes.values()), source, COUNT),
        }
        chosen.append(
            message(
                "In the column {column}, which this analysis does not read, values that "
                "INEP's dictionary does not list are taken as missing (rows: {rows}): "
                "{codes}.",
                **what,
            )
        )
    return chosen


def _unknown_code(code: str) -> Phrase:
    return message("other values") if code == OTHERS else Verbatim(f"“{code}”")


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
