import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from enem.figures.analysis import Analysis
from enem.figures.catalogue import figure_table as figure_data
from enem.figures.catalogue import write_figure
from enem.figures.names import FigureName, figures_of
from made import REPOSITORY
from test_figures import DRAWN, NORMAL, made_artefacts, specs_of

NAMES = figures_of(specs_of(*DRAWN))


@pytest.fixture(scope="module")
def normal(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    return made_artefacts(root, DRAWN, NORMAL, Analysis("2019", "AC", "MT"))


@pytest.fixture(scope="module")
def written(normal, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    for name in NAMES:
        write_figure(name, normal, folder)
    return {path.name: path for path in folder.iterdir() if path.suffix in (".csv", ".parquet")}


def documented():
    """Columns by subject, from the table of results/README.md."""
    text = (REPOSITORY / "results/README.md").read_text(encoding="utf-8")
    section = text.partition("### The data behind figures")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|", section, re.MULTILINE)
    return {subject: re.findall(r"`(\w+)`", columns) for subject, columns in rows}


def test_every_figure_has_its_data_as_csv_and_parquet(written):
    names = {f"{name.stem}.{kind}" for name in NAMES for kind in ("csv", "parquet")}
    assert set(written) == names
    for name in NAMES:
        csv = pd.read_csv(written[f"{name.stem}.csv"])
        parquet = pd.read_parquet(written[f"{name.stem}.parquet"])
        assert len(csv) > 0, name
        assert list(csv) == list(parquet), name
        assert list(csv) == documented()[name.subject], name


def test_small_groups_stay_hidden(normal):
    smallest = normal.analysis.smallest_group
    small = {name for name, n in normal.participants().items() if n < smallest}
    assert small
    for name in NAMES:
        table = figure_data(name, normal)
        assert len(table), name
        shown = (
            table.drop(columns="kind", errors="ignore").select_dtypes(exclude="number").to_numpy()
        )
        # of names such as slope[municipal] too
        said = {word for value in shown.ravel() for word in re.findall(r"\w+", str(value))}
        assert said.isdisjoint(small), name
    observed = figure_data(FigureName("score_by_income"), normal).query("kind == 'observed'")
    assert observed["n"].min() >= smallest


def test_gap_with_a_side_that_is_too_small_has_no_rows(normal):
    strict = replace(normal, analysis=replace(normal.analysis, smallest_group=333))
    assert figure_data(FigureName("gap_by_income"), strict).empty


def test_lines_of_the_main_figure_are_those_of_its_participants(normal):
    table = figure_data(FigureName("score_by_income"), normal)
    own = table[(table["kind"] == "line") & (table["school_type"] == "estadual")]
    draws = normal.expected(normal.main_model()).sel(school_type="estadual")
    draws = draws.stack(draw_of=("chain", "draw")).transpose("draw_of", ...)
    at = normal.income.set_index("income_bracket")["x"]
    at = at[draws["income_bracket"].to_numpy()].to_numpy()
    score, n = draws["schools_like_these"].to_numpy(), draws["participants"].to_numpy()
    fitted = [np.polyfit(at, y, 1, w=np.sqrt(w)) for y, w in zip(score, n, strict=True)]
    slope, intercept = np.array(fitted).T
    line = intercept + slope * own["x"].to_numpy()[0]
    assert own["mean"].to_numpy()[0] == pytest.approx(float(line.mean()))
    np.testing.assert_allclose(own["interval_low"].to_numpy()[0], np.quantile(line, 0.05))
