"""What the story shows: the answer, whom it is about, how sure it is and what it does not say."""

from collections.abc import Iterator
from typing import Any

from enem.compare.quantities import THESE
from enem.language.phrases import COUNT, PERCENT, Message, Number, message
from enem.report.artefacts import Artefacts, OutcomeArtefacts
from enem.report.effects import EQUAL, RAW, gap_effect
from enem.report.groups import Groups
from enem.report.sections.answer import unlike_schools
from enem.report.sections.answer.cards import cards, others, population, scope
from enem.report.sections.checks import overall_verdict
from enem.report.sections.sample import rows_of_part
from enem.report.sections.sensitivity import GAP, MAIN


def story_of(outcome: OutcomeArtefacts, groups: Groups, artefacts: Artefacts) -> dict[str, Any]:
    """Select what the templates show of one outcome."""
    mass = artefacts.settings.number("interval.mass", PERCENT)
    return {
        "name": outcome.name,
        "cards": cards(outcome, groups, mass),
        "population": population(outcome, artefacts),
        "scope": scope(outcome),
        "sure": list(_sure(outcome, groups, mass)),
        "verdict": overall_verdict(outcome.models),
        "verdict_said": [_verdict(outcome), *_caution(outcome, groups, artefacts)],
    }


def _sure(outcome: OutcomeArtefacts, groups: Groups, mass: Number) -> Iterator[Message]:
    """Say what an interval is, and what moves the main number."""
    yield message("story.interval", mass=mass)
    model, name = outcome.main, EQUAL if outcome.has_income else RAW
    for other in others(groups)[:1] if model.spec.by_school_type else ():
        these = gap_effect(model, name, other, THESE) if model.spec.levels else None
        if these is not None:
            network = message(f"network.{other}")
            yield message("story.these_schools", other=network, **these.values())
    yield from _other_assumptions(outcome, groups)


def _caution(outcome: OutcomeArtefacts, groups: Groups, artefacts: Artefacts) -> Iterator[Message]:
    """Warn of intervals that may be too narrow."""
    for _, group, more in unlike_schools(outcome.main, groups, artefacts.settings):
        if more:
            yield message("story.caution.more", network=message(f"network.{group}"))


def _other_assumptions(outcome: OutcomeArtefacts, groups: Groups) -> Iterator[Message]:
    """Say between which values the gap with all public schools stays under other assumptions."""
    if not outcome.has_income or not groups.comparable():
        return
    table = outcome.sensitivity["assumptions"]
    tried = [
        row
        for row in table.having(parameter=GAP)
        if row["assumption"] not in (MAIN, "levels") and row["mean"] is not None
    ]
    if not tried:
        return
    numbers = {"main": table.number("mean", assumption=MAIN, parameter=GAP)}
    for name, extreme in (("low", min), ("high", max)):
        row = extreme(tried, key=lambda row: row["mean"])
        where = {k: row[k] for k in ("assumption", "alternative", "parameter")}
        numbers[name] = table.number("mean", **where)
    count = Number(len(tried), f"{table.name}:parameter={GAP}:tried(mean)", COUNT)
    yield message("story.assumptions", count=count, **numbers)


def _verdict(outcome: OutcomeArtefacts) -> Message:
    """Count the checks that have a criterion, of all models, and those that failed."""
    checks = [(m.name, c["passed"]) for m in outcome.models for c in m.checks.value("checks")]
    failed = [name for name, passed in checks if passed is False]
    numbers = {
        name: Number(count, f"{outcome.name}/*/checks.json::{name}(checks)", COUNT)
        for name, count in (
            ("judged", sum(passed is not None for _, passed in checks)),
            ("failed", len(failed)),
        )
    }
    where = "main" if outcome.main.name in failed else "elsewhere"
    return message(f"story.failed.{where}" if failed else "story.passed", **numbers)


def part_of_file(artefacts: Artefacts) -> Message | None:
    """Say that the file read is a part of the country's, where it is."""
    numbers = rows_of_part(artefacts.conversion)
    return message("story.part", **numbers) if numbers else None
