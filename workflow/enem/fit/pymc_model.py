"""The model of the scales on cells, in PyMC."""

from math import log

import pymc as pm
import pytensor.tensor as pt

from enem.models.cells import CellGrid
from enem.models.likelihood import log_collapsed_likelihood
from enem.models.priors import Prior, line_prior_mean, line_prior_sd
from enem.models.specification import SPECIFICATIONS, Specification

FULLEST = {False: SPECIFICATIONS["income"], True: SPECIFICATIONS["school_type_income"]}
"""The model with deviations, by whether groups are school types."""


def build_model(by_school_type: bool, grid: CellGrid, priors: dict[str, Prior]) -> pm.Model:
    """Build the model of the scales, everything Gaussian integrated out.

    Models that differ only in whether cells deviate from their lines share one: the data
    ``deviations`` is 1 with deviations and 0 without, when their scale keeps its prior.

    Parameters
    ----------
    by_school_type
        Whether groups are school types, or one group holds everybody.
    grid
        All cells; merged into one group where groups are not school types.
    priors
        By parameter name, in points.

    Returns
    -------
    pymc.Model
        Free variables ``sigma`` (dims ``school_type`` where it varies) and the scales of the
        model with deviations; the cells are `pymc.Data`, so that another data set needs no new
        compilation.
    """
    spec = FULLEST[by_school_type]
    data = spec.data(grid)
    coords = {"school_type": list(data.school_types), "income_bracket": list(data.brackets)}
    with pm.Model(coords=coords) as model:
        cells = {
            name: pm.Data(name, getattr(data, name), dims=("school_type", "income_bracket"))
            for name in ("n", "mean", "ss")
        }
        x = pm.Data("x", data.x, dims="income_bracket")
        scales = {spec.role(name): _variable(name, priors[name]) for name in spec.scales}
        scales["tau_cell"] = scales["tau_cell"] * pm.Data("deviations", 1.0)
        scales["sigma"] = _sigma(spec, priors["sigma"])
        scales |= line_prior_mean(priors)
        pm.Potential(
            "log_collapsed_likelihood",
            log_collapsed_likelihood(scales, line_prior_sd(priors), **cells, x=x, xp=pt),
        )
    return model


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
