import numpy as np
import pytest
from scipy import stats

from enem.models.specification import SPECIFICATIONS
from enem.names import SCORES
from studies.validation import ranks, wider
from studies.validation.mutations import mutated
from studies.validation.setting import SMALL, empty_grid, project_priors, wide_priors
from studies.validation.simulate_wider import (
    draw_correlations,
    draw_covariate_truth,
    draw_joint_truth,
    draw_participants,
    draw_scores,
    draw_state_truth,
    expected,
    log_likelihood,
)

GRID = empty_grid()
ALL_PRIORS = {**project_priors(), **wide_priors()}


def value(array):
    """The only value of an array."""
    return array.to_numpy().item()


@pytest.fixture
def rng():
    return np.random.default_rng(12)


@pytest.fixture
def participants(rng):
    return draw_participants(GRID, SMALL, rng)


def test_small_participants_leave_a_school_type_a_level_and_a_state_empty(participants):
    counts = participants["school_type"].value_counts()
    assert dict(counts) == {name: n for name, n in SMALL.items() if n}
    assert "sem_resposta" not in set(participants["race"])
    assert participants["state"].nunique() < 27
    x = dict(zip(GRID.brackets, GRID.x, strict=True))
    np.testing.assert_array_equal(participants["x"], participants["income_bracket"].map(x))


def test_expected_scores_add_up_what_a_participant_is(participants, rng):
    spec = SPECIFICATIONS["school_type_income"]
    truth = draw_covariate_truth(spec, GRID, ALL_PRIORS, participants, rng)
    found = expected(truth, participants).to_numpy()[0, 0]
    for place in (0, 20, 157):
        one = participants.iloc[place]
        group = {"school_type": one["school_type"]}
        line = [value(truth[f"{n}_school_type"].sel(group)) for n in ("intercept", "slope")]
        parts = [
            value(truth["deviation"].sel(group | {"income_bracket": one["income_bracket"]})),
            value(truth["effect_sex"].sel(sex=one["sex"])),
            value(truth["effect_race"].sel(race=one["race"])),
        ]
        assert found[place] == pytest.approx(line[0] + line[1] * one["x"] + sum(parts))
    # effects are told around their mean over the participants
    for name in ("sex", "race"):
        values = truth[f"effect_{name}"].to_series().droplevel(["chain", "draw"])
        assert participants[name].map(values).mean() == pytest.approx(0, abs=1e-9)


def test_lines_of_states_are_those_of_their_school_type_and_more(participants, rng):
    truth = draw_state_truth(GRID, ALL_PRIORS, rng)
    found = expected(truth, participants).to_numpy()[0, 0]
    one = participants.iloc[50]
    place = {"state": one["state"], "school_type": one["school_type"]}
    line = [value(truth[f"{n}_state_school_type"].sel(place)) for n in ("intercept", "slope")]
    cell = {"school_type": one["school_type"], "income_bracket": one["income_bracket"]}
    deviation = value(truth["deviation"].sel(cell))
    assert found[50] == pytest.approx(line[0] + line[1] * one["x"] + deviation)


def test_correlations_follow_the_lkj_distribution(rng):
    matrices = draw_correlations(2.0, 1000, rng)
    b = 2.0 + (len(SCORES) - 2) / 2  # each correlation alone is Beta(b, b) on (-1, 1)
    one = stats.beta(b, b, loc=-1, scale=2)
    for i, j in ((0, 1), (0, 4), (2, 3)):
        assert stats.kstest(matrices[:, i, j], one.cdf).pvalue > 1e-3


def test_the_likelihood_is_that_of_rows(participants, rng):
    spec = SPECIFICATIONS["income"]
    truth = draw_covariate_truth(spec, GRID, ALL_PRIORS, participants, rng)
    scores = draw_scores(truth, participants, rng)
    mean = expected(truth, participants).to_numpy()[0, 0]
    exact = stats.norm.logpdf(scores, mean, value(truth["sigma"])).sum()
    constant = -len(scores) * np.log(2 * np.pi) / 2
    found = log_likelihood(truth, participants, scores)
    assert value(found) + constant == pytest.approx(exact)


def test_the_likelihood_of_all_scores_is_multivariate(participants, rng):
    correlation = draw_correlations(2.0, 1, rng)[0]
    truth = draw_joint_truth(GRID, ALL_PRIORS, correlation, rng)
    scores = draw_scores(truth, participants, rng)
    assert scores.shape == (len(participants), len(SCORES))
    mean = expected(truth, participants).transpose("chain", "draw", "participant", "outcome")
    total = 0.0
    for place, school_type in enumerate(participants["school_type"]):
        sigma = truth["sigma"].sel(school_type=school_type).to_numpy().ravel()
        covariance = correlation * np.outer(sigma, sigma)
        at = mean.to_numpy()[0, 0, place]
        total += stats.multivariate_normal.logpdf(scores[place], at, covariance)
    # the constant of five outcomes is in both
    assert value(log_likelihood(truth, participants, scores)) == pytest.approx(total)


def test_cells_hold_every_participant(participants, rng):
    scores = rng.normal(500, 90, len(participants))
    cells = wider.cells_of(participants, scores)
    assert cells["n"].sum() == len(participants)
    total = (cells["ss"] + cells["n"] * cells["mean"] ** 2).sum()
    assert total == pytest.approx((scores**2).sum())
    assert (cells.loc[cells["n"] == 1, "ss"] == 0).all()


def test_ranks_of_a_wider_model_and_a_wrong_sign():
    run = ("covariates_income", 30)
    right = wider.simulate_wider_ranks(*run, np.random.default_rng(4))
    assert {"effect_sex[F]", "effect_race[indigena]", "tau_race"} <= set(right.ranks)
    assert right.divergences == 0
    assert ranks.verdicts({run[0]: right})["passed"].all()
    with mutated("wrong_sign"):
        wrong = wider.simulate_wider_ranks(*run, np.random.default_rng(4))
    table = ranks.verdicts({run[0]: wrong}).set_index("quantity")
    assert not table.loc["slope", "passed"]
