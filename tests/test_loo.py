"""Leaving out participants and groups against dense Gaussians, quadrature and fits without them."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from arviz_stats.base import array_stats
from scipy import stats
from scipy.special import logsumexp

from ac_rows import INCOME, read_participants
from enem.check import leave_out as leave_out_module
from enem.check import loo, nodes
from enem.check.leave_out import (
    conditionals,
    group_densities,
    participant_densities,
    participant_moments,
    smoothed,
)
from enem.check.nodes import place_nodes
from enem.check.refit import density_without, refit_without
from enem.check.without import without_participant
from enem.errors import InputError
from enem.mixed.design import finest_groups
from enem.mixed.fit import fit
from enem.mixed.packing import pack, prior_means
from enem.mixed.rows import participant_rows, scale_values
from enem.mixed.settings import SamplerSettings
from mixed_fixtures import BOTH, FORMULAS, PRIORS, design_of, participants, specification
from test_mixed_density import dense

LEVELS = [BOTH, ("school",), ("municipality",), ()]
EVERY = list(product(FORMULAS, LEVELS))


def given_at(design, values):
    return conditionals(design, pack(design, PRIORS), prior_means(design, PRIORS), values)


def scales_at_random(design, draws, seed=5):
    rng = np.random.default_rng(seed)
    sigma = rng.uniform(40, 90, (draws, len(design.sigma_labels)))
    return np.hstack([sigma, rng.uniform(3, 40, (draws, len(design.spec.scales)))])


def densities(rows, design, given):
    """Log density of each participant without them, and with them, (N, S) each."""
    row = participant_rows(design, rows)
    found = np.empty((2, len(rows), len(given.sigma)))
    for some, mean, variance in participant_moments(given, design.leaf[row], design.pattern[row]):
        for i, *moments in zip(some, mean, variance, strict=True):
            sigma = given.sigma[:, design.leaf_sigma[design.leaf[row[i]]]]
            found[:, i] = participant_densities(rows["score"].iloc[i], *moments, sigma)
    return found


def dense_without(rows, spec, value, sigmas, groups):
    """Log densities of each participant, and of each group, given the others."""
    mean, covariance = dense(rows, spec, value[:sigmas], value[sigmas:])
    y = rows["score"].to_numpy()
    whole = stats.multivariate_normal(mean, covariance).logpdf(y)

    def without(out):
        rest = np.flatnonzero(~out)
        rest_of = covariance[np.ix_(rest, rest)]
        return whole - stats.multivariate_normal(mean[rest], rest_of).logpdf(y[rest])

    people = [without(np.arange(len(y)) == i) for i in range(len(y))]
    return people, [without(groups == f) for f in range(groups.max() + 1)]


@pytest.mark.parametrize(("name", "levels"), EVERY)
def test_densities_without_are_those_of_the_dense_gaussian(name, levels):
    rows, spec = participants(60, schools=14), specification(name, levels)
    design = design_of(rows, spec)
    values = scales_at_random(design, 3)
    given = given_at(design, values)
    groups, _ = finest_groups(rows.assign(n=1))
    people, of_groups = densities(rows, design, given)[0], group_densities(given)
    for s, value in enumerate(values):
        exact = dense_without(rows, spec, value, len(design.sigma_labels), groups)
        np.testing.assert_allclose(people[:, s], exact[0], atol=1e-6)
        np.testing.assert_allclose(of_groups[:, s], exact[1], atol=1e-6)


@pytest.mark.parametrize("levels", LEVELS)
def test_cutting_into_parts_changes_nothing(levels, monkeypatch):
    rows = participants(200)
    design = design_of(rows, specification("school_type_income", levels))
    given = given_at(design, scales_at_random(design, 4))
    whole = densities(rows, design, given), group_densities(given)
    monkeypatch.setattr(leave_out_module, "AT_ONCE", 60)
    np.testing.assert_allclose(densities(rows, design, given), whole[0], rtol=1e-12)
    np.testing.assert_allclose(group_densities(given), whole[1], rtol=1e-12)


def test_a_municipality_that_is_not_known_binds_nobody():
    rows, spec = participants(80, schools=12), specification("school_type")
    rows.loc[rows["municipality"].isin(["1", "2"]), "municipality"] = None
    design = design_of(rows, spec)
    value = scales_at_random(design, 1)
    found = densities(rows, design, given_at(design, value))[0][:, 0]
    alone = rows.assign(municipality=rows["municipality"].fillna("of " + rows["school"]))
    groups = finest_groups(alone.assign(n=1))[0]
    exact, _ = dense_without(alone, spec, value[0], len(design.sigma_labels), groups)
    np.testing.assert_allclose(found, exact, atol=1e-6)


def test_scales_are_left_to_importance_sampling_as_quadrature_has_them():
    # ten participants of four schools; sigma and tau on a grid that is the whole prior
    rows = participants(10, schools=4, seed=4)
    rows["score"] += np.where(rows["school"] == rows["school"].iloc[0], 60, 0)
    spec = specification("pooled", ("school",))
    design = design_of(rows, spec)
    sigma, tau = (a.ravel() for a in np.meshgrid(np.geomspace(15, 250, 60), np.linspace(1, 90, 50)))
    values = np.stack([sigma, tau], axis=1)
    prior = PRIORS["sigma"].log_density(sigma) + np.log(sigma)
    prior = prior + PRIORS["tau_school"].log_density(tau)
    groups, table = finest_groups(rows.assign(n=1))
    joint, people, whole = (np.empty((len(values), n)) for n in (1, len(rows), len(table)))
    for s, value in enumerate(values):
        mean, covariance = dense(rows, spec, value[:1], value[1:])
        joint[s] = stats.multivariate_normal(mean, covariance).logpdf(rows["score"])
        people[s], whole[s] = dense_without(rows, spec, value, 1, groups)
    log_posterior = prior + joint[:, 0]

    def exact(without):
        # p(y_i | the others): evidence of all over that of the others
        return logsumexp(log_posterior) - logsumexp(log_posterior[:, None] - without, axis=0)

    weight = np.exp(log_posterior - logsumexp(log_posterior))
    drawn = np.random.default_rng(2).choice(len(values), 8000, p=weight)
    given = given_at(design, values[drawn])
    left = loo.leave_out_participants(given, rows)
    np.testing.assert_allclose(left["elpd_loo"], exact(people), atol=0.03)
    elpd, k = smoothed(group_densities(given))
    np.testing.assert_allclose(elpd, exact(whole), atol=0.1)
    assert elpd.sum() == pytest.approx(exact(whole).sum(), abs=0.1)
    assert np.isfinite(k).all()
    # the density of all with the participants themselves is no measure of what is left out
    assert left["lppd"].sum() - exact(people).sum() > 1


def test_a_whole_posterior_leaves_out_in_the_order_of_participants_and_groups():
    rows, spec = participants(150, seed=7), specification("school_type")
    design = design_of(rows, spec)
    values = scales_at_random(design, 1, seed=8) * np.ones((2000, 1))
    variables = {"sigma": (("chain", "draw", "school_type"), values[None, :, :4])}
    for k, scale in enumerate(spec.scales):
        variables[scale] = (("chain", "draw"), values[None, :, 4 + k])
    posterior = xr.Dataset(variables)
    shuffled = rows.sample(frac=1, random_state=1)
    found = loo.leave_out_all(posterior, design, PRIORS, shuffled)
    groups, table = finest_groups(rows.assign(n=1))
    people, of_groups = dense_without(rows, spec, values[0], 4, groups)
    expected = pd.Series(people, rows.index)[shuffled.index]
    # a constant density needs no weights
    np.testing.assert_allclose(found.participants["elpd_loo"], expected, atol=2e-3)
    np.testing.assert_allclose(found.groups["elpd"], of_groups, atol=1e-6)
    pd.testing.assert_frame_equal(found.groups[list(table)], table)


# ---- importance sampling


def test_smoothed_importance_sampling_equals_arviz():
    rng = np.random.default_rng(1)
    spread = np.concatenate([rng.uniform(0.0001, 0.01, 100), rng.uniform(0.1, 1.3, 200)])
    log_density = -(rng.normal(size=(300, 500)) ** 2) * spread[:, None]
    for efficiency in (1.0, 0.6):
        weight, k = array_stats.psislw(log_density, r_eff=efficiency, axis=-1)
        expected = logsumexp(weight + log_density, axis=-1)
        elpd, found = smoothed(log_density, efficiency)
        wide = np.sort(np.exp(-log_density), axis=1)[:, [-1, -60]]
        alike = wide[:, 0] < 1.05 * wide[:, 1]
        assert alike.sum() > 50
        # smoothed or not, it is the same to what such draws can tell
        np.testing.assert_allclose(elpd[alike], expected[alike], atol=1e-4)
        np.testing.assert_allclose(found[alike], 0)
        np.testing.assert_allclose(elpd[100:], expected[100:], atol=1e-9)
        np.testing.assert_allclose(found[100:], k[100:], atol=1e-9)
    assert (k > 0.7).any()
    assert (k < 0.5).any()


def test_the_largest_shape_is_an_estimate_even_of_weights_that_are_alike():
    log_density = -0.001 * np.random.default_rng(1).normal(size=(5, 500)) ** 2
    _, expected = array_stats.psislw(log_density, axis=-1)
    _, k = smoothed(log_density)
    assert np.count_nonzero(k) == 1
    widest = np.flatnonzero(k)[0]
    assert k[widest] == pytest.approx(expected[widest])


def test_draws_that_agree_need_no_weights():
    elpd, k = smoothed(np.full((1, 500), -4.5))
    assert elpd[0] == pytest.approx(-4.5)
    assert k[0] == 0


# ---- between nodes


def test_rows_between_nodes_are_those_computed_at_every_score(monkeypatch):
    rows = participants(3000, schools=2, seed=3)
    design = design_of(rows, specification("school_type_income"))
    rng = np.random.default_rng(1)
    given = given_at(design, rng.normal([60] * 4 + [30, 9, 12, 20, 10], 2.0, (400, 9)))
    few = loo.leave_out_participants(given, rows)
    monkeypatch.setattr(nodes, "FEW", 10_000)
    every = loo.leave_out_participants(given, rows)
    for name in ("elpd_loo", "lppd"):
        # a total's standard error is some 30
        assert abs(few[name].sum() - every[name].sum()) < 1e-3 * every[name].std() * 3000**0.5
        assert np.abs(few[name] - every[name]).max() < 1e-3


def test_nodes_are_the_scores_themselves_where_they_are_few():
    kind = np.array([1, 0, 1, 1, 0])
    score = np.array([500.0, 480.0, 470.0, 500.0, 480.0])
    placed = place_nodes(kind, score)
    assert placed.kind.tolist() == [0, 1, 1]
    assert placed.score.tolist() == [480.0, 470.0, 500.0]
    values = np.array([1.0, 2.0, 3.0])
    assert placed.at_participants(values).tolist() == [3.0, 1.0, 2.0, 3.0, 1.0]


def test_between_nodes_lies_the_polynomial_through_them():
    rng = np.random.default_rng(2)
    score = np.concatenate([rng.normal(500, 80, 200), [510.0, 430.0]])
    kind = np.concatenate([np.ones(200, int), [0, 0]])
    order = rng.permutation(202)
    placed = place_nodes(kind[order], score[order])
    assert len(placed.kind) == 2 + nodes.NODES
    ends = placed.score[placed.kind == 1][[0, -1]]
    assert ends == pytest.approx([score[:200].min(), score[:200].max()])

    def quartic(y):
        z = (y - 500) / 100
        return 1 + z - 2 * z**2 + 0.3 * z**3 + 0.1 * z**4

    found = placed.at_participants(quartic(placed.score))
    np.testing.assert_allclose(found, quartic(score[order]), rtol=1e-9)


# ---- rows of participants


@pytest.mark.parametrize("name", FORMULAS)
def test_participants_find_their_rows(name):
    rows, spec = participants(200, seed=9), specification(name)
    design = design_of(rows, spec)
    row = participant_rows(design, rows)
    n = np.bincount(row)
    mean = np.bincount(row, rows["score"]) / n
    np.testing.assert_allclose(mean, design.mean, rtol=1e-12)
    squares = np.bincount(row, (rows["score"] - mean[row]) ** 2)
    np.testing.assert_allclose(squares, design.ss, atol=1e-6)


def test_participants_of_other_sums_are_refused():
    rows = participants(200, seed=9)
    design = design_of(rows, specification("school_type"))
    with pytest.raises(InputError, match="Tabulate again"):
        participant_rows(design, rows.iloc[:-1])


# ---- left out by fitting again


@pytest.mark.parametrize("levels", [BOTH, ()])
def test_a_design_without_somebody_is_the_design_of_the_others(levels):
    rows, spec = participants(40, schools=25, seed=2), specification("school_type", levels)
    design = design_of(rows, spec)
    row = participant_rows(design, rows)
    alone = rows.index[~rows["school"].duplicated(keep=False)]
    assert len(alone)
    for i in [alone[0], 0, 7, 19]:
        found = without_participant(design, row[i], rows["score"][i])
        expected = design_of(rows.drop(index=i), spec)
        scale = scales_at_random(design, 1)
        np.testing.assert_allclose(
            given_at(found, scale).mean, given_at(expected, scale).mean, rtol=1e-7, atol=1e-7
        )
        np.testing.assert_allclose(pack(found, PRIORS)[0], pack(expected, PRIORS)[0])
        pd.testing.assert_frame_equal(found.groups, expected.groups)


def evidence(rows, sigma):
    """Log evidence of a line without levels, by quadrature over sigma."""
    spec = specification("pooled", ())
    found = [
        stats.multivariate_normal(*dense(rows, spec, [s], [])).logpdf(rows["score"]) for s in sigma
    ]
    return logsumexp(np.array(found) + PRIORS["sigma"].log_density(sigma) + np.log(sigma))


def test_an_outlier_is_left_out_as_quadrature_leaves_it_out():
    rows = participants(15, seed=6).reset_index(drop=True)
    rows["score"] = 500 + (rows["score"] - rows["score"].mean()) / 3
    rows.loc[0, "score"] = 690.0
    spec = specification("pooled", ())
    design = design_of(rows, spec)
    settings = SamplerSettings("nutpie", 2000, 300, 4, 0.9, 3)
    tree = fit(design, PRIORS, settings, cores=1)
    values = scale_values(tree["posterior"].to_dataset(), design)
    left = loo.leave_out_participants(given_at(design, values), rows)
    assert left["pareto_k"].idxmax() == 0
    assert left["pareto_k"][0] > 0.7
    many = SamplerSettings("nutpie", 20_000, 300, 4, 0.9, 3)
    again = refit_without(left, rows, design, PRIORS, many, 0.7)
    assert again.index[again["refitted"]].tolist() == [0]
    assert again["pareto_k"].max() <= 0.7
    sigma = np.geomspace(8, 900, 1500)
    exact = evidence(rows, sigma) - evidence(rows.iloc[1:], sigma)
    assert again["elpd_loo"][0] == pytest.approx(exact, abs=0.05)
    assert abs(left["elpd_loo"][0] - exact) > 0.1
    pd.testing.assert_frame_equal(again.iloc[1:, :3], left.iloc[1:])


def test_density_without_somebody_is_that_of_the_dense_gaussian():
    rows, spec = participants(50, seed=3), specification("school_type")
    design = design_of(rows, spec)
    values = scales_at_random(design, 2)
    groups = finest_groups(rows.assign(n=1))[0]
    row = participant_rows(design, rows)[11]
    found = density_without(design, PRIORS, values, row, rows["score"][11])
    exact = [dense_without(rows, spec, value, 4, groups)[0][11] for value in values]
    np.testing.assert_allclose(found, exact, atol=1e-6)


# ---- a gain of levels that others found too


def test_levels_gain_on_real_schools_what_lme4_based_densities_gave(real_state):
    with_levels, without = (real_state.left_out(levels) for levels in (BOTH, ()))
    groups, _ = finest_groups(real_state.rows.assign(n=1))
    gain = with_levels.participants["elpd_loo"] - without.participants["elpd_loo"]
    parts = np.bincount(groups, gain)
    assert parts.sum() == pytest.approx(159, abs=8)
    assert np.sqrt(len(parts)) * parts.std() == pytest.approx(31, abs=3)
    of_groups = with_levels.groups["elpd"] - without.groups["elpd"]
    assert of_groups.sum() == pytest.approx(126, abs=8)
    assert np.sqrt(len(of_groups)) * of_groups.std() == pytest.approx(27, abs=3)


@pytest.fixture(scope="module")
def real_state(shared_microdata):
    rows = read_participants(shared_microdata / "microdados_enem_2019_AC.zip")

    def left_out(levels):
        design = design_of(rows, specification("school_type", levels), INCOME)
        tree = fit(design, PRIORS, SamplerSettings("nutpie", 500, 300, 2, 0.9, 1), cores=1)
        return loo.leave_out_all(tree["posterior"].to_dataset(), design, PRIORS, rows)

    return SimpleNamespace(rows=rows, left_out=left_out)
