"""The five scores together, from participants to the table of correlations."""

import numpy as np
import pandas as pd
import pytest

from ac_rows import INCOME as AC_INCOME
from ac_rows import read_five_scores
from enem.check.summary import summarise
from enem.compare.correlations import correlation_table
from enem.mixed.fit import fit
from enem.mixed.priors import Prior
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import five_scores
from enem.mixed.tables import Tables
from enem.names import SCHOOL_TYPES, SCORES
from enem.tabulate.sums import collapse_to_sums
from mixed_fixtures import PRIORS

LETTERS = tuple("ABCDEFGHIJKLMNOPQ")
X = np.linspace(-3.0, 3.6, len(LETTERS))
INCOME = pd.DataFrame({"income_bracket": LETTERS, "x": X})
CORRELATION = np.full((5, 5), 0.5) + 0.5 * np.eye(5)
CORRELATION[0, 1] = CORRELATION[1, 0] = 0.3
TOGETHER = PRIORS | {"correlation": Prior("lkj", {"eta": 2.0})}


def made_participants(rows=3000, schools=60):
    """Schools of one type in municipalities; good schools are good in every score."""
    rng = np.random.default_rng(8)
    school, bracket = rng.integers(0, schools, rows), rng.integers(0, 17, rows)
    private = (school % 10) < 3
    sigma = np.array([60, 70, 55, 90, 120])
    errors = rng.standard_normal((rows, 5)) @ np.linalg.cholesky(CORRELATION).T * sigma
    effects = rng.normal(0, 35, (schools, 1)) + rng.normal(0, 20, (schools, 5))
    line = np.where(private, 560, 500) + 15 * X[bracket]
    table = pd.DataFrame(line[:, None] + effects[school] + errors, columns=list(SCORES))
    return table.assign(
        school=school.astype(str),
        municipality=(school // 3).astype(str),
        school_type=np.where(private, "privada", "estadual"),
        income_bracket=np.array(LETTERS)[bracket],
    )


def fitted(participants, income, settings):
    sums = collapse_to_sums(participants, (), SCORES)
    spec = five_scores(("municipality", "school"))
    design = Tables(sums, income, {"school_type": SCHOOL_TYPES}).design(spec)
    return design, fit(design, TOGETHER, settings, 2)


def within_schools(participants, income):
    """Correlation of residuals from least squares with schools, in units of their type's sd."""
    x = participants["income_bracket"].map(income.set_index("income_bracket")["x"])
    left = pd.DataFrame(index=participants.index, columns=list(SCORES), dtype=float)
    for _, rows in participants.groupby("school_type"):
        for score in SCORES:
            centred, away = (
                values - values.groupby(rows["school"]).transform("mean")
                for values in (x[rows.index], rows[score])
            )
            residual = away - centred * (centred @ away) / (centred @ centred)
            left.loc[rows.index, score] = residual / residual.std()
    return left.corr()


@pytest.fixture(scope="module")
def made():
    participants = made_participants()
    settings = SamplerSettings("nutpie", 150, 200, 4, 0.95, 2)
    return participants, *fitted(participants, INCOME, settings)


def test_recovery_of_the_correlations_within_schools(made):
    participants, design, tree = made
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    table = correlation_table(tree["posterior"].to_dataset(), design, 0.9)
    assert len(table) == 10
    observed = participants[list(SCORES)].corr()
    left = within_schools(participants, INCOME)
    for row in table.itertuples():
        pair = row.outcome, row.other_outcome
        truth = CORRELATION[SCORES.index(pair[0]), SCORES.index(pair[1])]
        assert row.observed == pytest.approx(observed.loc[pair])
        assert row.mean == pytest.approx(left.loc[pair], abs=0.01)
        assert abs(row.mean - truth) < 4 * row.sd
        assert row.observed > row.mean
        assert row.definition.startswith(
            "correlation of what income, school type, school, municipality leave"
        )


def test_every_score_has_lines_and_levels_of_its_own(made):
    _, _, tree = made
    posterior = tree["posterior"].to_dataset()
    slope = posterior["slope_school_type"].sel(school_type="privada", outcome="MT")
    assert float(slope.mean()) == pytest.approx(15.0, abs=4 * float(slope.std()))
    assert posterior["tau_school"].dims == ("chain", "draw", "outcome")
    assert posterior["sigma"].dims == ("chain", "draw", "school_type", "outcome")
    tau = np.hypot(posterior["tau_school"], posterior["tau_municipality"]).mean(("chain", "draw"))
    np.testing.assert_allclose(tau, 40, rtol=0.35)
    between = posterior["correlation_school"].mean(("chain", "draw"))
    assert (between > 0.3).all()
    names = summarise(posterior, 0.9)["parameter"].tolist()
    wanted = {"intercept[CN]", "slope[privada, MT]", "sigma[estadual, CH]", "correlation[CN-MT]"}
    assert {*wanted, "tau_school[REDACAO]", "correlation_school[CN-CH]"} <= set(names)
    assert "correlation[MT-CN]" not in names
    assert tree["levels"]["school"].dims == ("sample", "group", "outcome")


@pytest.mark.slow
def test_of_acre_the_correlations_are_those_within_schools(shared_microdata):
    participants = read_five_scores(shared_microdata / "microdados_enem_2019_AC.zip")
    settings = SamplerSettings("nutpie", 1000, 300, 4, 0.95, 20171105)
    design, tree = fitted(participants, AC_INCOME, settings)
    posterior = tree["posterior"].to_dataset()
    summary = summarise(posterior, 0.9)
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    assert summary["r_hat"].max() < 1.01
    assert summary[["ess_bulk", "ess_tail"]].min(axis=None) >= 400
    left = within_schools(participants, AC_INCOME)
    for row in correlation_table(posterior, design, 0.9).itertuples():
        assert row.mean == pytest.approx(left.loc[row.outcome, row.other_outcome], abs=0.006)
