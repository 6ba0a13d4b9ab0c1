"""The density on sums against a dense multivariate normal of the rows, and 60 digits."""

from itertools import product

import mpmath
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from enem.errors import InputError
from enem.mixed.coordinates import HIGHEST, LOG, LOWEST_SIGMA, SOFTPLUS, coordinate, log_prior
from enem.mixed.density import log_likelihood
from enem.mixed.packing import pack
from enem.mixed.priors import Prior
from enem.mixed.sample import log_posterior
from mixed_fixtures import (
    BOTH,
    FORMULAS,
    INCOME,
    LABELS,
    PRIORS,
    design_of,
    participants,
    specification,
)

LEVELS = [BOTH, ("school",), ("municipality",), ()]
EVERY = list(product(FORMULAS, LEVELS))


def scales_of(design, seed=3):
    rng = np.random.default_rng(seed)
    return rng.uniform(40, 90, len(design.sigma_labels)), rng.uniform(
        3, 40, len(design.spec.scales)
    )


def values_of(rows):
    """Values of the numeric variables of rows, from their definition."""
    x = rows["income_bracket"].map(INCOME.set_index("income_bracket")["x"])
    return {
        "1": np.ones(len(rows)),
        "income": x.to_numpy(),
        "school_income": x.groupby(rows["school"]).transform("mean").to_numpy(),
    }


def alike(rows, names):
    key = rows[list(names)].agg("|".join, axis=1).to_numpy()
    return key[:, None] == key[None, :]


def dense(rows, spec, sigma, tau):
    """Mean and covariance of the rows' scores, written out from the formula."""
    values, covariance = values_of(rows), np.zeros((len(rows), len(rows)))
    mean, scale = np.zeros(len(rows)), dict(zip(spec.scales, tau, strict=True))
    for block in spec.blocks:
        sd = scale[block.scale] if block.scale else PRIORS[block.prior].arguments["sd"]
        outer = np.outer(values[block.column], values[block.column])
        covariance += sd**2 * alike(rows, block.factor) * outer
    for common in spec.common:
        prior = PRIORS[common.prior].arguments
        if common.categorical:
            for label in LABELS[common.column][1:]:
                here = (rows[common.column] == label).to_numpy(float)
                covariance += prior["sd"] ** 2 * np.outer(here, here)
            continue
        column = values[common.column]
        covariance += prior["sd"] ** 2 * np.outer(column, column)
        mean += prior["mean"] * column
    for level in spec.levels:
        covariance += scale[f"tau_{level}"] ** 2 * alike(rows, [level])
    of = dict(zip(LABELS["school_type"], sigma, strict=False))
    each = rows["school_type"].map(of) if spec.by_school_type else np.full(len(rows), sigma[0])
    return mean, covariance + np.diag(np.asarray(each, float) ** 2)


@pytest.mark.parametrize(("name", "levels"), EVERY)
def test_value_is_that_of_a_dense_multivariate_normal(name, levels):
    rows, spec = participants(), specification(name, levels)
    design = design_of(rows, spec)
    sigma, tau = scales_of(design)
    found = log_likelihood(
        sigma, tau, pack(design, PRIORS), False, True, np.empty(len(sigma) + len(tau))
    )
    mean, covariance = dense(rows, spec, sigma, tau)
    assert found == pytest.approx(multivariate_normal(mean, covariance).logpdf(rows["score"]), 1e-9)


@pytest.mark.parametrize(("name", "levels"), EVERY)
@pytest.mark.parametrize(
    ("flat", "marginal"), [(False, True), (False, False), (True, True), (True, False)]
)
def test_gradient_is_that_of_differences(name, levels, flat, marginal):
    design = design_of(participants(), specification(name, levels))
    packed = pack(design, PRIORS)
    sigma, tau = scales_of(design)
    point = np.concatenate([sigma, tau])

    def value(at, gradient=None):
        slopes = np.empty(len(at)) if gradient is None else gradient
        return log_likelihood(at[: len(sigma)], at[len(sigma) :], packed, flat, marginal, slopes)

    gradient, found = np.empty(len(point)), np.empty(len(point))
    value(point, gradient)
    for i, size in enumerate(point):
        step = np.zeros(len(point))
        step[i] = 1e-3 * size
        ends = [value(point + k * step) for k in (-2, -1, 1, 2)]
        found[i] = np.dot(ends, [1, -8, 8, -1]) / (12 * step[i])
    np.testing.assert_allclose(gradient, found, rtol=1e-6, atol=1e-6 * np.abs(found).max())


def test_profiled_likelihood_is_the_highest_over_common_coefficients():
    rows, spec = participants(), specification("school_type")
    design = design_of(rows, spec)
    sigma, tau = scales_of(design)
    gradient = np.empty(len(sigma) + len(tau))
    found = log_likelihood(sigma, tau, pack(design, PRIORS), True, False, gradient)
    _, covariance = dense(rows, spec, sigma, tau)
    columns = np.stack([values_of(rows)[name] for name in ("1", "income")], axis=1)
    for name, sd in (("1", 100.0), ("income", 50.0)):
        column = values_of(rows)[name]
        covariance -= sd**2 * np.outer(column, column)
    weighted = np.linalg.solve(covariance, columns)
    best = np.linalg.solve(columns.T @ weighted, weighted.T @ rows["score"])
    expected = multivariate_normal(columns @ best, covariance).logpdf(rows["score"])
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("edge", [1.0001 * LOWEST_SIGMA, 0.9999 * HIGHEST])
def test_value_keeps_its_digits_at_the_edges_of_the_guard(edge):
    rows = participants(40, 6, seed=5)
    spec = specification("school_type")
    design = design_of(rows, spec)
    sigma = np.full(len(design.sigma_labels), edge)
    tau = np.full(len(spec.scales), 20.0)
    found = log_likelihood(
        sigma, tau, pack(design, PRIORS), False, True, np.empty(len(sigma) + len(tau))
    )
    assert found == pytest.approx(float(exact(rows, spec, sigma, tau)), rel=1e-10)


def exact(rows, spec, sigma, tau):
    """Log density of the rows to 60 digits."""
    mean, covariance = dense(rows, spec, sigma, tau)
    with mpmath.workdps(60):
        lower = mpmath.cholesky(mpmath.matrix(covariance.tolist()))
        centred = mpmath.matrix((rows["score"].to_numpy() - mean).tolist())
        half = mpmath.lu_solve(lower, centred)
        log_determinant = sum(mpmath.log(lower[i, i]) for i in range(len(rows)))
        squares = sum(each**2 for each in half)
        return -(len(rows) * mpmath.log(2 * mpmath.pi) + squares) / 2 - log_determinant


@pytest.mark.parametrize("sigma", [LOWEST_SIGMA * 0.9, HIGHEST * 1.1, 0.0, np.inf])
def test_there_is_no_density_outside_the_guard(sigma):
    design = design_of(participants(), specification("school_type"))
    point = np.zeros(len(design.sigma_labels) + len(design.spec.scales))
    point[1] = np.log(sigma / PRIORS["sigma"].typical) if sigma else -np.inf
    assert log_posterior(pack(design, PRIORS))(point)[0] == -np.inf


@pytest.mark.parametrize(
    "prior",
    [
        Prior("half_normal", {"sd": 25.0}),
        Prior("half_student_t", {"df": 3.0, "scale": 25.0}),
        Prior("log_normal", {"median": 90.0, "log_sd": 0.6}),
    ],
)
def test_priors_are_those_of_the_one_definition(prior):
    from enem.mixed.packing import prior_numbers

    family, first, second = prior_numbers(prior)
    values = np.array([0.3, 7.0, 90.0, 400.0])
    found = np.array([log_prior(family, first, second, value) for value in values])
    expected = prior.log_density(values)
    np.testing.assert_allclose(np.diff(found[:, 0]), np.diff(expected), rtol=1e-10)
    step = 1e-30
    slopes = prior.log_density(values + 1j * step).imag / step
    np.testing.assert_allclose(found[:, 1], slopes, rtol=1e-10)


@pytest.mark.parametrize("kind", [LOG, SOFTPLUS])
def test_coordinates_have_the_derivatives_that_they_report(kind):
    for z in (-8.0, -0.3, 0.0, 2.5, 12.0):
        value, step, log_step, slope = coordinate(kind, 25.0, z)
        ahead, behind = coordinate(kind, 25.0, z + 1e-5), coordinate(kind, 25.0, z - 1e-5)
        assert step == pytest.approx((ahead[0] - behind[0]) / 2e-5, rel=1e-7)
        assert log_step == pytest.approx(np.log(step))
        assert slope == pytest.approx((ahead[2] - behind[2]) / 2e-5, rel=1e-6, abs=1e-9)
        assert value > 0


def test_a_school_in_two_municipalities_is_named():
    rows = participants()
    rows.loc[rows.index[rows["school"] == "7"][0], "municipality"] = "elsewhere"
    with pytest.raises(InputError, match=r"School 7 has participants in more than one munic"):
        design_of(rows, specification("school_type"))
