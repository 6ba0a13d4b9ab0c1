"""Schools drawn anew vary as schools of a population do."""

import numpy as np
import pytest

from enem.mixed.expected import share_anew
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
    anew = share_anew(tuple(n)) * (drawn**2).sum(axis=1).mean()
    found = (drawn @ effects).var(axis=0).mean() + anew
    assert found == pytest.approx((share**2).sum(), rel=0.08)
    if len(n) == 1:
        assert share_anew(tuple(n)) == 1.0


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


def of_one_school(rows, *types):
    """Put all participants of some types into one school each."""
    rows = rows.copy()
    for school_type in types:
        here = rows["school_type"] == school_type
        first = rows.loc[here, ["municipality", "school"]].iloc[0]
        rows.loc[here, ["municipality", "school"]] = first.to_numpy()
    return rows


def anew_of(rows):
    tree = fit(design_of(rows, specification("school_type")), PRIORS, SETTINGS, 1)
    return tree, tree["expected"]["schools_like_these"] - tree["expected"]["these_schools"]


def test_a_type_of_one_school_varies_as_a_new_school_would():
    """Draws of one school say nothing of another one: its scale does; municipalities stay."""
    tree, added = anew_of(of_one_school(participants(2000, 60, seed=2, municipal=True), "privada"))
    private = added.sel(school_type="privada")
    variance = float((tree["posterior"]["tau_school"] ** 2).mean())
    assert float(private.isel(income_bracket=4).var()) == pytest.approx(variance, rel=0.15)
    # all incomes are those of the same new school
    np.testing.assert_allclose(private.isel(income_bracket=4), private.isel(income_bracket=5))


def test_where_every_type_has_one_school_nothing_tells_how_schools_differ():
    """There the scale is its prior, which is no finding about schools."""
    _, added = anew_of(of_one_school(participants(), *SCHOOL_TYPES[:2], "privada"))
    assert float(np.abs(added).max()) < 1e-9


def test_slopes_vary_with_the_schools_of_a_type_of_two():
    rows = participants(2000, 60, seed=2, municipal=True)
    private = rows["school_type"] == "privada"
    two = rows.loc[private, ["municipality", "school"]].drop_duplicates()[:2].to_numpy()
    # one of the richer half, one of the poorer
    poor = rows["income_bracket"].isin(list("ABC"))
    for half, place in zip((poor, ~poor), two, strict=True):
        rows.loc[private & half, ["municipality", "school"]] = place
    tree, added = anew_of(rows)
    apart = added.sel(school_type="privada").isel(income_bracket=[0, 5]).diff("income_bracket")
    assert float(apart.std()) > 0.8 * float(tree["posterior"]["tau_school"].mean())
