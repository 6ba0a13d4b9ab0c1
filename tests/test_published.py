"""Figures that others published, where the rows at hand allow a comparison (docs/published.md)."""

import pandas as pd
import pytest

from enem.convert.release import convert_release
from enem.names import SCORES

RANGES = {"LC": (299.6, 788.8), "CH": (307.7, 868.3), "CN": (298.0, 885.6), "MT": (310.4, 993.9)}
RS = "microdados_enem_2017_RS_sample.zip"


def converted(folder, path, year):
    parquet, report = folder / "participants.parquet", folder / "conversion.json"
    convert_release(path, year, parquet, report)
    return parquet, report


@pytest.mark.parametrize("name", ["first_rows/microdados_enem_2017.zip", RS])
def test_scores_of_2017_lie_between_the_published_extremes(tmp_path, shared_microdata, name):
    parquet, _ = converted(tmp_path, shared_microdata / name, "2017")
    scores = pd.read_parquet(parquet, columns=list(SCORES))
    for area, (low, high) in RANGES.items():
        sat = scores[area][scores[area] > 0]
        assert len(sat) > 100
        assert low <= sat.min() <= sat.max() <= high


def test_means_of_declared_school_types_are_near_those_published(tmp_path, shared_microdata):
    parquet, _ = converted(tmp_path, shared_microdata / RS, "2017")
    rows = pd.read_parquet(parquet)
    mean = rows[list(SCORES)].mean(axis=1, skipna=False)
    found = mean.groupby(rows["school_type_reported"]).agg(["mean", "count"])
    assert found.loc["publica", "mean"] == pytest.approx(539.3, abs=2)
    assert found.loc["publica", "count"] == 272
    # D and E are both "only private" in the harmonised table; the source has D alone
    assert found.loc["privada", "mean"] == pytest.approx(638.9, abs=4)
