"""Several outcomes at once against dense multivariate normals, one outcome, 60 digits and PyMC."""

from dataclasses import replace
from itertools import combinations, product

import mpmath
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from enem.mixed.coordinates import (
    HIGHEST,
    HIGHEST_PARTIAL,
    LOWEST_SIGMA,
    TANH,
    coordinate,
    log_priors,
)
from enem.mixed.correlation import correlation_matrices, lkj_powers, partial_correlations
from enem.mixed.density import log_likelihood
from enem.mixed.draw import draw_effects
from enem.mixed.fit import fit
from enem.mixed.outcomes import log_likelihood_of_several
from enem.mixed.packing import pack
from enem.mixed.priors import Prior
from enem.mixed.pymc_model import build_model
from enem.mixed.sample import log_posterior
from enem.mixed.settings import SamplerSettings
from enem.mixed.tables import Tables
from enem.tabulate.sums import collapse_to_sums
from mixed_fixtures import (
    BOTH,
    FORMULAS,
    INCOME,
    LABELS,
    PRIORS,
    SCHOOL_TYPES,
    participants,
    specification,
)
from test_mixed_density import alike, dense

OUTCOMES = ("CN", "CH", "MT")
TOGETHER = PRIORS | {"correlation": Prior("lkj", {"eta": 2.0})}
EVERY = list(product(FORMULAS, [BOTH, ("school",), ("municipality",), ()]))


def scored(rows, seed=7, outcomes=OUTCOMES):
    rng = np.random.default_rng(seed)
    return rows.assign(**{name: rows["score"] + rng.normal(0, 40, len(rows)) for name in outcomes})


def together(name, levels=BOTH, outcomes=OUTCOMES):
    return replace(specification(name, levels), outcomes=outcomes)


def design_of(rows, spec):
    sums = collapse_to_sums(rows, spec.factors, spec.outcomes)
    return Tables(sums, INCOME, LABELS).design(spec)


def values_of(design, seed=3):
    """Sigmas (G, m), scales (K, m) and partial correlations at random."""
    rng, m = np.random.default_rng(seed), len(design.spec.outcomes)
    sigma = rng.uniform(40, 90, (len(design.sigma_labels), m))
    tau = rng.uniform(3, 40, (len(design.spec.scales), m))
    matrices = 1 + len(design.spec.levels)
    return sigma, tau, rng.uniform(-0.6, 0.8, matrices * (m * (m - 1) // 2))


def joined(sigma, tau, partial):
    return np.concatenate([sigma.ravel(), tau.ravel(), partial])


def value_of(design, values):
    gradient = np.empty(len(values))
    return log_likelihood_of_several(values, pack(design, TOGETHER), gradient), gradient


def dense_of_several(rows, spec, sigma, tau, partial):
    """Mean and covariance of all scores, one outcome after the other, from the formula."""
    m, n = len(spec.outcomes), len(rows)
    errors, *of_levels = correlation_matrices(partial.reshape(1 + len(spec.levels), -1), m)
    place = [SCHOOL_TYPES.index(each) for each in rows["school_type"]]
    each = sigma[place] if spec.by_school_type else np.tile(sigma, (n, 1))
    covariance, means = np.zeros((m, n, m, n)), []
    for a in range(m):
        mean, own = dense(rows, spec, np.zeros(len(sigma)), tau[:, a])
        means.append(mean)
        covariance[a, :, a] = own
        for b in range(m):
            covariance[a, :, b] += errors[a, b] * np.diag(each[:, a] * each[:, b])
            for level, matrix in zip(spec.levels, of_levels, strict=True):
                sd = tau[spec.scales.index(f"tau_{level}")]
                if a != b:
                    covariance[a, :, b] += matrix[a, b] * sd[a] * sd[b] * alike(rows, [level])
    return np.concatenate(means), covariance.reshape(m * n, m * n)


@pytest.mark.parametrize(("name", "levels"), EVERY)
def test_value_is_that_of_a_dense_multivariate_normal(name, levels):
    rows, spec = scored(participants(120, 18, seed=2)), together(name, levels)
    design = design_of(rows, spec)
    sigma, tau, partial = values_of(design)
    found, _ = value_of(design, joined(sigma, tau, partial))
    mean, covariance = dense_of_several(rows, spec, sigma, tau, partial)
    scores = rows[list(OUTCOMES)].to_numpy().T.ravel()
    assert found == pytest.approx(multivariate_normal(mean, covariance).logpdf(scores), rel=1e-9)


def differences(function, point):
    """Derivatives by central differences of fourth order."""
    found = np.empty(len(point))
    for i, size in enumerate(point):
        step = np.zeros(len(point))
        step[i] = 1e-3 * max(abs(size), 0.1)
        ends = [function(point + k * step) for k in (-2, -1, 1, 2)]
        found[i] = np.dot(ends, [1, -8, 8, -1]) / (12 * step[i])
    return found


@pytest.mark.parametrize(("name", "levels"), EVERY)
def test_gradient_is_that_of_differences(name, levels):
    design = design_of(scored(participants(200, 30)), together(name, levels))
    values, packed = joined(*values_of(design)), pack(design, TOGETHER)
    gradient, other = np.empty(len(values)), np.empty(len(values))
    log_likelihood_of_several(values, packed, gradient)
    found = differences(lambda at: log_likelihood_of_several(at, packed, other), values)
    np.testing.assert_allclose(gradient, found, rtol=1e-6, atol=1e-6 * np.abs(found).max())


@pytest.mark.parametrize(("name", "levels"), EVERY)
def test_of_one_outcome_it_is_the_density_of_one(name, levels):
    spec = specification(name, levels)
    sums = collapse_to_sums(participants(), spec.factors)
    design = Tables(sums, INCOME, LABELS).design(spec)
    (sigma, tau, _), packed = values_of(design), pack(design, PRIORS)
    values = joined(sigma, tau, [])
    one, several = np.empty(len(values)), np.empty(len(values))
    expected = log_likelihood(sigma.ravel(), tau.ravel(), packed, False, True, one)
    assert log_likelihood_of_several(values, packed, several) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(several, one, rtol=1e-11, atol=1e-12 * np.abs(one).max())


def test_without_correlations_it_is_the_product_over_outcomes():
    rows, spec = scored(participants()), together("school_type")
    design = design_of(rows, spec)
    sigma, tau, partial = values_of(design)
    found, _ = value_of(design, joined(sigma, tau, 0 * partial))
    alone = 0.0
    for a, name in enumerate(OUTCOMES):
        one = replace(spec, outcomes=("score",))
        sums = collapse_to_sums(rows.assign(score=rows[name]), ())
        packed = pack(Tables(sums, INCOME, LABELS).design(one), PRIORS)
        own = np.ascontiguousarray(sigma[:, a]), np.ascontiguousarray(tau[:, a])
        alone += log_likelihood(*own, packed, False, True, np.empty(len(sigma) + len(tau)))
    assert found == pytest.approx(alone, rel=1e-12)


def test_gradient_by_coordinates_is_that_of_differences():
    design = design_of(scored(participants()), together("school_type"))
    density = log_posterior(pack(design, TOGETHER))
    point = np.random.default_rng(4).normal(0, 0.4, joined(*values_of(design)).size)
    _, gradient = density(point)
    found = differences(lambda at: density(at)[0], point)
    np.testing.assert_allclose(gradient, found, rtol=1e-6, atol=1e-6 * np.abs(found).max())


@pytest.mark.parametrize(
    ("first", "others", "partial"),
    [
        (1.0001 * LOWEST_SIGMA, 1.0001 * LOWEST_SIGMA, 0.5),
        (0.9999 * HIGHEST, 0.9999 * HIGHEST, 0.5),
        (1.0001 * LOWEST_SIGMA, 0.9999 * HIGHEST, 0.5),
        (60.0, 60.0, 0.9999 * HIGHEST_PARTIAL),
    ],
)
def test_value_keeps_its_digits_at_the_edges_of_the_guard(first, others, partial):
    rows, spec = scored(participants(14, 5, seed=5)), together("school_type")
    design = design_of(rows, spec)
    sigma = np.full((len(design.sigma_labels), len(OUTCOMES)), others)
    sigma[:, 0] = first
    tau = np.full((len(spec.scales), len(OUTCOMES)), 20.0)
    partial = np.full(len(OUTCOMES), partial)
    found, _ = value_of(design, joined(sigma, tau, [*partial, *np.zeros(6)]))
    assert found == pytest.approx(float(exact(rows, spec, sigma, tau, partial)), rel=1e-9)


def exact(rows, spec, sigma, tau, partial):
    """Log density of all scores to 60 digits."""
    with mpmath.workdps(60):
        r01, r02, r12 = map(mpmath.mpf, partial)
        # the correlation that a partial one given the first outcome stands for
        last = r12 * mpmath.sqrt((1 - r01**2) * (1 - r02**2)) + r01 * r02
        matrix = mpmath.matrix([[1, r01, r02], [r01, 1, last], [r02, last, 1]])
        n, m = len(rows), len(OUTCOMES)
        mean, covariance = dense_of_several(rows, spec, 0 * sigma, tau, np.zeros(9))
        whole = mpmath.matrix(covariance.tolist())
        place = [SCHOOL_TYPES.index(each) for each in rows["school_type"]]
        for a, b, i in product(range(m), range(m), range(n)):
            own = mpmath.mpf(sigma[place[i], a]) * mpmath.mpf(sigma[place[i], b])
            whole[a * n + i, b * n + i] += matrix[a, b] * own
        lower = mpmath.cholesky(whole)
        scores = rows[list(OUTCOMES)].to_numpy().T.ravel()
        half = mpmath.lu_solve(lower, mpmath.matrix((scores - mean).tolist()))
        log_determinant = sum(mpmath.log(lower[i, i]) for i in range(n * m))
        squares = sum(each**2 for each in half)
        return -(n * m * mpmath.log(2 * mpmath.pi) + squares) / 2 - log_determinant


@pytest.mark.parametrize(
    ("index", "far"), [(0, -800.0), *product((0, 13, -1), (800.0, np.nan)), (-1, -800.0)]
)
def test_there_is_no_density_outside_the_guard(index, far):
    """Of a sigma, a scale and a partial correlation."""
    design = design_of(scored(participants()), together("school_type"))
    point = np.zeros(joined(*values_of(design)).size)
    point[index] = far
    assert log_posterior(pack(design, TOGETHER))(point)[0] == -np.inf


@pytest.mark.parametrize("m", [2, 3, 5])
def test_partial_correlations_are_those_of_the_matrix(m):
    partial = np.random.default_rng(m).uniform(-0.9, 0.9, (4, m * (m - 1) // 2))
    matrices = correlation_matrices(partial, m)
    np.testing.assert_allclose(np.diagonal(matrices, axis1=1, axis2=2), 1.0)
    assert np.linalg.eigvalsh(matrices).min() > 0
    np.testing.assert_allclose(partial_correlations(np.linalg.cholesky(matrices)), partial)
    precision = np.linalg.inv(matrices[:, [[0], [1]], [0, 1]])
    np.testing.assert_allclose(-precision[:, 0, 1] / precision[:, 0, 0], partial[:, 0])


def test_lkj_prior_is_a_power_of_the_determinant():
    """Density of partial correlations over |R|^(eta-1) is their Jacobian alone."""
    m, rng = 3, np.random.default_rng(5)
    lower = np.tril_indices(m, -1)
    for eta in (1.0, 2.5):
        ratio = []
        for point in rng.uniform(-0.7, 0.7, (3, 3)):
            (matrix,) = correlation_matrices(point[None], m)
            steps = 1e-5 * np.eye(3)
            ahead, behind = (correlation_matrices(point + k * steps, m) for k in (1, -1))
            jacobian = np.stack([(ahead - behind)[i][lower] / 2e-5 for i in range(3)])
            expected = (eta - 1) * np.log(np.linalg.det(matrix)) + np.linalg.slogdet(jacobian)[1]
            ratio.append((lkj_powers(eta, m) * np.log(1 - point**2)).sum() - expected)
        np.testing.assert_allclose(ratio, ratio[0], atol=1e-8)


def test_the_packed_prior_of_correlations_is_lkj():
    design = design_of(scored(participants()), together("school_type"))
    values, packed = joined(*values_of(design)), pack(design, TOGETHER)
    other = values.copy()
    other[-3:] = 0.1, -0.4, 0.7  # of schools
    gradient = np.zeros(len(values))
    change = log_priors(other, packed, gradient) - log_priors(values, packed, np.zeros(len(values)))
    powers = lkj_powers(2.0, 3)
    expected = powers * (np.log(1 - other[-3:] ** 2) - np.log(1 - values[-3:] ** 2))
    assert change == pytest.approx(expected.sum())
    np.testing.assert_allclose(gradient[-3:], -2 * powers * other[-3:] / (1 - other[-3:] ** 2))


def test_the_coordinate_of_a_partial_correlation_has_the_derivatives_that_it_reports():
    for z in (-6.0, -0.3, 0.0, 2.5):
        value, step, log_step, slope = coordinate(TANH, 1.0, z)
        ahead, behind = coordinate(TANH, 1.0, z + 1e-5), coordinate(TANH, 1.0, z - 1e-5)
        assert value == pytest.approx(np.tanh(z))
        assert step == pytest.approx((ahead[0] - behind[0]) / 2e-5, rel=1e-6)
        assert log_step == pytest.approx(np.log(step))
        assert slope == pytest.approx((ahead[2] - behind[2]) / 2e-5, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("levels", [BOTH, ("school",), ()])
def test_draws_given_scales_are_dense_conditioning_on_the_rows(levels):
    """Covariance between outcomes included, of everybody's and of one school's expected scores."""
    rows, spec = scored(participants(90, 12, seed=6)), together("school_type", levels)
    design, m, n = design_of(rows, spec), len(OUTCOMES), len(rows)
    sigma, tau, partial = values_of(design)
    values = np.tile(joined(sigma, tau, partial), (20_000, 1))
    rng = np.random.default_rng(2)
    effects = draw_effects(values, design, TOGETHER, pack(design, TOGETHER), rng)
    line = np.einsum("up,spa->sua", design.patterns, effects.coefficients)
    of_leaf = effects.leaf + effects.municipality[:, design.leaf_municipality]
    expected = line[:, design.pattern] + of_leaf[:, design.leaf]
    mean, covariance = dense_of_several(rows, spec, sigma, tau, partial)
    _, signal = dense_of_several(rows, spec, 0 * sigma, tau, partial)
    gain = signal @ np.linalg.inv(covariance)
    mean = mean + gain @ (rows[list(OUTCOMES)].to_numpy().T.ravel() - mean)
    spread = signal - gain @ signal
    for school in (None, "1"):
        mine = np.ones(n, bool) if school is None else (rows["school"] == school).to_numpy()
        group = design.groups.index[design.groups["school"] == school]
        here = np.ones(len(design.n), bool) if school is None else np.isin(design.group, group)
        weight = design.n[here] / design.n[here].sum()
        found = np.einsum("r,sra->sa", weight, expected[:, here])
        share = np.kron(np.eye(m), mine / mine.sum())
        sd = np.sqrt(np.diag(share @ spread @ share.T))
        np.testing.assert_allclose(
            found.mean(axis=0), share @ mean, atol=4 * sd.max() / np.sqrt(len(found))
        )
        bound = 0.04 * np.outer(sd, sd).max()
        np.testing.assert_allclose(np.cov(found.T), share @ spread @ share.T, atol=bound)


def test_sums_of_several_outcomes_are_the_scatter_of_rows():
    rows = scored(participants())
    design = design_of(rows, together("school_type"))
    away = rows[list(OUTCOMES)].to_numpy() - rows[list(OUTCOMES)].to_numpy().mean(axis=0)
    centre = np.average(design.mean, axis=0, weights=design.n)
    between = (design.mean - centre).T * design.n @ (design.mean - centre)
    np.testing.assert_allclose(design.ss.sum(axis=0) + between, away.T @ away, rtol=1e-10)
    same = alike(rows, ["school", "income_bracket"])
    assert design.n.max() == same.sum(axis=1).max()


@pytest.mark.filterwarnings("ignore:PyTensor could not link to a BLAS:UserWarning")
def test_pymc_with_its_explicit_effects_integrated_out_has_the_same_density():
    """Quadratic in the effects, so that values at unit steps give the integral exactly."""
    rows = scored(participants(60, 7, seed=2), outcomes=("CN", "MT"))
    spec = together("constant", outcomes=("CN", "MT"))
    design = design_of(rows, spec)
    model, packed = build_model(design, TOGETHER), pack(design, TOGETHER)
    start, rng = model.initial_point(), np.random.default_rng(1)
    for name in [each for each in start if "correlation" in each]:
        start[name] = start[name] + rng.normal(0, 0.3, np.shape(start[name]))
    density = model.compile_fn(
        model.logp(jacobian=False), inputs=model.value_vars, mode="FAST_COMPILE"
    )
    roots = [model[f"correlation_root{of}"] for of in ("", "_municipality", "_school")]
    values = model.replace_rvs_by_values(roots)
    factors = model.compile_fn(
        values, inputs=model.value_vars, on_unused_input="ignore", mode="FAST_COMPILE"
    )(start)
    partial = np.concatenate([partial_correlations(np.array([each]))[0] for each in factors])
    effects = [name for name in start if name.startswith("standard")]
    ends = np.cumsum([start[name].size for name in effects])

    def at(sigma, tau, z):
        point = start | {"sigma_log__": np.log(sigma)}
        point |= {f"{k}_log__": np.log(of) for k, of in zip(spec.scales, tau, strict=True)}
        pieces = zip(effects, np.split(z, ends[:-1]), strict=True)
        return float(density(point | {k: of.reshape(start[k].shape) for k, of in pieces}))

    def integral(sigma, tau):
        unit, size = np.eye(ends[-1]), ends[-1]
        origin = at(sigma, tau, np.zeros(size))
        ahead, behind = (np.array([at(sigma, tau, k * e) for e in unit]) for k in (1, -1))
        hessian = np.diag(ahead + behind - 2 * origin)
        for i, j in combinations(range(size), 2):
            both = at(sigma, tau, unit[i] + unit[j]) - ahead[i] - ahead[j] + origin
            hessian[i, j] = hessian[j, i] = both
        slope, log_determinant = (ahead - behind) / 2, np.linalg.slogdet(-hessian)[1]
        squares = slope @ np.linalg.solve(-hessian, slope)
        return origin + (squares + size * np.log(2 * np.pi) - log_determinant) / 2

    apart = []
    for seed in (1, 2):
        sigma, tau, _ = values_of(design, seed)
        values = joined(sigma, tau, partial)
        own = value_of(design, values)[0] + log_priors(values, packed, np.zeros(len(values)))
        apart.append(integral(sigma, tau) - own)
    assert apart[0] == pytest.approx(apart[1], abs=1e-8)  # constants of priors are left out


@pytest.mark.slow
def test_pymc_with_explicit_effects_has_the_same_posterior():
    rows = scored(participants(400, 24, seed=4), outcomes=("CN", "MT"))
    design = design_of(rows, together("school_type", outcomes=("CN", "MT")))
    own = fit(design, TOGETHER, SamplerSettings("nutpie", 1000, 300, 4, 0.95, 3), 2)
    engine = SamplerSettings("pymc", 1000, 1000, 4, 0.97, 5)
    theirs = fit(design, TOGETHER, engine, 2)["posterior"].to_dataset()
    for name, values in own["posterior"].data_vars.items():
        mean, sd = theirs[name].mean(("chain", "draw")), theirs[name].std(("chain", "draw"))
        apart = np.abs(values.mean(("chain", "draw")) - mean) / sd
        assert float(apart.max()) < 0.15, name
