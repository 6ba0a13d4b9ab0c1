"""Reference posteriors of posteriordb through the project's own model-building code."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.verdict import Check
from enem.mixed.design import Design
from enem.mixed.fit import fit
from enem.mixed.formula import parse_formula
from enem.mixed.parameters import parameter_draws
from enem.mixed.priors import Prior
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from studies.validation.figures.distances import draw_distances
from studies.validation.moments import distances, largest_allowed, moments
from studies.validation.setting import models, sampler
from studies.validation.simulate import with_levels
from studies.validation.study import Study

DATA = Path(__file__).parent / "data"
SETTINGS = sampler(chains=4, draws=2500)
PUPILS = 1e4
"""Pupils of each school: so many that their scores' sd is as good as known."""
NEGLIGIBLE = Prior("half_normal", {"sd": 1e-3})
"""For a scale that a reference does not have; points, where those of the reference are many."""
FLAT = Prior("normal", {"mean": 0.0, "sd": 1e5})
"""As good as flat: wider than the posterior by four orders of magnitude or more."""


class Reference(NamedTuple):
    """A published posterior: its name, its model here, and how draws here are named there."""

    published: str
    design: Design
    priors: dict[str, Prior]
    named: Callable[[xr.Dataset], xr.Dataset]


def _half_cauchy(scale: float) -> Prior:
    return Prior("half_student_t", {"df": 1.0, "scale": scale})


def _as_it_is(posterior: xr.Dataset) -> xr.Dataset:
    return posterior


def _schools() -> pd.DataFrame:
    """Each school a school type of `PUPILS` pupils, with the published mean and standard error."""
    table = pd.read_csv(DATA / "eight_schools.csv")
    ss = (PUPILS - 1) * PUPILS * table["standard_error"] ** 2
    keys = {"municipality": "all", "school": table["school"], "school_type": table["school"]}
    sums = {"n": PUPILS, "mean": table["effect"], "ss": ss}
    return pd.DataFrame({**keys, "income_bracket": "all", **sums})


def _eight_schools(levels: tuple[str, ...], priors: dict[str, Prior]) -> tuple[Design, dict]:
    """Set up theta_j ~ N(mu, tau), an intercept of a school type or of a school."""
    spec = Specification("eight", parse_formula("score ~ 1 + (1 | school_type)", "eight"), levels)
    sums = _schools()
    income = pd.DataFrame({"income_bracket": ["all"], "x": [0.0]})
    known = {
        "intercept": Prior("normal", {"mean": 0.0, "sd": 5.0}),
        # flat over what ten thousand pupils leave open
        "sigma": Prior("log_normal", {"median": 1e3, "log_sd": 2.0}),
    }
    tables = Tables(sums, income, {"school_type": tuple(sums["school"])})
    return tables.design(spec), known | priors


def eight_schools() -> Reference:
    """Eight schools as levels of a factor."""
    made = _eight_schools((), {"tau_intercept": _half_cauchy(5.0)})
    return Reference("eight_schools-eight_schools_noncentered", *made, _as_it_is)


def eight_schools_as_level() -> Reference:
    """Eight schools as groups of the level ``school``, nothing left to the factor."""
    priors = {"tau_intercept": NEGLIGIBLE, "tau_school": _half_cauchy(5.0)}
    made = _eight_schools(("school",), priors)
    return Reference("eight_schools-eight_schools_noncentered", *made, _of_level)


def _of_level(posterior: xr.Dataset) -> xr.Dataset:
    effect = posterior["school"].rename(group="school_type")
    return xr.Dataset(
        {
            "intercept": posterior["intercept"],
            "tau_intercept": posterior["tau_school"],
            "intercept_school_type": posterior["intercept_school_type"] + effect,
        }
    )


def _kidiq(published: str, x: np.ndarray, sums: dict[str, np.ndarray]) -> Reference:
    """Set up `pooled` on two cells at x."""
    income = pd.DataFrame({"income_bracket": ["below", "above"], "x": x})
    keys = {"municipality": "all", "school": "all", "school_type": "all"}
    table = pd.DataFrame({**keys, "income_bracket": income["income_bracket"], **sums})
    priors = {"intercept": FLAT, "slope": FLAT, "sigma": _half_cauchy(2.5)}
    design = Tables(table, income, {"school_type": ("all",)}).design(models()["pooled"])
    return Reference(published, design, priors, _as_it_is)


def kidscore_momhs() -> Reference:
    """Children's scores on whether the mother finished high school: two cells as they are."""
    k = pd.read_csv(DATA / "kidiq.csv", index_col="statistic")["value"]
    sides = ("without", "with")
    sums = {
        what: np.array([k[f"{what}_{side}_high_school"] for side in sides])
        for what in ("n", "mean", "ss")
    }
    return _kidiq("kidiq-kidscore_momhs", np.array([0.0, 1.0]), sums)


def kidscore_momiq() -> Reference:
    """Children's scores on the mother's IQ, by the regression's sufficient statistics.

    A Gaussian regression knows its rows only through n and the first and second moments of x
    and y.  Two halves at the mean of x plus and minus its sd, on the least squares line, have
    the same moments when the residual sum of squares lies within them.
    """
    k = pd.read_csv(DATA / "kidiq.csv", index_col="statistic")["value"]
    step, slope = np.sqrt(k["ss_mom_iq"] / k["n"]), k["sp_mom_iq_kid_score"] / k["ss_mom_iq"]
    sides = np.array([-step, step])
    residual = k["ss_kid_score"] - slope**2 * k["ss_mom_iq"]
    n, ss = np.full(2, k["n"] / 2), np.full(2, residual / 2)
    mean = k["mean_kid_score"] + slope * sides
    return _kidiq(
        "kidiq-kidscore_momiq", k["mean_mom_iq"] + sides, {"n": n, "mean": mean, "ss": ss}
    )


REFERENCES = {
    "eight_schools": eight_schools,
    "eight_schools_as_level": eight_schools_as_level,
    "kidscore_momhs": kidscore_momhs,
    "kidscore_momiq": kidscore_momiq,
}


def sample_reference(reference: Reference, draws: int) -> xr.Dataset:
    """Sample a model exactly as the workflow does."""
    settings = replace(SETTINGS, draws=draws)
    tree = fit(reference.design, reference.priors, settings, cores=2)
    return reference.named(with_levels(tree))


def published_moments(name: str, posterior: xr.Dataset) -> pd.DataFrame:
    """Means and sds that posteriordb publishes, in the form of `moments`.

    The sd follows from the published mean and mean square, its Monte Carlo error from the
    published effective sample size and the kurtosis k: sd sqrt((k - 1) / (4 ESS)).  `posterior`
    lends the kurtosis.
    """
    table = pd.read_csv(DATA / "posteriordb.csv")
    table = table[table["posterior"] == name].set_index("parameter")
    draws = parameter_draws(posterior).sel(parameter=list(table.index))
    centred = draws - draws.mean(("chain", "draw"))
    kurtosis = (centred**4).mean(("chain", "draw")) / (centred**2).mean(("chain", "draw")) ** 2
    sd = np.sqrt(table["mean_square"] - table["mean"] ** 2)
    error = sd * np.sqrt((kurtosis.to_numpy() - 1) / (4 * table["ess"]))
    return pd.DataFrame(
        {"mean": table["mean"], "mcse": table["mcse_mean"], "sd": sd, "mcse_sd": error}
    )


def references(draws: int = SETTINGS.draws) -> Study:
    """Compare with every reference posterior (`draws` kept per chain)."""
    tables = []
    for name, build in REFERENCES.items():
        reference = build()
        posterior = sample_reference(reference, draws)
        published = published_moments(reference.published, posterior)
        table = distances(moments(posterior), published)
        table.insert(0, "posterior", name)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    bound = largest_allowed(len(table))
    figure = draw_distances(table.assign(source=table["posterior"]), bound)
    checks = [_check(name, table[table["posterior"] == name], bound) for name in REFERENCES]
    return Study(checks, {"references": table}, {"references": figure})


def _check(name: str, table: pd.DataFrame, bound: float) -> Check:
    worst = table.loc[table["difference_in_errors"].abs().idxmax()]
    value = abs(float(worst["difference_in_errors"]))
    message = (
        f"{name}: of {len(table)} means and sds the {worst['moment']} of {worst['parameter']} is "
        f"farthest from the published one, by {value:.2f} Monte Carlo errors "
        f"({worst['found']:.4g} against {worst['reference']:.4g}; below {bound:.2f} wanted)."
    )
    return Check(name, value < bound, value, bound, message)
