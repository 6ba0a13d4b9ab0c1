"""The numbers that a page is quoted for, and whom they are about."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from enem.compare.contrasts import ALL_PUBLIC
from enem.compare.quantities import headline
from enem.language.phrases import COUNT, PERCENT, POINTS, Listing, Message, Number, Phrase, message
from enem.names import PRIVATE, PUBLIC
from enem.report.artefacts import Artefacts, ModelArtefacts, OutcomeArtefacts
from enem.report.effects import EQUAL, EXPLAINED, RAW, Interval, gap_effect, slope
from enem.report.groups import Groups
from enem.report.tables import Table

STATE, FEDERAL = "estadual", "federal"


@dataclass(frozen=True)
class Card:
    """One number with its sentence and interval; without `number`, `text` says why."""

    number: Number | None
    text: Message
    interval: Message | None


def cards(outcome: OutcomeArtefacts, groups: Groups, mass: Number) -> list[list[Card]]:
    """Select what the page is quoted for, all of it from one model.

    Points per doubling of income in one network; private against the others at equal income, two
    numbers; the share of the raw gap that income accounts for. An edition without income has raw
    gaps alone.
    """
    model, has_income = outcome.main, outcome.has_income
    slopes = [list(_slopes(model, groups, mass))] if model.spec.formula.needs_income else []
    if not model.spec.by_school_type:
        return slopes
    against = [other for other in others(groups) if _raw(model, other)]
    if not against:
        return [*slopes, [Card(None, _too_few(groups), None)]]
    name = EQUAL if has_income else RAW
    gaps = [_gap(model, name, other, mass) for other in against]
    share = [[_share(model, against[0], mass, outcome.cells)]] if has_income else []
    return [*slopes, gaps, *share]


def others(groups: Groups) -> list[str]:
    """Whom private schools are compared with: state and federal ones, else all public ones."""
    shown = [each for each in (STATE, FEDERAL) if each in groups.counts]
    shown = [each for each in shown if groups.few_side(each) is None]
    return shown or ([ALL_PUBLIC] if groups.comparable() else [])


def _raw(model: ModelArtefacts, other: str) -> Interval | None:
    return gap_effect(model, RAW, other)


def _too_few(groups: Groups) -> Message:
    return message(
        "Private and public schools are not compared: one side has fewer than {smallest} students.",
        smallest=groups.smallest,
    )


def _slopes(model: ModelArtefacts, groups: Groups, mass: Number) -> Iterator[Card]:
    if not model.spec.by_school_type:
        yield _slope(model, "all", mass)
        return
    state = STATE in groups.counts and groups.hidden(STATE) is None
    yield _slope(model, STATE if state else groups.largest() or "all", mass)


def _slope(model: ModelArtefacts, group: str, mass: Number) -> Card:
    found = slope(model, group)
    if found is None:
        return Card(None, message("All are of one income bracket: nothing to compare."), None)
    kind = "card.slope_all" if group == "all" else "card.slope"
    return _card(found, mass, f"{kind}.{found.sign}", network=message(f"network.{group}"))


def _gap(model: ModelArtefacts, name: str, other: str, mass: Number) -> Card:
    found = gap_effect(model, name, other)
    if found is None:
        return Card(None, message("No income is shared, so nothing is compared."), None)
    kind = "card.gap" if name == EQUAL else "card.raw_gap"
    return _card(found, mass, f"{kind}.{found.sign}", other=message(f"network.{other}"))


def _share(model: ModelArtefacts, other: str, mass: Number, cells: Table) -> Card:
    found, raw = gap_effect(model, EXPLAINED, other, pattern=PERCENT), _raw(model, other)
    divided = found and found.low.value >= 0 and found.high.value <= 1
    if not found or not raw or raw.sign != "more" or not divided:
        said = "The raw difference cannot be divided reliably between income and the rest."
        return Card(None, message(said), None)
    network = message(f"network.{other}")
    return _card(found, mass, "card.share", other=network, raw=observed_difference(cells, other))


def observed_difference(cells: Table, other: str) -> Number:
    """Difference of the observed mean scores, as anybody finds it from the cells."""
    means = []
    for names in ((PRIVATE,), PUBLIC if other == ALL_PUBLIC else (other,)):
        held = [row for row in cells.rows if row["school_type"] in names and row["n"]]
        total = sum(row["n"] for row in held)
        means.append(sum(row["n"] * row["mean"] for row in held) / total)
    return Number(means[0] - means[1], f"{cells.name}::difference({PRIVATE},{other})", POINTS)


def _card(found: Interval, mass: Number, key: str, **values: Phrase) -> Card:
    numbers = found.signless()
    interval = message(
        "{mass} <dfn>credible interval</dfn>: {low} to {high}",
        mass=mass,
        low=numbers["low"],
        high=numbers["high"],
    )
    return Card(numbers["mean"], message(key, **values), interval)


def population(outcome: OutcomeArtefacts, artefacts: Artefacts) -> list[Message]:
    """Say whom the numbers are about: how many of those who sat the exams, and who is missing."""
    presence, settings = artefacts.presence, artefacts.settings
    mine = {"outcome": outcome.name}
    rule = settings.value("population.school_type")
    told = None not in presence.column("finishing", **mine)
    numbers: dict[str, Number] = {"analysed": outcome.cells.total("n")}
    if told:
        sat = presence.total("present", **mine)
        share = presence.total("analysed", **mine).value / sat.value if sat.value else 1.0
        source = f"{presence.name}:outcome={outcome.name}:ratio(analysed,present)"
        numbers |= {"present": sat, "share": Number(share, source, PERCENT)}
    said = [message(f"whom.{rule}" if told else "whom.untold", **numbers)]
    if share := _of_all(artefacts.applications, outcome.name):
        said.append(message("whom.of_all", share=share))
    missing = tuple(_missing(artefacts.flow, outcome.name))
    said.append(message("Left out: {groups}.", groups=Listing(missing)))
    return said


def _of_all(applications: Table, outcome: str) -> Number | None:
    """Share of the analysed among all who sat the exams of a score, where booklets tell who did."""
    analysed, sat = (applications.total(c, outcome=outcome) for c in ("analysed", "present"))
    source = f"{applications.name}:outcome={outcome}:ratio(analysed,present)"
    return Number(analysed.value / sat.value, source, PERCENT) if sat.value else None


def _missing(flow: Table, outcome: str) -> Iterator[Message]:
    for step in ("not_graduate", "not_trainee"):
        where = {"outcome": outcome, "step": step}
        if flow.having(**where):
            count = replace(flow.number("excluded", **where), pattern=COUNT)
            yield message(f"missing.{step}", count=count)
    yield message("those who missed one of those exams")


def scope(outcome: OutcomeArtefacts) -> Message:
    """Say what the intervals allow for."""
    return message(f"story.scope.{headline(outcome.main.spec)}")
