"""Where posterior mode and posterior mean part, over all parameters and models."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from enem.compare.estimates import estimates_table

COLUMNS = [
    *("rank", "model", "parameter", "n", "mle", "map"),
    *("posterior_mean", "posterior_sd", "map_minus_mean_in_sd"),
]


def disagreement_table(
    records: Mapping[str, Mapping[str, Any]], summaries: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Rank all parameters of all models by the distance of MAP and posterior mean.

    Parameters
    ----------
    records, summaries
        By model, point estimates and summary of the posterior.

    Returns
    -------
    pandas.DataFrame
        ``rank, model, parameter, n, mle, map, posterior_mean, posterior_sd,
        map_minus_mean_in_sd``, the furthest apart first; `n` as in summary.csv.  Parameters
        without a MAP are left out.
    """
    tables = [
        estimates_table(record, summaries[model]).assign(model=model, n=summaries[model]["n"])
        for model, record in records.items()
    ]
    table = pd.concat(tables, ignore_index=True).dropna(subset="map_minus_mean_in_sd")
    order = table["map_minus_mean_in_sd"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True).assign(rank=range(1, len(table) + 1))[COLUMNS]
