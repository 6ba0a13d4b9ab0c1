"""A mixed model in PyMC with every effect explicit: the readable definition of what is sampled.

It samples what `enem.mixed.density` integrates out, and serves ``sampler.engine: pymc``, the
studies and the tests that hold the two together.
"""

from collections.abc import Mapping
from math import log, pi
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from enem.mixed.correlation import partial_correlations
from enem.mixed.design import Design
from enem.mixed.packing import prior_means
from enem.mixed.priors import CORRELATION, Prior
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
        ``municipality`` (M,) and ``school`` (L,) where the model has these levels; of several
        outcomes all with a further axis, (m,), and ``correlation_root`` (m, m) of errors, another
        of each level.
    """
    spec, m = design.spec, len(design.spec.outcomes)
    axis = (m,) if spec.several else ()
    with pm.Model() as model:
        sigma = _positive("sigma", priors["sigma"], shape=(len(design.sigma_labels), *axis))
        scales = [
            _positive(name, priors[spec.scale_priors[name]], shape=axis) for name in spec.scales
        ]
        known = [priors[of.prior].arguments.get("sd") for of in design.coefficients]
        sds = [
            scales[of.scale] if of.scale >= 0 else pt.constant(np.full(axis, sd))
            for of, sd in zip(design.coefficients, known, strict=True)
        ]
        standard = pm.Normal("standard", shape=(len(sds), *axis))
        means = prior_means(design, priors).reshape(-1, *(1 for _ in axis))
        coefficients = pm.Deterministic("coefficients", means + pt.stack(sds) * standard)
        expected = pt.dot(design.patterns, coefficients)[design.pattern]
        places = int(design.leaf_municipality.max()) + 1
        for level, of_leaf, size in (
            (MUNICIPALITY, design.leaf_municipality, places),
            (SCHOOL, np.arange(len(design.leaf_sigma)), len(design.leaf_sigma)),
        ):
            if level in spec.levels:
                scale = scales[spec.scales.index(level_scale(level))]
                noise = pm.Normal(f"standard_{level}", shape=(size, *axis))
                if spec.several:
                    noise = pt.dot(noise, _correlation_root(f"_{level}", m, priors).T)
                effect = pm.Deterministic(level, scale * noise)
                expected = expected + effect[of_leaf][design.leaf]
        own = sigma[design.leaf_sigma[design.leaf]]
        if spec.several:
            density = _scores_together(design, expected, own, _correlation_root("", m, priors))
        else:
            squares = design.ss + design.n * (design.mean - expected) ** 2
            density = -0.5 * (design.n * pt.log(2 * np.pi * own**2) + squares / own**2)
        pm.Potential("scores", density.sum())
    return model


def _scores_together(
    design: Design, expected: pt.TensorVariable, sigma: pt.TensorVariable, root: pt.TensorVariable
) -> Any:
    """Log density of each row's participants, errors correlated by the factor `root`; (R,)."""
    away = design.mean - expected
    squares = design.ss + design.n[:, None, None] * away[:, :, None] * away[:, None, :]
    squares = squares / (sigma[:, :, None] * sigma[:, None, :])
    inverse = pt.linalg.inv(pt.dot(root, root.T))
    log_determinant = pt.log(sigma).sum(axis=1) + pt.log(pt.diag(root)).sum()
    constant = root.shape[0] * log(2 * pi) / 2
    return -design.n * (constant + log_determinant) - 0.5 * (squares * inverse).sum(axis=(1, 2))


def _correlation_root(suffix: str, m: int, priors: Mapping[str, Prior]) -> pt.TensorVariable:
    """Lower factor of a correlation matrix of outcomes."""
    eta = priors[CORRELATION].arguments["eta"]
    return pm.LKJCorr(f"correlation_root{suffix}", eta=eta, n=m)


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
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], -1)
    names = ["sigma", *design.spec.scales]
    values = [posterior[name].to_numpy().reshape(shape) for name in names]
    if design.spec.several:
        for suffix in ("", *(f"_{level}" for level in design.spec.levels)):
            root = posterior[f"correlation_root{suffix}"].to_numpy()
            partial = partial_correlations(root.reshape(-1, *root.shape[2:]))
            values.append(partial.reshape(shape))
    values = np.concatenate(values, axis=-1)
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
