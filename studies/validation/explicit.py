"""The model of the real state with every effect explicit in PyMC, under the names of tables."""

from collections.abc import Mapping

import pymc as pm
import xarray as xr

from enem.mixed.design import Design
from enem.mixed.parameters import table_name
from enem.mixed.priors import Prior
from enem.mixed.pymc_model import build_model
from studies.validation.setting import SEED, config

LARGEST_SCHOOLS = 5
"""Schools whose effects are compared."""


def sample_explicit(design: Design, priors: Mapping[str, Prior], draws: int) -> xr.Dataset:
    """Sample every effect with PyMC's own NUTS.

    Parameters
    ----------
    design
        Of a model by school type, with the level of schools.
    priors
        By key of config.yaml.
    draws
        Kept of each of four chains, after as many of warm-up.
    """
    with build_model(design, priors):
        drawn = pm.sample(
            draws=draws,
            tune=draws,
            chains=4,
            cores=2,
            random_seed=SEED,
            target_accept=config()["sampler"]["target_accept"],
            nuts_sampler="pymc",
            progressbar=False,
            compute_convergence_checks=False,
        )
    return named(drawn["posterior"].to_dataset(), design)


def named(posterior: xr.Dataset, design: Design) -> xr.Dataset:
    """Give the explicit model's arrays the names of tables; lines whole."""
    found, common = {}, {}
    values = posterior["coefficients"]
    dim = values.dims[-1]
    for i in reversed(range(len(design.coefficients))):
        of = design.coefficients[i]
        one = values.isel({dim: i}, drop=True)
        common |= {} if of.labels else {of.variable: one}
        whole = common.get(of.variable.removesuffix("_school_type"), 0.0) if of.labels else 0.0
        found[table_name(of.variable, of.labels)] = one + whole
    for i, label in enumerate(design.sigma_labels):
        found[f"sigma[{label}]"] = posterior["sigma"][:, :, i].drop_vars("sigma_dim_0")
    for name in design.spec.scales:
        found[name] = posterior[name]
    for group in largest_schools(design):
        name = f"school[{design.groups['school'][group]}]"
        leaf = design.leaf_of_group[group]
        found[name] = posterior["school"][:, :, leaf].drop_vars("school_dim_0")
    return xr.Dataset(found)


def largest_schools(design: Design) -> list[int]:
    """Index the largest of the finest groups."""
    return design.groups["n"].nlargest(LARGEST_SCHOOLS).index.tolist()
