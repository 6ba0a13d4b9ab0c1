"""What CONTRIBUTING.md tells to do works as it stands there."""

import re
import subprocess
import tomllib

import yaml

from enem.editions import load_editions
from enem.mixed.variables import COVARIATES, Covariate
from made import REPOSITORY
from test_config import configured, load
from workflow_copy import copy_project, planned, snakemake

TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")


def recipe(section, language):
    part = re.split(r"^## ", TEXT, flags=re.M)
    [text] = [each for each in part if each.startswith(section)]
    return re.search(rf"```{language}\n(.*?)```", text, re.S)[1]


def test_a_covariate_is_the_entry_that_the_recipe_has(monkeypatch):
    formula = {"formulas__mine": "score ~ 1 + (1 | essay_status)", "models": "mine"}
    entries = eval("{" + recipe("A covariate", "python") + "}", {"Covariate": Covariate})
    [(name, entry)] = entries.items()
    assert name not in COVARIATES
    monkeypatch.setitem(COVARIATES, name, entry)
    assert list(load(editions=2019, **formula)["formulas"]) == ["mine"]
    # the levels are the codes that the edition has, and the column is converted
    assert set(entry.levels) == set(load_editions()["2019"].coded[entry.columns[0]].codes)
    [left_out] = load(editions=2025, **formula)["models_left_out"]
    assert "essay_status, which the edition does not record" in str(left_out)


def test_a_model_is_the_lines_that_the_recipe_has():
    mine = yaml.safe_load(recipe("A model", "yaml"))
    shipped = configured()["formulas"]
    settings = load(formulas=shipped | mine["formulas"], models=mine["models"])
    assert settings["models"] == mine["models"]
    assert set(settings["formulas"]["by_parents"]["levels"]) == {"municipality", "school"}


def test_an_edition_is_the_entry_that_the_recipe_has(tmp_path):
    project = copy_project(tmp_path / "project")
    assert "There is no such edition" in refused(project)
    table = project / "workflow/enem/editions.yaml"
    text = table.read_text(encoding="utf-8")
    before = text.index("  # A made release")
    table.write_text(text[:before] + recipe("An edition", "yaml") + text[before:])
    sources = project / "data/sources.csv"
    sources.write_text(sources.read_text(encoding="utf-8") + recipe("An edition", "csv"))
    run = snakemake(project, "-n", config=["editions=2026", "states=AC"])
    assert {"download_release", "convert_release", "fit_models", "build_report"} <= planned(run)


def refused(project):
    run = snakemake(project, "-n", config=["editions=2026", "states=AC"])
    assert run.returncode != 0
    return run.stdout + run.stderr


def test_files_that_the_recipes_name_are_there():
    for name in re.findall(r"`((?:workflow|data|tests|\.ci)/[\w./-]+)", TEXT):
        assert (REPOSITORY / name).exists(), name
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert link.startswith("https://") or (REPOSITORY / link).is_file(), link


def test_the_version_is_one():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    command = [REPOSITORY / ".ci/release", "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.stdout == f"{project['version']}\n"
    assert checked.returncode == 0
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["license"] == project["license"]
    assert [each["name"] for each in citation["authors"]] == [
        each["name"] for each in project["authors"]
    ]
    assert set(citation) >= {"cff-version", "message", "title", "abstract"}


def test_pull_requests_run_what_a_contributor_runs():
    text = (REPOSITORY / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    [job] = yaml.safe_load(text)["jobs"].values()
    assert job["steps"][-1] == {"run": ".ci/run"}
    chosen = (REPOSITORY / ".python-version").read_text().strip()
    assert job["container"] == f"python:{chosen}-bookworm"
