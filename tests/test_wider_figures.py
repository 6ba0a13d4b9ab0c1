from functools import partial
from itertools import combinations

import pandas as pd
import pytest

from enem.figures import adjustment, correlations, states_together
from enem.figures.analysis import Analysis
from enem.figures.files import write_figure
from enem.names import SCORES, STATES

IN_ENGLISH = Analysis("2019", "AC", "mean", participants=900, language="en")


def drawn_points(axes, marker):
    """Points of the lines with a marker, the highest row first; empty ones explain the marks."""
    lines = [line for line in axes.get_lines() if line.get_marker() == marker]
    (line,) = [line for line in lines if len(line.get_xdata())]
    return list(line.get_xdata())


def rows_of(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


@pytest.fixture
def pairs():
    rows = [
        {
            "outcome": first,
            "other_outcome": second,
            "observed": 0.7 + 0.01 * i,
            "mean": 0.5 + 0.01 * i,
            "interval_low": 0.45,
            "interval_high": 0.65,
        }
        for i, (first, second) in enumerate(combinations(SCORES, 2))
    ]
    return pd.DataFrame(rows)


def test_correlations_are_drawn_the_closest_pair_first(pairs):
    (axes,) = correlations.draw(pairs, IN_ENGLISH).get_axes()
    assert drawn_points(axes, "s") == pytest.approx([0.59 - 0.01 * i for i in range(10)])
    assert drawn_points(axes, "o") == pytest.approx([0.79 - 0.01 * i for i in range(10)])
    assert rows_of(axes)[0] == "Mathematics × Essay"
    assert rows_of(axes)[-1] == "Natural sciences × Human sciences"
    assert {text.get_text() for text in axes.texts} >= {"0.59", "0.79"}


def test_a_negative_correlation_stays_in_sight(pairs):
    pairs.loc[3, ["mean", "interval_low", "interval_high"]] = -0.3, -0.4, -0.2
    (axes,) = correlations.draw(pairs, IN_ENGLISH).get_axes()
    assert axes.get_xlim()[0] < -0.4


def test_states_that_are_too_small_keep_their_row_without_a_mark():
    rows = [
        {
            "effect": effect,
            "group": state,
            "mean": base + i,
            "interval_low": base + i - 1,
            "interval_high": base + i + 1,
            "n": 5 if state == "RR" else 500,
            "n_private": {"AC": 5, "AL": 495}.get(state, 50),
        }
        for effect, base in (("income_doubling", 10.0), ("gap_at_equal_income", 60.0))
        for i, state in enumerate(STATES)
    ]
    figure = states_together.draw(pd.DataFrame(rows), IN_ENGLISH)
    slope, gap = figure.get_axes()
    assert len(rows_of(slope)) == 27
    assert rows_of(slope)[0] == "Tocantins"
    small = 10 + STATES.index("RR")
    shown = [10.0 + i for i in reversed(range(27)) if 10 + i != small]
    assert drawn_points(slope, "o") == shown
    # a side of a gap is too small in three
    few = {60.0 + STATES.index(state) for state in ("AC", "AL", "RR")}
    assert set(drawn_points(gap, "o")) == {60.0 + i for i in range(27)} - few


def test_small_school_types_are_left_out_of_the_adjustment():
    cells = pd.DataFrame({"school_type": ["estadual", "federal", "privada"], "n": [800, 4, 96]})
    table = pd.DataFrame(
        {
            "model": "school_type",
            "covariates": version,
            "effect": effect,
            "group": group,
            "mean": mean,
            "interval_low": mean - 1,
            "interval_high": mean + 1,
        }
        for version, less in (("without", 0.0), ("with", 5.0))
        for effect, group, mean in (
            ("gap_at_equal_income", "all", 70.0 - less),
            ("income_doubling", "estadual", 15.0 - less),
            ("income_doubling", "federal", 99.0 - less),
        )
    )
    counts = cells.set_index("school_type")["n"]
    gap, slope = adjustment.draw(table, counts, IN_ENGLISH).get_axes()
    assert (drawn_points(gap, "o"), drawn_points(gap, "s")) == ([70.0], [65.0])
    assert (drawn_points(slope, "o"), drawn_points(slope, "s")) == ([15.0], [10.0])
    assert rows_of(slope) == ["State"]


def test_a_gap_of_too_few_is_not_in_the_adjustment():
    table = pd.DataFrame(
        {"model": "school_type", "covariates": v, "effect": e, "group": "all", "mean": 7.0}
        for v in ("without", "with")
        for e in ("gap_at_equal_income", "income_doubling")
    ).assign(interval_low=6.0, interval_high=8.0)
    counts = pd.Series({"estadual": 800, "privada": 9})
    (slope,) = adjustment.draw(table, counts, IN_ENGLISH).get_axes()
    assert "doubling" in slope.get_xlabel()
    assert len(adjustment.draw(table, counts + 1, IN_ENGLISH).get_axes()) == 2


def test_numbers_of_correlations_stand_beside_their_intervals(pairs):
    (axes,) = correlations.draw(pairs, IN_ENGLISH).get_axes()
    shown = pairs.sort_values("mean", ascending=False)
    places = {text.get_text(): text.xy[0] for text in axes.texts}
    for row in shown.itertuples():
        assert places[f"{row.mean:.2f}"] == row.interval_low


def test_a_figure_is_written_in_every_language(pairs, tmp_path):
    write_figure(partial(correlations.draw, pairs), IN_ENGLISH, tmp_path, "correlations")
    for language, number in {"pt": "0,59", "en": "0.59"}.items():
        text = (tmp_path / f"correlations.{language}.svg").read_text(encoding="utf-8")
        assert number in text
        assert (tmp_path / f"correlations.{language}.png").stat().st_size > 10_000
