"""Effects of one model: rows of its table, by what is compared and whom intervals are about."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from enem.compare.contrasts import ALL_PUBLIC, gap_with
from enem.compare.quantities import TYPICAL, headline
from enem.language import named
from enem.language.phrases import PERCENT, POINTS, Message, Number, Phrase, message
from enem.names import PRIVATE
from enem.report.artefacts import ModelArtefacts
from enem.report.groups import Groups

TWICE = "twice the income"
CONTEXT = "twice the school's mean income"
EQUAL, DIRECT = "gap_at_equal_income", "gap_at_equal_income_direct"
RAW, RAW_DIRECT = "raw_gap", "raw_gap_direct"
EXPLAINED, LEFT_OUT = "gap_explained_by_income", "gap_incomes_left_out"
SIGNLESS = f"{POINTS};{POINTS}"
"""Pattern of a number whose sign is said in words."""

GAPS = (RAW, EQUAL, EXPLAINED)


@dataclass(frozen=True)
class Interval:
    """An effect's mean and the ends of its interval."""

    mean: Number
    low: Number
    high: Number

    @property
    def sign(self) -> str:
        """Return ``more`` or ``less`` where the interval leaves 0 out, else ``unclear``."""
        if self.low.value > 0:
            return "more"
        return "less" if self.high.value < 0 else "unclear"

    def values(self) -> dict[str, Number]:
        """Name the numbers as messages do."""
        return {"mean": self.mean, "low": self.low, "high": self.high}

    def signless(self) -> dict[str, Number]:
        """Name the numbers as messages do that say in words that they are negative."""
        if self.sign != "less":
            return self.values()
        ends = {"mean": self.mean, "low": self.high, "high": self.low}
        return {name: replace(each, pattern=SIGNLESS) for name, each in ends.items()}


@dataclass(frozen=True)
class EffectRow:
    """One row of the table of effects; `numbers` is None where a group is not shown."""

    label: Message
    whom: Phrase
    scope: str
    numbers: Interval | None
    hidden: Message | None


def effect(model: ModelArtefacts, pattern: str = POINTS, **where: str) -> Interval | None:
    """Return the effect of the one row selected; None where there is no such row."""
    if not model.effects.having(**where):
        return None
    return Interval(**model.effects.interval(pattern, **where))


def slope(model: ModelArtefacts, group: str) -> Interval | None:
    """Points per doubling of income among the participants of a school type, or of all."""
    return effect(model, effect="slope", group=group, contrast=TWICE, scope=headline(model.spec))


def gap_effect(
    model: ModelArtefacts, name: str, other: str, scope: str | None = None, pattern: str = POINTS
) -> Interval | None:
    """Return an effect of private schools against another type, of the headline's scope if None."""
    where = {"effect": name, "contrast": gap_with(other), "scope": scope or headline(model.spec)}
    return effect(model, pattern, **where)


def others(groups: Groups) -> list[str]:
    """List what private schools are compared with: each public type, then all of them."""
    return [name for name in (*groups.public(), ALL_PUBLIC) if name != PRIVATE]


def effect_rows(model: ModelArtefacts, groups: Groups) -> list[EffectRow]:
    """List the main effects of a model, those of small groups without numbers."""
    raw_alone = model.effects.having(effect=RAW) and not model.effects.having(effect=EQUAL)
    if not model.spec.formula.needs_income and not raw_alone:
        return []
    types = [*groups.counts, "all"]
    scope = headline(model.spec)
    rows = [
        *_of_types(model, "slope", TWICE, scope, types, groups),
        *_of_types(model, "slope_within_school", TWICE, TYPICAL, types, groups),
        *_of_types(model, "context", CONTEXT, TYPICAL, types, groups),
    ]
    for other, name in product(dict.fromkeys(others(groups)), GAPS):
        pattern = PERCENT if name == EXPLAINED else POINTS
        found = gap_effect(model, name, other, pattern=pattern)
        if found:
            label, whom = message(f"effect.{name}"), contrast_label(other, groups)
            rows.append(_row(label, whom, scope, found, groups.few_side(other)))
    return rows


def contrast_label(other: str, groups: Groups) -> Message:
    """Name private schools against another type in words."""
    kind = "public" if other == ALL_PUBLIC and ALL_PUBLIC not in groups.counts else "school"
    key = "school.all_public" if kind == "public" else f"school.{other}"
    return message("Private minus {other}", other=message(key))


def _of_types(
    model: ModelArtefacts, name: str, contrast: str, scope: str, types: list[str], groups: Groups
) -> Iterator[EffectRow]:
    for group in types:
        found = effect(model, effect=name, group=group, contrast=contrast, scope=scope)
        if found:
            label = message(f"effect.{name}")
            yield _row(label, named("school", group), scope, found, groups.hidden(group))


def _row(
    label: Message, whom: Phrase, scope: str, found: Interval, hidden: Message | None
) -> EffectRow:
    return EffectRow(label, whom, scope, None if hidden else found, hidden)
