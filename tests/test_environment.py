import itertools
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


def ranges(project):
    """Requirements of the library and of its extras, by name."""
    of = project["project"]
    requirements = [*of["dependencies"], *itertools.chain(*of["optional-dependencies"].values())]
    return {normal(re.match(r"[\w.-]+", each)[0]): each for each in requirements}


def constraints(project):
    return pinned(project["tool"]["uv"]["constraint-dependencies"])


def pinned_groups(project):
    """Groups of development tools; the one of the project's own extras is pinned by constraints."""
    groups = dict(project["dependency-groups"])
    extras = ",".join(sorted(project["project"]["optional-dependencies"]))
    assert groups.pop("everything") == [f"{project['project']['name']}[{extras}]"]
    return groups


def conda_environment():
    text = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["dependencies"]


def test_the_published_library_asks_for_ranges(project):
    for requirement in ranges(project).values():
        assert re.search(r">=\d", requirement), requirement
        assert "==" not in requirement


def test_conda_has_the_direct_dependencies_and_the_versions_of_development(project):
    pins = constraints(project)
    expected = {CONDA_NAMES.get(name, name): pins[name] for name in ranges(project)}
    conda = dict(entry.split("=") for entry in conda_environment())
    for name in CONDA_ONLY:
        conda.pop(name)
    assert conda == expected


def test_conda_has_the_backends_that_extras_bring(project):
    found = (re.match(r"([\w.-]+)\[([\w,-]+)\]", each) for each in ranges(project).values())
    extras = {normal(match[1]): match[2].split(",") for match in found if match}
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
    for group in pinned_groups(project).values():
        assert pinned(group)
    assert pinned(project["build-system"]["requires"])


def installed_versions():
    """Packages of this environment; what others carry inside them is not on its path."""
    found = distributions(path=[sysconfig.get_path("purelib")])
    return {normal(d.metadata["Name"]): d.version for d in found}


def test_every_installed_package_is_pinned_once(project):
    pins, tools = constraints(project), {}
    for group in pinned_groups(project).values():
        tools |= pinned(group)
    assert not set(pins) & set(tools)
    # the project itself, and what may have set the environment up
    apart = {normal(project["project"]["name"]), "pip", "setuptools", "uv", "wheel"}
    installed = {n: v for n, v in installed_versions().items() if n not in apart}
    assert set(ranges(project)) <= set(installed)
    assert {name: (pins | tools).get(name) for name in installed} == installed


def test_no_download_address_is_tracked():
    files = ["pyproject.toml", "environment.yml"]
    for name in files:
        assert "://" not in (REPOSITORY / name).read_text(encoding="utf-8"), name
    command = ["git", "-C", str(REPOSITORY), "ls-files", "uv.lock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    assert done.stdout == ""
