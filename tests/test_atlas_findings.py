"""Titles of the atlas' figures: made from numbers, and only where these say something."""

import pandas as pd
import pytest

from enem.atlas.findings import changed, farthest, highest, moved, told_apart
from enem.atlas.measures import Measure
from enem.atlas.subject import Subject
from enem.figures.words import spoken

GAP = Measure(
    "gap", "gap_at_equal_income", "school_type", "all", "privada - estadual", "schools_like_these"
)
SHARE = Measure(
    "school", "share_between_schools", "school_type", "all", "nothing given", "these_schools"
)


def subject(measure=GAP, matched=()):
    return Subject(measure, "mean", 0.9, matched)


def ranked(means, half=1.0, place=None):
    table = pd.DataFrame({"state": ["CE", "SP", "AC"][: len(means)], "mean": means})
    ends = {"interval_low": table["mean"] - half, "interval_high": table["mean"] + half}
    places = pd.array([place, *[None] * (len(means) - 1)], "Int64")
    return table.assign(**ends, place=places)


def english(title):
    return title and spoken(title, "en")


def test_the_highest_state_is_named_only_where_its_place_is_sure():
    said = english(highest(ranked([60.04, 50.0, 40.0], place=1), subject()))
    expected = "Private minus state schools at equal income: Ceará is the highest, with 60.0 points"
    assert said == expected
    in_all = "In all 3 states shown, private schools score {} state schools at the same income"
    assert english(highest(ranked([60.0, 50.0, 40.0]), subject())) == in_all.format("above")
    assert english(highest(ranked([-5.0, -6.0, -9.0]), subject())) == in_all.format("below")
    assert highest(ranked([6.0, 5.0, 0.5]), subject()) is None
    assert highest(ranked([0.3, 0.2]), subject(SHARE)) is None
    share = english(highest(ranked([0.304, 0.2], 0.01, place=1), subject(SHARE)))
    assert share.endswith("Ceará is the highest, with 30%")


def test_over_all_editions_only_a_sure_place_is_a_finding():
    assert farthest(ranked([12.0, 2.0]), subject()) is None
    assert english(farthest(ranked([12.0, 2.0], place=1), subject())).endswith(
        "over all editions: Ceará is the highest, 12.0 above the mean"
    )


def editions(**means):
    """Means of Ceará, São Paulo and Acre in each edition, with an sd of 1."""
    rows = [
        (name.removeprefix("e"), state, mean)
        for name, values in means.items()
        for state, mean in zip(("CE", "SP", "AC"), values, strict=False)
    ]
    table = pd.DataFrame(rows, columns=["edition", "state", "mean"])
    return table.assign(status="shown", sd=1.0)


def test_change_is_counted_where_it_is_sure():
    table = editions(e2015=[50.0, 50.0, 50.0], e2016=[0.0, 0.0, 0.0], e2017=[55.0, 44.0, 50.5])
    expected = "2015 to 2017: up in 1, down in 1, unclear in 1"
    assert english(changed(table, subject())).endswith(expected)
    still = editions(e2015=[50.0, 50.0], e2017=[51.0, 49.5])
    assert changed(still, subject()) is None
    # a step in who has a known school type is no change
    assert changed(table, subject(matched=("2017",))) is None
    # the country is no state
    country = table.assign(state=table["state"].replace("AC", "BR"))
    assert english(changed(country, subject())).endswith("up in 1, down in 1, unclear in 0")
    portuguese = spoken(changed(table, subject()), "pt")
    assert portuguese.endswith("de 2015 a 2017: alta em 1, queda em 1, incerto em 1")


def test_states_told_apart_are_counted():
    assert told_apart([3, 3, 3], 3, subject()) is None
    said = english(told_apart([0, 3, 3, 6, 4], 3, subject()))
    assert said.endswith("states above the average 2, below 1, unclear 2")


@pytest.mark.parametrize(("pooled", "found"), [([55.0, 49.0], True), ([59.5, 49.8], False)])
def test_a_move_by_pooling_is_a_finding_where_it_is_large(pooled, found):
    table = pd.DataFrame({"state": ["CE", "SP"], "mean": [60.0, 50.0]})
    said = english(moved(table.assign(pooled_mean=pooled, pooled_sd=1.0), subject()))
    assert bool(said) == found
    if found:
        assert said.endswith("Ceará moves from 60.0 to 55.0")


def test_only_a_state_that_moved_much_is_named():
    table = pd.DataFrame(
        {"state": ["AC", "BA"], "mean": [10.0, 20.0], "pooled_mean": [15.0, 23.0]}
    ).assign(pooled_sd=[6.0, 2.0])
    assert "Bahia moves from 20.0 to 23.0" in english(moved(table, subject()))


def test_a_finding_of_one_school_type_names_it():
    slope = Measure(
        "slope", "slope", "school_type", "estadual", "twice the income", "these_schools"
    )
    said = english(highest(ranked([16.0, 15.0]), subject(slope)))
    assert said == "In all 2 states shown, twice the income goes with more points in state schools"
