import numpy as np
import pandas as pd
import pytest

from enem.mixed.priors import Prior
from enem.mixed.settings import SamplerSettings
from enem.names import SCORES
from enem.several.joint import complete_joint, correlation_table, joint_model, joint_moments
from enem.several.sample import sample
from enem.tabulate.population import PopulationSettings
from grids import PRIORS

LETTERS = tuple("ABCDEFGHIJKLMNOPQ")
X = np.linspace(-3.0, 3.6, len(LETTERS))
INCOME = pd.DataFrame({"income_bracket": LETTERS, "x": X})
CORRELATION = np.full((5, 5), 0.5) + 0.5 * np.eye(5)
CORRELATION[0, 1] = CORRELATION[1, 0] = 0.3
SETTINGS = PopulationSettings("AC", "exam", "enrolled", "exclude", "exclude", "keep")


@pytest.fixture(scope="module")
def participants():
    rng, n = np.random.default_rng(8), 3000
    bracket, private = rng.integers(0, 17, n), rng.random(n) < 0.3
    sigma = np.array([60, 70, 55, 90, 120])
    errors = rng.standard_normal((n, 5)) @ np.linalg.cholesky(CORRELATION).T * sigma
    line = np.where(private, 560, 500) + 15 * X[bracket]
    table = pd.DataFrame(line[:, None] + errors, columns=list(SCORES))
    return table.assign(
        school_type=np.where(private, "privada", "estadual"),
        income_bracket=np.array(LETTERS)[bracket],
        is_trainee=False,
        **{f"presence_{area}": 1 for area in ("CN", "CH", "LC", "MT")},
    )


def test_moments_are_the_scatter_of_all_scores(participants):
    moments = joint_moments(participants, SETTINGS, INCOME)
    scores = participants[list(SCORES)].to_numpy()
    centred = scores - scores.mean(axis=0)
    np.testing.assert_allclose(moments.yy.sum(axis=0), centred.T @ centred, rtol=1e-10)
    assert moments.n.tolist() == [
        0,
        (participants["school_type"] == "estadual").sum(),
        0,
        (participants["school_type"] == "privada").sum(),
    ]


def test_recovery_of_the_correlations(participants):
    moments = joint_moments(participants, SETTINGS, INCOME)
    model = joint_model(moments, PRIORS | {"correlation": Prior("lkj", {"eta": 2.0})})
    sampled = sample(model, SamplerSettings("nutpie", 150, 200, 4, 0.95, 2), 1)
    tree = complete_joint(sampled, model, np.random.default_rng(2))
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    posterior = tree["posterior"].to_dataset()
    table = correlation_table(posterior, moments, 0.9)
    assert len(table) == 10
    observed = participants[list(SCORES)].corr()
    residuals = participants[list(SCORES)].copy()
    for _, rows in participants.groupby("school_type"):
        x = rows["income_bracket"].map(dict(zip(LETTERS, X, strict=True)))
        for score in SCORES:
            fitted = np.polyval(np.polyfit(x, rows[score], 1), x)
            residuals.loc[rows.index, score] = rows[score] - fitted
    left = residuals.corr()
    for row in table.itertuples():
        pair = row.outcome, row.other_outcome
        truth = CORRELATION[SCORES.index(pair[0]), SCORES.index(pair[1])]
        assert row.observed == pytest.approx(observed.loc[pair])
        assert row.mean == pytest.approx(left.loc[pair], abs=0.01)
        assert abs(row.mean - truth) < 4 * row.sd
        assert row.observed > row.mean
    slope = posterior["slope_school_type"].sel(school_type="privada", outcome="MT")
    assert float(slope.mean()) == pytest.approx(15.0, abs=4 * float(slope.std()))
