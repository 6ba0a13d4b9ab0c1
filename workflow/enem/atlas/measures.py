"""The numbers of every analysis that compare across states and editions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from enem.atlas.tables import KEYS, Tables
from enem.compare.contrasts import ALL_PUBLIC, gap_with
from enem.compare.quantities import ALIKE, THESE, headline
from enem.compare.shares import EFFECTS, NOTHING
from enem.editions import load_editions
from enem.figures.names import main_model
from enem.language.phrases import PERCENT, POINTS, Message, Number, message
from enem.mixed.specification import Specification, model_of_groups, specifications
from enem.names import PRIVATE, PUBLIC

SLOPE, GAP, FEDERAL_GAP = "slope", "gap", "federal_gap"
EQUAL_INCOME = "gap_at_equal_income"
"""Effect behind the gap where incomes are known."""
RAW_GAP = "raw_gap"
"""Effect behind the gap where incomes are not known."""
NUMBERS = ["mean", "sd", "interval_low", "interval_high"]
OWN = {"mean": "these_mean", "sd": "these_sd"}
"""Names of what is read of the schools in the file as they are."""

SHOWN, FEW, NOBODY = "shown", "few", "nobody"
NO_INCOME = "no_income"
"""Status of an analysis of an edition that holds no income beside scores."""
MISSING = "missing"
"""Status of an analysis that was asked for and is not there."""
DOUBLED = "twice the income"
"""Contrast of slopes."""

STATE_SCHOOLS = {"enrolled": "estadual", "self_reported": ALL_PUBLIC}
"""The largest group wherever it was looked at, by rule of ``population.school_type``."""
FEDERAL = "federal"


@dataclass(frozen=True)
class Measure:
    """An effect of a model and group, the same for every analysis of an atlas.

    Attributes
    ----------
    name
        ``slope``, ``gap``, ``federal_gap`` or ``raw_gap``; of a share of the variance its level.
    effect, model, group, contrast, scope
        The row of ``effects.csv``.
    elsewhere
        The model of each edition that cannot carry `model`.
    """

    name: str
    effect: str
    model: str
    group: str
    contrast: str
    scope: str
    elsewhere: tuple[tuple[str, str], ...] = ()

    def model_in(self, edition: str) -> str:
        """Name the model whose effect it is in an edition."""
        return dict(self.elsewhere).get(edition, self.model)

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the variance: of no points, and not pooled."""
        return self.name in EFFECTS

    @property
    def other(self) -> str:
        """Whom private schools are compared with; empty of what compares no schools."""
        one, _, other = self.contrast.partition(" - ")
        return other if one == PRIVATE else ""

    @property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """School types of the two sides of a gap."""
        return (PRIVATE,), PUBLIC if self.other == ALL_PUBLIC else (self.other,)

    @property
    def needs_income(self) -> bool:
        """Whether only editions that hold income beside scores have it."""
        return self.effect in (SLOPE, EQUAL_INCOME)

    @property
    def absence(self) -> str:
        """Start of the codes of the reasons why there is no number."""
        return "sides" if self.other else "one"

    @property
    def kind(self) -> str:
        """Name of what words speak of: they name the schools on the other side of a gap."""
        return GAP if self.name == FEDERAL_GAP else self.name

    def message(self, what: str) -> Message:
        """Say something of it, ``section`` for example."""
        sides = {"other": message(f"network.{self.other}")} if self.other else {}
        return message(f"{what}.{self.kind}", **sides)

    def number(self, value: float, source: str) -> Number:
        """Write one of its numbers: points, or a share as percent."""
        return Number(float(value), source, PERCENT if self.is_share else POINTS)

    @property
    def own_scope(self) -> str:
        """Scope of the participants in the file, their schools as they are."""
        return THESE if self.scope == ALIKE else self.scope

    @property
    def row(self) -> dict[str, str]:
        """Values of the columns that name its row, the model's apart."""
        columns = ("effect", "group", "contrast", "scope")
        return {name: getattr(self, name) for name in columns}

    def source(self, edition: str, state: str, outcome: str, column: str) -> str:
        """Say where in the atlas' tables a number stands."""
        where = {
            **dict(zip(KEYS, (edition, state, outcome), strict=True)),
            "model": self.model_in(edition),
            **self.row,
        }
        return f"effects.csv:{';'.join(f'{k}={v}' for k, v in where.items())}:{column}"


def measures_of(settings: Mapping[str, Any]) -> list[Measure]:
    """Choose the measures that the configured models allow.

    They are those of the pages' cards, of the model behind their answer.  The slope is that of
    state schools where the model knows school types, else that of all participants; only then are
    there gaps, of private schools with state and with federal ones.  Where no edition holds
    income, gaps are raw; where some do and some do not, the raw one with state schools comes
    besides, in which all editions compare.  Shares of the variance are of the model whose groups
    the pages show.
    """
    return [*_points(settings), *_shares(settings)]


def _points(settings: Mapping[str, Any]) -> list[Measure]:
    without = editions_without_income(settings)
    income = [name for name in settings["editions"] if name not in without]
    used = {model for name in income or without for model in settings["models_of"][name]}
    spec = _main(settings, used)
    state = STATE_SCHOOLS[settings["population"]["school_type"]]
    group, typed, scope = state if spec.by_school_type else "all", [], headline(spec)
    if spec.by_school_type:
        typed = [(GAP, state), (FEDERAL_GAP, FEDERAL)][: 1 if state == ALL_PUBLIC else 2]

    def gap(name: str, effect: str, other: str, elsewhere: tuple = ()) -> Measure:
        return Measure(name, effect, spec.name, "all", gap_with(other), scope, elsewhere)

    if not income:
        return [gap(name, RAW_GAP, other) for name, other in typed]
    found = []
    if spec.formula.needs_income:
        found.append(Measure(SLOPE, "slope", spec.name, group, DOUBLED, scope))
        found += [gap(name, EQUAL_INCOME, other) for name, other in typed]
    others = {name: _main(settings, settings["models_of"][name]) for name in without}
    alike = [of.by_school_type and bool(of.levels) == bool(spec.levels) for of in others.values()]
    if others and typed and all(alike):
        elsewhere = tuple((edition, of.name) for edition, of in others.items())
        found.append(gap(RAW_GAP, RAW_GAP, state, elsewhere))
    return found


def _shares(settings: Mapping[str, Any]) -> Iterator[Measure]:
    """Shares of the variance, of the levels that every edition's models have."""
    models_of = {edition: settings["models_of"][edition] for edition in settings["editions"]}
    specs = {edition: _specs(settings, models) for edition, models in models_of.items()}
    chosen = {edition: model_of_groups(of) for edition, of in specs.items()}
    first, *_ = chosen.values()
    elsewhere = tuple((edition, name) for edition, name in chosen.items() if name != first)
    for level, effect in reversed(EFFECTS.items()):
        if all(name and level in specs[edition][name].levels for edition, name in chosen.items()):
            yield Measure(level, effect, first, "all", NOTHING, THESE, elsewhere)


def _main(settings: Mapping[str, Any], models: Collection[str]) -> Specification:
    """Return the model behind the answer of editions that have these models."""
    specs = _specs(settings, models)
    return specs[main_model(specs)]


def _specs(settings: Mapping[str, Any], models: Collection[str]) -> dict[str, Specification]:
    return specifications({m: of for m, of in settings["formulas"].items() if m in models})


def editions_without_income(settings: Mapping[str, Any]) -> list[str]:
    """List the editions asked for that hold no income beside scores."""
    editions = load_editions()
    return [name for name in settings["editions"] if editions[name].income_column is None]


def specification_of(measure: Measure, settings: Mapping[str, Any], edition: str) -> Specification:
    """Return the model of a measure in an edition."""
    return specifications(settings["formulas"])[measure.model_in(edition)]


def measured(tables: Tables, measure: Measure, smallest: int) -> pd.DataFrame:
    """Look a measure up in every analysis.

    Parameters
    ----------
    tables, measure
        Where and what.
    smallest
        Groups of fewer participants are not shown one by one.

    Returns
    -------
    pandas.DataFrame
        A row per analysis: ``edition, state, outcome, participants, status`` (shown, few, nobody,
        no_income)
        and ``mean, sd, interval_low, interval_high``, blank unless shown; ``these_mean, these_sd``
        of the schools in the file as they are.
    """
    effects = tables.effects[_of_model(tables.effects, measure)]
    columns, values = list(measure.row), list(measure.row.values())
    chosen = effects[(effects[columns] == values).all(axis=1)]
    these = effects[(effects[columns] == [*values[:-1], measure.own_scope]).all(axis=1)]
    own = these.set_index(KEYS)[["mean", "sd"]].rename(columns=OWN)
    table = participants(tables).join(chosen.set_index(KEYS)[NUMBERS]).join(own)
    table["status"] = [
        _status(size, mean, smallest)
        for size, mean in zip(_sizes(tables, measure, table), table["mean"], strict=True)
    ]
    table = table.reset_index()
    if measure.needs_income:
        editions = load_editions()
        known = table["edition"].map(lambda name: editions[name].income_column is not None)
        table["status"] = table["status"].where(known, NO_INCOME)
    table.loc[table["status"] != SHOWN, [*NUMBERS, *OWN.values()]] = None
    return table


def _of_model(table: pd.DataFrame, measure: Measure) -> pd.Series:
    """Mark the rows of the model of a measure, which may be another in another edition."""
    return table["model"] == table["edition"].astype(str).map(measure.model_in)


def participants(tables: Tables) -> pd.DataFrame:
    """Count the analysed participants of every analysis: what the last step leaves."""
    last = tables.samples.groupby(KEYS, sort=False)["rows"].last()
    return last.to_frame("participants")


def _status(size: int, mean: float, smallest: int) -> str:
    if size == 0 or pd.isna(mean):
        return NOBODY
    return SHOWN if size >= smallest else FEW


def _sizes(tables: Tables, measure: Measure, table: pd.DataFrame) -> pd.Series:
    """Participants that a measure rests on; of the smaller side for the gap."""
    if measure.absence == "one" and measure.group == "all":
        return table["participants"]
    if measure.name == SLOPE:
        return _group_sizes(tables, measure, [measure.group]).reindex(table.index, fill_value=0)
    of = "intercept" if measure.effect == RAW_GAP else "slope"
    sides = [_group_sizes(tables, measure, groups, of) for groups in measure.sides]
    return pd.concat(sides, axis=1).min(axis=1).reindex(table.index, fill_value=0)


def _group_sizes(
    tables: Tables, measure: Measure, groups: Sequence[str], of: str = "slope"
) -> pd.Series:
    rows = tables.parameters[_of_model(tables.parameters, measure)]
    names = [f"{of}[{group}]" for group in groups]
    sizes = rows["n"].where(rows["parameter"].isin(names), 0)
    return sizes.groupby([rows[key] for key in KEYS], sort=False).sum()
