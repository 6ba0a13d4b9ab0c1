"""Trees for ArviZ that are made of a fit: without small groups, and with replicated scores."""

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.predictive import draws_of
from enem.mixed.design import Design
from enem.mixed.fit import SAMPLE
from enem.mixed.rows import participant_rows


def without_small_groups(tree: xr.DataTree, sample: pd.DataFrame, smallest: int) -> xr.DataTree:
    """Keep the parameters of everybody, and of single groups of `smallest` participants or more.

    Coefficients of combinations of factors are left out, and so are draws of single schools.
    """
    posterior = tree["posterior"].to_dataset()
    factors = {name: set(of.dims) - set(SAMPLE) for name, of in posterior.data_vars.items()}
    kept = posterior[[name for name, dims in factors.items() if len(dims) <= 1]]
    for dim in set(kept.dims) - set(SAMPLE):
        counts = sample[str(dim).removesuffix("_level")].astype(str).value_counts()
        labels = kept[dim].to_numpy()
        kept = kept.sel({dim: [name for name in labels if counts.get(name, 0) >= smallest]})
    # what nobody is left of
    kept = kept.drop_vars([name for name, of in kept.data_vars.items() if of.size == 0])
    statistics = tree["sample_stats"].to_dataset()
    return xr.DataTree.from_dict({"posterior": kept, "sample_stats": statistics})


def predictive_scores(
    tree: xr.DataTree, design: Design, sample: pd.DataFrame, draws: int, rng: np.random.Generator
) -> xr.DataTree:
    """Replicate scores of participants in their own schools, points.

    Parameters
    ----------
    tree, design
        Of one model.
    sample
        The participants that the design was made of.
    draws
        How many draws, evenly spaced, are replicated.
    rng
        Source of the replications.
    """
    row = participant_rows(design, sample)
    parts = []
    for of in draws_of(tree, design, draws):
        expected = of.line[:, row] + of.group[:, design.group[row]]
        parts.append(rng.normal(expected, of.sigma[:, row]))
    replicated = np.concatenate(parts)[None]
    dims = ("participant",)
    return xr.DataTree.from_dict(
        {
            "posterior_predictive": xr.Dataset({"score": ((*SAMPLE, *dims), replicated)}),
            "observed_data": xr.Dataset({"score": (dims, sample["score"].to_numpy(float))}),
        }
    )
