"""An edition whose scores come without incomes, from INEP's two tables to its pages."""

import re

import numpy as np
import pandas as pd
import pytest

from reading import long_ones, spoken
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
