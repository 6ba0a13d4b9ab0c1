"""Cross-entropy of the scores under every model and estimator, in and out of sample.

The Kullback-Leibler divergence from the distribution of the scores to a model's is their
cross-entropy less the entropy of the scores, which no model changes.  In sample the cross-entropy
is minus the log likelihood over the participants, so maximising one minimises the other.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from enem.check.cell_nodes import interpolate_rows
from enem.estimate.point_estimates import bounds_sigma
from enem.estimate.vector import Objective
from enem.estimation.plug_in import in_sample, out_of_sample
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS, Specification

ESTIMATORS = ("mle", "map", "posterior")
SAMPLES = ("in", "out")
Densities = dict[tuple[str, str], np.ndarray]
"""Log density of every row by estimator and sample."""


def cross_entropy_table(
    rows: pd.DataFrame,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    records: Mapping[str, Mapping[str, Any]],
    nodes: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Compare MLE, MAP and posterior predictive of every model.

    Parameters
    ----------
    rows
        Analysed participants: ``school_type, income_bracket, score``.
    grid, priors
        Their cells, and the priors of the MAP.
    records
        By model, the document of `enem.estimate.record.estimates_record`.
    nodes
        By model, the table of `enem.check.loo.loo_nodes`.

    Returns
    -------
    pandas.DataFrame
        ``model, estimator, sample, participants, cross_entropy, se, equivalent_sd,
        above_posterior, above_posterior_se``.  The first two numbers are nats per participant;
        `equivalent_sd` is the sd, in points, of a Gaussian of that entropy; `above_posterior` is
        the difference from the posterior predictive out of sample, summed over participants, nats.
        Over participants for whom every estimate exists; blank where an estimate never does.
    """
    densities = {
        name: _densities(SPECIFICATIONS[name], rows, grid, priors, record, nodes[name])
        for name, record in records.items()
    }
    defined = [d for found in densities.values() for d in found.values() if np.isfinite(d).any()]
    common = np.all([np.isfinite(d) for d in defined], axis=0)
    tables = [_table(name, found, common) for name, found in densities.items()]
    return pd.concat(tables, ignore_index=True)


def _densities(
    spec: Specification,
    rows: pd.DataFrame,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    record: Mapping[str, Any],
    nodes: pd.DataFrame,
) -> Densities:
    data = spec.data(grid)
    if not spec.by_school_type:
        rows = rows.assign(school_type=data.school_types[0])
    likelihood = Objective(spec, data.subset(bounds_sigma(spec, data)), None)
    posterior = Objective(spec, data, priors)
    inside, outside = interpolate_rows(rows, nodes, "lppd", "elpd_loo")
    found: Densities = {("posterior", "in"): inside, ("posterior", "out"): outside}
    for name, objective in (("mle", likelihood), ("map", posterior)):
        for sample, density in (("in", in_sample), ("out", out_of_sample)):
            found[name, sample] = np.full(len(rows), np.nan)
            if record[name]:
                vector = np.array([record[name][parameter] for parameter in objective.names])
                found[name, sample] = density(objective, vector, rows)
    return found


def _table(model: str, densities: Densities, common: np.ndarray) -> pd.DataFrame:
    reference = densities["posterior", "out"][common]
    count = int(common.sum())
    table = []
    for estimator in ESTIMATORS:
        for sample in SAMPLES:
            loss = -densities[estimator, sample][common]
            table.append(
                {
                    "model": model,
                    "estimator": estimator,
                    "sample": sample,
                    "participants": count,
                    **_entropy(loss),
                    "above_posterior": (loss + reference).sum() if count else np.nan,
                    "above_posterior_se": np.sqrt(count) * _sd(loss + reference),
                }
            )
    return pd.DataFrame(table)


def _entropy(loss: np.ndarray) -> dict[str, float]:
    mean = loss.mean() if len(loss) else np.nan
    return {
        "cross_entropy": mean,
        "se": _sd(loss) / np.sqrt(max(len(loss), 1)),
        # entropy of a Gaussian: log(sd sqrt(2 pi e))
        "equivalent_sd": np.exp(mean) / np.sqrt(2 * np.pi * np.e),
    }


def _sd(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else np.nan
