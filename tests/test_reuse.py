"""Snakemake's ways to use a workflow that lies elsewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fake_tools import write_tools
from made import REPOSITORY
from workflow_copy import copy_project, planned, snakemake

CONFIG = '{"editions": "simulated", "states": "AC", "simulated": {"participants": 700}}'
WHOLE = {"simulate_release", "convert_release", "fit_models", "draw_figures", "build_report", "all"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("reuse") / "clone")


@pytest.fixture(scope="module")
def repository(clone):
    """Commit the clone, as the repository that a module is taken from."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "all", "--no-verify"]):
        subprocess.run(["git", "-C", clone, *command], check=True)
    head = ["git", "-C", clone, "rev-parse", "HEAD"]
    return clone, subprocess.check_output(head, text=True).strip()


def module(folder, snakefile, config=CONFIG):
    folder.mkdir(exist_ok=True)
    (folder / "Snakefile").write_text(
        f'module enem:\n    snakefile: "{snakefile}"\n    config: {config}\n\n'
        "use rule * from enem as enem_*\n"
    )
    return folder


def prefixed(names):
    return {f"enem_{name}" for name in names}


def test_as_a_module_of_another_workflow(clone, tmp_path):
    mine = module(tmp_path / "mine", clone / "workflow/Snakefile")
    assert planned(snakemake(mine, "-n")) >= prefixed(WHOLE)


def test_as_a_module_whose_config_is_refused_in_a_sentence(clone, tmp_path):
    mine = module(tmp_path / "mine", clone / "workflow/Snakefile", '{"state": "AC"}')
    run = snakemake(mine, "-n")
    assert run.returncode != 0
    assert "Config key state is unknown; did you mean states?" in run.stdout + run.stderr


@pytest.mark.parametrize("option", ['prefix: "sub"', 'replace_prefix: {"results/": "out/"}'])
def test_as_a_module_whose_prefix_is_refused_in_a_sentence(clone, option, tmp_path):
    mine = module(tmp_path / "mine", clone / "workflow/Snakefile", f"{CONFIG}\n    {option}")
    run = snakemake(mine, "-n")
    assert run.returncode != 0
    assert "has no prefix: or replace_prefix:" in run.stdout + run.stderr


def test_as_a_module_from_a_repository_at_a_commit(repository, tmp_path):
    clone, commit = repository
    mine = module(tmp_path / "mine", f"git+file://{clone}/workflow/Snakefile@{commit}")
    made = "data/simulated/microdados_enem_simulated.zip"
    run = snakemake(mine, made)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (mine / made).is_file()
    assert (mine / ".snakemake/enem-bayes" / commit / "workflow/enem/errors.py").is_file()
    assert not (clone / "data/simulated").exists()


def test_from_another_directory(clone, tmp_path):
    where = ("--snakefile", str(clone / "Snakefile"), "--directory", str(tmp_path / "data"))
    run = snakemake(tmp_path, *where, "-n", config=["editions=simulated"])
    assert planned(run) >= WHOLE
    run = snakemake(tmp_path, "-s", str(clone / "workflow/Snakefile"), "-n")
    assert planned(run) >= {"download_release", *WHOLE} - {"simulate_release"}


def test_deployed_by_snakedeploy(repository, tmp_path):
    clone, commit = repository
    mine = tmp_path / "mine"
    command = [Path(sys.executable).with_name("snakedeploy"), "deploy-workflow", clone, mine]
    done = subprocess.run(
        [*command, "--branch", "main", "--name", "enem"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    deployed = mine / "workflow/Snakefile"
    text = deployed.read_text()
    assert 'configfile: "config/config.yaml"' in text
    assert "use rule * from enem" in text
    # of a repository on this machine it declares a path, where one on GitHub has its address
    source = f"git+file://{clone}/workflow/Snakefile@{commit}"
    deployed.write_text(text.replace('"workflow/Snakefile"', f'"{source}"'))
    assert (mine / "config/README.md").is_file()
    assert not (mine / "config/config.yaml").is_symlink()
    run = snakemake(mine, "-n", config=["editions=simulated", "states=AC"])
    assert planned(run) >= WHOLE


@pytest.fixture
def tools(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(write_tools(tmp_path / "bin")), prepend=":")


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("method", ["conda", "apptainer"])
def test_software_deployment_is_planned(clone, method):
    run = snakemake(clone, "-n", "--sdm", method, config=["editions=simulated"])
    assert planned(run) >= WHOLE
    if method == "conda":
        assert "environment.yml will be created" in run.stdout + run.stderr


def containerfile():
    return (REPOSITORY / "Containerfile").read_text(encoding="utf-8")


def test_the_containerfile_copies_what_is_there_and_all_that_a_run_needs(tmp_path):
    chosen = (REPOSITORY / ".python-version").read_text().strip()
    assert re.search(r"^FROM python:([\d.]+)-slim$", containerfile(), re.M)[1] == chosen
    copied = [line.split()[1:] for line in containerfile().splitlines() if line.startswith("COPY")]
    for *sources, target in copied:
        for source in sources:
            path = REPOSITORY / source
            placed = tmp_path / "image" / (f"{target}/{path.name}" if path.is_file() else target)
            placed.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copy2 if path.is_file() else shutil.copytree
            copy(path, placed)
    where = (
        "--snakefile",
        str(tmp_path / "image/Snakefile"),
        "--directory",
        str(tmp_path / "work"),
    )
    run = snakemake(tmp_path, *where, "-n", config=["editions=simulated"])
    assert planned(run) >= WHOLE


def test_layout_of_the_workflow_catalog():
    for name in ("workflow/Snakefile", "config/README.md", "LICENSE", "README.md"):
        assert (REPOSITORY / name).is_file(), name
    assert (REPOSITORY / "config/config.yaml").resolve() == REPOSITORY / "config.yaml"
    text = (REPOSITORY / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8")
    usage = yaml.safe_load(text)["usage"]
    assert usage["software-stack-deployment"] == {"conda": True, "apptainer": True}
    assert usage["report"] is True
