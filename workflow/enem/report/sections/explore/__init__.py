"""What the interactive chart may show of one outcome, every number with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from enem.compare.cell_means import Cells, side, without_gaps
from enem.compare.quantities import ALIKE, THESE
from enem.language.phrases import COUNT, Number
from enem.mixed.rows import flat_draws
from enem.mixed.specification import LEVELS, Specification, level_scale
from enem.names import PRIVATE
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.sections.explore.profiles import Profiles, predict_profiles
from enem.report.tables import Table

ENDS = ("mean", "interval_low", "interval_high")


@dataclass(frozen=True)
class Exploration:
    """What can be chosen for one outcome, and what the model predicts for it.

    Attributes
    ----------
    model
        Name of the model.
    school_types, brackets
        Those that can be chosen, G and B of them; one type ``all`` where the model has none.
    counts
        Participants, (G, B); None where they are fewer than the smallest group.
    profiles
        Predictions, over the same G and B.
    source
        The posterior, relative to the state's folder.
    """

    model: str
    school_types: tuple[str, ...]
    brackets: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]
    profiles: Profiles
    source: str

    def number(self, values: np.ndarray, group: int, bracket: int, column: str) -> Number:
        """Return a value of (G, B) with its source."""
        return self._sourced(values[group, bracket], self.school_types[group], bracket, column)

    def count(self, group: int, bracket: int) -> Number | None:
        """Return the participants of a cell; None where they are too few to be told."""
        n = self.counts[group][bracket]
        return None if n is None else self._n(n, group, bracket)

    def gap(self, first: int, second: int, bracket: int) -> tuple[Number, ...]:
        """Return mean and interval of the gap between two types at one income."""
        pair = f"{self.school_types[first]} - {self.school_types[second]}"
        values = self.profiles.gaps[:, first, second, bracket]
        columns = zip(values, ENDS, strict=True)
        return tuple(self._sourced(value, pair, bracket, column) for value, column in columns)

    def _sourced(self, value: float, group: str, bracket: int, column: str) -> Number:
        selector = f"school_type={group};income_bracket={self.brackets[bracket]}"
        return Number(float(value), f"{self.source}:{selector}:{column}")

    def _n(self, n: int, group: int, bracket: int) -> Number:
        # a model without school types takes all of a bracket together
        names = [f"school_type={self.school_types[group]}"] if self.school_types[0] != "all" else []
        selector = ";".join([*names, f"income_bracket={self.brackets[bracket]}"])
        return Number(n, f"{self.source.split('/')[0]}/cells.csv:{selector}:sum(n)", COUNT)


class Predictions(NamedTuple):
    """Draws of what a model predicts in the cells, points.

    Attributes
    ----------
    expected
        Expected scores, at schools like these where the model has levels, (S, G, B).
    spread
        Sd of one participant of a school drawn anew around it, (S, G).
    """

    expected: np.ndarray
    spread: np.ndarray


def explore(
    outcome: OutcomeArtefacts, groups: Groups, income: Table, mass: float
) -> Exploration | None:
    """Predict the scores of every profile that may be shown; None where none may."""
    model = explored_model(outcome)
    types = list(groups.counts)
    shown = [name for name in types if groups.hidden(name) is None]
    if model is None or not shown:
        return None
    brackets = income.column("income_bracket")
    n = _counts(outcome.cells, types, brackets)
    predicted = predict(model.posterior, np.array(income.column("x"), float))
    if model.spec.by_school_type:
        at = [types.index(name) for name in shown]
        predicted = Predictions(predicted.expected[:, at], predicted.spread[:, at])
        n = n[at]
    else:
        predicted, n, shown = _together(predicted, n), n.sum(axis=0, keepdims=True), ["all"]
    return Exploration(
        model=model.name,
        school_types=tuple(shown),
        brackets=tuple(brackets),
        counts=told(n, groups.smallest.value),
        profiles=predict_profiles(*predicted, mass),
        source=f"{outcome.name}/{model.name}/posterior.nc",
    )


def explored_model(outcome: OutcomeArtefacts) -> ModelArtefacts | None:
    """Return the first model, the answer's if it can be, that needs no more than type and income.

    What a model with further variables predicts is not told by school type and income alone.
    """
    ordered = [outcome.main, *outcome.models]
    return next((model for model in ordered if _of_cells(model.spec)), None)


def _of_cells(spec: Specification) -> bool:
    further = [*spec.carried, *(name for name in ("school_income",) if spec.formula.uses(name))]
    return spec.formula.needs_income and not further


def predict(path: Path, x: np.ndarray) -> Predictions:
    """Read what a posterior predicts of all cells; `x` is the income of the brackets, (B,)."""
    posterior, expected = (
        xr.open_dataset(path, group=group, engine="h5netcdf") for group in ("posterior", "expected")
    )
    with posterior, expected:
        levels = [name for name in map(level_scale, LEVELS) if name in posterior]
        scope = ALIKE if levels else THESE
        cells = Cells(*(flat_draws(expected[name]) for name in (scope, "participants")))
        slopes = _slopes(posterior, cells.score.shape[:2])
        variance = flat_draws(posterior["sigma"]).reshape(len(slopes), -1) ** 2
        variance = variance + sum(flat_draws(posterior[name])[:, None] ** 2 for name in levels)
    filled = without_gaps(cells, slopes, x)
    # a school type without participants is known by its line alone
    spread = np.broadcast_to(np.sqrt(variance), slopes.shape)
    return Predictions(filled.score, spread)


def _slopes(posterior: xr.Dataset, shape: tuple[int, int]) -> np.ndarray:
    for name in ("slope_school_type", "slope"):
        if name in posterior:
            return np.broadcast_to(flat_draws(posterior[name]).reshape(shape[0], -1), shape)
    return np.zeros(shape)


def _together(predicted: Predictions, n: np.ndarray) -> Predictions:
    """Take school types together by their participants of an income, or else of all incomes."""
    weights = np.where(n.sum(axis=0) > 0, n, n.sum(axis=1, keepdims=True)).astype(float)
    everybody = np.ones(len(n), bool)
    score = side(Cells(predicted.expected, weights[None]), everybody).score
    return Predictions(score[:, None], predicted.spread[:, :1])


def _counts(cells: Table, types: list[str], brackets: list[str]) -> np.ndarray:
    found: Mapping[tuple[str, str], int] = {
        (row["school_type"], row["income_bracket"]): row["n"] for row in cells.rows
    }
    counts = [int(found.get(cell, 0)) for cell in product(types, brackets)]
    return np.array(counts).reshape(len(types), len(brackets))


def told(n: np.ndarray, smallest: float) -> tuple[tuple[int | None, ...], ...]:
    """Return the counts, those below `smallest` as None."""
    return tuple(tuple(int(k) if k >= smallest else None for k in row) for row in n)


def payload(exploration: Exploration) -> dict[str, Any]:
    """Return the numbers that the chart's script reads, by school type and bracket."""
    p = exploration.profiles
    return {
        "model": exploration.model,
        "first": first_choice(exploration),
        "types": list(exploration.school_types),
        "brackets": list(exploration.brackets),
        "n": exploration.counts,
        "levels": p.levels.round(6).tolist(),
        "edges": p.edges.tolist(),
        "expected": np.moveaxis(p.expected, 0, -1).round(4).tolist(),
        "quantiles": np.moveaxis(p.quantiles, 0, -1).round(4).tolist(),
        "shares": np.moveaxis(p.shares, 0, -1).round(7).tolist(),
        "gaps": np.moveaxis(p.gaps, 0, -1).round(4).tolist(),
    }


def first_choice(made: Exploration) -> dict[str, str | None]:
    """Choose what the chart shows first: private against the largest other type.

    The bracket is the one of most participants.
    """
    counts = np.array([[n or 0 for n in row] for row in made.counts])
    by_size = [made.school_types[g] for g in np.argsort(-counts.sum(axis=1), kind="stable")]
    first = PRIVATE if PRIVATE in by_size else by_size[0]
    others = [name for name in by_size if name != first]
    bracket = made.brackets[int(counts.sum(axis=0).argmax())]
    return {"type": first, "other": others[0] if others else None, "bracket": bracket}
