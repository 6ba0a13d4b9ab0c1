"""What a characteristic of a participant moves in the interactive chart's predictions.

Each level of each covariate, in every school type and income, would be thousands of profiles.
Their expected scores are sums of a cell's and a level's, so means, variances and covariances of
these say them all, the posterior taken as normal.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import ndtri

from enem.check.scores import cell_parameters
from enem.fit.posterior import read_posterior
from enem.models.cells import CellGrid
from enem.models.specification import Specification
from enem.report.profiles import describe_draws
from enem.report.tables import Table
from enem.wide.covariates import levels_of
from enem.wide.names import COVARIATES


@dataclass(frozen=True)
class Level:
    """One level of one covariate.

    Attributes
    ----------
    covariate, level
        Names.
    n
        Participants at it.
    mean, variance
        Of its effect, around the participants' mix, points.
    covariance
        Of its effect with the expected score of each cell, (G, B).
    """

    covariate: str
    level: str
    n: int
    mean: float
    variance: float
    covariance: np.ndarray


@dataclass(frozen=True)
class Characteristics:
    """What a model with covariates predicts, points.

    Attributes
    ----------
    expected, variance
        Of each cell's expected score at the participants' mix of covariates, (G, B).
    noise
        Mean of sigma squared, (G,).
    gaps
        Expected score of the first type minus that of the second, everything else equal: mean and
        ends of the interval, (3, G, G, B).
    levels
        Those that may be shown.
    """

    expected: np.ndarray
    variance: np.ndarray
    noise: np.ndarray
    gaps: np.ndarray
    levels: tuple[Level, ...]


def read_characteristics(
    posterior: Path,
    effects: Table,
    spec: Specification,
    grid: CellGrid,
    shown: np.ndarray,
    smallest: float,
    mass: float,
) -> Characteristics:
    """Summarise the posterior of a model with covariates.

    Parameters
    ----------
    posterior
        Of `enem.wide.adjusted.complete_posterior`.
    effects
        Table of `enem.wide.adjusted_effects.adjusted_effects_table`.
    spec, grid
        The model and its cells.
    shown
        Which school types may be shown, (G,).
    smallest
        Levels of fewer participants are left out.
    mass
        Probability of intervals.
    """
    draws = read_posterior(posterior)["posterior"].to_dataset()
    expected, sigma = (values[:, shown] for values in cell_parameters(draws, spec, grid))
    counts = level_counts(effects, int(grid.n.sum()))
    kept = [key for key, n in counts.items() if n >= smallest]
    return Characteristics(
        expected=expected.mean(axis=0),
        variance=expected.var(axis=0),
        noise=(sigma**2).mean(axis=0),
        gaps=describe_draws(expected[:, :, None, :] - expected[:, None, :, :], mass),
        levels=tuple(_level(draws, expected, *key, counts[key]) for key in kept),
    )


def level_counts(effects: Table, participants: int) -> dict[tuple[str, str], int]:
    """Count the participants at each covariate's levels; the reference has all that are left."""
    counts = {}
    for name in COVARIATES:
        rows = effects.having(effect=name)
        others = {str(row["group"]): int(row["n"]) for row in rows}
        if rows:
            reference = rows[0]["contrast"].rpartition(" minus ")[2]
            others[reference] = participants - sum(others.values())
        counts |= {(name, level): others[level] for level in levels_of(name) if level in others}
    return counts


def _level(draws: xr.Dataset, expected: np.ndarray, covariate: str, level: str, n: int) -> Level:
    effect = draws[f"effect_{covariate}"].sel({covariate: level}).to_numpy().ravel()
    centred = effect - effect.mean()
    together = np.tensordot(centred, expected - expected.mean(axis=0), 1) / len(effect)
    return Level(covariate, level, n, float(effect.mean()), float(effect.var()), together)


def characteristics_payload(made: Characteristics, mass: float) -> dict[str, Any]:
    """Return the numbers that the chart's script reads; `z` are quantiles of a standard normal."""
    return {
        "z": [float(ndtri((1 + mass) / 2)), float(ndtri(0.75))],
        "expected": made.expected.round(4).tolist(),
        "variance": made.variance.round(4).tolist(),
        "noise": made.noise.round(2).tolist(),
        "gaps": np.moveaxis(made.gaps, 0, -1).round(4).tolist(),
        "levels": [
            {
                "name": level_name(each),
                "n": each.n,
                "mean": round(each.mean, 4),
                "variance": round(each.variance, 4),
                "covariance": each.covariance.round(3).tolist(),
            }
            for each in made.levels
        ],
    }


def level_name(level: Level) -> str:
    """Name a level in the chart's data."""
    return f"{level.covariate}:{level.level}"
