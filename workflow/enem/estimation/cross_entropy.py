"""Cross-entropy of the scores under every model and estimator, in and out of sample.

The Kullback-Leibler divergence from the distribution of the scores to a model's is their
cross-entropy less the entropy of the scores, which no model changes.  In sample the cross-entropy
is minus the log likelihood over the participants, so maximising one minimises the other.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from enem.estimation.plug_in import LeftOut
from enem.mixed.maximum import unbounded
from enem.mixed.objective import Kind, Objective
from enem.mixed.priors import Prior
from enem.mixed.rows import participant_rows
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables

Densities = dict[tuple[str, str], np.ndarray]
"""Log density of every row by estimator and sample."""


def cross_entropy_table(
    rows: pd.DataFrame,
    specs: Mapping[str, Specification],
    tables: Mapping[str, Tables],
    priors: Mapping[str, Prior],
    records: Mapping[str, Mapping[str, Any]],
    loo: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Compare MLE, MAP and posterior predictive of every model.

    Parameters
    ----------
    rows
        Analysed participants: ``municipality, school, school_type, income_bracket``, further
        factors, ``score``.
    specs, tables
        By model, the model and the sums of these participants.
    priors
        Of the MAP.
    records
        By model, the document of `enem.mixed.estimates.estimates_record`.
    loo
        By model, ``elpd_loo, lppd`` of the participants, in the order of `rows`.

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
        name: _densities(specs[name], rows, tables[name], priors, record, loo[name])
        for name, record in records.items()
    }
    defined = [d for found in densities.values() for d in found.values() if np.isfinite(d).any()]
    common = np.all([np.isfinite(d) for d in defined], axis=0)
    made = [_table(name, found, common) for name, found in densities.items()]
    return pd.concat(made, ignore_index=True)


def _densities(
    spec: Specification,
    rows: pd.DataFrame,
    tables: Tables,
    priors: Mapping[str, Prior],
    record: Mapping[str, Any],
    loo: pd.DataFrame,
) -> Densities:
    found: Densities = {
        ("posterior", "in"): loo["lppd"].to_numpy(float),
        ("posterior", "out"): loo["elpd_loo"].to_numpy(float),
    }
    for name, kind in (("mle", Kind.LIKELIHOOD), ("map", Kind.POSTERIOR)):
        inside, outside = np.full((2, len(rows)), np.nan)
        if record[name]:
            left_out = unbounded(spec, tables) if kind is Kind.LIKELIHOOD else ()
            density = Objective(tables.without(left_out).design(spec), priors, kind)
            known = ~rows["school_type"].isin(left_out).to_numpy()
            vector = np.array([record[name][parameter] for parameter in density.names])
            row = participant_rows(density.design, rows[known])
            each = LeftOut(density, vector, row, rows["score"].to_numpy(float)[known])
            inside[known], outside[known] = each.in_sample(), each.out_of_sample()
        found[name, "in"], found[name, "out"] = inside, outside
    return found


def _table(model: str, densities: Densities, common: np.ndarray) -> pd.DataFrame:
    reference, table = pd.Series(densities["posterior", "out"][common]), []
    for estimator, sample in product(("mle", "map", "posterior"), ("in", "out")):
        loss = -pd.Series(densities[estimator, sample][common])
        above = loss + reference
        table.append(
            {
                "model": model,
                "estimator": estimator,
                "sample": sample,
                "participants": len(loss),
                "cross_entropy": loss.mean(),
                "se": loss.sem(),
                # entropy of a Gaussian: log(sd sqrt(2 pi e))
                "equivalent_sd": np.exp(loss.mean()) / np.sqrt(2 * np.pi * np.e),
                "above_posterior": above.sum(min_count=1),
                "above_posterior_se": np.sqrt(len(loss)) * above.std(),
            }
        )
    return pd.DataFrame(table)
