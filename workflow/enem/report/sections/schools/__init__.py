"""Schools and municipalities: which the file names, how much they differ, what that stands for."""

from collections.abc import Iterator
from dataclasses import dataclass

from enem.compare.quantities import ALIKE, THESE, TYPICAL
from enem.compare.shares import EFFECTS, NOTHING, WITHIN
from enem.language import named
from enem.language.phrases import COUNT, PERCENT, Message, Number, Phrase, message
from enem.mixed.specification import MUNICIPALITY, SCHOOL, level_scale, model_of_groups
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.effects import CONTEXT, TWICE, Interval, effect
from enem.report.groups import Groups
from enem.report.tables import Table

NAMED, UNNAMED, NONE = "named", "unnamed", "none"
"""What a file names: schools; municipalities, so that schools of one type in each are together;
neither."""


@dataclass(frozen=True)
class ShareRow:
    """One part of the variance, with nothing and with the model's variables given."""

    part: Message
    nothing: Interval | None
    given: Interval | None


@dataclass(frozen=True)
class ContextRow:
    """One school type: slope inside a school, and of the school's mean income."""

    school_type: Phrase
    within: Interval | None
    context: Interval | None
    hidden: Message | None


@dataclass(frozen=True)
class Schools:
    """What the page shows.

    Attributes
    ----------
    names
        What the file names: ``named``, ``unnamed`` or ``none``.
    said
        Sentences.
    model
        Whose effects of schools are shown; None where no model has levels.
    shares, contexts
        Rows of tables; `context_model` is the model of the latter.
    """

    names: str
    said: tuple[Message, ...]
    model: str | None
    shares: tuple[ShareRow, ...]
    contexts: tuple[ContextRow, ...]
    context_model: str | None


def names_of(outcome: OutcomeArtefacts) -> str:
    """Find out what the groups of the file are."""
    table = outcome.groups
    for column, found in (("school", NAMED), ("municipality", UNNAMED)):
        if any(value is not None for value in table.column(column)):
            return found
    return NONE


def section(outcome: OutcomeArtefacts, groups: Groups, mass: Number) -> Schools:
    """Select what the page shows of one outcome."""
    found, chosen = names_of(outcome), model_of_groups(outcome.specs)
    model = outcome.model(chosen) if chosen else None
    contexts = next((m for m in outcome.models if m.spec.formula.uses("school_income")), None)
    return Schools(
        names=found,
        said=(_counted(outcome, found), *(_scales(model, found, mass) if model else ())),
        model=chosen,
        shares=tuple(_shares(model)) if model else (),
        contexts=tuple(_contexts(contexts, groups)) if contexts else (),
        context_model=contexts and contexts.name,
    )


def _counted(outcome: OutcomeArtefacts, found: str) -> Message:
    table = outcome.groups
    places = len({row["municipality"] for row in table.rows if row["municipality"] is not None})
    source = f"{table.name}::distinct(municipality)"
    return message(
        f"schools.{found}",
        groups=_count_of_groups(table, found),
        places=Number(places, source, COUNT),
        participants=table.total("n"),
    )


def _count_of_groups(table: Table, found: str) -> Number:
    """Count the schools of the file, or the groups that stand for them."""
    column = "school" if found == NAMED else "n"
    value = sum(value is not None for value in table.column(column))
    return Number(value, f"{table.name}::count({column})", COUNT)


def _scales(model: ModelArtefacts, found: str, mass: Number) -> Iterator[Message]:
    keys = {MUNICIPALITY: "municipality", SCHOOL: f"school.{NAMED if found == NAMED else UNNAMED}"}
    for level in model.spec.levels:
        numbers = model.summary.interval(parameter=level_scale(level))
        whose = named("model", model.name)
        yield message(f"schools.sd.{keys[level]}", model=whose, mass=mass, **numbers)


def _shares(model: ModelArtefacts) -> Iterator[ShareRow]:
    for name in (*EFFECTS.values(), WITHIN):
        rows = model.effects.having(effect=name)
        given = [row["contrast"] for row in rows if row["contrast"] != NOTHING]
        if rows:
            yield ShareRow(
                message(f"schools.{name}"),
                effect(model, PERCENT, effect=name, contrast=NOTHING, scope=THESE),
                effect(model, PERCENT, effect=name, contrast=given[0], scope=ALIKE)
                if given
                else None,
            )


def _contexts(model: ModelArtefacts, groups: Groups) -> Iterator[ContextRow]:
    for group in (*groups.counts, "all"):
        where = {"group": group, "scope": TYPICAL}
        within = effect(model, effect="slope_within_school", contrast=TWICE, **where)
        context = effect(model, effect="context", contrast=CONTEXT, **where)
        if context:
            yield ContextRow(named("school", group), within, context, groups.hidden(group))
