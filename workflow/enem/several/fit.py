"""Fit, complete, check and write the model of several outcomes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from enem.atomic import write_csv
from enem.check.convergence import convergence_checks
from enem.check.summary import summarise
from enem.check.verdict import Check, require_convergence, write_checks
from enem.mixed.settings import SamplerSettings
from enem.mixed.store import write_posterior
from enem.several.model import Model
from enem.several.moments import Moments
from enem.several.sample import sample

Complete = Callable[[xr.DataTree, Model, np.random.Generator], xr.DataTree]


def fit_several(
    model: Model,
    complete: Complete,
    settings: Mapping[str, Any],
    provenance: Mapping[str, object],
    cores: int,
    folder: Path,
) -> xr.Dataset:
    """Write ``posterior.nc``, ``summary.csv`` and ``checks.json``; return the draws.

    Parameters
    ----------
    model
        What to sample.
    complete
        Makes the posterior of the sampled sigmas and scales.
    settings
        Sections ``sampler``, ``interval`` and ``checks`` of config.yaml.
    provenance
        Attributes of ``posterior.nc``.
    cores
        Chains that run at once.
    folder
        Where to write.

    Raises
    ------
    InputError
        When the draws did not converge and the configuration refuses such draws.
    """
    sampler = SamplerSettings(**settings["sampler"])
    sampled = sample(model, sampler, cores)
    tree = complete(sampled, model, np.random.default_rng(sampler.seed))
    posterior = tree["posterior"].to_dataset()
    summary = summarise(posterior, settings["interval"]["mass"])
    limits = settings["checks"]
    found = convergence_checks(summary, tree["sample_stats"].to_dataset(), limits)
    write_posterior(tree, folder / "posterior.nc", provenance)
    write_csv(summary, folder / "summary.csv")
    write_checks([*found, *_empty_strata(model.moments)], folder / "checks.json")
    require_convergence(folder / "checks.json", limits["on_convergence_failure"])
    return posterior


def _empty_strata(moments: Moments) -> list[Check]:
    empty = [name for name, n in zip(moments.strata, moments.n, strict=True) if n == 0]
    if not empty:
        return []
    message = f"No participants in {', '.join(empty)}: these estimates come from the others."
    details = {"case": "empty", "groups": empty}
    return [Check("groups_without_data", None, float(len(empty)), None, message, details)]
