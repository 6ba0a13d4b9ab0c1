"""An edition whose scores come without incomes, from INEP's two tables to its pages."""

import re

import numpy as np
import pandas as pd
import pytest

from enem.figures.analysis import Analysis
from enem.figures.artefacts import Artefacts
from enem.figures.catalogue import draw_figure, figure_table
from enem.figures.gallery import raw_gap, share_above
from enem.figures.names import LANGUAGES, figures_of
from enem.figures.style import FEED, NARROW, WIDE, drawn_on
from enem.figures.words import spoken as said_in
from enem.figures.writing import lay_out
from enem.language import TAGS
from reading import long_ones, spoken
from test_figures import NORMAL, _keeps_clear, made_artefacts, speaking, words
from test_story import unexplained
from two_tables import PARTICIPANT, results, write_tables
from workflow_copy import copy_project, snakemake

AREAS = ("CN", "CH", "LC", "MT")
MEANS = {"1": 545, "2": 495, "3": 500, "4": 560}
"""By school type."""
SCHOOLS = "22224431"
"""School types of eight schools, again and again."""
MASKED = "99999999"
"""What 2025 has in place of a school of fewer than ten participants."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Results of SE in a made release of 2025."""
    folder = tmp_path_factory.mktemp("2025")
    rng = np.random.default_rng(5)
    rows, people = [], []
    for number in range(60):
        place = f"28{number % 8:05d}"
        size, own = int(rng.integers(3, 40)), rng.normal(0, 22)
        where = {"SG_UF_PROVA": "SE", "CO_MUNICIPIO_PROVA": place}
        kind = SCHOOLS[number % 8]
        school = {
            "CO_ESCOLA": f"2800{number:04d}" if size >= 10 else MASKED,
            "CO_MUNICIPIO_ESC": place,
            "SG_UF_ESC": "SE",
            "TP_DEPENDENCIA_ADM_ESC": kind,
        }
        for _ in range(size):
            drawn = rng.normal(MEANS[kind] + own, 60, 4)
            scores = {f"NU_NOTA_{a}": f"{s:.1f}" for a, s in zip(AREAS, drawn, strict=True)}
            rows.append({**where, **school, **scores, "NU_NOTA_REDACAO": "540"})
            answers = {"NU_ANO": "2025", "Q007": rng.choice(list("ABCDEF"))}
            people.append(PARTICIPANT | where | answers)
    source = write_tables(folder / "microdados_enem_2025.zip", results(*rows, year=2025), people)
    project = copy_project(folder / "project")
    run = snakemake(project, config=["editions=2025", "states=SE", f"source={source}"])
    assert run.returncode == 0, run.stdout + run.stderr
    return project / "results/2025/SE", pd.DataFrame(rows)


def test_gaps_are_those_of_the_means(made):
    state, rows = made
    effects = pd.read_csv(state / "mean/school_type_means/effects.csv")
    own = effects[(effects["effect"] == "raw_gap") & (effects["scope"] == "these_schools")]
    found = own.set_index("contrast")["mean"]
    scores = rows[[f"NU_NOTA_{area}" for area in (*AREAS, "REDACAO")]].astype(float).mean(axis=1)
    mean = scores.groupby(rows["TP_DEPENDENCIA_ADM_ESC"]).mean()
    assert found["privada - estadual"] == pytest.approx(mean["4"] - mean["2"], abs=1)
    assert not effects["effect"].str.contains("income|slope|explained").any()
    assert pd.read_csv(state / "sample_flow.csv")["rows"].iloc[-1] == len(rows)


def test_the_story_compares_nothing_at_the_same_income_and_has_no_empty_section(made):
    state, _ = made
    html = (state / "report.html").read_text(encoding="utf-8")
    sections = re.findall(r"<section\b.*?</section>", html, re.DOTALL)
    assert len(sections) > 3
    for section in sections:
        assert re.search(r"<(p|figure|li)\b", section.partition("</h2>")[2]), section[:200]
    for tag, income in (("pt-BR", "renda"), ("en", "income")):
        said = re.findall(rf"[^.]*\b{income}s?\b[^.]*\.", spoken(html, tag, {"figure"}))
        # why it is not there, and that people of one income differ
        assert len(said) == 2, said
    assert "diferença bruta" in spoken(html, "pt-BR", {"figure"})


def test_the_technical_page_says_why(made):
    state, _ = made
    page = (state / "report_technical.html").read_text(encoding="utf-8")
    assert "as two tables that nothing joins" in re.sub(r"\s+", " ", page)
    assert "falácia ecológica" in page


@pytest.mark.parametrize("page", ["report.html", "report_technical.html"])
def test_no_sentence_of_its_pages_is_long(page, made):
    html = (made[0] / page).read_text(encoding="utf-8")
    assert [long for tag in ("pt-BR", "en") for long in long_ones(spoken(html, tag))] == []


def test_the_story_has_figures_whose_titles_are_findings(made):
    state, rows = made
    html = (state / "report.html").read_text(encoding="utf-8")
    told = re.findall(r'<figure id="figure-mean-(\w+)"', html)
    assert told == ["raw_gap", "share_above", "variance_shares"]
    assert html.count('<div class="narrow">') == len(told)
    gaps = pd.read_csv(state / "mean/figures/raw_gap.csv").set_index("contrast")
    assert f"score {gaps.loc['privada - estadual', 'mean']:.0f} points more" in html
    shares = pd.read_csv(state / "mean/figures/share_above.csv").set_index("school_type")
    mean = rows[[f"NU_NOTA_{area}" for area in (*AREAS, "REDACAO")]].astype(float).mean(axis=1)
    reached = (mean >= 600).groupby(rows["TP_DEPENDENCIA_ADM_ESC"]).mean()
    assert shares.loc["privada", "observed"] == pytest.approx(100 * reached["4"])


# The figures alone


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Artefacts of AC whose incomes nobody knows."""
    root = tmp_path_factory.mktemp("alone")
    before = made_artefacts(root, ["school_type"], NORMAL, Analysis("2025", "AC", "mean"))
    types, folder = ["federal", "estadual", "municipal", "privada"], root / "mean"
    nobody = {"income_bracket": "-", "x": np.nan, "value_min_wages": np.nan}
    pd.DataFrame([nobody]).to_csv(root / "income.csv", index=False)
    for name, keys in (("cells", []), ("score_distribution", ["score_low", "score_high"])):
        held = before.table(f"{name}.csv").assign(income_bracket="-")
        held["total"] = held["n"] * held.get("mean", 0.0)
        held = held.groupby(["school_type", "income_bracket", *keys], as_index=False).sum()
        held.assign(mean=held["total"] / held["n"]).to_csv(folder / f"{name}.csv", index=False)
    of, numbers = {"scope": "schools_like_these"}, ("mean", "sd", "interval_low", "interval_high")
    known = [
        {"effect": effect, "group": group, "contrast": contrast, **of}
        | dict(zip(numbers, values, strict=True))
        for effect, group, contrast, values in (
            *(
                ("raw_gap", "all", f"privada - {other}", (88.0, 9.0, 72.0, 107.0))
                for other in (*types[:3], "publica")
            ),
            *(
                ("profile_above", name, "score above 600 points", (share, 0.01, low, high))
                for name, share, low, high in (
                    ("federal", 0.2, 0.1, 0.3),
                    ("estadual", 0.05, 0.04, 0.06),
                    ("municipal", 0.05, 0.04, 0.06),
                    ("privada", 0.4, 0.3, 0.5),
                )
            ),
        )
    ]
    effects = before.table("school_type/effects.csv")
    shares = effects[effects["effect"].str.startswith("share_")]
    pd.concat([shares, pd.DataFrame(known)]).to_csv(folder / "school_type/effects.csv", index=False)
    made = Artefacts(root, before.analysis).counted()
    assert not made.has_income
    return made


@pytest.mark.parametrize("sheet", [WIDE, NARROW, FEED], ids=lambda sheet: sheet.name or "wide")
def test_figures_of_the_story_keep_clear(alone, sheet):
    told = [name for name in figures_of(alone.specs, income=False) if name.story]
    assert [name.subject for name in told] == ["raw_gap", "share_above", "variance_shares"]
    for name in told:
        figure = draw_figure(name, alone, figure_table(name, alone), sheet)
        with drawn_on(sheet):
            lay_out(figure)
            for language in LANGUAGES:
                with speaking(figure, language):
                    _keeps_clear(name.stem, figure, sheet)
                said = " ".join(words(figure, language)).replace("\n", " ")
                assert unexplained(said, TAGS[language]) == [], said


def test_observed_gaps_are_those_of_the_cells_and_small_sides_are_hidden(alone):
    table = raw_gap.table(alone).set_index("contrast")
    assert list(table.index) == [
        f"privada - {other}" for other in ("federal", "estadual", "publica")
    ]
    cells = alone.cells.set_index("school_type")
    gap = cells.loc["privada", "mean"] - cells.loc["estadual", "mean"]
    assert table.loc["privada - estadual", "observed"] == pytest.approx(gap)
    public = cells.drop("privada")
    mean = np.average(public["mean"], weights=public["n"])
    assert table.loc["privada - publica", "observed"] == pytest.approx(
        cells.loc["privada", "mean"] - mean
    )


def test_the_raw_gap_is_told_where_its_interval_leaves_out_zero(alone):
    table = raw_gap.table(alone)
    said = said_in(raw_gap.finding(alone, table), "en")
    assert said.startswith(
        "Private-school students score 88 points more than those of state schools"
    )
    assert raw_gap.finding(alone, table.assign(interval_low=-1.0)) is None
    less = said_in(
        raw_gap.finding(alone, table.assign(mean=-5, interval_low=-9, interval_high=-1)), "pt"
    )
    assert "5 pontos a menos que os da rede estadual, sem levar a renda em conta" in less
    of_others = table[table["contrast"] == "privada - federal"]
    assert raw_gap.finding(alone, of_others) is None


def test_shares_of_school_types_are_told_and_counted(alone):
    table = share_above.table(alone).assign(observed=lambda own: own["mean"])
    assert list(table["school_type"]) == ["federal", "estadual", "privada"]
    counts = share_above.table(alone).set_index("school_type")
    bins = alone.table("score_distribution.csv")
    own = bins[bins["school_type"] == "privada"]
    reached = own.loc[own["score_low"] >= 600, "n"].sum()
    assert counts.loc["privada", "n"] == own["n"].sum()
    assert counts.loc["privada", "observed"] == pytest.approx(100 * reached / own["n"].sum())
    said = said_in(share_above.finding(alone, table), "en")
    assert (
        said
        == "40% of private-school students score 600 or more, and 5.0% of state-school students"
    )
