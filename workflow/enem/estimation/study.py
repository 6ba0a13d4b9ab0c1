"""All tables of one outcome's study of its estimators."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import xarray as xr

from enem.estimation.chebyshev import chebyshev_table
from enem.estimation.cross_entropy import cross_entropy_table
from enem.estimation.disagreement import disagreement_table
from enem.estimation.likelihood import least_squares_table, likelihood_curves
from enem.estimation.prior_weight import prior_weight_path, ridge_path
from enem.estimation.regression import REGRESSION, Cells, cells_of
from enem.estimation.sample_size import sample_size_table, subsample_table
from enem.estimation.scale_of_parameters import parameterisation_table
from enem.estimation.scales import scales_table
from enem.estimation.schools import school_shrinkage
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

    @cached_property
    def income(self) -> pd.DataFrame:
        """Incomes of the brackets."""
        return next(iter(self.tables.values())).income

    @cached_property
    def cells(self) -> Cells:
        """All participants by income bracket."""
        return cells_of(self.rows, self.income)


def study_tables(s: Study) -> dict[str, pd.DataFrame]:
    """Make every table, by the name of its file; without incomes those that need none."""
    if s.income["x"].isna().any():
        return _of_models(s)
    regression = {"parameterisation": _parameterisation(s)}
    return {**_of_regression(s), **_of_models(s), **regression}


def _of_regression(s: Study) -> dict[str, pd.DataFrame]:
    """Tables of the textbook regression, whatever models are configured."""
    tables = next(iter(s.tables.values()))
    mle = maximum_likelihood(REGRESSION, tables, s.priors)
    subsamples = subsample_table(s.rows, s.cells, s.priors, s.seed)
    return {
        "likelihood": likelihood_curves(s.cells, mle),
        "least_squares": least_squares_table(s.rows, s.income, mle),
        "prior_weight": prior_weight_path(s.cells, mle, s.priors),
        "ridge": ridge_path(tables, s.cells, mle, s.priors),
        "subsamples": subsamples,
        "sample_size": sample_size_table(subsamples, s.cells, s.priors, s.mass),
        "chebyshev": chebyshev_table(subsamples, s.cells),
    }


def _of_models(s: Study) -> dict[str, pd.DataFrame]:
    data = (s.specs, s.tables)
    return {
        "cross_entropy": cross_entropy_table(s.rows, *data, s.priors, s.records, s.loo),
        "scales": scales_table(s.designs, s.profiles, s.records, s.summaries),
        "disagreement": disagreement_table(s.records, s.summaries),
        "school_shrinkage": school_shrinkage(
            s.designs, s.priors, s.records, s.summaries, s.levels, s.smallest_group
        ),
    }


def _parameterisation(s: Study) -> pd.DataFrame:
    return parameterisation_table(s.specs, s.tables, s.cells, s.priors, s.records, s.summaries)
