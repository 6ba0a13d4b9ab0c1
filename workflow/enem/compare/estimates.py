"""MLE, MAP, Laplace and posterior of every parameter side by side."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def estimates_table(record: Mapping[str, Any], summary: pd.DataFrame) -> pd.DataFrame:
    """Join point estimates to the posterior's summary.

    Parameters
    ----------
    record
        Document of `enem.mixed.estimates.estimates_record`.
    summary
        Table of `enem.check.summary.summarise`.

    Returns
    -------
    pandas.DataFrame
        ``parameter, mle, map, laplace_sd, posterior_mean, posterior_sd, map_minus_mean_in_sd``;
        missing where an estimate is undefined.
    """
    table = summary[["parameter"]].copy()
    for key in ("mle", "map", "laplace_sd"):
        table[key] = table["parameter"].map(record[key]).astype(float)
    distance = (table["map"] - summary["mean"]) / summary["sd"]
    moments = {"posterior_mean": summary["mean"], "posterior_sd": summary["sd"]}
    return table.assign(**moments, map_minus_mean_in_sd=distance)
