import numpy as np
import pytest

from enem.models.group_effects import (
    cell_deviations,
    draw_cell_deviations,
    draw_common_line,
    draw_group_lines,
    group_lines,
)
from enem.models.likelihood import common_line
from enem.models.specification import SPECIFICATIONS
from enem.names import MODELS, SCHOOL_TYPES
from grids import X, collapse, dense, hyperparameters, made_rows, merged

LINE_SD = (100.0, 50.0)
G, B = len(SCHOOL_TYPES), len(X)
EMPTY = SCHOOL_TYPES.index("municipal")
DRAWS = 40_000
GROUPED = ["school_type", "school_type_income"]
WITH_DEVIATIONS = ["income", "school_type_income"]


@pytest.fixture(scope="module")
def rows():
    return made_rows(np.random.default_rng(21))


def exact(model, rows, parameters, line_sd=(0.0, 0.0)):
    """Conditional moments of all effects by dense Gaussian conditioning on the rows."""
    if SPECIFICATIONS[model].by_school_type:
        return dense(rows, SCHOOL_TYPES, parameters, line_sd).conditional()
    return dense(merged(rows), ("all",), parameters, line_sd).conditional()


def data_of(model, rows):
    return SPECIFICATIONS[model].data(collapse(rows))


def repeated(parameters, count=DRAWS):
    shaped = {k: np.atleast_2d(v) for k, v in parameters.items()}
    return {k: np.broadcast_to(v, (count, *v.shape)) for k, v in shaped.items()}


def assert_moments(draws, mean, covariance, worst=4.5):
    """Hold sample moments against exact ones in standard errors (draws are independent)."""
    count = len(draws)
    sd = np.sqrt(np.diag(covariance))
    assert (sd > 0).all()
    assert np.abs((draws.mean(axis=0) - mean) / (sd / np.sqrt(count))).max() < worst
    found = np.cov(draws.T)
    error = np.sqrt((np.outer(sd, sd) ** 2 + covariance**2) / count)
    assert (np.abs(found - covariance) / error).max() < worst


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("line_sd", [LINE_SD, (5.0, 1.0)])
def test_common_line_is_dense_conditioning(model, line_sd, rows):
    parameters, data = hyperparameters(model), data_of(model, rows)
    mean, covariance = exact(model, rows, parameters, line_sd)
    line = common_line(parameters, line_sd, data.n, data.mean, data.x)
    found = [line.shift1, line.shift2, line.cov11, line.cov12, line.cov22]
    expected = [*mean[:2], covariance[0, 0], covariance[0, 1], covariance[1, 1]]
    np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-8)


@pytest.mark.parametrize("model", GROUPED)
def test_group_lines_are_dense_conditioning(model, rows):
    parameters = hyperparameters(model)
    mean, covariance = exact(model, rows, parameters)
    lines = group_lines(parameters, data_of(model, rows))
    intercepts, slopes = slice(2, 2 + G), slice(2 + G, 2 + 2 * G)
    np.testing.assert_allclose(lines.shift1[:, 0], mean[intercepts], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(lines.shift2[:, 0], mean[slopes], rtol=1e-8, atol=1e-9)
    tolerance = {"rtol": 1e-8, "atol": 1e-9}
    block = covariance[2 : 2 + 2 * G, 2 : 2 + 2 * G]
    np.testing.assert_allclose(np.diag(lines.cov11[:, 0]), block[:G, :G], **tolerance)
    np.testing.assert_allclose(np.diag(lines.cov12[:, 0]), block[:G, G:], **tolerance)
    np.testing.assert_allclose(np.diag(lines.cov22[:, 0]), block[G:, G:], **tolerance)


@pytest.mark.parametrize("model", WITH_DEVIATIONS)
def test_deviations_are_dense_conditioning_on_rows_and_line(model, rows):
    parameters, data = hyperparameters(model), data_of(model, rows)
    groups = len(data.school_types)
    intercept = 497 + np.linspace(-20, 25, groups)[:, None]
    slope = 16 + np.linspace(-4, 3, groups)[:, None]
    line = intercept + slope * X
    mean, variance = cell_deviations(parameters, line, data)
    seen = rows if groups > 1 else merged(rows)
    for g, group in enumerate(data.school_types):
        own = parameters | {
            "intercept": intercept[g, 0],
            "slope": slope[g, 0],
            "sigma": parameters["sigma"][g : g + 1],
            "tau_intercept": 0.0,
            "tau_slope": 0.0,
        }
        expected = dense(seen[seen["school_type"] == group], (group,), own).conditional()
        np.testing.assert_allclose(mean[g], expected[0][4:], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(np.diag(variance[g]), expected[1][4:, 4:], atol=1e-8)


@pytest.mark.parametrize("model", GROUPED)
def test_an_empty_group_is_the_population(model, rows):
    parameters = hyperparameters(model)
    data = data_of(model, rows)
    assert data.participants[EMPTY] == 0
    lines = group_lines(parameters, data)
    assert lines.shift1[EMPTY, 0] == lines.shift2[EMPTY, 0] == lines.cov12[EMPTY, 0] == 0
    assert lines.cov11[EMPTY, 0] == pytest.approx(35.0**2, rel=1e-14)
    assert lines.cov22[EMPTY, 0] == pytest.approx(7.0**2, rel=1e-14)
    assert lines.log_integral[EMPTY, 0] == 0
    if "tau_cell" in parameters:
        mean, variance = cell_deviations(parameters, 497 + 16 * X + np.zeros((G, 1)), data)
        assert (mean[EMPTY] == 0).all()
        np.testing.assert_allclose(variance[EMPTY], 14.0**2, rtol=1e-14)


@pytest.mark.parametrize("model", MODELS)
def test_draws_of_the_common_line_have_the_exact_moments(model, rows):
    parameters = hyperparameters(model)
    rng = np.random.default_rng(1)
    drawn = draw_common_line(repeated(parameters), LINE_SD, data_of(model, rows), rng)
    mean, covariance = exact(model, rows, parameters, LINE_SD)
    draws = np.stack(drawn, axis=-1)[:, 0, 0]
    assert_moments(draws, np.add(mean[:2], [497, 16]), covariance[:2, :2])


@pytest.mark.parametrize("model", GROUPED)
def test_draws_of_group_lines_have_the_exact_moments(model, rows):
    parameters = hyperparameters(model)
    rng = np.random.default_rng(2)
    intercept, slope = draw_group_lines(repeated(parameters), data_of(model, rows), rng)
    mean, covariance = exact(model, rows, parameters)
    draws = np.hstack([intercept[..., 0] - 497, slope[..., 0] - 16])
    effects = slice(2, 2 + 2 * G)
    assert_moments(draws, mean[effects], covariance[effects, effects])


@pytest.mark.parametrize("model", WITH_DEVIATIONS)
def test_draws_in_sequence_have_the_joint_moments_given_the_scales(model, rows):
    parameters, data = hyperparameters(model), data_of(model, rows)
    rng = np.random.default_rng(3)
    many = repeated(parameters)
    intercept, slope = draw_common_line(many, LINE_SD, data, rng)
    draws = [intercept[:, 0] - 497, slope[:, 0] - 16]
    mean, covariance = exact(model, rows, parameters, LINE_SD)
    kept = np.r_[0, 1, 4 : len(mean)]
    if model in GROUPED:
        own = draw_group_lines(many | {"intercept": intercept, "slope": slope}, data, rng)
        draws += [(own[0] - intercept)[..., 0], (own[1] - slope)[..., 0]]
        intercept, slope = own
        kept = np.arange(len(mean))
    deviation = draw_cell_deviations(many, intercept + slope * X, data, rng)
    draws = np.hstack([*draws, deviation.reshape(DRAWS, -1)])
    assert_moments(draws, mean[kept], covariance[np.ix_(kept, kept)])


def test_draws_with_scales_of_zero_stay_on_the_common_line(rows):
    parameters = hyperparameters("school_type_income", tau_intercept=0.0, tau_slope=0.0, tau_cell=0)
    many, data = repeated(parameters, 50), collapse(rows)
    rng = np.random.default_rng(4)
    intercept, slope = draw_group_lines(many, data, rng)
    assert (intercept == 497).all()
    assert (slope == 16).all()
    assert (draw_cell_deviations(many, intercept + slope * X, data, rng) == 0).all()


def test_one_scale_of_zero_leaves_the_other_free(rows):
    parameters = hyperparameters("school_type", tau_intercept=0.0)
    rng = np.random.default_rng(5)
    intercept, slope = draw_group_lines(repeated(parameters), collapse(rows), rng)
    mean, covariance = exact("school_type", rows, parameters)
    slopes = slice(2 + G, 2 + 2 * G)
    assert (intercept == 497).all()
    assert_moments(slope[..., 0] - 16, mean[slopes], covariance[slopes, slopes])


def test_the_same_seed_gives_the_same_draws(rows):
    many = repeated(hyperparameters("school_type"), 10)
    first, again, other = (
        draw_group_lines(many, collapse(rows), np.random.default_rng(seed))[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()
