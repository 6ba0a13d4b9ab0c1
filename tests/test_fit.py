import json
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from enem.check.closed_form import pooled_moments
from enem.fit.posterior import complete_posterior, read_posterior, write_posterior
from enem.fit.sample import sample_scales
from enem.fit.settings import SamplerSettings
from enem.models.parameters import parameter_draws
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS
from enem.names import MODELS, SCHOOL_TYPES
from grids import BRACKETS, PRIORS, X, collapse, dense, hyperparameters, made_rows, merged
from studies.validation.moments import moments
from studies.validation.real_state import read_state
from studies.validation.rows_in_pymc import sample_rows

SETTINGS = SamplerSettings("nutpie", 1000, 1000, 4, 0.95, 20171105)
QUICK = SamplerSettings("nutpie", 200, 300, 2, 0.95, 7)
VAGUE = {
    "intercept": Prior("normal", {"mean": 0.0, "sd": 1e6}),
    "slope": Prior("normal", {"mean": 0.0, "sd": 1e6}),
    "sigma": Prior("log_normal", {"median": 90.0, "log_sd": 200.0}),
}
GROUPED = SPECIFICATIONS["school_type"]


@pytest.fixture(scope="module")
def rows():
    return made_rows(np.random.default_rng(41))


@pytest.fixture(scope="module")
def other_rows():
    sizes = {"federal": 60, "estadual": 3, "municipal": 7, "privada": 90}
    return made_rows(np.random.default_rng(42), sizes, line=(540.0, 25.0))


@pytest.fixture(scope="module")
def sampled(rows):
    return sample_scales(GROUPED, collapse(rows), PRIORS, QUICK, cores=2)


@pytest.fixture(scope="module")
def completed(sampled, rows):
    return complete_posterior(sampled, GROUPED, collapse(rows), PRIORS, np.random.default_rng(1))


# ---- pooled against exact posteriors


def test_vague_priors_make_the_closed_form_students_t(rows):
    x = X[[BRACKETS.index(b) for b in rows["income_bracket"]]]
    design = np.stack([np.ones_like(x), x], axis=1)
    line, rss, *_ = np.linalg.lstsq(design, rows["score"].to_numpy())
    # p(sigma) ~ 1 / sigma: the line is Student's t, sigma^2 scaled inverse chi-squared
    freedom = len(rows) - 2
    spread = rss[0] / freedom * np.diag(np.linalg.inv(design.T @ design))
    line_sd = np.sqrt(spread * freedom / (freedom - 2))
    sigma = stats.invgamma(freedom / 2, scale=rss[0] / 2)
    mean_sigma = sigma.expect(np.sqrt)
    exact = pooled_moments(collapse(rows), VAGUE)
    np.testing.assert_allclose(exact["mean"], [*line, mean_sigma], rtol=1e-6)
    sd_sigma = np.sqrt(sigma.mean() - mean_sigma**2)
    np.testing.assert_allclose(exact["sd"], [*line_sd, sd_sigma], rtol=1e-4)


def test_the_pooled_posterior_is_its_closed_form(rows):
    grid, spec = collapse(rows), SPECIFICATIONS["pooled"]
    drawn = sample_scales(spec, grid, PRIORS, SETTINGS, cores=2)
    tree = complete_posterior(drawn, spec, grid, PRIORS, np.random.default_rng(2))
    found = moments(tree["posterior"].to_dataset())
    exact = pooled_moments(grid, PRIORS)
    assert list(found.index) == list(exact.index) == ["intercept", "slope", "sigma"]
    assert ((found["mean"] - exact["mean"]).abs() / found["mcse"]).max() < 5
    assert ((found["sd"] - exact["sd"]).abs() / found["mcse_sd"]).max() < 5


# ---- reproducible


def test_the_same_seed_gives_the_same_draws_on_any_number_of_cores(sampled, rows):
    again = sample_scales(GROUPED, collapse(rows), PRIORS, QUICK, cores=1)
    for name in ("sigma", "tau_intercept", "tau_slope"):
        np.testing.assert_array_equal(again["posterior"][name], sampled["posterior"][name])
    energy = sampled["sample_stats"]["energy"]
    np.testing.assert_array_equal(again["sample_stats"]["energy"], energy)


def test_chains_differ(sampled):
    tau = sampled["posterior"]["tau_intercept"].to_numpy()
    assert (tau[0] != tau[1]).mean() > 0.9


# ---- completion


def fixed_scales(model, count):
    """A sampled tree whose every draw has the same scales (two chains)."""
    spec = SPECIFICATIONS[model]
    values = hyperparameters(model)
    data = {k: np.full((2, count), values[spec.role(k)]) for k in spec.scales}
    posterior = xr.Dataset({k: (("chain", "draw"), v) for k, v in data.items()})
    sigma = values["sigma"].ravel()
    if spec.by_school_type:
        posterior["sigma"] = (("chain", "draw", "school_type"), np.tile(sigma, (2, count, 1)))
    else:
        posterior["sigma"] = (("chain", "draw"), np.full((2, count), sigma[0]))
    posterior = posterior.assign_coords(chain=[0, 1], draw=np.arange(count))
    statistics = xr.Dataset({"energy": (("chain", "draw"), np.zeros((2, count)))})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": statistics})


@pytest.mark.parametrize("model", MODELS)
def test_completed_draws_have_the_dense_moments_under_their_names(model, rows):
    spec, grid = SPECIFICATIONS[model], collapse(rows)
    count = 10_000
    tree = complete_posterior(
        fixed_scales(model, count), spec, grid, PRIORS, np.random.default_rng(8)
    )
    draws = parameter_draws(tree["posterior"].to_dataset())
    seen, groups = (rows, SCHOOL_TYPES) if spec.by_school_type else (merged(rows), ("all",))
    # the common line's prior mean is the centre, its prior sds the first two effects'
    centre = hyperparameters(model) | {"intercept": 500.0, "slope": 0.0}
    mean, covariance = dense(seen, groups, centre, (100.0, 50.0)).conditional()
    size = len(mean)
    g = len(groups)
    names = ["intercept", "slope", *(f"intercept[{s}]" for s in groups)]
    names += [f"slope[{s}]" for s in groups]
    if spec.by_school_type:
        names += [f"deviation[{s}, {b}]" for s in groups for b in BRACKETS]
    else:
        names += [f"deviation[{b}]" for b in BRACKETS]
    # a group's line is the common line plus its own effect
    total = np.eye(size)
    total[2 : 2 + g, 0] = total[2 + g : 2 + 2 * g, 1] = 1
    shift = total @ np.r_[500.0, np.zeros(size - 1)]
    mean, variance = total @ mean + shift, np.diag(total @ covariance @ total.T)
    modelled = set(draws["parameter"].to_numpy())
    tested = [i for i, name in enumerate(names) if name in modelled]
    expected = 2 + 2 * g * spec.by_school_type + g * len(X) * bool(spec.deviation_scale)
    assert len(tested) == expected
    found = draws.sel(parameter=[names[i] for i in tested])
    values = found.to_numpy().reshape(2 * count, -1)
    z = (values.mean(axis=0) - mean[tested]) / np.sqrt(variance[tested] / (2 * count))
    assert np.abs(z).max() < 4.5
    ratio = values.var(axis=0) / variance[tested] - 1
    assert np.abs(ratio).max() < 4.5 * np.sqrt(2 / (2 * count))


PARAMETERS = {
    "pooled": ["intercept", "slope", "sigma"],
    "school_type": [
        *("intercept", "slope", "tau_intercept", "tau_slope"),
        *(f"{name}[{g}]" for name in ("sigma", "intercept", "slope") for g in SCHOOL_TYPES),
    ],
    "income": ["intercept", "slope", "tau_bracket", "sigma"]
    + [f"deviation[{b}]" for b in BRACKETS],
    "school_type_income": [
        *("intercept", "slope", "tau_intercept", "tau_slope", "tau_cell"),
        *(f"{name}[{g}]" for name in ("sigma", "intercept", "slope") for g in SCHOOL_TYPES),
        *(f"deviation[{g}, {b}]" for g in SCHOOL_TYPES for b in BRACKETS),
    ],
}


@pytest.mark.parametrize("model", MODELS)
def test_parameters_have_their_names_and_order_before_and_after_the_file(model, rows, tmp_path):
    spec, grid = SPECIFICATIONS[model], collapse(rows)
    tree = complete_posterior(fixed_scales(model, 5), spec, grid, PRIORS, np.random.default_rng(8))
    draws = parameter_draws(tree["posterior"].to_dataset())
    assert draws.dims == ("chain", "draw", "parameter")
    assert draws["parameter"].to_numpy().tolist() == PARAMETERS[model]
    write_posterior(tree, tmp_path / "posterior.nc", {})
    read = parameter_draws(read_posterior(tmp_path / "posterior.nc")["posterior"].to_dataset())
    assert read["parameter"].to_numpy().tolist() == PARAMETERS[model]
    np.testing.assert_array_equal(read, draws)


def test_parameter_draws_take_each_value_from_its_place(completed):
    posterior = completed["posterior"].to_dataset()
    draws = parameter_draws(posterior)
    for name, variable in (("slope", "slope_school_type"), ("sigma", "sigma")):
        expected = posterior[variable].sel(school_type="privada")
        np.testing.assert_array_equal(draws.sel(parameter=f"{name}[privada]"), expected)
    np.testing.assert_array_equal(draws.sel(parameter="slope"), posterior["slope"])


def test_the_file_holds_draws_cells_and_provenance(completed, rows, tmp_path):
    provenance = {"model": "school_type", "sampler": {"seed": 7}, "priors": {"slope": [0, 50]}}
    path = tmp_path / "posterior.nc"
    write_posterior(completed, path, provenance)
    assert [p.name for p in tmp_path.iterdir()] == ["posterior.nc"]
    read = read_posterior(path)
    assert read.attrs["model"] == "school_type"
    assert json.loads(read.attrs["sampler"]) == {"seed": 7}
    assert json.loads(read.attrs["priors"]) == {"slope": [0, 50]}
    for group in ("posterior", "sample_stats", "observed_data"):
        xr.testing.assert_equal(read[group].to_dataset(), completed[group].to_dataset())
        assert list(read[group].data_vars) == list(completed[group].data_vars)
    with xr.open_datatree(path, engine="h5netcdf") as opened:
        xr.testing.assert_identical(opened.load(), read)
    assert read["posterior"]["sigma"].dims == ("chain", "draw", "school_type")
    assert read["posterior"]["school_type"].to_numpy().tolist() == list(SCHOOL_TYPES)
    grid = collapse(rows)
    for name in ("n", "mean", "ss", "x"):
        np.testing.assert_array_equal(read["observed_data"][name], getattr(grid, name))
    assert {"diverging", "energy"} <= set(read["sample_stats"].data_vars)


# ---- slow: independent samplers


def compare(first, second, worst):
    """Largest distance of two posteriors' means and sds, in Monte Carlo errors of both."""
    assert set(first.index) == set(second.index)
    second = second.loc[first.index]
    means = (first["mean"] - second["mean"]).abs() / np.hypot(first["mcse"], second["mcse"])
    sds = (first["sd"] - second["sd"]).abs() / np.hypot(first["mcse_sd"], second["mcse_sd"])
    print(pd.DataFrame({"first": first["mean"], "second": second["mean"], "z": means, "z_sd": sds}))
    assert means.max() < worst
    assert sds.max() < worst


@pytest.mark.slow
def test_cells_and_rows_of_acre_have_the_same_posterior(shared_microdata):
    rows, grid = read_state(shared_microdata)
    started = time.monotonic()
    # refuses divergent draws: a reference that misses the tail of tau_slope is none
    on_rows = moments(sample_rows(rows, grid.school_types, PRIORS))
    print(f"{len(rows)} rows: {time.monotonic() - started:.0f} s")
    long = SamplerSettings("nutpie", 4000, 2000, 4, 0.95, 5)
    drawn = sample_scales(GROUPED, grid, PRIORS, long, cores=2)
    tree = complete_posterior(drawn, GROUPED, grid, PRIORS, np.random.default_rng(9))
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    on_cells = moments(tree["posterior"].to_dataset())
    assert len(on_cells) == 16
    # 32 comparisons: 4.5 standard errors leave a false alarm once in five thousand runs
    compare(on_cells, on_rows, 4.5)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["school_type", "school_type_income"])
def test_pymcs_sampler_and_nutpie_agree(model, rows):
    spec, grid = SPECIFICATIONS[model], collapse(rows)
    found = []
    for engine in ("nutpie", "pymc"):
        settings = SamplerSettings(engine, 1000, 1000, 4, 0.95, 6)
        drawn = sample_scales(spec, grid, PRIORS, settings, cores=2)
        tree = complete_posterior(drawn, spec, grid, PRIORS, np.random.default_rng(10))
        found.append(moments(tree["posterior"].to_dataset()))
    compare(*found, 4.5)


@pytest.mark.slow
def test_pymcs_sampler_is_reproducible_on_any_number_of_cores(rows):
    settings = SamplerSettings("pymc", 100, 200, 2, 0.95, 6)
    first, again = (
        sample_scales(GROUPED, collapse(rows), PRIORS, settings, cores)["posterior"]["sigma"]
        for cores in (1, 2)
    )
    np.testing.assert_array_equal(first, again)


@pytest.mark.slow
def test_ninety_percent_intervals_cover_the_truth():
    # truths come from the model's own priors, so each interval covers with probability 0.9;
    # seeds are independent, so one group's line is covered Binomial(seeds, 0.9) times
    seeds = 100
    sizes = {"federal": 80, "estadual": 600, "municipal": 6, "privada": 150}
    covered = {"intercept": np.zeros(4), "slope": np.zeros(4)}
    for seed in range(seeds):
        rng = np.random.default_rng(100 + seed)
        rows, truth = prior_rows(rng, sizes)
        grid = collapse(rows)
        drawn = sample_scales(GROUPED, grid, PRIORS, QUICK, cores=2)
        tree = complete_posterior(drawn, GROUPED, grid, PRIORS, rng)
        for name, count in covered.items():
            draws = tree["posterior"][f"{name}_school_type"].to_numpy().reshape(-1, 4)
            low, high = np.quantile(draws, [0.05, 0.95], axis=0)
            count += (low < truth[name]) & (truth[name] < high)
    low, high = stats.binom(seeds, 0.9).ppf([0.0005, 0.9995])
    print(covered, low, high)
    for count in covered.values():
        assert ((low <= count) & (count <= high)).all()


def prior_rows(rng, sizes):
    """Draw parameters from the priors and rows from the parameters."""
    line = [PRIORS[k].draw(rng, 1)[0] for k in ("intercept", "slope")]
    tau = [PRIORS[k].draw(rng, 1)[0] for k in ("tau_intercept", "tau_slope")]
    truth = {
        name: rng.normal(centre, scale, len(SCHOOL_TYPES))
        for name, centre, scale in zip(("intercept", "slope"), line, tau, strict=True)
    }
    sigma = PRIORS["sigma"].draw(rng, len(SCHOOL_TYPES))
    pieces = []
    for g, (group, size) in enumerate(sizes.items()):
        bracket = rng.integers(len(X), size=size)
        expected = truth["intercept"][g] + truth["slope"][g] * X[bracket]
        columns = {"school_type": group, "income_bracket": np.array(BRACKETS)[bracket]}
        pieces.append(pd.DataFrame(columns | {"score": rng.normal(expected, sigma[g])}))
    return pd.concat(pieces, ignore_index=True), truth
