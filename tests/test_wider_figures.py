from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from enem.figures.analysis import Analysis
from enem.figures.artefacts import Artefacts
from enem.figures.catalogue import write_figure
from enem.figures.gallery import correlations
from enem.figures.names import FigureName
from enem.figures.words import spoken
from enem.names import SCORES

OF = Artefacts(Path("nowhere"), Analysis("2019", "AC", "joint", participants=900))


def drawn_points(axes, marker):
    """Points of the lines with a marker, the highest row first; empty ones explain the marks."""
    lines = [line for line in axes.get_lines() if line.get_marker() == marker]
    (line,) = [line for line in lines if len(line.get_xdata())]
    return list(line.get_xdata())


def rows_of(axes):
    return [spoken(label.get_text(), "en") for label in axes.get_yticklabels()]


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
    (axes,) = correlations.draw(OF, pairs).get_axes()
    assert drawn_points(axes, "s") == pytest.approx([0.59 - 0.01 * i for i in range(10)])
    assert drawn_points(axes, "o") == pytest.approx([0.79 - 0.01 * i for i in range(10)])
    assert rows_of(axes)[0] == "Mathematics × Essay"
    assert rows_of(axes)[-1] == "Natural sciences × Human sciences"
    assert {spoken(text.get_text(), "en") for text in axes.texts} >= {"0.59", "0.79"}


def test_a_negative_correlation_stays_in_sight(pairs):
    pairs.loc[3, ["mean", "interval_low", "interval_high"]] = -0.3, -0.4, -0.2
    (axes,) = correlations.draw(OF, pairs).get_axes()
    assert axes.get_xlim()[0] < -0.4


def test_numbers_of_correlations_stand_beside_their_intervals(pairs):
    (axes,) = correlations.draw(OF, pairs).get_axes()
    shown = pairs.sort_values("mean", ascending=False)
    places = {spoken(text.get_text(), "en"): text.xy[0] for text in axes.texts}
    for row in shown.itertuples():
        assert places[f"{row.mean:.2f}"] == row.interval_low


def test_a_figure_is_written_in_every_language(pairs, tmp_path):
    (tmp_path / "joint").mkdir()
    pairs.to_csv(tmp_path / "joint/correlations.csv", index=False)
    write_figure(FigureName("correlations"), replace(OF, folder=tmp_path), tmp_path)
    for language, number in {"pt": "0,59", "en": "0.59"}.items():
        text = (tmp_path / f"correlations.{language}.svg").read_text(encoding="utf-8")
        assert number in text
        assert (tmp_path / f"correlations.{language}.png").stat().st_size > 10_000
