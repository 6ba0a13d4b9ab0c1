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


PAIRS = {("CN", "CH"): 0.60, ("CN", "LC"): 0.56, ("CN", "MT"): 0.54, ("CH", "LC"): 0.72}
PAIRS |= {("CH", "MT"): 0.57, ("LC", "MT"): 0.52}


def test_correlations_of_scores_are_near_those_published(tmp_path, shared_microdata):
    path = shared_microdata / "first_rows/microdados_enem_2017.zip"
    parquet, _ = converted(tmp_path, path, "2017")
    scores = pd.read_parquet(parquet, columns=list(SCORES))
    # an essay of 0 is a graded one
    table = scores.where((scores > 0) | (scores.columns == "REDACAO")).dropna().corr()
    for (one, other), published in PAIRS.items():
        assert table.loc[one, other] == pytest.approx(published, abs=0.07)
    assert table["REDACAO"].drop("REDACAO").between(0.36 - 0.07, 0.45 + 0.07).all()


def test_scores_of_2012_rise_with_income_by_ever_less(tmp_path, shared_microdata):
    path = shared_microdata / "first_rows/microdados_enem_2012.zip"
    parquet, _ = converted(tmp_path, path, "2012")
    rows = pd.read_parquet(parquet)
    mean = rows[list(SCORES)].where(rows[list(SCORES)] > 0).mean(axis=1, skipna=False)
    found = mean.groupby(rows["income_bracket"].astype(str)).mean()
    low, middle, high = (found[list(letters)].mean() for letters in ("BC", "DE", "FG"))
    assert middle - low > high - middle > 0


def test_means_of_declared_school_types_are_near_those_published(tmp_path, shared_microdata):
    parquet, _ = converted(tmp_path, shared_microdata / RS, "2017")
    rows = pd.read_parquet(parquet)
    mean = rows[list(SCORES)].mean(axis=1, skipna=False)
    found = mean.groupby(rows["school_type_reported"]).agg(["mean", "count"])
    assert found.loc["publica", "mean"] == pytest.approx(539.3, abs=2)
    assert found.loc["publica", "count"] == 272
    # D and E are both "only private" in the harmonised table; the source has D alone
    assert found.loc["privada", "mean"] == pytest.approx(638.9, abs=4)
