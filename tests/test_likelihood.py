import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.stats import multivariate_normal, norm

from enem.errors import InputError
from enem.models.cells import grid_from_table, read_grid
from enem.models.likelihood import (
    common_line,
    log_collapsed_likelihood,
    log_likelihood_of,
    log_marginal_likelihood,
)
from enem.models.specification import SPECIFICATIONS
from enem.names import MODELS, SCHOOL_TYPES
from enem.tabulate.cells import collapse_to_cells
from grids import BRACKETS, HYPERPARAMETERS, X, collapse, dense, hyperparameters, made_rows, merged

HIERARCHICAL = [model for model in MODELS if HYPERPARAMETERS[model]]
LINE_SD = (100.0, 50.0)


@pytest.fixture(scope="module")
def rows():
    made = made_rows(np.random.default_rng(11))
    assert (collapse(made).n == 1).any()
    assert (collapse(made).participants == 0).any()
    return made


def seen_by(model, rows):
    """The rows and school types as one model groups them."""
    if SPECIFICATIONS[model].by_school_type:
        return rows, SCHOOL_TYPES
    return merged(rows), ("all",)


def row_density(model, rows, parameters, line_sd=(0.0, 0.0)):
    d = dense(*seen_by(model, rows), parameters, line_sd)
    return multivariate_normal(d.expected, d.covariance).logpdf(d.y)


def cell_density(model, rows, parameters):
    return log_likelihood_of(parameters, SPECIFICATIONS[model].data(collapse(rows)))


@pytest.mark.parametrize("model", MODELS)
def test_cells_have_the_density_of_their_rows(model, rows):
    parameters = hyperparameters(model)
    expected = row_density(model, rows, parameters)
    assert cell_density(model, rows, parameters) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(5))
def test_cells_have_the_density_of_their_rows_for_tiny_and_empty_groups(model, seed):
    sizes = {"federal": 1, "estadual": 0, "municipal": 2, "privada": 4}
    few = made_rows(np.random.default_rng(seed), sizes)
    parameters = hyperparameters(model)
    expected = row_density(model, few, parameters)
    assert cell_density(model, few, parameters) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("model", "scale"), [(model, scale) for model in MODELS for scale in HYPERPARAMETERS[model]]
)
@pytest.mark.parametrize("value", [0.0, 1e-8, 1e3, 1e4])
def test_extreme_scales_keep_the_density_of_the_rows(model, scale, value, rows):
    parameters = hyperparameters(model, **{scale: value})
    expected = row_density(model, rows, parameters)
    assert cell_density(model, rows, parameters) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("model", HIERARCHICAL)
def test_all_scales_zero_leaves_independent_rows(model, rows):
    zeros = dict.fromkeys(HYPERPARAMETERS[model], 0.0)
    parameters = hyperparameters(model, **zeros)
    d = dense(*seen_by(model, rows), parameters)
    expected = norm.logpdf(d.y, d.expected, np.sqrt(d.noise)).sum()
    assert cell_density(model, rows, parameters) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("by_group", [True, False])
def test_without_scales_the_density_is_the_sum_over_rows(by_group, rows):
    parameters = hyperparameters("school_type" if by_group else "pooled")
    parameters = {k: parameters[k] for k in ("intercept", "slope", "sigma")}
    seen, groups = (rows, SCHOOL_TYPES) if by_group else (merged(rows), ("all",))
    sigma = parameters["sigma"].ravel()[[groups.index(g) for g in seen["school_type"]]]
    x = X[[BRACKETS.index(b) for b in seen["income_bracket"]]]
    expected = norm.logpdf(seen["score"], 497 + 16 * x, sigma).sum()
    assert log_likelihood_of(parameters, collapse(seen, groups)) == pytest.approx(
        expected, rel=1e-12
    )


def test_empty_cells_and_groups_contribute_exactly_nothing(rows):
    grid = collapse(rows)
    parameters = hyperparameters("school_type_income")
    occupied = grid.participants > 0
    without = parameters | {"sigma": parameters["sigma"][occupied]}
    assert log_likelihood_of(parameters, grid) == log_likelihood_of(without, grid.subset(occupied))
    nobody = collapse(rows.iloc[:0])
    assert log_likelihood_of(parameters, nobody) == 0.0


@pytest.mark.parametrize("model", MODELS)
def test_pytensor_has_numpys_value_and_the_complex_step_gradient(model, rows):
    data = SPECIFICATIONS[model].data(collapse(rows))
    values = hyperparameters(model)
    scalars = [name for name in values if name != "sigma"]
    point = np.array([*(values[name] for name in scalars), *values["sigma"].ravel()])

    def density(vector, xp):
        parameters = {name: vector[..., i, None, None] for i, name in enumerate(scalars)}
        parameters["sigma"] = vector[..., len(scalars) :, None]
        cells = (data.n, data.mean, data.ss, data.x)
        return log_collapsed_likelihood(parameters, LINE_SD, *cells, xp=xp)

    symbol = pt.dvector("point")
    out = density(symbol, pt)
    evaluate = pytensor.function([symbol], [out, pytensor.grad(out, symbol)], mode="FAST_COMPILE")
    value, slope = evaluate(point)
    assert value == pytest.approx(density(point, np), rel=1e-12)
    expected = density(point + 1e-30j * np.eye(len(point)), np).imag / 1e-30
    np.testing.assert_allclose(slope, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_collapsed_likelihood_is_marginal_times_prior_over_conditional(model, rows):
    data = SPECIFICATIONS[model].data(collapse(rows))
    cells = (data.n, data.mean, data.ss, data.x)
    scales = hyperparameters(model)
    collapsed = log_collapsed_likelihood(scales, LINE_SD, *cells)
    line = common_line(scales, LINE_SD, data.n, data.mean, data.x)
    c11, c12, c22 = (float(c.item()) for c in (line.cov11, line.cov12, line.cov22))
    centre = [497 + line.shift1.item(), 16 + line.shift2.item()]
    conditional = multivariate_normal(centre, [[c11, c12], [c12, c22]])
    prior = multivariate_normal([497, 16], np.diag(np.square(LINE_SD)))
    for point in ([497, 16], [520, -4], [430, 30], [centre[0] + 1, centre[1] - 1]):
        at = scales | dict(zip(("intercept", "slope"), point, strict=True))
        rebuilt = log_likelihood_of(at, data) + prior.logpdf(point) - conditional.logpdf(point)
        assert collapsed == pytest.approx(rebuilt, rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("line_sd", [LINE_SD, (0.5, 0.1), (3000.0, 2000.0)])
def test_collapsed_likelihood_is_the_dense_density_with_the_priors_added(model, line_sd, rows):
    data = SPECIFICATIONS[model].data(collapse(rows))
    parameters = hyperparameters(model)
    found = log_collapsed_likelihood(parameters, line_sd, data.n, data.mean, data.ss, data.x)
    assert found == pytest.approx(row_density(model, rows, parameters, line_sd), rel=1e-9)


@pytest.mark.parametrize("scale", [0.0, 1e4])
def test_collapsed_likelihood_is_dense_at_extreme_scales(scale, rows):
    parameters = hyperparameters("school_type_income", tau_intercept=scale, tau_slope=scale)
    grid = collapse(rows)
    found = log_collapsed_likelihood(parameters, LINE_SD, grid.n, grid.mean, grid.ss, grid.x)
    expected = row_density("school_type_income", rows, parameters, LINE_SD)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_a_vector_of_draws_gives_each_draws_value(model, rows):
    data = SPECIFICATIONS[model].data(collapse(rows))
    single = [
        {k: np.asarray(v) * factor for k, v in hyperparameters(model).items()}
        for factor in (0.7, 1.0, 1.6)
    ]
    stacked = {k: np.stack([np.atleast_2d(s[k]) for s in single]) for k in single[0]}
    found = log_likelihood_of(stacked, data)
    assert found.shape == (3,)
    np.testing.assert_allclose(found, [log_likelihood_of(s, data) for s in single], rtol=1e-13)


def test_the_density_of_many_rows_is_held_to_nine_digits():
    sizes = {"federal": 4000, "estadual": 60000, "municipal": 0, "privada": 9000}
    many = made_rows(np.random.default_rng(2), sizes)
    parameters = hyperparameters("school_type")
    independent = {k: parameters[k] for k in ("intercept", "slope", "sigma")}
    sigma = parameters["sigma"].ravel()[[SCHOOL_TYPES.index(g) for g in many["school_type"]]]
    x = X[[BRACKETS.index(b) for b in many["income_bracket"]]]
    expected = norm.logpdf(many["score"], 497 + 16 * x, sigma).sum()
    grid = grid_from_table(
        collapse_to_cells(many, SCHOOL_TYPES, BRACKETS),
        pd.DataFrame({"income_bracket": BRACKETS, "x": X}),
    )
    assert log_likelihood_of(independent, grid) == pytest.approx(expected, rel=1e-9)


def test_merging_school_types_is_collapsing_the_rows_without_them(rows):
    found, expected = collapse(rows).over_school_types(), collapse(merged(rows), ("all",))
    np.testing.assert_array_equal(found.n, expected.n)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-13)
    np.testing.assert_allclose(found.ss, expected.ss, rtol=1e-11)
    assert found.brackets == expected.brackets
    np.testing.assert_array_equal(found.x, expected.x)


def test_subset_keeps_the_marked_school_types(rows):
    kept = collapse(rows).subset(np.array([True, False, False, True]))
    expected = collapse(rows[rows["school_type"].isin(["federal", "privada"])])
    assert kept.school_types == ("federal", "privada")
    np.testing.assert_array_equal(kept.ss, expected.ss[[0, 3]])
    np.testing.assert_array_equal(kept.mean, expected.mean[[0, 3]])


def test_tables_give_the_grid_of_the_rows(rows, tmp_path):
    cells = collapse_to_cells(rows, SCHOOL_TYPES, BRACKETS)
    cells.to_csv(tmp_path / "cells.csv", index=False)
    income = pd.DataFrame({"income_bracket": BRACKETS, "x": X})
    income.to_csv(tmp_path / "income.csv", index=False)
    grid, expected = read_grid(tmp_path / "cells.csv", tmp_path / "income.csv"), collapse(rows)
    assert grid.school_types == SCHOOL_TYPES
    for name in ("n", "mean", "ss", "x"):
        np.testing.assert_allclose(getattr(grid, name), getattr(expected, name), rtol=1e-12)


def test_a_grid_follows_the_order_of_the_income_table(rows):
    cells = collapse_to_cells(rows, SCHOOL_TYPES, BRACKETS).sample(frac=1, random_state=1)
    order = list(reversed(BRACKETS))
    income = pd.DataFrame({"income_bracket": order, "x": X[::-1]})
    grid, expected = grid_from_table(cells, income), collapse(rows)
    rank = [SCHOOL_TYPES.index(g) for g in grid.school_types]
    np.testing.assert_allclose(grid.mean, expected.mean[rank][:, ::-1], rtol=1e-12)


def test_cells_of_a_bracket_without_income_are_refused(rows):
    cells = collapse_to_cells(rows, SCHOOL_TYPES, BRACKETS)
    income = pd.DataFrame({"income_bracket": BRACKETS[:-1], "x": X[:-1]})
    with pytest.raises(InputError, match=r"brackets F of the cells are not in the income table"):
        grid_from_table(cells, income)


def test_the_marginal_likelihood_ignores_scales_that_are_absent(rows):
    grid = collapse(rows)
    parameters = hyperparameters("school_type")
    zero = parameters | {"tau_cell": 0.0}
    cells = (grid.n, grid.mean, grid.ss, grid.x)
    assert log_marginal_likelihood(parameters, *cells) == log_marginal_likelihood(zero, *cells)
