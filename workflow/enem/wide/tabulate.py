"""From participants to the moments of wider models."""

from collections.abc import Sequence

import pandas as pd

from enem.tabulate.cells import SCHOOL_TYPES_BY_RULE
from enem.tabulate.population import PopulationSettings, select_sample
from enem.wide.covariates import factors
from enem.wide.moments import Moments, moments_of_rows
from enem.wide.names import columns_of
from enem.wide.structure import covariate_blocks


def covariate_moments(
    participants: pd.DataFrame,
    settings: PopulationSettings,
    outcome: str,
    income: pd.DataFrame,
    covariates: Sequence[str],
) -> Moments:
    """Select the sample of an outcome, as for its cells, and add up its moments.

    Parameters
    ----------
    participants
        The state's participants, with the columns of `enem.wide.names.columns_of`.
    settings
        Population rules.
    outcome
        Which outcome.
    income
        ``income_bracket`` and ``x``.
    covariates
        Names in `enem.wide.names.COVARIATES`.
    """
    columns = columns_of(covariates)
    sample, _ = select_sample(participants, len(participants), 0, settings, outcome, columns)
    x = sample["income_bracket"].map(income.set_index("income_bracket")["x"])
    rows = sample[["school_type", "income_bracket", "score"]].assign(x=x)
    rows = rows.join(factors(sample, covariates))
    blocks = covariate_blocks(list(income["income_bracket"]), covariates)
    return moments_of_rows(rows, blocks, SCHOOL_TYPES_BY_RULE[settings.school_type])
