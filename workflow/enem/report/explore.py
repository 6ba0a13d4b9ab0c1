"""What the interactive chart may show of one outcome, every number with its source."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from enem.check.scores import cell_parameters
from enem.fit.posterior import read_posterior
from enem.models.cells import CellGrid
from enem.models.specification import SPECIFICATIONS, Specification
from enem.names import PRIVATE
from enem.report.artefacts import OutcomeArtefacts
from enem.report.characteristics import (
    Characteristics,
    characteristics_payload,
    read_characteristics,
)
from enem.report.findings import best_model
from enem.report.groups import Groups
from enem.report.phrases import COUNT, Number
from enem.report.profiles import Profiles, predict_profiles

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
    characteristics
        What the same model with covariates predicts; None without covariates.
    """

    model: str
    school_types: tuple[str, ...]
    brackets: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]
    profiles: Profiles
    source: str
    characteristics: Characteristics | None

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


def explore(outcome: OutcomeArtefacts, groups: Groups, mass: float) -> Exploration | None:
    """Predict the scores of every profile that may be shown; None where none may.

    The model is the best-ranked one with school types, or the best of all without them.
    """
    model = best_model(outcome)
    spec = SPECIFICATIONS[model.name]
    grid = spec.data(outcome.grid)
    shown = np.array([groups.hidden(name) is None for name in grid.school_types])
    if not shown.any():
        return None
    posterior = read_posterior(model.posterior)["posterior"].to_dataset()
    expected, sigma = cell_parameters(posterior, spec, grid)
    chosen = grid.subset(shown)
    return Exploration(
        model=model.name,
        school_types=chosen.school_types,
        brackets=chosen.brackets,
        counts=told(chosen.n, groups.smallest.value),
        profiles=predict_profiles(expected[:, shown], sigma[:, shown], mass),
        source=f"{outcome.name}/{model.name}/posterior.nc",
        characteristics=_characteristics(outcome, spec, grid, shown, groups, mass),
    )


def _characteristics(
    outcome: OutcomeArtefacts,
    spec: Specification,
    grid: CellGrid,
    shown: np.ndarray,
    groups: Groups,
    mass: float,
) -> Characteristics | None:
    if outcome.adjustment is None:
        return None
    posterior, effects = outcome.adjusted_posteriors[spec.name], outcome.adjusted[spec.name]
    smallest = groups.smallest.value
    return read_characteristics(posterior, effects, spec, grid, shown, smallest, mass)


def told(n: np.ndarray, smallest: float) -> tuple[tuple[int | None, ...], ...]:
    """Return the counts, those below `smallest` as None."""
    return tuple(tuple(int(k) if k >= smallest else None for k in row) for row in n)


def payload(exploration: Exploration, mass: float) -> dict[str, Any]:
    """Return the numbers that the chart's script reads, by school type and bracket."""
    p, more = exploration.profiles, exploration.characteristics
    return {
        "characteristics": more and characteristics_payload(more, mass),
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
