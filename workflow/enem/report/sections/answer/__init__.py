"""The answer: which messages with which numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from enem.compare.contrasts import ALL_PUBLIC
from enem.compare.quantities import THESE, headline
from enem.language.phrases import PERCENT, POINTS, Message, Number, message
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.effects import (
    DIRECT,
    EQUAL,
    EXPLAINED,
    LEFT_OUT,
    RAW,
    RAW_DIRECT,
    Interval,
    effect,
    gap_effect,
    gap_with,
    others,
    slope,
)
from enem.report.groups import Groups
from enem.report.tables import Document

BY_SCHOOL_TYPE = "group_predictive_by_school_type"
"""Check of how the schools of each type differ, which informs only."""


@dataclass(frozen=True)
class Answer:
    """What the page says first.

    Attributes
    ----------
    slope
        How scores differ with income.
    equal
        Gaps between private and public schools at equal income, sentences of each; none where not
        shown.
    said
        Further sentences, in paragraphs.
    intro
        What the gaps have in common.
    """

    slope: Message
    equal: tuple[tuple[Message, ...], ...]
    said: tuple[Message, ...]
    intro: Message | None = None


def answer(outcome: OutcomeArtefacts, groups: Groups, settings: Document) -> Answer:
    """Select the sentences that answer the page's question."""
    model, mass = outcome.main, settings.number("interval.mass", PERCENT)
    scope = message(f"answer.scope.{headline(model.spec)}")
    if not outcome.has_income:
        return _without_income(model, groups, settings, mass)
    if not model.spec.formula.needs_income:
        return Answer(
            message(
                "The model behind this page does not use family income, so nothing is said here "
                "about it."
            ),
            (),
            (),
        )
    first = _slope(model, groups, mass)
    why_none = _not_compared(model, groups)
    if why_none:
        return Answer(first, (), (scope, why_none))
    equal = tuple(_gaps(model, groups, mass, EQUAL))
    said = (*_raw(model, mass), *_direct(model, mass, DIRECT), *_scope(model, mass, EQUAL))
    said = (*said, *_caution(model, groups, settings))
    intro = message(f"answer.equal.{settings.value('population.school_type')}")
    return Answer(first, equal, said, intro if equal else None)


def _without_income(
    model: ModelArtefacts, groups: Groups, settings: Document, mass: Number
) -> Answer:
    """Say why nothing is said of income, and what the raw gaps are."""
    apart, scope = (
        message(
            "Nothing is said here about anybody’s own family income. INEP publishes the "
            "scores of this edition and the participants’ answers, income among them, as two "
            "tables that nothing joins. So nobody’s income can be set beside the same "
            "person’s score."
        ),
        message(f"answer.scope.{headline(model.spec)}"),
    )
    why_none = _not_compared(model, groups)
    if why_none:
        return Answer(apart, (), (scope, why_none))
    gaps = tuple(_gaps(model, groups, mass, RAW))
    said = (*_direct(model, mass, RAW_DIRECT), *_scope(model, mass, RAW))
    intro = message(f"answer.raw_gaps.{settings.value('population.school_type')}")
    return Answer(apart, gaps, (*said, *_caution(model, groups, settings)), intro if gaps else None)


def _not_compared(model: ModelArtefacts, groups: Groups) -> Message | None:
    """Say why private and public schools are not compared; nothing where they are."""
    if not model.spec.by_school_type:
        return message(
            "None of the models asked for distinguishes school types, so nothing is said"
            " here about private and public schools."
        )
    if not groups.comparable():
        return message(
            "The difference between private and public schools is not shown: one side has "
            "fewer than {smallest} participants.",
            smallest=groups.smallest,
        )
    return None


def _slope(model: ModelArtefacts, groups: Groups, mass: Number) -> Message:
    group = groups.largest() if model.spec.by_school_type else "all"
    if group is None:
        return message(
            "No school type has {smallest} participants or more, so none is shown by itself here.",
            smallest=groups.smallest,
        )
    found = slope(model, group)
    if found is None:
        return message(
            "The participants of this group are of a single income bracket, so there is no "
            "difference by income to estimate."
        )
    numbers = {"mass": mass, **found.signless()}
    if group == "all":
        return message(f"answer.slope_all.{found.sign}", **numbers)
    return message(f"answer.slope.{found.sign}", where=message(f"where.{group}"), **numbers)


def _gaps(
    model: ModelArtefacts, groups: Groups, mass: Number, name: str
) -> Iterator[tuple[Message, ...]]:
    """Compare private schools with each public type that may be shown, then with all of them."""
    for other in dict.fromkeys(others(groups)):
        found = gap_effect(model, name, other)
        if found is None or groups.few_side(other):
            continue
        whom = message(f"against.{_whom(other, groups)}")
        gap = message(f"answer.gap.{found.sign}", other=whom, mass=mass, **found.signless())
        yield gap, *_left_out(model, other)


def _whom(other: str, groups: Groups) -> str:
    """Tell the public schools of the sample together from those who say public."""
    return "all_public" if other == ALL_PUBLIC and other not in groups.counts else other


def _left_out(model: ModelArtefacts, other: str) -> Iterator[Message]:
    """Say how many private-school participants have nobody to be compared with."""
    table = model.effects
    where = {"effect": LEFT_OUT, "contrast": gap_with(other)}
    for row in table.having(**where):
        if row["mean"] > 0:
            share = table.number("mean", "0.#%", **where, scope=row["scope"])
            yield message(
                "Left out of this comparison are {share} of the private-school participants: at "
                "their incomes the other group has nobody.",
                share=share,
            )


def _raw(model: ModelArtefacts, mass: Number) -> Iterator[Message]:
    raw = gap_effect(model, RAW, ALL_PUBLIC)
    shares = [
        gap_effect(model, f"{EXPLAINED}{whose}", ALL_PUBLIC, pattern=PERCENT)
        for whose in ("", "_of_public")
    ]
    if raw is None or None in shares:
        return
    numbers = {"raw": raw.mean, "raw_low": raw.low, "raw_high": raw.high, "mass": mass}
    yield message(
        "Without taking income into account, the difference between private and public "
        "schools is {raw} points ({mass} credible interval: {raw_low} to {raw_high}).",
        **numbers,
    )
    if raw.sign != "more" or any(_undivided(share) for share in shares):
        yield message("It cannot be divided reliably between income and the rest.")
        return
    other = {"other": shares[1].mean, "other_low": shares[1].low, "other_high": shares[1].high}
    yield message(
        "The income difference between the two groups accounts statistically for {mean} of it"
        " ({low} to {high}) at the incomes of private-school participants. At those of "
        "public-school participants it accounts for {other} ({other_low} to {other_high}).",
        **shares[0].values(),
        **other,
    )


def _undivided(share: Interval) -> bool:
    return share.low.value < 0 or share.high.value > 1


def _direct(model: ModelArtefacts, mass: Number, name: str) -> Iterator[Message]:
    """Put what a reader would compute from cells beside the model's gap."""
    where = {"effect": name, "contrast": gap_with(ALL_PUBLIC)}
    found = effect(model, **where)
    if found is not None:
        error = model.effects.number("sd", **where)
        yield message("answer.direct", mass=mass, error=error, **found.values())


def _scope(model: ModelArtefacts, mass: Number, name: str) -> Iterator[Message]:
    """Say whom the intervals are about, and what the gap is in the schools as they are."""
    yield message(f"answer.scope.{headline(model.spec)}")
    found = gap_effect(model, name, ALL_PUBLIC, THESE) if model.spec.levels else None
    if found is not None:
        yield message("answer.these_schools", mass=mass, **found.values())


def unlike_schools(
    model: ModelArtefacts, groups: Groups, settings: Document
) -> Iterator[tuple[int, str, bool]]:
    """Find checks of school types whose schools differ otherwise than the model expects.

    Each with its type, and whether they differ more.
    """
    least = settings.value("checks.posterior_predictive_min")
    for index, check in enumerate(model.checks.value("checks")):
        if check["name"] == BY_SCHOOL_TYPE and check["value"] < least:
            found = check["details"]
            if not groups.hidden(found["group"]):
                yield index, found["group"], found["observed"] > found["replicated"]


def _caution(model: ModelArtefacts, groups: Groups, settings: Document) -> Iterator[Message]:
    """Warn where the schools of a type differ otherwise than the model expects."""
    for index, group, more in unlike_schools(model, groups, settings):
        place = f"checks.{index}.details"
        yield message(
            (
                "A caution: {network} schools differ more than the model expects. Measure: "
                "{statistic} ({observed} observed, {replicated} replicated). Credible "
                "intervals in which they take part may be too narrow."
            )
            if more
            else (
                "A caution: {network} schools differ less than the model expects. Measure: "
                "{statistic} ({observed} observed, {replicated} replicated). Credible "
                "intervals in which they take part may be too wide."
            ),
            network=message(f"network.{group}"),
            statistic=message(f"statistic.{model.checks.value(f'{place}.statistic')}"),
            observed=model.checks.number(f"{place}.observed", POINTS),
            replicated=model.checks.number(f"{place}.replicated", POINTS),
        )
