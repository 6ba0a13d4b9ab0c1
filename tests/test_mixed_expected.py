"""Schools drawn anew vary as schools of a population do."""

import numpy as np
import pytest

from enem.mixed.expected import lacking_variance
from enem.mixed.fit import fit
from enem.mixed.settings import SamplerSettings
from mixed_fixtures import INCOME, PRIORS, SCHOOL_TYPES, design_of, participants, specification

SETTINGS = SamplerSettings("nutpie", 200, 200, 2, 0.9, 3)


@pytest.mark.parametrize(
    "sizes",
    [
        *([16], [62, 10], [5, 5, 5, 5, 5], [320, 250, 200, 100, 60, 40, 30]),
        *([290, 150, 120, 100, *[26] * 13], [1] * 60),
    ],
    ids=["one", "two", "five", "unequal", "long tail", "sixty"],
)
def test_means_over_groups_vary_as_those_of_a_population(sizes):
    rng, n = np.random.default_rng(1), np.array(sizes, float)
    share = n / n.sum()
    drawn = rng.gamma(1.0, 1.0, (300, len(n))) * share
    drawn /= drawn.sum(axis=1, keepdims=True)
    effects = rng.normal(0, 1, (len(n), 4000))
    found = (drawn @ effects).var(axis=0).mean() + lacking_variance(tuple(n))
    assert found == pytest.approx((share**2).sum(), rel=0.08)
    if len(n) == 1:
        assert lacking_variance(tuple(n)) == 1.0


@pytest.fixture(scope="module")
def fitted():
    rows = participants(2000, 60, seed=2, municipal=True)
    spec = specification("school_type")
    design = design_of(rows, spec)
    return rows, fit(design, PRIORS, SETTINGS, 1)


def test_cells_of_these_schools_are_near_their_means(fitted):
    """With a sigma of 60 and as many participants, school effects included, no cell is far off."""
    rows, tree = fitted
    expected = tree["expected"]["these_schools"].mean(("chain", "draw")).to_numpy()
    observed = rows.groupby(["school_type", "income_bracket"])["score"].agg(["mean", "size"])
    for (school_type, bracket), row in observed.iterrows():
        at = SCHOOL_TYPES.index(school_type), list(INCOME["income_bracket"]).index(bracket)
        assert abs(expected[at] - row["mean"]) < 4 * 60 / np.sqrt(row["size"])


def test_schools_like_these_leave_each_type_its_participants(fitted):
    rows, tree = fitted
    drawn = tree["expected"]["participants"].sum("income_bracket")
    for school_type, n in rows["school_type"].value_counts().items():
        np.testing.assert_allclose(drawn.sel(school_type=school_type), n)


def test_schools_like_these_vary_more_than_these_schools(fitted):
    _, tree = fitted
    these, like = (tree["expected"][name] for name in ("these_schools", "schools_like_these"))
    of_type = [(each.sel(school_type="privada").mean("income_bracket")) for each in (these, like)]
    assert float(of_type[1].std()) > 1.5 * float(of_type[0].std())


def test_empty_cells_have_no_expectation():
    rows = participants()
    design = design_of(rows, specification("school_type"))
    tree = fit(design, PRIORS, SETTINGS, 1)
    n = tree["observed_data"]["n"].to_numpy()
    for name in ("these_schools", "schools_like_these"):
        blank = np.isnan(tree["expected"][name].to_numpy()).all(axis=(0, 1))
        np.testing.assert_array_equal(blank, n == 0)


def test_a_type_of_one_school_varies_as_a_new_school_would():
    """Draws of one school say nothing of another one: its scale does."""
    rows = participants(2000, 60, seed=2, municipal=True)
    private = rows["school_type"] == "privada"
    one = rows.loc[private, ["municipality", "school"]].iloc[0]
    rows.loc[private, ["municipality", "school"]] = one.to_numpy()
    tree = fit(design_of(rows, specification("school_type")), PRIORS, SETTINGS, 1)
    these, like = (tree["expected"][name] for name in ("these_schools", "schools_like_these"))
    scales = [tree["posterior"][f"tau_{level}"] for level in ("school", "municipality")]
    added = (like - these).sel(school_type="privada").isel(income_bracket=4)
    assert float(added.var()) == pytest.approx(float(sum((t**2).mean() for t in scales)), rel=0.15)
    # all incomes are those of the same new school
    again = (like - these).sel(school_type="privada").isel(income_bracket=5)
    np.testing.assert_allclose(added, again)
