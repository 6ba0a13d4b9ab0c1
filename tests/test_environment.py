import re
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import distributions

import pytest
import yaml

from made import REPOSITORY

CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "isal": "python-isal",
    "snakemake": "snakemake-minimal",
}
"""PyPI names whose conda package has another; the -base and -minimal ones leave out extras."""

CONDA_ONLY = {"python"}


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def pinned(requirements):
    """Names and versions of ``name[extras]==version`` requirements; nothing else is allowed."""
    found = {}
    for requirement in requirements:
        match = re.fullmatch(
            r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!]+)(?:\s*;.*)?", requirement.strip()
        )
        assert match, f"{requirement} is not pinned exactly"
        found[normal(match[1])] = match[2]
    return found


def conda_environment():
    text = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["dependencies"]


def test_conda_has_the_direct_dependencies_and_versions_of_the_project(project):
    direct = pinned(project["project"]["dependencies"])
    expected = {CONDA_NAMES.get(name, name): version for name, version in direct.items()}
    conda = dict(entry.split("=") for entry in conda_environment())
    for name in CONDA_ONLY:
        conda.pop(name)
    assert conda == expected


def test_conda_has_the_backends_that_extras_bring(project):
    extras = {
        normal(match[1]): match[2].split(",")
        for match in re.finditer(
            r"^([\w.-]+)\[([\w,-]+)\]", "\n".join(project["project"]["dependencies"]), re.M
        )
    }
    assert extras == {"arviz-plots": ["matplotlib"], "arviz-stats": ["xarray"]}
    names = {entry.split("=")[0] for entry in conda_environment()}
    assert {"matplotlib-base", "xarray", "arviz-base"} <= names


def test_python_is_the_same_everywhere(project):
    chosen = (REPOSITORY / ".python-version").read_text().strip()
    conda = dict(entry.split("=") for entry in conda_environment())["python"]
    assert chosen == conda == f"{sys.version_info.major}.{sys.version_info.minor}"
    low, high = re.findall(r"\d+\.(\d+)", project["project"]["requires-python"])
    assert int(low) <= int(chosen.split(".")[1]) < int(high)


def test_every_development_tool_is_pinned(project):
    for group in project["dependency-groups"].values():
        assert pinned(group)
    assert pinned(project["build-system"]["requires"])


def installed_versions():
    """Packages of this environment; what others carry inside them is not on its path."""
    found = distributions(path=[sysconfig.get_path("purelib")])
    return {normal(d.metadata["Name"]): d.version for d in found}


def test_installed_direct_dependencies_have_the_pinned_versions(project):
    installed = installed_versions()
    direct = pinned(project["project"]["dependencies"])
    assert {name: installed.get(name) for name in direct} == direct


def test_constraints_pin_every_other_installed_package(project):
    constraints = project.get("tool", {}).get("uv", {}).get("constraint-dependencies")
    if constraints is None:
        pytest.skip("pyproject.toml has no tool.uv.constraint-dependencies")
    pins = pinned(constraints)
    direct = pinned(project["project"]["dependencies"])
    for group in project["dependency-groups"].values():
        direct |= pinned(group)
    # the project itself, and what may have set the environment up
    apart = {normal(project["project"]["name"]), "pip", "setuptools", "uv", "wheel"}
    installed = installed_versions()
    others = {n: v for n, v in installed.items() if n not in direct and n not in apart}
    assert {name: pins.get(name) for name in others} == others
    disagreeing = {n: v for n, v in pins.items() if direct.get(n, v) != v}
    assert not disagreeing


def test_no_download_address_is_tracked():
    files = ["pyproject.toml", "environment.yml"]
    for name in files:
        assert "://" not in (REPOSITORY / name).read_text(encoding="utf-8"), name
    command = ["git", "-C", str(REPOSITORY), "ls-files", "uv.lock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    assert done.stdout == ""
