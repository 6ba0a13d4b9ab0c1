"""The documentation builds without network, and every command in it can be run."""

import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from fake_tools import write_tools
from inep_zip import csv_bytes, participants, write_zip
from made import REPOSITORY
from workflow_copy import copy_project

DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / f"README{tag}.md" for tag in ("", ".pt-BR")] + sorted(DOCS.rglob("*.md"))
PAGES.append(REPOSITORY / "CONTRIBUTING.md")
BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
TWO_LANGUAGES = (
    *("index", "tutorial", "how-to", "cluster"),
    *("explanation", "architecture", "reference/config"),
)
INSTALL = "python -m pip install uv"


def commands(pages):
    """Commands of pages, each once, with comments left out and continued lines joined."""
    found = {}
    for page in pages:
        for _, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in re.sub(r"\\\n\s*", "", block).splitlines():
                for command in re.sub(r"\s+#.*$", "", line.strip()).split(" && "):
                    if command and not command.startswith("#"):
                        found.setdefault(command, page.name)
    return found


ALL = commands(PAGES)
RUNS = [c for c in ALL if c.startswith("uv run snakemake") and "--report" not in c]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the files that the commands name."""
    project = copy_project(tmp_path_factory.mktemp("docs") / "project")
    data = csv_bytes(participants({}))
    write_zip(project / "microdados_enem_2019.zip", data)
    (project / "my_zips").mkdir()
    for year in (2021, 2022):
        write_zip(project / f"my_zips/microdados_enem_{year}.zip", data)
    (project / "mine.yaml").write_text("editions: simulated\nstates: AC\n")
    return project


@pytest.mark.parametrize("command", RUNS)
def test_a_run_that_the_documentation_gives_is_planned(project, command):
    words = shlex.split(command)
    arguments = words[words.index("snakemake") + 1 :]
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", *arguments],
        cwd=project,
        env={**os.environ, "PATH": f"{write_tools(project / 'bin')}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{ALL[command]}: {run.stdout}{run.stderr}"


def test_every_other_command_is_one_of_those_that_are_run_elsewhere():
    known = (
        rf"{INSTALL}|uv run pytest( .*)?|uv run mkdocs (build|serve)|uv run snakemake .*--report .*"
        r"|uv run --group cluster snakemake .*"
        r"|uv run python -m studies\.\w+.*|\.ci/run|podman .*|apptainer .*|uv sync .*|git clone .*"
        r"|cd .*|bash \.ci/\w+.*"
    )
    others = [command for command in ALL if command not in RUNS]
    assert [command for command in others if not re.fullmatch(known, command)] == []
    for command in others:
        if study := re.search(r"python -m (studies\.\w+)", command):
            assert (REPOSITORY / study[1].replace(".", "/") / "__main__.py").is_file()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [Path(sys.executable).with_name("mkdocs"), "build", "--strict", "--site-dir", folder]
    # whatever asks for the network fails at once
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https")}
    environment = {**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_has_every_page_in_two_languages(site):
    pages = [name for name in TWO_LANGUAGES if name != "index"]
    for name in pages:
        english, portuguese = (site / f"{tag}{name}/index.html" for tag in ("", "pt-BR/"))
        assert 'lang="en"' in english.read_text(encoding="utf-8")
        text = portuguese.read_text(encoding="utf-8")
        assert 'lang="pt-BR"' in text
        assert (DOCS / f"{name}.pt-BR.md").is_file()
    assert "Comece aqui" in (site / "pt-BR/index.html").read_text(encoding="utf-8")


def test_the_site_asks_nothing_of_another_host(site):
    asked = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(https?:[^"]*)"')
    found = {url for page in site.rglob("*.html") for url in asked.findall(page.read_text("utf-8"))}
    assert found == set()


def test_the_reference_has_every_key_and_every_room(site):
    for tag in ("", "pt-BR/"):
        config = (site / f"{tag}reference/config/index.html").read_text(encoding="utf-8")
        for key in ("interval.mass", "report.language", "levels", "priors.tau_school"):
            assert f"<code>{key}</code>" in config
        rooms = (site / f"{tag}architecture/index.html").read_text(encoding="utf-8")
        for room in (REPOSITORY / "workflow/enem").glob("*/__init__.py"):
            assert f"<code>{room.parent.name}/</code>" in rooms
        library = (site / f"{tag}reference/library/index.html").read_text(encoding="utf-8")
        for name in ("load_settings", "participants", "simulated", "group_effects"):
            assert name in library, name


def test_the_picture_shows_rooms_that_are_there():
    picture = ET.parse(DOCS / "architecture.svg").getroot()
    texts = picture.iter("{http://www.w3.org/2000/svg}text")
    stages = [text.text.split(":")[0] for text in texts if "class" not in text.attrib]
    assert len(stages) > 10
    for name in stages:
        assert (REPOSITORY / "workflow/enem" / name).is_dir(), name


@pytest.mark.parametrize("folder", ["", "data/", "results/"])
def test_a_readme_in_portuguese_has_the_sections_and_tables_of_the_english_one(folder):
    pages = [REPOSITORY / f"{folder}README{tag}.md" for tag in ("", ".pt-BR")]
    english, portuguese = (page.read_text(encoding="utf-8") for page in pages)
    for kind in (r"^#+ ", r"^\|---", r"^```"):
        assert len(re.findall(kind, english, re.M)) == len(re.findall(kind, portuguese, re.M)), kind
    rows = [re.findall(r"^\| (`[^|]*`) \|", text, re.M) for text in (english, portuguese)]
    assert rows[0] == rows[1]


def test_both_readmes_are_short_show_a_picture_and_give_the_same_commands():
    pages = PAGES[:2]
    assert commands(pages[:1]).keys() == commands(pages[1:]).keys()
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 120
        [picture] = re.findall(r"!\[[^\]]+\]\((\S+)\)", text)
        assert 10_000 < (REPOSITORY / picture).stat().st_size < 300_000
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_names_of_the_navigation_are_translated():
    settings = yaml.load((REPOSITORY / "mkdocs.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
    [i18n] = [each["i18n"] for each in settings["plugins"] if "i18n" in each]
    translated = i18n["languages"][1]["nav_translations"]
    names = {name for entry in settings["nav"] for name in _names(entry)}
    assert names == set(translated)


def _names(entry):
    for name, inside in entry.items():
        yield name
        if isinstance(inside, list):
            for each in inside:
                yield from _names(each)
