import json
import re
import shutil
import zipfile
from random import Random

import pandas as pd
import pytest
from playwright.sync_api import sync_playwright

from enem.config.formulas import asked_formulas, spelled_out
from enem.estimation.names import TABLES as STUDY_TABLES
from enem.figures.names import figures_of, manifests
from enem.mixed.specification import specifications
from enem.sensitivity.names import TABLES as SENSITIVITY_TABLES
from hostile_names import MARKUP, plant_names
from made import REPOSITORY, shipped_config
from test_atlas import CHROMIUM, FLAGS
from workflow_copy import copy_project, digests, outputs, planned, snakemake

# so few participants that nobody is left in Roraima
SMALL = (
    "editions=simulated",
    "states=[SP,RR]",
    "models=pooled",
    "simulated={participants: 700, seed: 7}",
)
TABLES = {
    *(
        "sample_flow",
        "presence",
        "income",
        "cells",
        "score_distribution",
        "comparison",
        "pooling",
        "gap",
    ),
    *("groups", "groups_recovery"),
    *STUDY_TABLES,
    *SENSITIVITY_TABLES,
    *(
        "effects_recovery",
        "recovery",
        "summary",
        "checks",
        "predictive",
        "sensitivity",
        "estimates",
        "effects",
    ),
}
FIGURES = {"score_by_income", "estimates_pooled", "ranks_pooled", "sample_flow", "energy"}
TECHNICAL = "results/simulated/SP/report_technical.html"
TEXTS = (".html", ".csv", ".json", ".svg")
CSV = re.compile(r"^### `([^`]+\.csv)`$", re.MULTILINE)


def shipped_models():
    """Models of the shipped configuration."""
    settings = shipped_config()
    formulas = spelled_out(settings["formulas"])
    return specifications(asked_formulas({**settings, "formulas": formulas}))


@pytest.fixture(scope="module")
def attempted(tmp_path_factory):
    project = copy_project(tmp_path_factory.mktemp("report") / "project")
    release = "data/simulated/microdados_enem_simulated.zip"
    run = snakemake(project, release, config=SMALL)
    assert run.returncode == 0, run.stdout + run.stderr
    plant_names(project / release)
    run = snakemake(project, "--keep-going", config=SMALL)
    text = run.stdout + run.stderr
    assert run.returncode != 0, text
    assert "nobody is left to analyse in RR" in text
    assert (project / "results/simulated/SP/report.html").is_file(), text
    assert not (project / "results/atlas").exists()
    return project


@pytest.fixture(scope="module")
def finished(attempted):
    run = snakemake(attempted, "build_partial_atlas", config=SMALL)
    assert run.returncode == 0, run.stdout + run.stderr
    return attempted


@pytest.fixture(scope="module")
def reports(finished):
    paths = [finished / "report.zip", finished / "report.html"]
    for path in paths:
        targets = ("results/simulated/SP/report.html", "build_partial_atlas")
        run = snakemake(finished, *targets, "--report", path.name, config=SMALL)
        assert run.returncode == 0, run.stdout + run.stderr
    return paths


# --- the atlas within the workflow


def test_partial_atlas_names_the_state_that_failed(finished):
    page = (finished / "results/atlas/index.html").read_text(encoding="utf-8")
    assert "Analyses are missing" in page
    assert re.search(r"<li>.*Roraima</li>", page)
    samples = pd.read_csv(finished / "results/atlas/samples.csv")
    assert samples["state"].unique().tolist() == ["SP"]


def test_partial_atlas_is_made_once(finished):
    assert planned(snakemake(finished, "build_partial_atlas", "-n", config=SMALL)) == set()


def test_whole_atlas_still_waits_for_the_state_that_failed(finished):
    rules = planned(snakemake(finished, "-n", config=SMALL))
    assert {"collect_results", "build_report", "build_atlas", "all"} <= rules
    assert "build_partial_atlas" not in rules


def test_one_analysis_has_no_atlas(finished):
    one = (SMALL[0], "states=SP", *SMALL[2:])
    assert planned(snakemake(finished, "-n", config=one)) == set()


def test_every_result_is_the_output_of_a_rule(finished):
    made = outputs(finished, TECHNICAL, "build_partial_atlas", config=SMALL)
    assert any("atlas" in path for path in made)
    # a folder stands for its files
    alone = {path for path in digests(finished) if path.rpartition("/")[0] not in made}
    assert alone <= made
    assert "results/atlas/figures" in made


def test_any_results_that_are_deleted_come_back_and_nothing_else_changes(finished):
    before = digests(finished)
    of_state = sorted(path for path in before if path.startswith("results/simulated/SP"))
    for path in Random(1).sample(of_state, 8):
        (finished / path).unlink()
    run = snakemake(finished, config=(SMALL[0], "states=SP", *SMALL[2:]))
    assert run.returncode == 0, run.stdout + run.stderr
    assert digests(finished) == before


# --- Snakemake's own report


def test_report_holds_every_table_and_figure(reports):
    with zipfile.ZipFile(reports[0]) as archive:
        names = {name.rpartition("/")[2].partition(".")[0] for name in archive.namelist()}
    assert TABLES | FIGURES | {"parameters"} <= names


def test_every_caption_is_used_and_every_used_caption_exists():
    folder = REPOSITORY / "workflow/report"
    captions = {path.stem for path in folder.glob("*.rst")}
    figures = {name for name in captions if name.startswith("figure_")}
    expected = {*TABLES, "correlations", "tau_profile", "atlas", "atlas_table", "workflow"}
    expected |= {"page", "page_technical", "applications", "municipalities", "slopes"}
    assert captions - figures == expected
    assert figures == {f"figure_{name}" for name in manifests()}


def test_every_caption_is_in_two_languages():
    english = re.compile(r"\b(the|of|and|by|with|edition)\b")
    for path in (REPOSITORY / "workflow/report").glob("*.rst"):
        said = [re.sub(r"{{.*?}}", "", part, flags=re.S) for part in path.read_text().split("\n\n")]
        assert [bool(english.search(part)) for part in said] == [True, False], path.name
        asked = [set(re.findall(r"wildcards\s*\.(\w+)", p)) for p in path.read_text().split("\n\n")]
        assert asked[0] == asked[1], path.name


@pytest.mark.parametrize("kind", ["zip", "html"])
def test_report_opens_without_network(reports, kind, tmp_path):
    if not CHROMIUM.is_file():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    page_path = reports[1]
    if kind == "zip":
        shutil.unpack_archive(reports[0], tmp_path)
        page_path = next(tmp_path.rglob("report.html"))
    said, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(offline=True).new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda e: said.append(e.text) if e.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_path.as_uri())
        page.get_by_text("Tables of SP, simulated").first.click()
        page.get_by_text("mean", exact=True).first.click()
        page.get_by_text("comparison").first.wait_for(timeout=5000)
        page.goto(page_path.as_uri())
        page.get_by_text("Figures of SP, simulated").first.click()
        page.get_by_text("score_by_income").first.wait_for(timeout=5000)
        browser.close()
    assert said == []
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]


# --- names from data


def test_names_of_municipalities_are_converted_and_go_no_further(finished):
    table = pd.read_parquet(finished / "data/participants/simulated/participants.parquet")
    assert set(table["municipality_exam"].dropna()) == {MARKUP}
    texts = [p for p in (finished / "results").rglob("*") if p.suffix in TEXTS]
    holding = {p.name for p in texts if "onerror" in p.read_text(encoding="utf-8")}
    # the name of the file inside the zip, which the page tells
    assert holding == {"report_technical.html"}


def test_names_from_a_tampered_release_show_as_text(finished):
    if not CHROMIUM.is_file():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    said = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(offline=True).new_page()
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("console", lambda e: said.append(e.text))
        page.goto((finished / "results/simulated/SP/report_technical.html").as_uri())
        page.locator("#explore-chart[aria-busy=false] svg.marks").wait_for()
        assert f"{MARKUP}/" in page.locator("#reproduce").inner_text()
        assert page.locator("img").count() == 0
        browser.close()
    assert said == []


# --- results/README.md


def explained():
    """Columns that the page explains, by file."""
    text = (REPOSITORY / "results/README.md").read_text(encoding="utf-8")
    parts = CSV.split(text)[1:]
    return {
        name: re.findall(r"^\| `(\w+)` \|", re.split(r"^##", section, flags=re.M)[0], re.MULTILINE)
        for name, section in zip(parts[::2], parts[1::2], strict=True)
    }


def place(project, name):
    if name.startswith("atlas/"):
        return project / "results" / name
    name = name.replace("{outcome}", "mean").replace("{model}", "pooled")
    return project / "results/simulated/SP" / name


def test_readme_explains_every_column_and_no_other(finished):
    for name, columns in explained().items():
        if name.endswith("tau_profile.csv"):
            assert columns == [
                *("parameter", "value"),
                *("log_likelihood", "log_marginal", "log_joint"),
            ]
            continue
        assert columns == list(pd.read_csv(place(finished, name), nrows=0).columns), name


def test_readme_explains_every_file(finished):
    text = (REPOSITORY / "results/README.md").read_text(encoding="utf-8")
    subjects = {name.subject for name in figures_of(shipped_models())}
    for path in (finished / "results").rglob("*"):
        name = path.relative_to(finished / "results").as_posix()
        name = name.replace("simulated/SP/", "").replace("mean/", "{outcome}/")
        if path.is_dir() or path.name in ("README.md", ".snakemake_timestamp"):
            continue
        if path.parent == finished / "results/atlas/figures":
            kind = path.name.partition("-")[0]
            assert kind in {"map", "ranking", "trends", "levels", "shrinkage"}
            assert "`atlas/figures/`" in text
            continue
        if path.parent.name == "figures" and path.name != "figures.json":
            stem = path.name.partition(".")[0].removesuffix("_pooled")
            assert stem in subjects, name
            assert f"| `{stem}` |" in text, name
        else:
            told = name.replace("/pooled/", "/{model}/").replace(".parquet", ".csv")
            assert f"`{told}`" in text, name


def test_readme_explains_what_a_check_holds(finished):
    path = finished / "results/simulated/SP/mean/pooled/checks.json"
    keys = {key for check in json.loads(path.read_text())["checks"] for key in check}
    text = (REPOSITORY / "results/README.md").read_text(encoding="utf-8")
    [line] = [row for row in text.splitlines() if "{model}/checks.json` |" in row]
    assert keys <= set(re.findall(r"`(\w+)`", line))


def test_readme_explains_every_csv(finished):
    # those beside figures have a table of their own, which test_figure_data.py reads
    made = {p for p in (finished / "results").rglob("*.csv") if p.parent.name != "figures"}
    assert made == {
        place(finished, name) for name in explained() if not name.endswith("tau_profile.csv")
    }
