"""Draws of mixed models against closed forms, dense conditioning and PyMC with explicit effects."""

import json

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from enem.mixed.draw import draw_effects
from enem.mixed.fit import fit
from enem.mixed.formula import parse_formula
from enem.mixed.packing import pack
from enem.mixed.priors import Prior
from enem.mixed.rows import coefficient_values
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import Specification
from enem.netcdf import read_tree, write_tree
from mixed_fixtures import (
    FORMULAS,
    INCOME,
    PRIORS,
    SCHOOL_TYPES,
    design_of,
    participants,
    specification,
)
from test_mixed_density import dense

SETTINGS = SamplerSettings("nutpie", 500, 300, 4, 0.9, 3)


@pytest.fixture(scope="module")
def rows():
    return participants(600, 40, seed=4)


@pytest.fixture(scope="module")
def fitted(rows):
    return fit(design_of(rows, specification("school_type")), PRIORS, SETTINGS, 2)


def test_vague_priors_make_the_textbook_regression_least_squares(rows):
    vague = PRIORS | {name: Prior("normal", {"mean": 0.0, "sd": 1e4}) for name in ("slope",)}
    vague |= {"intercept": Prior("normal", {"mean": 500.0, "sd": 1e4})}
    vague |= {"sigma": Prior("log_normal", {"median": 60.0, "log_sd": 5.0})}
    tree = fit(design_of(rows, specification("pooled", ())), vague, SETTINGS, 2)
    x = rows["income_bracket"].map(INCOME.set_index("income_bracket")["x"])
    found = sm.OLS(rows["score"], sm.add_constant(x.to_numpy())).fit()
    posterior = tree["posterior"].to_dataset()
    for k, name in enumerate(("intercept", "slope")):
        draws = posterior[name].to_numpy().ravel()
        assert draws.mean() == pytest.approx(found.params.iloc[k], abs=0.1 * found.bse.iloc[k])
        assert draws.std() == pytest.approx(found.bse.iloc[k], rel=0.05)
        quantile = (draws < found.params.iloc[k] + found.bse.iloc[k]).mean()
        assert quantile == pytest.approx(stats.t.cdf(1, found.df_resid), abs=0.02)


def dense_conditional(rows, spec, sigma, tau):
    """Mean and covariance of the rows' expected scores given their scores, from dense matrices."""
    mean, covariance = dense(rows, spec, sigma, tau)
    of = dict(zip(SCHOOL_TYPES, sigma, strict=False))
    each = rows["school_type"].map(of) if spec.by_school_type else np.full(len(rows), sigma[0])
    signal = covariance - np.diag(np.asarray(each, float) ** 2)
    gain = signal @ np.linalg.inv(covariance)
    return mean + gain @ (rows["score"] - mean), signal - gain @ signal


@pytest.mark.parametrize("name", sorted(set(FORMULAS) - {"pooled"}))
def test_draws_given_scales_are_dense_conditioning_on_the_rows(name):
    rows, spec = participants(120, 15, seed=6), specification(name)
    design = design_of(rows, spec)
    rng = np.random.default_rng(2)
    sigma = rng.uniform(50, 80, len(design.sigma_labels))
    tau = rng.uniform(8, 30, len(spec.scales))
    values = np.tile(np.concatenate([sigma, tau]), (20_000, 1))
    effects = draw_effects(values, design, PRIORS, pack(design, PRIORS), rng)
    line = effects.coefficients @ design.patterns.T
    of_leaf = effects.leaf + effects.municipality[:, design.leaf_municipality]
    expected = line[:, design.pattern] + of_leaf[:, design.leaf]
    mean, covariance = dense_conditional(rows, spec, sigma, tau)
    names = design.groups["school"].to_numpy()
    for leaf in (None, 0, 1, 2, 3):
        mine = np.ones(len(rows)) if leaf is None else (rows["school"] == names[leaf]).to_numpy()
        here = np.ones(len(design.n), bool) if leaf is None else design.leaf == leaf
        found = (expected[:, here] * design.n[here]).sum(axis=1) / design.n[here].sum()
        share = mine / mine.sum()
        sd = np.sqrt(share @ covariance @ share)
        assert found.mean() == pytest.approx(share @ mean, abs=4 * sd / np.sqrt(len(found)))
        assert found.std() == pytest.approx(sd, rel=0.03)


def test_the_same_seed_gives_the_same_draws_on_any_number_of_cores(rows, fitted):
    again = fit(design_of(rows, specification("school_type")), PRIORS, SETTINGS, 1)
    for group in ("posterior", "expected", "levels"):
        for name, values in fitted[group].data_vars.items():
            np.testing.assert_array_equal(values.to_numpy(), again[group][name].to_numpy())


def test_chains_differ_and_agree(fitted):
    import arviz_stats as azs

    summary = azs.summary(fitted["posterior"].to_dataset(), round_to="none")
    assert summary["r_hat"].max() < 1.01
    assert summary["ess_bulk"].min() > 400
    assert int(fitted["sample_stats"]["diverging"].sum()) == 0
    first = fitted["posterior"]["tau_school"].isel(draw=0)
    assert len(np.unique(first)) == len(first)


def test_names_are_those_of_the_tables(fitted):
    posterior = fitted["posterior"].to_dataset()
    scales = ["tau_intercept", "tau_slope", "tau_municipality", "tau_school"]
    lines = ["intercept", "slope", "intercept_school_type", "slope_school_type"]
    assert list(posterior) == [*scales, "sigma", *lines]
    assert posterior["sigma"].dims == ("chain", "draw", "school_type")
    assert set(fitted["levels"].data_vars) >= {"municipality", "school"}
    assert fitted["levels"]["school"].dims == ("sample", "group")


def test_a_factor_of_the_common_part_may_vary_with_another(rows):
    """Its common coefficients have no reference level; the combinations have every level."""
    formula = parse_formula("score ~ income + sex + (1 | sex:race)", "formulas.mine")
    spec = Specification("mine", formula, ())
    design = design_of(rows, spec)
    tree = fit(design, PRIORS, SETTINGS, 2)
    posterior = tree["posterior"].to_dataset()
    assert posterior["sex"]["sex_level"].to_numpy().tolist() == ["F", "sem_resposta"]
    assert posterior["sex_race"].dims == ("chain", "draw", "sex_all", "race_level")
    here = rows[(rows["school_type"] == "privada") & (rows["income_bracket"] == "C")]
    x = INCOME.set_index("income_bracket")["x"]["C"]
    expected = 0.0
    for sex, race in zip(here["sex"], here["race"], strict=True):
        own = posterior["sex_race"].sel(sex_all=sex, race_level=race)
        own = own + (0.0 if sex == "M" else posterior["sex"].sel(sex_level=sex))
        expected = expected + (posterior["intercept"] + posterior["slope"] * x + own) / len(here)
    cell = tree["expected"]["these_schools"].sel(school_type="privada", income_bracket="C")
    np.testing.assert_allclose(cell.to_numpy(), expected.to_numpy(), rtol=1e-12)
    line = coefficient_values(posterior, design) @ design.patterns.T
    of_rows = design.n * (design.cell == 3 * len(INCOME) + 2)
    line = line[:, design.pattern] @ of_rows / of_rows.sum()
    np.testing.assert_allclose(line, expected.to_numpy().ravel(), rtol=1e-12)


def test_the_file_holds_draws_cells_and_provenance(fitted, tmp_path):
    path = tmp_path / "posterior.nc"
    write_tree(fitted, path, {"formula": "score ~ income", "levels": ["school"]})
    again = read_tree(path)
    assert again.attrs["formula"] == "score ~ income"
    assert json.loads(again.attrs["levels"]) == ["school"]
    for group in ("posterior", "expected", "levels", "sample_stats", "observed_data"):
        for name, values in fitted[group].data_vars.items():
            np.testing.assert_array_equal(values.to_numpy(), again[group][name].to_numpy())


@pytest.mark.parametrize("size", [12, 30, 80, 400])
@pytest.mark.parametrize("seed", range(3))
def test_no_chain_stands_still(size, seed):
    """Few participants, empty school types and schools of one participant included."""
    rows = participants(size, max(6, size // 4), seed=seed)
    settings = SamplerSettings("nutpie", 100, 200, 4, 0.9, seed)
    tree = fit(design_of(rows, specification("school_type")), PRIORS, settings, 1)
    draws = tree["posterior"]["sigma"].to_numpy().reshape(4, 100, -1)
    assert (np.ptp(draws, axis=1) > 0).all()
    assert int(tree["sample_stats"]["diverging"].sum()) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["school_type", "covariates", "income"])
def test_pymc_with_explicit_effects_has_the_same_posterior(rows, name):
    design = design_of(rows, specification(name))
    own = fit(design, PRIORS, SETTINGS, 2)["posterior"].to_dataset()
    engine = SamplerSettings("pymc", 1500, 1500, 4, 0.97, 5)
    theirs = fit(design, PRIORS, engine, 2)["posterior"].to_dataset()
    for variable in own:
        mean, sd = (
            theirs[variable].mean(("chain", "draw")),
            theirs[variable].std(("chain", "draw")),
        )
        apart = np.abs(own[variable].mean(("chain", "draw")) - mean) / sd
        assert float(apart.max()) < 0.15, variable
