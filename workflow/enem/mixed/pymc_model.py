"""A mixed model in PyMC with every effect explicit: the readable definition of what is sampled.

It samples what `enem.mixed.density` integrates out, and serves ``sampler.engine: pymc``, the
studies and the tests that hold the two together.
"""

from collections.abc import Mapping
from math import log

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from enem.mixed.design import Design
from enem.mixed.packing import prior_means
from enem.mixed.priors import Prior
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import MUNICIPALITY, SCHOOL, level_scale


def build_model(design: Design, priors: Mapping[str, Prior]) -> pm.Model:
    """Build the model of sums of rows, effects not centred.

    Parameters
    ----------
    design
        Columns, groups and sums.
    priors
        By key of config.yaml, points.

    Returns
    -------
    pymc.Model
        ``sigma`` (G,), the scales, ``coefficients`` (P,) in the order of the design, and
        ``municipality`` (M,) and ``school`` (L,) where the model has these levels.
    """
    spec = design.spec
    with pm.Model() as model:
        sigma = _positive("sigma", priors["sigma"], shape=len(design.sigma_labels))
        scales = [_positive(name, priors[spec.scale_priors[name]]) for name in spec.scales]
        known = [priors[of.prior].arguments.get("sd") for of in design.coefficients]
        sds = [
            scales[of.scale] if of.scale >= 0 else pt.constant(sd)
            for of, sd in zip(design.coefficients, known, strict=True)
        ]
        standard = pm.Normal("standard", shape=len(sds))
        means = prior_means(design, priors)
        coefficients = pm.Deterministic("coefficients", means + pt.stack(sds) * standard)
        expected = pt.dot(design.patterns, coefficients)[design.pattern]
        places = int(design.leaf_municipality.max()) + 1
        for level, of_leaf, size in (
            (MUNICIPALITY, design.leaf_municipality, places),
            (SCHOOL, np.arange(len(design.leaf_sigma)), len(design.leaf_sigma)),
        ):
            if level in spec.levels:
                scale = scales[spec.scales.index(level_scale(level))]
                noise = pm.Normal(f"standard_{level}", shape=size)
                effect = pm.Deterministic(level, scale * noise)
                expected = expected + effect[of_leaf][design.leaf]
        variance = sigma[design.leaf_sigma[design.leaf]] ** 2
        squares = design.ss + design.n * (design.mean - expected) ** 2
        density = -0.5 * (design.n * pt.log(2 * np.pi * variance) + squares / variance)
        pm.Potential("scores", density.sum())
    return model


def draw_scales(
    design: Design, priors: Mapping[str, Prior], settings: SamplerSettings, cores: int
) -> xr.DataTree:
    """Sample with PyMC's own NUTS; returns what `enem.mixed.sample.draw_scales` does."""
    with build_model(design, priors):
        drawn = pm.sample(
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            cores=cores,
            random_seed=settings.seed,
            target_accept=settings.target_accept,
            nuts_sampler="pymc",
            progressbar=False,
            compute_convergence_checks=False,
        )
    posterior = drawn["posterior"].to_dataset()
    scales = [posterior[name].to_numpy()[..., None] for name in design.spec.scales]
    values = np.concatenate([posterior["sigma"].to_numpy(), *scales], axis=-1)
    named = xr.Dataset({"value": (("chain", "draw", "coordinate"), values)})
    statistics = drawn["sample_stats"].to_dataset()
    return xr.DataTree.from_dict({"posterior": named, "sample_stats": statistics})


def _positive(name: str, prior: Prior, **shape: int) -> pt.TensorVariable:
    a = prior.arguments
    if prior.family == "half_normal":
        return pm.HalfNormal(name, a["sd"], **shape)
    if prior.family == "half_student_t":
        return pm.HalfStudentT(name, nu=a["df"], sigma=a["scale"], **shape)
    return pm.LogNormal(name, log(a["median"]), a["log_sd"], **shape)
