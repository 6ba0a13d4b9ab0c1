import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.stats import multivariate_normal

from enem.models.cells import CellGrid
from enem.models.likelihood import log_collapsed_likelihood
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS
from enem.names import MODELS
from enem.wide import moments as moments_module
from enem.wide.blocks import Block, scale_of_columns
from enem.wide.correlation import CorrelationPrior
from enem.wide.density import log_posterior, pack
from enem.wide.effects import draw_effects
from enem.wide.likelihood import condition, errors_of, log_marginal_likelihood
from enem.wide.model import WideModel, WidePriors
from enem.wide.moments import design_matrix, moments_of_cells, moments_of_rows
from enem.wide.store import read_moments, write_moments
from enem.wide.structure import covariate_blocks, covariate_model, line_blocks
from grids import BRACKETS, PRIORS, X, collapse, made_rows

TYPES = ("federal", "estadual", "municipal", "privada")
WIDE = {
    "two_levels": Prior("normal", {"mean": 0.0, "sd": 35.0}),
    "tau_covariate": Prior("half_normal", {"sd": 25.0}),
}
SCALES = {
    "intercept": 100.0,
    "slope": 50.0,
    "tau_intercept": 35.0,
    "tau_slope": 7.0,
    "tau_cell": 14.0,
    "two_levels": 35.0,
    "tau_race": 9.0,
}
SIGMA = np.array([[70.0], [95.0], [60.0], [110.0]])
COVARIATES = ("sex", "race")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(7)
    made = made_rows(rng)
    made["x"] = made["income_bracket"].map(dict(zip(BRACKETS, X, strict=True)))
    made["sex"] = rng.choice(["F", "M", "sem_resposta"], len(made), p=[0.5, 0.45, 0.05])
    made["race"] = rng.choice(["branca", "parda", "preta", "indigena"], len(made))
    made["score"] += made["race"].map({"branca": 9, "parda": -3, "preta": -9, "indigena": 2})
    return made


@pytest.fixture(scope="module")
def found(rows):
    return moments_of_rows(rows, covariate_blocks(BRACKETS, COVARIATES), TYPES)


def scales(moments, **changes):
    known = SCALES | changes
    return np.array([known[name] for name in scale_of_columns(moments.blocks)])[:, None]


def dense(rows, moments, scale, means=(500.0, 5.0)):
    """Design of all coefficients, each stratum's own in columns of their own, and y's moments."""
    plain, own = design_matrix(rows, moments.blocks).toarray(), moments.own
    inside = (rows["school_type"].to_numpy()[:, None] == np.array(TYPES)).astype(float)
    pieces = [plain[:, :own] * inside[:, [g]] for g in range(len(TYPES))]
    design = np.hstack([*pieces, plain[:, own:]])
    sd = np.concatenate([np.tile(scale[:own, 0], len(TYPES)), scale[own:, 0]])
    noise = (inside @ SIGMA[:, 0]) ** 2
    return design, sd, noise, means[0] + means[1] * rows["x"].to_numpy()


def around(moments):
    return moments.around({"intercept": 500.0, "slope": 5.0})


def test_moments_are_those_of_the_dense_design(rows, found):
    design = design_matrix(rows, found.blocks).toarray()
    for g, school_type in enumerate(TYPES):
        mine = (rows["school_type"] == school_type).to_numpy()
        x, y = design[mine], rows["score"].to_numpy()[mine] - found.origin[0]
        assert found.n[g] == mine.sum()
        np.testing.assert_allclose(found.xx[g], x.T @ x, rtol=1e-13, atol=1e-9)
        np.testing.assert_allclose(found.xy[g][:, 0], x.T @ y, rtol=1e-12, atol=1e-8)
        assert found.yy[g, 0, 0] == pytest.approx(y @ y, rel=1e-12)
    assert found.n[TYPES.index("municipal")] == 0


def test_counts_of_levels_are_a_cross_table(rows, found):
    crossed = pd.crosstab(rows["race"], rows["sex"])
    levels = [(b.name, level) for b in found.blocks for level in b.levels]
    total = found.xx.sum(axis=0)
    for race in crossed.index:
        for sex in crossed.columns:
            place = levels.index(("effect_race", race)), levels.index(("effect_sex", sex))
            assert total[place] == crossed.loc[race, sex]


def test_chunks_change_nothing(rows, found, monkeypatch):
    monkeypatch.setattr(moments_module, "CHUNK", 7)
    again = moments_of_rows(rows, covariate_blocks(BRACKETS, COVARIATES), TYPES)
    np.testing.assert_allclose(again.xx, found.xx, rtol=1e-13)
    np.testing.assert_allclose(again.xy, found.xy, rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(again.yy, found.yy, rtol=1e-12)


def test_moments_of_cells_are_those_of_their_rows(rows):
    blocks = line_blocks(BRACKETS)
    of_rows = moments_of_rows(rows, blocks, TYPES)
    keys = ["school_type", "income_bracket", "x"]
    cells = rows.groupby(keys)["score"].agg(["size", "mean", "var"]).reset_index()
    cells = cells.rename(columns={"size": "n"})
    cells["ss"] = cells["var"].fillna(0) * (cells["n"] - 1)
    of_cells = moments_of_cells(cells, blocks, TYPES)
    assert of_cells.origin == pytest.approx(of_rows.origin)
    for name in ("n", "xx", "xy", "yy"):
        np.testing.assert_allclose(
            getattr(of_cells, name), getattr(of_rows, name), rtol=1e-10, atol=1e-7
        )


@pytest.mark.parametrize("tau", [9.0, 1e-6, 0.0, 1e3])
def test_likelihood_is_the_density_of_the_rows(rows, found, tau):
    scale = scales(found, tau_race=tau)
    design, sd, noise, mean = dense(rows, found, scale)
    covariance = (design * sd**2) @ design.T + np.diag(noise)
    expected = multivariate_normal(mean, covariance).logpdf(rows["score"])
    value = log_marginal_likelihood(around(found), errors_of(SIGMA), scale)
    assert float(value) == pytest.approx(expected, abs=1e-8)


def test_coefficients_are_dense_conditioning_on_the_rows(rows, found):
    scale = scales(found)
    design, sd, noise, mean = dense(rows, found, scale)
    precision = design.T @ (design / noise[:, None]) + np.diag(1 / sd**2)
    covariance = np.linalg.inv(precision)
    expected = covariance @ (design.T @ ((rows["score"] - mean) / noise))
    effects = condition(around(found), errors_of(SIGMA), scale)
    many = type(effects)(*(np.broadcast_to(a, (20_000, *np.shape(a))) for a in effects))
    own, shared = draw_effects(many, np.random.default_rng(1))
    draws = np.hstack([own.reshape(len(own), -1), shared]) * sd
    standard = np.sqrt(np.diag(covariance))
    assert np.abs((draws.mean(axis=0) - expected) / standard).max() < 4.5 / np.sqrt(20_000)
    correlation = np.corrcoef(draws.T) - covariance / np.outer(standard, standard)
    assert np.abs(correlation).max() < 5 / np.sqrt(20_000)


@pytest.mark.parametrize("model", MODELS)
def test_without_covariates_it_is_the_likelihood_on_cells(rows, model):
    spec, grid = SPECIFICATIONS[model], collapse(rows[["school_type", "income_bracket", "score"]])
    moments = moments_of_rows(rows, covariate_blocks(BRACKETS, []), TYPES)
    wide = covariate_model(spec, moments, PRIORS, WIDE)
    assert list(wide.priors.scales) == list(spec.scales)
    data: CellGrid = spec.data(grid)
    rng = np.random.default_rng(2)
    for _ in range(3):
        point = rng.normal(3, 0.7, wide.size)
        sigma, taus, _ = wide.unpack(point)
        given = {spec.role(k): v[0] for k, v in zip(wide.priors.scales, taus, strict=True)}
        given |= {"sigma": sigma, "intercept": 500.0, "slope": 0.0}
        expected = log_collapsed_likelihood(
            given, (100.0, 50.0), data.n, data.mean, data.ss, data.x
        )
        value = log_marginal_likelihood(wide.data, errors_of(sigma), wide.column_scales(taus))
        assert float(value) == pytest.approx(float(expected), abs=1e-7)


def assert_sampled_density_is(wide, points):
    """Hold value and gradient in machine code to the density in NumPy."""
    packed, small = pack(wide), 1e-5 * np.eye(wide.size)
    first = points[0]
    offset = log_posterior(first, packed, np.empty(wide.size)) - wide.log_density(first)
    for point in points:
        slopes = np.empty(wide.size)
        value = log_posterior(point, packed, slopes)
        # constants of the priors are left out
        assert value - offset == pytest.approx(float(wide.log_density(point)), rel=1e-9, abs=1e-7)
        rise = wide.log_density(point + small) - wide.log_density(point - small)
        noise = 1e-4 + 1e-10 * np.abs(slopes).max()
        np.testing.assert_allclose(slopes, rise / 2e-5, rtol=1e-6, atol=noise)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_sampled_is_the_density_with_its_gradient(found, model):
    wide = covariate_model(SPECIFICATIONS[model], found, PRIORS, WIDE)
    rng = np.random.default_rng(3)
    assert_sampled_density_is(wide, rng.normal(3.5, 1.0, (4, wide.size)))


@pytest.mark.parametrize("far", [-800.0, 800.0])
def test_a_point_without_a_density_is_no_crash(found, far):
    wide = covariate_model(SPECIFICATIONS["school_type"], found, PRIORS, WIDE)
    point = np.full(wide.size, 3.0)
    point[0] = far
    assert np.isnan(log_posterior(point, pack(wide), np.empty(wide.size)))


def test_flat_priors_and_known_sigma_give_least_squares(rows):
    blocks = [Block("intercept", "wide"), Block("slope", "wide", slope=True)]
    blocks.append(Block("effect_race", "wide", "race", ("parda", "preta", "indigena")))
    moments = moments_of_rows(rows, blocks, TYPES).merged()
    ols = smf.ols("score ~ x + C(race, Treatment('branca'))", rows).fit()
    sigma = np.sqrt(ols.scale)
    effects = condition(moments.around({}), errors_of(np.array([[sigma]])), np.full((5, 1), 1e7))
    mean = effects.shared_mean * 1e7
    sd = np.sqrt(np.diag(effects.shared_cov)) * 1e7
    names = [f"C(race, Treatment('branca'))[T.{level}]" for level in blocks[2].levels]
    np.testing.assert_allclose(mean, ols.params[["Intercept", "x", *names]], rtol=1e-5)
    np.testing.assert_allclose(sd, ols.bse[["Intercept", "x", *names]], rtol=1e-5)


def test_a_partially_pooled_factor_is_that_of_statsmodels(rows):
    """Given statsmodels' variances its fixed and random effects come out."""
    mixed = sm.MixedLM.from_formula("score ~ x", rows, groups="race").fit(reml=False)
    sigma, tau = np.sqrt(mixed.scale), np.sqrt(float(mixed.cov_re.iloc[0, 0]))
    levels = tuple(sorted(mixed.random_effects))
    blocks = [Block("intercept", "flat"), Block("slope", "flat", slope=True)]
    blocks.append(Block("effect_race", "tau", "race", levels))
    moments = moments_of_rows(rows, blocks, TYPES).merged()
    scale = np.array([1e6, 1e6, *[tau] * len(levels)])[:, None]
    effects = condition(moments.around({}), errors_of(np.array([[sigma]])), scale)
    mean = effects.shared_mean * scale[:, 0]
    np.testing.assert_allclose(mean[:2], mixed.fe_params, rtol=1e-4)
    expected = [float(mixed.random_effects[level].iloc[0]) for level in levels]
    np.testing.assert_allclose(mean[2:], expected, atol=1e-3)


def test_several_outcomes_are_the_density_of_all_scores(rows):
    rng = np.random.default_rng(4)
    blocks, names = line_blocks(BRACKETS)[:4], ("CN", "CH", "MT")
    few = rows.sample(60, random_state=1).reset_index(drop=True)
    few[list(names)] = few[["score"]].to_numpy() + rng.normal(0, 40, (60, 3))
    moments = moments_of_rows(few, blocks, TYPES, names)
    around = moments.around({"intercept": 500.0})
    wide = WideModel(
        moments,
        WidePriors(
            {name: PRIORS[name] for name in ("tau_intercept", "tau_slope")},
            {"intercept": 100.0, "slope": 50.0},
            {"intercept": 500.0},
            PRIORS["sigma"],
            CorrelationPrior(2.0),
        ),
    )
    point = rng.normal(2, 0.5, wide.size)
    point[:12] += 2
    sigma, taus, rest = wide.unpack(point)
    correlation = wide.correlations(rest * 0.3)
    scale = wide.column_scales(taus)
    design, *_ = dense(few, moments, scale[:, :1])
    sd = np.concatenate([np.tile(scale[: moments.own], (len(TYPES), 1)), scale[moments.own :]])
    group = np.array([TYPES.index(t) for t in few["school_type"]])
    covariance = np.zeros((180, 180))
    for a in range(3):
        for b in range(3):
            across = correlation[a, b] * np.diag(sigma[group, a] * sigma[group, b])
            same = (design * sd[:, a] ** 2) @ design.T if a == b else 0.0
            covariance[60 * a : 60 * a + 60, 60 * b : 60 * b + 60] = across + same
    y = few[list(names)].to_numpy().T.ravel()
    expected = multivariate_normal(np.full(180, 500.0), covariance).logpdf(y)
    value = log_marginal_likelihood(around, errors_of(sigma, correlation), scale)
    assert float(value) == pytest.approx(expected, abs=1e-7)
    near = point + rng.normal(0, 0.4, (3, wide.size))
    assert_sampled_density_is(wide, np.vstack([point, near]))


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
