import numpy as np
import pytest
from scipy import stats

from enem.names import SCORES
from studies.validation.joint import draw_people, joint
from studies.validation.setting import project_priors
from studies.validation.simulate import expected_scores
from studies.validation.simulate_joint import (
    draw_correlations,
    draw_joint_truth,
    draw_scores,
    joint_log_likelihood,
)


@pytest.fixture
def rng():
    return np.random.default_rng(12)


def test_correlations_follow_the_lkj_distribution(rng):
    matrices = draw_correlations(2.0, 1000, rng)
    b = 2.0 + (len(SCORES) - 2) / 2  # each correlation alone is Beta(b, b) on (-1, 1)
    one = stats.beta(b, b, loc=-1, scale=2)
    for i, j in ((0, 1), (0, 4), (2, 3)):
        assert stats.kstest(matrices[:, i, j], one.cdf).pvalue > 1e-3


def test_the_likelihood_of_all_scores_is_multivariate(rng):
    people = draw_people(rng)
    correlation, *_ = correlations = draw_correlations(2.0, 3, rng)
    truth = draw_joint_truth(people, project_priors(), correlations, rng)
    scores = draw_scores(truth, people, rng)
    assert scores.shape == (len(people), len(SCORES))
    mean = expected_scores(truth, people).to_numpy()[0, 0]
    total = 0.0
    for place, school_type in enumerate(people["school_type"]):
        sigma = truth["sigma"].sel(school_type=school_type).to_numpy().ravel()
        covariance = correlation * np.outer(sigma, sigma)
        total += stats.multivariate_normal.logpdf(scores[place], mean[place], covariance)
    # the constant of five outcomes is in both
    assert joint_log_likelihood(truth, people, scores).item() == pytest.approx(total)


def test_truths_of_all_scores_are_ranked():
    study = joint(3)
    table = study.tables["joint"]
    assert {"correlation[CN-MT]", "tau_slope[LC]", "tau_school[MT]", "log likelihood"} < set(
        table["quantity"]
    )
    assert study.checks[-1].value == 0
    assert len(study.tables["joint_ranks_joint"]) == 3
