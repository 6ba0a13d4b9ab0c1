import numpy as np
import pymc as pm
import pytest
from scipy import stats

from enem.errors import InputError
from enem.mixed.priors import Prior, parse_priors


class HalfStudentT(stats.rv_continuous):
    """|T| from the density of Student's t alone; moments and cdf by quadrature."""

    def _pdf(self, x, df):
        return 2 * stats.t.pdf(x, df)

    def _cdf(self, x, df):
        return 2 * stats.t.cdf(x, df) - 1


CASES = {
    "normal": Prior("normal", {"mean": 480.0, "sd": 90.0}),
    "half_normal": Prior("half_normal", {"sd": 35.0}),
    "half_student_t": Prior("half_student_t", {"df": 5.0, "scale": 30.0}),
    "log_normal": Prior("log_normal", {"median": 90.0, "log_sd": 0.6}),
}
SCIPY = {
    "normal": stats.norm(480, 90),
    "half_normal": stats.halfnorm(scale=35),
    "half_student_t": HalfStudentT(a=0.0)(5.0, scale=30),
    "log_normal": stats.lognorm(0.6, scale=90),
}
# arrays: PyTensor would keep a Python float that single precision can hold in single precision
PYMC = {
    "normal": pm.Normal.dist(np.array(480.0), np.array(90.0)),
    "half_normal": pm.HalfNormal.dist(np.array(35.0)),
    "half_student_t": pm.HalfStudentT.dist(nu=np.array(5.0), sigma=np.array(30.0)),
    "log_normal": pm.LogNormal.dist(np.log(90.0), 0.6),
}
POINTS = np.array([0.5, 3.0, 30.0, 90.0, 250.0, 700.0])


@pytest.mark.parametrize("family", CASES)
def test_log_densities_are_scipys(family):
    expected = SCIPY[family].logpdf(POINTS)
    np.testing.assert_allclose(CASES[family].log_density(POINTS), expected, rtol=1e-12)


@pytest.mark.parametrize("family", CASES)
def test_log_densities_are_pymcs(family):
    expected = pm.logp(PYMC[family], POINTS).eval(mode="FAST_COMPILE")
    found = CASES[family].log_density(POINTS)
    # PyMC keeps a normalising constant of the half Student t in single precision
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    np.testing.assert_allclose(np.diff(found), np.diff(expected), rtol=1e-11)


@pytest.mark.parametrize("family", CASES)
def test_complex_steps_through_a_prior_are_its_derivative(family):
    density = CASES[family].log_density
    found = density(POINTS + 1e-30j).imag / 1e-30
    rise = density(POINTS * (1 + 1e-6)) - density(POINTS * (1 - 1e-6))
    np.testing.assert_allclose(found, rise / (2e-6 * POINTS), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("family", CASES)
def test_draws_follow_the_distribution(family):
    draws = CASES[family].draw(np.random.default_rng(3), 40_000)
    assert stats.kstest(draws, SCIPY[family].cdf).pvalue > 0.01
    mean, variance = SCIPY[family].stats("mv")
    assert abs(draws.mean() - mean) < 4 * np.sqrt(variance / len(draws))
    assert draws.var() == pytest.approx(variance, rel=0.06)


@pytest.mark.parametrize("family", CASES)
def test_draws_have_the_wanted_shape(family):
    assert CASES[family].draw(np.random.default_rng(3), (2, 5)).shape == (2, 5)


def test_only_the_log_normal_vanishes_at_zero():
    at_zero = {family: np.exp(CASES[family].log_density(1e-200)) for family in CASES}
    for family, density in at_zero.items():
        assert CASES[family].vanishes_at_zero == (density == 0)


def test_config_settings_become_priors():
    parsed = parse_priors(
        {
            "slope": {"family": "normal", "mean": -3, "sd": 50, "reason": "why"},
            "sigma": {"family": "log_normal", "median": 90, "log_sd": 0.6, "reason": "why"},
        }
    )
    assert parsed["slope"] == Prior("normal", {"mean": -3.0, "sd": 50.0})
    assert parsed["sigma"] == Prior("log_normal", {"median": 90.0, "log_sd": 0.6})


REFUSALS = {
    "scale family for a location": (
        {"slope": {"family": "half_normal", "sd": 5}},
        "config key priors.slope.family is 'half_normal', but slope takes any real number: "
        "use one of normal. Did you mean normal?",
    ),
    "location family for a scale": (
        {"tau_cell": {"family": "normal", "mean": 0, "sd": 5}},
        "config key priors.tau_cell.family is 'normal', but tau_cell takes positive numbers only: "
        "use one of half_normal, half_student_t, log_normal. Did you mean log_normal?",
    ),
    "misspelt family": (
        {"sigma": {"family": "lognormal", "median": 90, "log_sd": 1}},
        "config key priors.sigma.family is 'lognormal', but sigma takes positive numbers only: "
        "use one of half_normal, half_student_t, log_normal. Did you mean log_normal?",
    ),
    "no family": (
        {"intercept": {"mean": 500, "sd": 100}},
        "config key priors.intercept.family is None, but intercept takes any real number: "
        "use one of normal.",
    ),
    "missing number": (
        {"sigma": {"family": "log_normal", "median": 90}},
        "config key priors.sigma of family log_normal needs exactly median, log_sd "
        "(and a reason), but has median.",
    ),
    "no number": (
        {"sigma": {"family": "half_normal", "reason": "none"}},
        "config key priors.sigma of family half_normal needs exactly sd (and a reason), "
        "but has none.",
    ),
    "unknown number": (
        {"tau_slope": {"family": "half_normal", "sd": 5, "scale": 5}},
        "config key priors.tau_slope of family half_normal needs exactly sd (and a reason), "
        "but has sd, scale.",
    ),
    "zero sd": (
        {"slope": {"family": "normal", "mean": 0, "sd": 0}},
        "config key priors.slope.sd is 0, but must be a positive number of ENEM points.",
    ),
    "negative median": (
        {"sigma": {"family": "log_normal", "median": -90, "log_sd": 1}},
        "config key priors.sigma.median is -90, but must be a positive number of ENEM points.",
    ),
    "negative log_sd": (
        {"sigma": {"family": "log_normal", "median": 90, "log_sd": -1}},
        "config key priors.sigma.log_sd is -1, but must be a positive number.",
    ),
    "zero df": (
        {"tau_slope": {"family": "half_student_t", "df": 0, "scale": 5}},
        "config key priors.tau_slope.df is 0, but must be a positive number.",
    ),
    "infinite mean": (
        {"slope": {"family": "normal", "mean": float("inf"), "sd": 5}},
        "config key priors.slope.mean is inf, but must be a finite number of ENEM points.",
    ),
    "infinite sd": (
        {"slope": {"family": "normal", "mean": 0, "sd": float("inf")}},
        "config key priors.slope.sd is inf, but must be a positive number of ENEM points. "
        "An infinite one would be a flat prior, which is not proper.",
    ),
    "flat": (
        {"tau_slope": {"family": "flat"}},
        "config key priors.tau_slope.family is 'flat', but the model needs a proper prior: group "
        "effects are integrated out, and small groups have nothing else to lean on. Use one of "
        "half_normal, half_student_t, log_normal, with a scale far beyond what is plausible if it "
        "is to say little.",
    ),
    "negative sd": (
        {"tau_cell": {"family": "half_normal", "sd": -5}},
        "config key priors.tau_cell.sd is -5, but must be a positive number of ENEM points.",
    ),
    "nan scale": (
        {"tau_slope": {"family": "half_student_t", "df": 3, "scale": float("nan")}},
        "config key priors.tau_slope.scale is nan, but must be a positive number of ENEM points.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_say_key_value_and_remedy(case):
    settings, message = REFUSALS[case]
    with pytest.raises(InputError) as refusal:
        parse_priors(settings)
    assert str(refusal.value) == message
