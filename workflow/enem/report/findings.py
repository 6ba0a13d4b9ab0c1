"""The answer: which messages with which numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from enem.figures.names import by_school_type
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.locale import named
from enem.report.phrases import PERCENT, POINTS, Message, Number, Phrase, Verbatim, message
from enem.report.tables import Document, Table


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


def ranked_models(outcome: OutcomeArtefacts) -> list[str]:
    """Names of the models, the best predicting first."""
    return [row["model"] for row in sorted(outcome.comparison.rows, key=lambda row: row["rank"])]


def best_model(outcome: OutcomeArtefacts) -> ModelArtefacts:
    """Return the best model with school types, or the best of all where none has them."""
    ranked = ranked_models(outcome)
    return outcome.model((by_school_type(ranked) or ranked)[0])


def answer(outcome: OutcomeArtefacts, groups: Groups, settings: Document) -> list[Message]:
    """Select the three sentences that answer the page's question."""
    model = best_model(outcome)
    mass = settings.number("interval.mass", PERCENT)
    if not by_school_type([model.name]):
        slope = _effect(model.effects, "income_doubling", group="all")
        level = model.summary.number("mean", parameter="intercept")
        return [
            message(f"answer.slope_all.{slope.sign}", mass=mass, **slope.values()),
            message("answer.level", level=level),
            message("answer.no_school_types"),
        ]
    if groups.comparable():
        return [_slope(model, groups, mass), *_gap(model, settings, mass)]
    hidden = message("answer.gap_hidden", smallest=groups.smallest)
    return [_slope(model, groups, mass), *_level(model, groups, mass), hidden]


def _slope(model: ModelArtefacts, groups: Groups, mass: Number) -> Message:
    group = groups.largest()
    if group is None:
        return message("answer.slope_hidden", smallest=groups.smallest)
    slope = _effect(model.effects, "income_doubling", group=group)
    where = named("where", group)
    return message(f"answer.slope.{slope.sign}", where=where, mass=mass, **slope.values())


def _level(model: ModelArtefacts, groups: Groups, mass: Number) -> Sequence[Message]:
    """Say what the largest group scores, which stands in where there is no gap to speak of."""
    group = groups.largest()
    if group is None:
        return []
    columns = {"level": "mean", "low": "interval_low", "high": "interval_high"}
    where = {"parameter": f"intercept[{group}]"}
    numbers = {name: model.summary.number(column, **where) for name, column in columns.items()}
    place = named("where", group)
    return [message("answer.level_group", where=place, mass=mass, **numbers)]


def _gap(model: ModelArtefacts, settings: Document, mass: Number) -> Sequence[Message]:
    population = settings.value("population.school_type")
    gap = _effect(model.effects, "gap_at_equal_income")
    raw = _effect(model.effects, "raw_gap")
    share = _effect(model.effects, "gap_explained_by_income", PERCENT)
    said = message(f"answer.gap.{population}.{gap.sign}", mass=mass, **gap.values())
    if raw.sign != "more" or share.low.value < 0 or share.high.value > 1:
        return [said, message("answer.share_unclear", raw=raw.mean, low=raw.low, high=raw.high)]
    other = _effect(model.effects, "gap_explained_by_income_of_public", PERCENT)
    others = {"other": other.mean, "other_low": other.low, "other_high": other.high}
    return [said, message("answer.share", raw=raw.mean, mass=mass, **share.values(), **others)]


def _effect(effects: Table, effect: str, pattern: str = POINTS, group: str = "all") -> Interval:
    where = {"effect": effect, "group": group}
    columns = ("mean", "interval_low", "interval_high")
    return Interval(*(effects.number(column, pattern, **where) for column in columns))


@dataclass(frozen=True)
class EffectRow:
    """One row of the table of effects; `numbers` is None where a group is not shown."""

    label: Message
    group: str
    numbers: Interval | None
    hidden: Message | None


MAIN_EFFECTS = ("income_doubling", "raw_gap", "gap_at_equal_income", "gap_explained_by_income")


def effect_rows(model: ModelArtefacts, groups: Groups) -> list[EffectRow]:
    """List the main effects of a model, those of small groups without numbers."""
    rows = []
    for row in (row for row in model.effects.rows if row["effect"] in MAIN_EFFECTS):
        effect, group = row["effect"], row["group"]
        hidden = groups.hidden(group)
        if effect != "income_doubling" and not groups.comparable():
            hidden = message("group.few_side", smallest=groups.smallest)
        pattern = PERCENT if effect == "gap_explained_by_income" else POINTS
        numbers = None if hidden else _effect(model.effects, effect, pattern, group)
        rows.append(EffectRow(message(f"effect.{effect}"), group, numbers, hidden))
    return rows


def comparison_message(outcome: OutcomeArtefacts) -> Message:
    """Say which model predicts best, and whether the next is worse beyond doubt."""
    table, ranked = outcome.comparison, ranked_models(outcome)
    best = named("model", ranked[0])
    if len(ranked) == 1:
        return message("comparison.single", model=best)
    difference = table.number("elpd_diff", POINTS, model=ranked[1])
    error = table.number("diff_se", POINTS, model=ranked[1])
    # below 4 nats the normal approximation of the difference cannot be relied on
    # (Sivula, Magnusson and Vehtari 2020, arXiv:2008.10296)
    clear = abs(difference.value) > max(4.0, 2 * error.value)
    key = "comparison.clear" if clear else "comparison.unclear"
    other = named("model", ranked[1])
    return message(key, best=best, next=other, difference=difference, error=error)


@dataclass(frozen=True)
class ComparisonRow:
    """One model of the comparison."""

    model: str
    elpd: Number
    se: Number
    difference: Number
    difference_se: Number
    weight: Number
    pareto_k: Number
    note: Phrase | None


NOTES = {"N < 100": "note.few", "|elpd_diff| < 4": "note.close"}
"""Messages for what ArviZ notes of a difference between models."""


def comparison_rows(outcome: OutcomeArtefacts) -> list[ComparisonRow]:
    """List the models, the best first."""
    table = outcome.comparison
    patterns = {
        "elpd": POINTS,
        "se": POINTS,
        "elpd_diff": POINTS,
        "diff_se": POINTS,
        "weight": "0.00",
        "pareto_k_max": "0.00",
    }
    rows = []
    for model in ranked_models(outcome):
        numbers = [table.number(c, p, model=model) for c, p in patterns.items()]
        note = table.column("note", model=model)[0]
        rows.append(ComparisonRow(model, *numbers, note=_note(note)))
    return rows


def _note(note: str | None) -> Phrase | None:
    if not note:
        return None
    return message(NOTES[note]) if note in NOTES else Verbatim(note)


def recovery_message(table: Table, mass: Number) -> Message | None:
    """Say how many true values the intervals hold; None where no truth is known."""
    if not table.rows:
        return None
    return message(
        "recovery.sentence",
        covered=table.count("covered", covered=True),
        total=table.count("parameter"),
        share=table.share("covered"),
        mass=mass,
    )
