"""Models held against each other by what they expect of participants, and groups, left out.

Participants of a group share its luck, so errors are those of groups drawn at random: of a sum over
participants, the spread of the groups' parts around their share of it (the variance of a ratio;
Cochran, Sampling Techniques, 3rd edition 1977, section 9A.7).
"""

from collections.abc import Mapping
from typing import NamedTuple

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats import ELPDDataLOO

from enem.mixed.design import finest_groups

FEW_GROUPS, CLOSE = 100, 4.0
"""Groups, and difference in nats, below which an error does not tell how likely a difference is
(Sivula, Magnusson, Matamoros & Vehtari, Bayesian Analysis (2025))."""


class LeftOut(NamedTuple):
    """What a model expects of those whom it has not seen: ``loo.parquet``, ``loo_groups.parquet``.

    Attributes
    ----------
    participants
        ``elpd_loo, lppd, pareto_k``, a row each, in their order.
    groups
        ``municipality, school, school_type, n, elpd, pareto_k``, a row each finest group.
    """

    participants: pd.DataFrame
    groups: pd.DataFrame


def comparison_table(
    participants: pd.DataFrame, left_out: Mapping[str, LeftOut], good_k: float
) -> pd.DataFrame:
    """Compare models by PSIS-LOO of the same participants and groups.

    Parameters
    ----------
    participants
        Analysed participants: ``municipality, school, school_type``, in the order of the tables.
    left_out
        By model.
    good_k
        Pareto k above which an importance sampling estimate is unreliable.

    Returns
    -------
    pandas.DataFrame
        Best model first, by participants left out: ``model, rank, elpd, se, p_loo, elpd_diff,
        diff_se, weight, pareto_k_max, pareto_k_high, elpd_group, se_group, elpd_diff_group,
        diff_se_group, pareto_k_group_max, note``; `weight` from stacking (Yao et al., Bayesian
        Analysis 13 (2018) 917-1007), `pareto_k_high` the participants above `good_k`, differences
        from the first model.
    """
    group, groups = finest_groups(participants.assign(n=1))
    size = groups["n"].to_numpy(float)
    elpd = {model: _elpd_data(of.participants, good_k) for model, of in left_out.items()}
    weights = _weights(elpd)
    order = sorted(elpd, key=lambda model: -elpd[model].elpd)
    parts = {model: np.bincount(group, elpd[model].elpd_i.to_numpy(), len(size)) for model in order}
    own = {model: left_out[model].groups["elpd"].to_numpy() for model in order}
    best, rows = order[0], []
    for rank, model in enumerate(order):
        k = left_out[model].participants["pareto_k"]
        difference = float(parts[model].sum() - parts[best].sum())
        row = {
            "model": model,
            "rank": rank,
            "elpd": elpd[model].elpd,
            "se": standard_error(parts[model], size),
            "p_loo": elpd[model].p,
            "elpd_diff": difference,
            "diff_se": standard_error(parts[model] - parts[best], size),
            "weight": weights[model],
            "pareto_k_max": float(k.max()),
            "pareto_k_high": int((k > good_k).sum()),
            "elpd_group": float(own[model].sum()),
            "se_group": standard_error(own[model], size),
            "elpd_diff_group": float(own[model].sum() - own[best].sum()),
            "diff_se_group": standard_error(own[model] - own[best], size),
            "pareto_k_group_max": float(left_out[model].groups["pareto_k"].max()),
            "note": _note(len(size), difference) if rank else "",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def standard_error(parts: np.ndarray, size: np.ndarray) -> float:
    """Error of a sum over participants by its groups' parts; missing of a single group.

    Parameters
    ----------
    parts
        Of each group, (F,).
    size
        Participants of each group, (F,).
    """
    count = len(parts)
    if count < 2:
        return np.nan
    around = parts - size * parts.sum() / size.sum()
    return float(np.sqrt(count / (count - 1) * (around**2).sum()))


def _note(groups: int, difference: float) -> str:
    if groups < FEW_GROUPS:
        return f"groups < {FEW_GROUPS}"
    return f"|elpd_diff| < {CLOSE:g}" if abs(difference) < CLOSE else ""


def _weights(elpd: Mapping[str, ELPDDataLOO]) -> dict[str, float]:
    if len(elpd) == 1:
        return dict.fromkeys(elpd, 1.0)
    return azs.compare(dict(elpd), method="stacking", round_to="none")["weight"].to_dict()


def _elpd_data(loo: pd.DataFrame, good_k: float) -> ELPDDataLOO:
    names = ("elpd_loo", "pareto_k")
    elpd_i, pareto_k = (xr.DataArray(loo[name].to_numpy(), dims="participant") for name in names)
    elpd = float(elpd_i.sum())
    return ELPDDataLOO(
        elpd=elpd,
        se=float(np.sqrt(elpd_i.size * elpd_i.var(ddof=1))),
        p=float(loo["lppd"].sum() - elpd),
        n_samples=0,
        n_data_points=elpd_i.size,
        scale="log",
        warning=bool((pareto_k > good_k).any()),
        good_k=good_k,
        elpd_i=elpd_i,
        pareto_k=pareto_k,
    )
