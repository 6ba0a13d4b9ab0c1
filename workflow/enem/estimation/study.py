"""All tables of one outcome's study of its estimators."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import xarray as xr

from enem.estimation.cross_entropy import cross_entropy_table
from enem.estimation.likelihood import least_squares_table, likelihood_curves
from enem.estimation.prior_weight import prior_weight_path, ridge_path
from enem.estimation.regression import REGRESSION, cells_of
from enem.estimation.sample_size import chebyshev_table, sample_size_table, subsample_table
from enem.estimation.scale_of_parameters import disagreement_table, parameterisation_table
from enem.estimation.scales import scales_table, school_shrinkage
from enem.mixed.design import Design
from enem.mixed.estimates import maximum_likelihood
from enem.mixed.priors import Prior
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables


@dataclass(frozen=True)
class Study:
    """What is known of one outcome.

    Attributes
    ----------
    rows
        Analysed participants.
    specs, tables
        By model, the model and the sums of these participants.
    priors
        By key of config.yaml.
    mass
        Probability of intervals.
    seed
        Of the subsamples.
    smallest_group
        Participants below which a group is not listed.
    records, summaries, loo, levels
        By model: point estimates, posterior summary, leave-one-out densities of participants and
        draws of groups' effects.
    profiles
        By model that has scales, densities along them.
    """

    rows: pd.DataFrame
    specs: Mapping[str, Specification]
    tables: Mapping[str, Tables]
    priors: Mapping[str, Prior]
    mass: float
    seed: int
    smallest_group: int
    records: Mapping[str, Mapping[str, Any]]
    summaries: Mapping[str, pd.DataFrame]
    loo: Mapping[str, pd.DataFrame]
    levels: Mapping[str, xr.Dataset]
    profiles: Mapping[str, pd.DataFrame]

    @cached_property
    def designs(self) -> dict[str, Design]:
        """Design of every model."""
        return {name: self.tables[name].design(spec) for name, spec in self.specs.items()}


def study_tables(s: Study) -> dict[str, pd.DataFrame]:
    """Make every table, by the name of its file; without incomes those that need none."""
    of_models = {
        "cross_entropy": cross_entropy_table(s.rows, s.specs, s.tables, s.priors, s.records, s.loo),
        "scales": scales_table(s.designs, s.profiles, s.records, s.summaries),
        "disagreement": disagreement_table(s.records, s.summaries),
        "school_shrinkage": school_shrinkage(
            s.designs, s.priors, s.records, s.summaries, s.levels, s.smallest_group
        ),
    }
    tables = next(iter(s.tables.values()))
    if tables.income["x"].isna().any():
        return of_models
    # of the textbook regression, whatever models are configured
    mle, cells = maximum_likelihood(REGRESSION, tables, s.priors), cells_of(s.rows, tables.income)
    subsamples = subsample_table(s.rows, cells, s.priors, s.seed)
    return of_models | {
        "likelihood": likelihood_curves(cells, mle),
        "least_squares": least_squares_table(s.rows, tables.income, mle),
        "prior_weight": prior_weight_path(cells, mle, s.priors),
        "ridge": ridge_path(tables, cells, mle, s.priors),
        "subsamples": subsamples,
        "sample_size": sample_size_table(subsamples, cells, s.priors, s.mass),
        "chebyshev": chebyshev_table(subsamples, cells),
        "parameterisation": parameterisation_table(
            s.designs, cells, s.priors, s.records, s.summaries
        ),
    }
