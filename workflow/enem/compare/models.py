"""Models held against each other by their expected log predictive density."""

from collections.abc import Mapping

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats import ELPDDataLOO

from enem.check.cell_nodes import interpolate_rows


def comparison_table(
    rows: pd.DataFrame, nodes: Mapping[str, pd.DataFrame], good_k: float
) -> pd.DataFrame:
    """Compare models by PSIS-LOO of the same participants.

    Parameters
    ----------
    rows
        Analysed participants: ``school_type, income_bracket, score``.
    nodes
        By model, the table of `enem.check.loo.loo_nodes`.
    good_k
        Pareto k above which an importance sampling estimate is unreliable.

    Returns
    -------
    pandas.DataFrame
        Best model first: ``model, rank, elpd, se, p_loo, elpd_diff, diff_se, weight,
        pareto_k_max, pareto_k_high, note``; `weight` from stacking (Yao et al., Bayesian
        Analysis 13 (2018) 917-1007), `pareto_k_high` the nodes above `good_k`.
    """
    elpd = {model: _elpd_data(rows, table, good_k) for model, table in nodes.items()}
    if len(elpd) == 1:
        table = pd.DataFrame({"rank": 0, "elpd_diff": 0.0, "dse": 0.0, "weight": 1.0}, list(elpd))
    else:
        table = azs.compare(elpd, method="stacking", round_to="none")
    k = {model: nodes[model]["pareto_k"] for model in table.index}
    notes = table.get("diag_diff", pd.Series("", index=table.index))
    return pd.DataFrame(
        {
            "model": table.index,
            "rank": table["rank"].to_numpy(),
            "elpd": [elpd[m].elpd for m in table.index],
            "se": [elpd[m].se for m in table.index],
            "p_loo": [elpd[m].p for m in table.index],
            "elpd_diff": table["elpd_diff"].to_numpy(),
            "diff_se": table["dse"].to_numpy(),
            "weight": table["weight"].to_numpy(),
            "pareto_k_max": [float(k[m].max()) for m in table.index],
            "pareto_k_high": [int((k[m] > good_k).sum()) for m in table.index],
            "note": notes.to_numpy(),
        }
    )


def _elpd_data(rows: pd.DataFrame, nodes: pd.DataFrame, good_k: float) -> ELPDDataLOO:
    groups = nodes["school_type"].unique()
    if not set(rows["school_type"]) <= set(groups):
        # a model without school types has one group, whatever its participants' school is
        rows = rows.assign(school_type=groups[0])
    elpd_i, lppd_i, k = interpolate_rows(rows, nodes, "elpd_loo", "lppd", "pareto_k")
    elpd = float(elpd_i.sum())
    return ELPDDataLOO(
        elpd=elpd,
        se=float(np.sqrt(len(elpd_i) * elpd_i.var(ddof=1))),
        p=float(lppd_i.sum() - elpd),
        n_samples=0,
        n_data_points=len(elpd_i),
        scale="log",
        warning=bool((nodes["pareto_k"] > good_k).any()),
        good_k=good_k,
        elpd_i=xr.DataArray(elpd_i, dims="participant"),
        pareto_k=xr.DataArray(k, dims="participant"),
    )
