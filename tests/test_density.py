"""The density that NUTS samples: the formula's, PyMC's and the compiled one."""

import numpy as np
import pytest

from enem.fit import compiled
from enem.fit.compiled import compiled_density
from enem.fit.density import LOG, SOFTPLUS, coordinate, log_posterior, values_at
from enem.fit.nuts import run_nutpie
from enem.fit.pymc_model import build_model
from enem.fit.sample import sample_scales
from enem.fit.settings import SamplerSettings
from enem.models.cells import CellGrid
from enem.models.likelihood import log_collapsed_likelihood
from enem.models.priors import Prior, line_prior_mean, line_prior_sd
from enem.models.specification import SPECIFICATIONS
from enem.names import SCHOOL_TYPES
from grids import PRIORS, collapse, made_rows

QUANTILES = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]

LOG_NORMAL = Prior("log_normal", {"median": 90.0, "log_sd": 0.6})
VARIED = PRIORS | {
    "sigma": Prior("half_normal", {"sd": 35.0}),
    "tau_slope": LOG_NORMAL,
    "tau_cell": Prior("half_student_t", {"df": 5.0, "scale": 30.0}),
}
"""Every family of priors of scales."""


def point_of(spec, data, factor):
    """Arbitrary sigma and scales, by name."""
    sigma = factor * np.linspace(60, 110, len(data.school_types))
    scales = {name: factor * (5.0 + 3 * i) for i, name in enumerate(spec.scales)}
    return {"sigma": sigma if spec.by_school_type else sigma[0]} | scales


def formula(spec, data, point):
    """Log density of sigma and scales from the likelihood's and the priors' own formulas."""
    roles = {spec.role(name): value for name, value in point.items()}
    roles |= line_prior_mean(VARIED) | {"sigma": np.reshape(point["sigma"], (-1, 1))}
    cells = (data.n, data.mean, data.ss, data.x)
    likelihood = log_collapsed_likelihood(roles, line_prior_sd(VARIED), *cells)
    return likelihood + sum(VARIED[k].log_density(np.asarray(v)).sum() for k, v in point.items())


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_the_pymc_model_has_the_collapsed_likelihood_and_these_priors(name):
    spec = SPECIFICATIONS[name]
    grid = collapse(made_rows(np.random.default_rng(5)))
    data = spec.data(grid)
    model = build_model(spec, grid, VARIED)
    compiled = model.compile_logp(jacobian=False, mode="FAST_COMPILE")

    def densities(factor):
        point = point_of(spec, data, factor)
        logged = {model.rvs_to_values[model[k]].name: np.log(v) for k, v in point.items()}
        return formula(spec, data, point), float(compiled(logged))

    (own, pymcs), (own_there, pymcs_there) = densities(1.0), densities(0.6)
    # PyMC keeps some normalising constants in single precision; they cancel in a difference
    assert pymcs == pytest.approx(own, rel=1e-8)
    assert pymcs_there - pymcs == pytest.approx(own_there - own, rel=1e-11)


def central(function, at, step=1e-5):
    """Fourth-order central differences of a function of a vector, column by column."""
    steps = step * np.eye(len(at))
    ends = [8 * (function(at + h) - function(at - h)) for h in steps]
    far = [function(at + 2 * h) - function(at - 2 * h) for h in steps]
    return np.array([(e - f) / (12 * step) for e, f in zip(ends, far, strict=True)])


def values_of(model, point):
    values = np.empty(len(point))
    values_at(point, model.user_data, values)
    return values


@pytest.mark.parametrize("kind", [LOG, SOFTPLUS])
@pytest.mark.parametrize("z", [-30.0, -2.0, 0.0, 0.7, 5.0])
def test_coordinates_rise_and_know_their_slope(kind, z):
    value, slope, log_slope, by_z = coordinate(kind, 20.0, z)
    assert value > 0
    assert slope > 0
    assert log_slope == pytest.approx(np.log(slope))
    at = np.array([z])
    numeric = central(lambda v: coordinate(kind, 20.0, v[0])[0], at).item()
    assert slope == pytest.approx(numeric, rel=1e-7)
    assert by_z == pytest.approx(
        central(lambda v: coordinate(kind, 20.0, v[0])[2], at).item(), abs=1e-7
    )


def test_coordinates_are_what_they_are_said_to_be():
    assert coordinate(LOG, 20.0, 0.7)[0] == pytest.approx(20 * np.exp(0.7))
    assert coordinate(SOFTPLUS, 20.0, 30.0)[0] == pytest.approx(20 * 30)
    assert coordinate(SOFTPLUS, 20.0, -30.0)[0] == pytest.approx(20 * np.exp(-30))


@pytest.mark.parametrize("name", SPECIFICATIONS)
@pytest.mark.parametrize("seed", range(4))
def test_nutpie_samples_the_same_density_with_its_gradient(name, seed):
    spec = SPECIFICATIONS[name]
    data = spec.data(collapse(made_rows(np.random.default_rng(5))))
    groups = len(data.school_types)
    model = compiled_density(spec, data, VARIED)

    def expected(point):
        """The formulas' density of the values, times the coordinates' Jacobian."""
        values = values_of(model, point)
        sigma = values[:groups] if spec.by_school_type else values[0]
        named = {"sigma": sigma} | dict(zip(spec.scales, values[groups:], strict=True))
        slopes = central(lambda at: values_of(model, at), point)
        return formula(spec, data, named) + np.log(np.diag(slopes)).sum()

    def found(point):
        return log_posterior(point, model.user_data, np.empty(len(point)))

    rng = np.random.default_rng(seed)
    one, other = rng.uniform(-2, 2, (2, model.n_dim))
    # constants of the priors are left out
    change = expected(one) - expected(other)
    assert found(one) - found(other) == pytest.approx(change, rel=1e-7, abs=1e-7)
    slopes = np.empty(len(one))
    log_posterior(one, model.user_data, slopes)
    np.testing.assert_allclose(slopes, central(found, one), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("name", ["school_type", "school_type_income"])
def test_nobody_at_all_leaves_the_priors(name):
    spec = SPECIFICATIONS[name]
    data = spec.data(collapse(made_rows(np.random.default_rng(5)).iloc[:0]))
    settings = SamplerSettings("nutpie", 2000, 500, 4, 0.95, 3)
    drawn = run_nutpie(compiled_density(spec, data, PRIORS), settings, cores=2)
    values = drawn["posterior"]["value"].to_numpy().reshape(-1, 4 + len(spec.scales))
    own = [PRIORS["sigma"]] * 4 + [PRIORS[name] for name in spec.scales]
    rng = np.random.default_rng(4)
    for column, prior in zip(values.T, own, strict=True):
        # some 4,000 effective draws: quantiles are known to 0.03 of a distribution function
        ranks = np.searchsorted(np.sort(prior.draw(rng, 100_000)), np.quantile(column, QUANTILES))
        np.testing.assert_allclose(ranks / 100_000, QUANTILES, atol=0.03)
    assert drawn["sample_stats"]["diverging"].sum() == 0


def test_many_large_cells_do_not_overflow():
    spec, brackets = SPECIFICATIONS["income"], 40
    rng = np.random.default_rng(8)
    n, x = np.full((1, brackets), 5e6), np.linspace(-4, 4, brackets)
    mean = 500 + 20 * x + rng.normal(0, 10, (1, brackets))
    labels = tuple(str(b) for b in range(brackets))
    data = CellGrid(("all",), labels, x, n, mean, n * 8000.0)
    priors = VARIED | {"tau_bracket": LOG_NORMAL, "sigma": LOG_NORMAL}
    model, slopes = compiled_density(spec, data, priors), np.empty(2)

    def at(point):
        point = np.array(point)
        values = values_of(model, point)
        value = log_posterior(point, model.user_data, slopes)
        cells = (data.n, data.mean, data.ss, data.x)
        roles = {"sigma": values[:1, None], "tau_cell": values[1]}
        roles |= line_prior_mean(priors)
        return value, log_collapsed_likelihood(roles, line_prior_sd(priors), *cells)

    (found, expected), (found_there, expected_there) = at([0.0, 0.0]), at([-8.0, 4.0])
    assert np.isfinite(found_there)
    # against log likelihoods of -1e9 and beyond, priors and Jacobians are nothing
    assert found_there - found == pytest.approx(expected_there - expected, rel=1e-7)


@pytest.mark.parametrize("on_logs", [False, True])
def test_few_groups_of_very_unlike_lines_diverge_on_log_scales_alone(monkeypatch, on_logs):
    if on_logs:
        monkeypatch.setattr(compiled, "SOFTPLUS", LOG)
    n, mean, x = np.zeros((4, 6)), np.zeros((4, 6)), np.arange(-2.0, 4.0)
    n[0], n[1], n[3], n[2, [1, 3, 4]] = 1, 80, 2, 1
    mean[0], mean[1], mean[3] = 560 + 15 * x, 510 + 18 * x, 545 + 30 * x
    mean[2, [1, 3, 4]] = 650, 400, 300
    grid = CellGrid(SCHOOL_TYPES, tuple("ABCDEF"), x, n, mean, 3800 * np.maximum(n - 1, 0))
    divergent = 0
    for seed in range(20):
        settings = SamplerSettings("nutpie", 1000, 1000, 4, 0.95, seed)
        drawn = sample_scales(SPECIFICATIONS["school_type"], grid, PRIORS, settings, cores=2)
        divergent += int(drawn["sample_stats"]["diverging"].sum())
    assert (divergent > 0) is on_logs
