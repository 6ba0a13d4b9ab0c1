"""All tables of one outcome's study of its estimators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from enem.estimation.chebyshev import chebyshev_table
from enem.estimation.cross_entropy import cross_entropy_table
from enem.estimation.disagreement import disagreement_table
from enem.estimation.likelihood import least_squares_table, likelihood_curves
from enem.estimation.sample_size import sample_size_table, subsample_table
from enem.estimation.scale_of_parameters import parameterisation_table
from enem.estimation.scales import scales_table
from enem.estimation.shrinkage import prior_weight_path, ridge_path
from enem.models.cells import CellGrid
from enem.models.priors import Prior


@dataclass(frozen=True)
class Study:
    """What is known of one outcome.

    Attributes
    ----------
    grid, rows
        Cells and analysed participants.
    priors
        By parameter name.
    mass
        Probability of intervals.
    seed
        Of the subsamples.
    records, summaries, loo
        By model: point estimates, posterior summary, and leave-one-out densities of cells.
    profiles
        By hierarchical model, densities along its scales.
    """

    grid: CellGrid
    rows: pd.DataFrame
    priors: Mapping[str, Prior]
    mass: float
    seed: int
    records: Mapping[str, Mapping[str, Any]]
    summaries: Mapping[str, pd.DataFrame]
    loo: Mapping[str, pd.DataFrame]
    profiles: Mapping[str, pd.DataFrame]


def study_tables(s: Study) -> dict[str, pd.DataFrame]:
    """Make every table, by the name of its file."""
    subsamples = subsample_table(s.rows, s.grid, s.priors, s.seed)
    return {
        "likelihood": likelihood_curves(s.grid),
        "least_squares": least_squares_table(s.rows, s.grid),
        "cross_entropy": cross_entropy_table(s.rows, s.grid, s.priors, s.records, s.loo),
        "prior_weight": prior_weight_path(s.grid, s.priors),
        "ridge": ridge_path(s.grid, s.priors["slope"]),
        "parameterisation": parameterisation_table(s.grid, s.priors, s.records, s.summaries),
        "subsamples": subsamples,
        "sample_size": sample_size_table(subsamples, s.grid, s.priors, s.mass),
        "chebyshev": chebyshev_table(subsamples, s.grid),
        "scales": scales_table(s.grid, s.profiles, s.records, s.summaries),
        "disagreement": disagreement_table(s.records, s.summaries),
    }
