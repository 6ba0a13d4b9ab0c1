import numpy as np
import pytest
from scipy.stats import multivariate_normal

from enem.several import moments as moments_module
from enem.several.correlation import CorrelationPrior
from enem.several.density import log_posterior, pack
from enem.several.joint import BLOCKS
from enem.several.likelihood import errors_of, log_marginal_likelihood
from enem.several.model import Model, Priors
from enem.several.moments import design_matrix, moments_of_rows
from enem.several.store import read_moments, write_moments
from grids import BRACKETS, PRIORS, X, made_rows

TYPES = ("federal", "estadual", "municipal", "privada")
OUTCOMES = ("CN", "CH", "MT")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(7)
    made = made_rows(rng)
    made["x"] = made["income_bracket"].map(dict(zip(BRACKETS, X, strict=True)))
    made[list(OUTCOMES)] = made[["score"]].to_numpy() + rng.normal(0, 40, (len(made), 3))
    return made


@pytest.fixture(scope="module")
def found(rows):
    return moments_of_rows(rows, BLOCKS, TYPES, OUTCOMES)


def test_moments_are_those_of_the_dense_design(rows, found):
    design = design_matrix(rows, found.blocks).toarray()
    for g, school_type in enumerate(TYPES):
        mine = (rows["school_type"] == school_type).to_numpy()
        x, y = design[mine], rows[list(OUTCOMES)].to_numpy()[mine] - found.origin
        assert found.n[g] == mine.sum()
        np.testing.assert_allclose(found.xx[g], x.T @ x, rtol=1e-13, atol=1e-9)
        np.testing.assert_allclose(found.xy[g], x.T @ y, rtol=1e-12, atol=1e-8)
        np.testing.assert_allclose(found.yy[g], y.T @ y, rtol=1e-12)
    assert found.n[TYPES.index("municipal")] == 0


def test_chunks_change_nothing(rows, found, monkeypatch):
    monkeypatch.setattr(moments_module, "CHUNK", 7)
    again = moments_of_rows(rows, BLOCKS, TYPES, OUTCOMES)
    np.testing.assert_allclose(again.xx, found.xx, rtol=1e-13)
    np.testing.assert_allclose(again.xy, found.xy, rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(again.yy, found.yy, rtol=1e-12)


def model_of(moments):
    scales = {name: PRIORS[name] for name in ("tau_intercept", "tau_slope")}
    known = {"intercept": 100.0, "slope": 50.0}
    priors = Priors(scales, known, {"intercept": 500.0}, PRIORS["sigma"], CorrelationPrior(2.0))
    return Model(moments, priors)


def columns_of_strata(rows, moments):
    """Design of all coefficients, each stratum's own in columns of their own."""
    plain, own = design_matrix(rows, moments.blocks).toarray(), moments.own
    inside = (rows["school_type"].to_numpy()[:, None] == np.array(TYPES)).astype(float)
    return np.hstack(
        [*(plain[:, :own] * inside[:, [g]] for g in range(len(TYPES))), plain[:, own:]]
    )


def test_several_outcomes_are_the_density_of_all_scores(rows):
    rng = np.random.default_rng(4)
    few = rows.sample(60, random_state=1).reset_index(drop=True)
    moments = moments_of_rows(few, BLOCKS, TYPES, OUTCOMES)
    around = moments.around({"intercept": 500.0})
    model = model_of(moments)
    point = rng.normal(2, 0.5, model.size)
    point[:12] += 2
    sigma, taus, rest = model.unpack(point)
    correlation = model.correlations(rest * 0.3)
    scale = model.column_scales(taus)
    design = columns_of_strata(few, moments)
    sd = np.concatenate([np.tile(scale[: moments.own], (len(TYPES), 1)), scale[moments.own :]])
    group = np.array([TYPES.index(t) for t in few["school_type"]])
    covariance = np.zeros((180, 180))
    for a in range(3):
        for b in range(3):
            across = correlation[a, b] * np.diag(sigma[group, a] * sigma[group, b])
            same = (design * sd[:, a] ** 2) @ design.T if a == b else 0.0
            covariance[60 * a : 60 * a + 60, 60 * b : 60 * b + 60] = across + same
    y = few[list(OUTCOMES)].to_numpy().T.ravel()
    expected = multivariate_normal(np.full(180, 500.0), covariance).logpdf(y)
    value = log_marginal_likelihood(around, errors_of(sigma, correlation), scale)
    assert float(value) == pytest.approx(expected, abs=1e-7)
    near = point + rng.normal(0, 0.4, (3, model.size))
    assert_sampled_density_is(model, np.vstack([point, near]))


def assert_sampled_density_is(model, points):
    """Hold value and gradient in machine code to the density in NumPy."""
    packed, small = pack(model), 1e-5 * np.eye(model.size)
    first = points[0]
    offset = log_posterior(first, packed, np.empty(model.size)) - model.log_density(first)
    for point in points:
        slopes = np.empty(model.size)
        value = log_posterior(point, packed, slopes)
        # constants of the priors are left out
        assert value - offset == pytest.approx(float(model.log_density(point)), rel=1e-9, abs=1e-7)
        rise = model.log_density(point + small) - model.log_density(point - small)
        noise = 1e-4 + 1e-10 * np.abs(slopes).max()
        np.testing.assert_allclose(slopes, rise / 2e-5, rtol=1e-6, atol=noise)


@pytest.mark.parametrize("far", [-800.0, 800.0])
def test_a_point_without_a_density_is_no_crash(found, far):
    model = model_of(found)
    point = np.full(model.size, 3.0)
    point[0] = far
    assert np.isnan(log_posterior(point, pack(model), np.empty(model.size)))


def test_lkj_prior_is_a_power_of_the_determinant():
    """Density of free coordinates over |R|^(eta-1) is the Jacobian of the coordinates alone."""
    rng, m = np.random.default_rng(5), 3
    free = rng.normal(0, 0.6, (2, 3))
    for eta in (1.0, 2.5):
        prior = CorrelationPrior(eta)
        ratio = []
        for point in free:
            lower = np.tril_indices(m, -1)
            matrix = prior.matrix(point, m)
            jacobian = np.stack(
                [prior.matrix(point + 1e-30j * unit, m).imag[lower] / 1e-30 for unit in np.eye(3)]
            )
            expected = (eta - 1) * np.log(np.linalg.det(matrix))
            expected += np.linalg.slogdet(jacobian)[1]
            ratio.append(prior.log_prior(point, m) - expected)
        assert ratio[0] == pytest.approx(ratio[1], abs=1e-10)


def test_moments_survive_their_file(found, tmp_path):
    write_moments(found, tmp_path / "m.nc")
    again = read_moments(tmp_path / "m.nc")
    assert again.blocks == found.blocks
    assert (again.strata, again.outcomes) == (found.strata, found.outcomes)
    for name in ("n", "xx", "xy", "yy", "origin"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
