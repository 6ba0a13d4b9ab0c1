"""Reference posteriors of posteriordb through the project's own model-building code."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.verdict import Check
from enem.fit.posterior import complete_posterior
from enem.fit.sample import sample_scales
from enem.models.cells import CellGrid
from enem.models.parameters import parameter_draws
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS, Specification
from studies.validation.figures.distances import draw_distances
from studies.validation.moments import distances, largest_allowed, moments
from studies.validation.setting import SEED, sampler
from studies.validation.study import Study

DATA = Path(__file__).parent / "data"
SETTINGS = sampler(chains=4, tune=1000, draws=2500)
PUPILS = 1e4
"""Pupils of each school: so many that their scores' sd is as good as known."""
UNUSED = Prior("half_normal", {"sd": 1.0})
"""For scales that a reference does not have and that touch nothing."""
FLAT = Prior("normal", {"mean": 0.0, "sd": 1e5})
"""As good as flat: wider than the posterior by four orders of magnitude or more."""


def _half_cauchy(scale: float) -> Prior:
    return Prior("half_student_t", {"df": 1.0, "scale": scale})


def eight_schools() -> tuple[Specification, CellGrid, dict[str, Prior]]:
    """Eight schools as cells: theta_j ~ N(mu, tau), a mean with a known standard error.

    Each school is a school type of `PUPILS` pupils in one bracket at x = 0, so that slopes
    multiply 0; sd and sum of squares are those that give the published standard error.
    """
    table = pd.read_csv(DATA / "eight_schools.csv")
    mean, error = (table[[c]].to_numpy(float) for c in ("effect", "standard_error"))
    ss = (PUPILS - 1) * PUPILS * error**2
    grid = CellGrid(
        tuple(table["school"]), ("all",), np.zeros(1), np.full_like(mean, PUPILS), mean, ss
    )
    priors = {
        "intercept": Prior("normal", {"mean": 0.0, "sd": 5.0}),
        "slope": Prior("normal", {"mean": 0.0, "sd": 1.0}),
        # flat over what ten thousand pupils leave open
        "sigma": Prior("log_normal", {"median": 1e3, "log_sd": 2.0}),
        "tau_intercept": _half_cauchy(5.0),
        "tau_slope": UNUSED,
        "tau_cell": UNUSED,
    }
    return SPECIFICATIONS["school_type"], grid, priors


def _kidiq_priors() -> dict[str, Prior]:
    return {
        "intercept": FLAT,
        "slope": FLAT,
        "sigma": _half_cauchy(2.5),
        "tau_bracket": UNUSED,
    }


def kidscore_momhs() -> tuple[Specification, CellGrid, dict[str, Prior]]:
    """Children's scores on whether the mother finished high school: two cells as they are."""
    k = pd.read_csv(DATA / "kidiq.csv", index_col="statistic")["value"]
    columns = [
        [k[f"{what}_{group}_high_school"] for group in ("without", "with")]
        for what in ("n", "mean", "ss")
    ]
    n, mean, ss = (np.array([column]) for column in columns)
    grid = CellGrid(("all",), ("without", "with"), np.array([0.0, 1.0]), n, mean, ss)
    return SPECIFICATIONS["pooled"], grid, _kidiq_priors()


def kidscore_momiq() -> tuple[Specification, CellGrid, dict[str, Prior]]:
    """Children's scores on the mother's IQ, by the regression's sufficient statistics.

    A Gaussian regression knows its rows only through n and the first and second moments of x
    and y.  Two halves at the mean of x plus and minus its sd, on the least squares line, have
    the same moments when the residual sum of squares lies within them.
    """
    k = pd.read_csv(DATA / "kidiq.csv", index_col="statistic")["value"]
    step, slope = np.sqrt(k["ss_mom_iq"] / k["n"]), k["sp_mom_iq_kid_score"] / k["ss_mom_iq"]
    sides = np.array([-step, step])
    residual = k["ss_kid_score"] - slope**2 * k["ss_mom_iq"]
    n, ss = np.full((1, 2), k["n"] / 2), np.full((1, 2), residual / 2)
    mean = k["mean_kid_score"] + slope * sides[None, :]
    grid = CellGrid(("all",), ("below", "above"), k["mean_mom_iq"] + sides, n, mean, ss)
    return SPECIFICATIONS["pooled"], grid, _kidiq_priors()


REFERENCES = {
    "eight_schools-eight_schools_noncentered": eight_schools,
    "kidiq-kidscore_momhs": kidscore_momhs,
    "kidiq-kidscore_momiq": kidscore_momiq,
}


def sample_reference(
    spec: Specification, grid: CellGrid, priors: dict[str, Prior], draws: int
) -> xr.Dataset:
    """Sample a model exactly as the workflow does."""
    settings = replace(SETTINGS, draws=draws)
    rng = np.random.default_rng(SEED)
    sampled = sample_scales(spec, grid, priors, settings, cores=2)
    tree = complete_posterior(sampled, spec, grid, priors, rng)
    return tree["posterior"].to_dataset()


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
        posterior = sample_reference(*build(), draws)
        table = distances(moments(posterior), published_moments(name, posterior))
        table.insert(0, "posterior", name)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    bound = largest_allowed(len(table))
    labels = table["posterior"].str.split("-").str[-1]
    figure = draw_distances(table.assign(source=labels), bound)
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
