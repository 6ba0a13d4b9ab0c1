"""Faults in runs of the whole workflow: the quick part of `studies.faults`."""

import os
import shutil
import signal
import time

import pytest

from studies.faults.kills import WHOM, kills
from studies.faults.losses import LOSSES, OTHER, edit_any, verdict
from studies.faults.project import IN_LANES, TABLES, Project
from studies.faults.surroundings import STOPPED, SURROUNDINGS, stopped

BY_NAME = {loss.name: loss for loss in LOSSES}
# of different files, so that one run can mend all of them
TOGETHER = (
    *("a result is edited in place", "cells of the store are cut"),
    *("a posterior of the store is empty", "a record is cut", "what a stage leaves is empty"),
    *("a table is deleted", "the sample flow is deleted"),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    project = Project.copied(tmp_path_factory.mktemp("faults") / "project")
    begun = time.monotonic()
    run = project.run()
    assert run.status == 0, run.text
    assert "Look at results/simulated/RS/; results/README.md describes every file." in run.text
    return project, project.results(), time.monotonic() - begun


def test_a_run_makes_lost_and_damaged_files_again(finished):
    project, before, _ = finished
    for name in TOGETHER:
        BY_NAME[name].do(project)
    run = BY_NAME["a record is cut"].run_after(project)
    assert verdict(project, before, run, "results/simulated/RS/mean/cells.csv was changed") == []
    lines = [line for line in run.text.splitlines() if "made again" in line]
    for words in ("tabulate_cells.json is gone", "posterior.nc is gone"):
        assert any(words in line for line in lines)


def test_any_one_result_that_is_edited_is_replaced_with_a_sentence(finished):
    project, before, _ = finished
    name = edit_any(project, 1)
    edited = (project.folder / name).read_bytes()
    assert verdict(project, before, project.run(), f"{name} was changed by other hands") == []
    assert (project.folder / "data/replaced" / name).read_bytes() == edited


def test_after_kills_the_same_command_ends_as_if_nothing_had_been(finished):
    for wrong, run in kills(*finished, len(WHOM)):
        assert wrong == [], run.text


def test_a_run_without_the_store_makes_it_again(finished):
    project, before, _ = finished
    BY_NAME["the store is deleted"].do(project)
    config = [*TABLES, "interval={mass: 0.8}"]
    run = project.run(config=config)
    assert run.status == 0, run.text
    assert project.results() != before, "and is not stale"
    assert project.run().status == 0
    assert project.results() == before


def test_a_dry_run_plans_what_a_run_makes_again_and_touches_nothing(finished):
    project, before, _ = finished
    harm = BY_NAME["a posterior of the store is cut"]
    harm.do(project)
    later = {"check_models", "compare_models", "collect_results", "all"}
    for _ in range(2):
        dry = project.run("-n")
        assert "it is made again when something needs it" in dry.text
        assert dry.plan == set(), "nothing does"
        assert project.plan(OTHER) == {"fit_models", *later}
    assert verdict(project, before, harm.run_after(project), "it is made again") == []
    name = edit_any(project, 0)
    edited = project.results()
    dry = project.run("-n")
    assert name in dry.text
    assert dry.plan == {"collect_results", "all"}
    assert project.results() == edited
    assert verdict(project, before, project.run(), f"{name} was changed") == []


@pytest.fixture
def namespaces():
    """Skip where a test may not mount anything."""
    if shutil.which("unshare") is None or os.system("unshare --map-root-user --mount true"):
        pytest.skip("this machine lets nobody but root mount file systems (unshare --mount)")


@pytest.mark.parametrize("place", SURROUNDINGS[:1], ids=lambda place: place.name)
def test_a_full_disk_is_a_sentence(place, finished, tmp_path, namespaces):  # noqa: ARG001
    project = Project(finished[0].root, tmp_path)
    run = place.run(project)
    assert run.status
    assert not run.traceback
    assert " bytes are free on the disk of " in run.line_with(place.expected)


def test_ctrl_c_ends_every_process_with_a_sentence(finished, tmp_path):
    run, alone = stopped(Project(finished[0].root, tmp_path, IN_LANES), "fit_models", signal.SIGINT)
    assert run.line_with(STOPPED)
    assert not run.traceback
    assert alone


def test_where_the_clone_can_only_be_read_the_remedy_is_named(finished, tmp_path, namespaces):  # noqa: ARG001
    root = finished[0].root
    place = type(SURROUNDINGS[0])("read only", f"mount -t tmpfs -o ro tmpfs {tmp_path}")
    run = place.run(Project(root, tmp_path))
    assert run.status
    assert f"The folder {tmp_path} cannot be written to." in run.text
    assert "--directory FOLDER" in run.text


def test_the_plan_of_many_analyses_is_short(finished):
    run = finished[0].run("-n", config=("editions=2018", "states=all"))
    assert run.status == 0
    assert "Sampling all states, edition 2018" in run.text
    assert len(run.text.encode()) < 22_000
