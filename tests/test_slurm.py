"""The same atlas on one machine and as jobs of a real SLURM: equal to the last draw."""

import contextlib
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from slurm import missing_programs, running_slurm
from studies.benchmarks.workflow import simulate_edition
from workflow_copy import copy_project

YEARS = (2017, 2018)
STATES = ("RS", "SP")
PARTICIPANTS = 40_000
QUICK_CHECKS = ("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks")
ON_SLURM = ("--profile", "profiles/slurm", *QUICK_CHECKS, "3", "--latency-wait", "5")


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("releases")
    for year in YEARS:
        simulate_edition(folder, year, PARTICIPANTS)
    return folder


def run(project, releases, *arguments, environment=None):
    """Make the atlas of all states and editions in `project`, without a page for each."""
    config = [
        f"editions=[{','.join(map(str, YEARS))}]",
        f"states=[{','.join(STATES)}]",
        f"source={releases}",
        "models=school_type",
        "sampler={draws: 500, tune: 500}",
        "report={each_state: false}",
    ]
    command = [sys.executable, "-m", "snakemake", *arguments, "--config", *config]
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def local(tmp_path_factory, releases):
    project = copy_project(tmp_path_factory.mktemp("local") / "project")
    done = run(project, releases, "--cores", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def skip_without_slurm():
    if missing := missing_programs():
        pytest.skip(f"no SLURM here: {', '.join(missing)} missing (apt: slurm-wlm, munge)")
    if find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("Snakemake's SLURM executor is not installed (uv sync --group cluster)")


@pytest.fixture(scope="module")
def slurm():
    """The environment of a running SLURM."""
    skip_without_slurm()
    with running_slurm() as environment:
        yield environment


def command_lines():
    """Command lines of all processes of this machine."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes().decode(errors="replace"))
    return lines


def test_nothing_of_slurm_outlives_its_end():
    skip_without_slurm()
    with running_slurm() as environment:
        folder = Path(environment["SLURM_CONF"]).parent
        command = ["sbatch", "--mem=100", "--output=/dev/null", "--wrap=sleep 1000; srun true"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        job = f"{folder}/spool/job"
        end = time.monotonic() + 30
        while not any(job in line for line in command_lines()):
            assert time.monotonic() < end, "the job did not start"
            time.sleep(0.2)
        assert any(f"{folder}/munge.key" in line for line in command_lines())
    assert not folder.exists()
    assert not [line for line in command_lines() if str(folder) in line]


@pytest.fixture(scope="module")
def on_slurm(tmp_path_factory, releases, slurm):
    """The finished project and what Snakemake said."""
    project = copy_project(tmp_path_factory.mktemp("slurm") / "project")
    done = run(project, releases, *ON_SLURM, environment=slurm)
    said = done.stdout + done.stderr
    logs = (project / ".snakemake/slurm_logs").rglob("*.log")
    assert done.returncode == 0, said + "\n".join(log.read_text() for log in logs)
    return project, said


def files(project, suffix):
    """Results of a suffix, as paths below the project."""
    found = project.glob(f"results/**/*{suffix}")
    return sorted(str(path.relative_to(project)) for path in found)


def both(local, on_slurm, suffix):
    """Each result of a suffix in both projects; they have the same ones."""
    names = files(local, suffix)
    assert files(on_slurm[0], suffix) == names
    return {name: (local / name, on_slurm[0] / name) for name in names}


def test_an_edition_is_one_job_and_light_rules_stay_where_snakemake_runs(on_slurm):
    _, said = on_slurm
    logs = re.findall(r"submitted with SLURM jobid \d+ \(log: \S+/slurm_logs/([a-z_.]+)/", said)
    groups = [name for name in logs if name.startswith("group_edition_")]
    assert len(groups) == len(YEARS)
    assert [name for name in logs if name not in groups] == ["rule_build_atlas"]
    for rule in ("link_release", "collect_results"):
        assert f"(Rule: {rule})" in said


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_every_table_is_that_of_the_local_run(local, on_slurm, suffix):
    pairs = both(local, on_slurm, suffix)
    folders = {str(Path(name).parent) for name in pairs}
    assert {f"results/{y}/{s}/mean/school_type" for y in YEARS for s in STATES} <= folders
    assert ("results/atlas" in folders) == (suffix == ".csv")
    differing = [name for name, (a, b) in pairs.items() if a.read_bytes() != b.read_bytes()]
    assert not differing


def test_every_table_of_the_atlas_is_that_of_the_local_run_in_parquet_too(local, on_slurm):
    pairs = both(local, on_slurm, ".parquet")
    assert len([name for name in pairs if name.startswith("results/atlas/")]) == 8
    for a, b in pairs.values():
        pd.testing.assert_frame_equal(pd.read_parquet(a), pd.read_parquet(b), check_exact=True)


def test_every_draw_is_that_of_the_local_run(local, on_slurm):
    pairs = both(local, on_slurm, ".nc")
    assert len(pairs) == len(YEARS) * len(STATES)
    for a, b in pairs.values():
        with (
            xr.open_datatree(a, engine="h5netcdf") as x,
            xr.open_datatree(b, engine="h5netcdf") as y,
        ):
            assert x["posterior"].sizes["draw"] == 500
            xr.testing.assert_identical(x.load(), y.load())
