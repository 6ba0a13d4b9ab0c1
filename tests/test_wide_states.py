import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import multivariate_normal

from enem.fit.settings import SamplerSettings
from enem.models.parameters import parameter_draws
from enem.models.priors import Prior
from enem.names import SCHOOL_TYPES, STATES
from enem.tabulate.population import PopulationSettings
from enem.wide.blocks import scale_of_columns
from enem.wide.likelihood import errors_of, log_marginal_likelihood
from enem.wide.moments import design_matrix
from enem.wide.sample import sample
from enem.wide.state_effects import state_effects_table
from enem.wide.states import SCALES, cells_by_state, complete_states, state_model
from grids import PRIORS
from wide_truth import INCOME, LETTERS, SHARE_OF_TYPE, SIGMA, X, country

WIDE = {
    "two_levels": Prior("normal", {"mean": 0.0, "sd": 35.0}),
    "tau_state": Prior("half_normal", {"sd": 25.0}),
    "tau_state_slope": Prior("half_normal", {"sd": 10.0}),
}
SETTINGS = PopulationSettings("BR", "exam", "enrolled", "exclude", "exclude", "keep")


@pytest.fixture(scope="module")
def participants():
    rng, n = np.random.default_rng(2), 250
    bracket = rng.integers(0, 17, n)
    state = rng.choice(STATES, n)
    return pd.DataFrame(
        {
            "state_exam": state,
            "school_type": rng.choice(SCHOOL_TYPES, n, p=SHARE_OF_TYPE),
            "income_bracket": np.array(LETTERS)[bracket],
            "is_trainee": False,
            "presence_MT": 1,
            "MT": 500 + 15 * X[bracket] + rng.normal(0, 70, n),
        }
    )


def test_cells_by_state_are_those_of_the_rows(participants):
    cells = cells_by_state(participants, SETTINGS, "MT")
    assert cells["n"].sum() == len(participants)
    for row in cells.sample(20, random_state=1).itertuples():
        mine = participants[
            (participants["state_exam"] == row.state)
            & (participants["school_type"] == row.school_type)
            & (participants["income_bracket"] == row.income_bracket)
        ]["MT"]
        assert row.n == len(mine)
        assert row.mean == pytest.approx(mine.mean())
        assert row.ss == pytest.approx(((mine - mine.mean()) ** 2).sum(), abs=1e-6)


def test_a_missing_state_stays_in_the_cells(participants):
    unknown = participants.assign(state_exam=participants["state_exam"].where(lambda s: s != "SP"))
    cells = cells_by_state(unknown, SETTINGS, "MT")
    assert cells["n"].sum() == len(participants)
    assert cells.loc[cells["state"].isna(), "n"].sum() == unknown["state_exam"].isna().sum()
    model = state_model(cells, INCOME, SCHOOL_TYPES, PRIORS, WIDE)
    assert model.moments.n.sum() == len(participants)


def test_likelihood_is_the_density_of_the_rows(participants):
    """Every line and deviation written out row by row."""
    cells = cells_by_state(participants, SETTINGS, "MT")
    model = state_model(cells, INCOME, SCHOOL_TYPES, PRIORS, WIDE)
    tau = dict(zip(SCALES, (30.0, 6.0, 20.0, 4.0, 9.0, 2.0, 5.0), strict=True))
    known = {**tau, "intercept": 100.0, "slope": 50.0}
    x = participants["income_bracket"].map(dict(zip(LETTERS, X, strict=True))).to_numpy()
    line = np.outer(x, x)
    group, state = participants["school_type"], participants["state_exam"]
    same_group = np.equal.outer(group.to_numpy(), group.to_numpy())
    same_state = np.equal.outer(state.to_numpy(), state.to_numpy())
    bracket = participants["income_bracket"].to_numpy()
    both, cell = same_group & same_state, same_group & np.equal.outer(bracket, bracket)

    covariance = known["intercept"] ** 2 + known["slope"] ** 2 * line + 0.0
    for same, name in (
        (same_group, ""),
        (same_state, "_state"),
        (both, "_state_school_type"),
    ):
        intercept, slope = tau[f"tau_intercept{name}"], tau[f"tau_slope{name}"]
        covariance = covariance + same * (intercept**2 + slope**2 * line)
    covariance = covariance + cell * tau["tau_cell"] ** 2
    sigma = group.map(dict(zip(SCHOOL_TYPES, SIGMA, strict=True))).to_numpy()
    covariance = covariance + np.diag(sigma**2)
    expected = multivariate_normal(np.full(len(x), 500.0), covariance).logpdf(participants["MT"])
    scale = np.array([known[name] for name in scale_of_columns(model.moments.blocks)])[:, None]
    value = log_marginal_likelihood(model.data, errors_of(SIGMA[:, None]), scale)
    assert float(value) == pytest.approx(expected, abs=1e-8)
    design = design_matrix(participants.assign(x=x, state=state), model.moments.blocks)
    assert design.shape[1] == 73 + 56


def fit(cells, draws):
    model = state_model(cells, INCOME, SCHOOL_TYPES, PRIORS, WIDE)
    sampled = sample(model, SamplerSettings("nutpie", draws, draws, 4, 0.95, 3), 1)
    return complete_states(sampled, model, np.random.default_rng(3))


def test_every_parameter_has_a_name_of_its_own():
    cells, _, _ = country(np.random.default_rng(6), 3_000)
    posterior = fit(cells, 150)["posterior"].to_dataset()
    names = parameter_draws(posterior)["parameter"].to_series()
    assert names.is_unique
    assert {"tau_intercept_state", "tau_intercept_state_school_type"} <= set(names)
    assert {"slope_state[AC]", "slope_state[AC, privada]"} <= set(names)


def test_effects_of_states_are_weighted_alike():
    """A posterior of one draw, whose lines are known."""
    cells, intercept, slope = country(np.random.default_rng(4), 50_000)
    dims = ("chain", "draw", "state", "school_type")
    posterior = xr.Dataset(
        {
            "intercept_state_school_type": (dims, intercept[None, None]),
            "slope_state_school_type": (dims, slope[None, None]),
            "deviation": (
                ("chain", "draw", "school_type", "income_bracket"),
                np.zeros((1, 1, 4, 17)),
            ),
        },
        {"state": list(STATES), "school_type": list(SCHOOL_TYPES)},
    )
    posterior = xr.concat([posterior, posterior], "draw")
    table = state_effects_table(posterior, cells, INCOME, 0.9).set_index(["effect", "group"])
    of_type = cells.groupby("school_type")["n"].sum()[list(SCHOOL_TYPES)].to_numpy()
    expected = slope @ of_type / of_type.sum()
    np.testing.assert_allclose(table.loc["income_doubling", "mean"], expected)
    private = cells[cells["school_type"] == "privada"]
    x = private["income_bracket"].map(INCOME.set_index("income_bracket")["x"])
    mean_x = np.average(x, weights=private["n"])
    lines = intercept + slope * mean_x
    public = lines[:, :3] @ of_type[:3] / of_type[:3].sum()
    gap = table.loc["gap_at_equal_income"]
    np.testing.assert_allclose(gap["mean"], lines[:, 3] - public)
    assert gap["n"].sum() == 50_000
    assert gap["n_private"].sum() == private["n"].sum()


@pytest.mark.slow
def test_recovery_of_the_states():
    cells, intercept, slope = country(np.random.default_rng(5), 1_400_000)
    tree = fit(cells, 250)
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    posterior = tree["posterior"].to_dataset()
    inside = []
    for name, truth in (("intercept", intercept), ("slope", slope)):
        draws = posterior[f"{name}_state_school_type"]
        low, high = draws.quantile([0.05, 0.95], ("chain", "draw")).to_numpy()
        inside.append((low < truth) & (truth < high))
    # 216 intervals of 90%, correlated within a state
    assert 0.83 < np.mean(inside) < 0.97
