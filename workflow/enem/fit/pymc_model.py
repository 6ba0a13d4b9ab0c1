"""The model of the scales on cells, in PyMC, and its own sampler."""

from collections.abc import Mapping
from math import log

import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from enem.fit.settings import SamplerSettings
from enem.models.cells import CellGrid
from enem.models.likelihood import log_collapsed_likelihood
from enem.models.priors import Prior, line_prior_mean, line_prior_sd
from enem.models.specification import Specification


def build_model(spec: Specification, grid: CellGrid, priors: Mapping[str, Prior]) -> pm.Model:
    """Build the model of the scales, everything Gaussian integrated out.

    Parameters
    ----------
    spec
        The model.
    grid
        All cells; merged into one group where groups are not school types.
    priors
        By parameter name, points.

    Returns
    -------
    pymc.Model
        Free variables ``sigma`` (dims ``school_type`` where it varies) and `spec.scales`.
    """
    data = spec.data(grid)
    with pm.Model(coords={"school_type": list(data.school_types)}) as model:
        scales = {spec.role(name): _variable(name, priors[name]) for name in spec.scales}
        scales["sigma"] = _sigma(spec, priors["sigma"])
        scales |= line_prior_mean(priors)
        cells = (data.n, data.mean, data.ss, data.x)
        value = log_collapsed_likelihood(scales, line_prior_sd(priors), *cells, xp=pt)
        pm.Potential("log_collapsed_likelihood", value)
    return model


def run_pymc(model: pm.Model, settings: SamplerSettings, cores: int) -> xr.DataTree:
    """Sample a model with PyMC's own NUTS, as `enem.fit.nuts.run_nutpie` does with nutpie's."""
    with model:
        return pm.sample(
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


def _sigma(spec: Specification, prior: Prior) -> pt.TensorVariable:
    if not spec.by_school_type:
        return _variable("sigma", prior)
    return _variable("sigma", prior, dims="school_type")[:, None]


def _variable(name: str, prior: Prior, **kwargs: str) -> pt.TensorVariable:
    a = prior.arguments
    if prior.family == "normal":
        return pm.Normal(name, a["mean"], a["sd"], **kwargs)
    if prior.family == "half_normal":
        return pm.HalfNormal(name, a["sd"], **kwargs)
    if prior.family == "half_student_t":
        return pm.HalfStudentT(name, nu=a["df"], sigma=a["scale"], **kwargs)
    return pm.LogNormal(name, log(a["median"]), a["log_sd"], **kwargs)
