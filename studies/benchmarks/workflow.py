"""Whole runs of the workflow: growth of time and memory with states and editions."""

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from enem.names import STATES
from enem.simulate import simulate_release
from enem.simulate.archive import write_member
from studies.benchmarks.process import cost_of, python_module
from studies.benchmarks.tables import Result
from studies.validation.setting import REPOSITORY

YEARS = (2017, 2018, 2019)
"""Editions that the simulated release can pass for: they share its columns."""
FEW = ("pooled", "school_type")
FOUR = ("pooled", "school_type", "school_type_income", "income")
RUNS = ((1, 1, FOUR), (9, 1, FOUR), (27, 1, FOUR), (27, 3, FOUR), (27, 3, FEW))
"""States, editions and models of each run."""
PARTICIPANTS = 300_000
"""Of each edition, unless other numbers are asked for."""


def measure(repeats: int, rows: list[int] | None) -> list[Result]:
    """Run everything but the conversion and the pages of single states, from a start each time.

    Parameters
    ----------
    repeats
        Not used: a run of minutes is measured once.
    rows
        Participants of each edition; the first number is taken.
    """
    del repeats
    participants = rows[0] if rows else PARTICIPANTS
    found = []
    with TemporaryDirectory(prefix="enem-benchmark-") as folder:
        releases = Path(folder) / "releases"
        releases.mkdir()
        for year in YEARS:
            simulate_edition(releases, year, participants)
        project = Path(folder) / "run"
        for states, editions, models in RUNS:
            found.append(_one_run(project, releases, STATES[:states], YEARS[:editions], models))
    text = (
        f"`snakemake --cores 2` on {participants:,} simulated participants an edition, with "
        "levels, from converted files to the atlas, without a page for each state. A fit is one "
        "model of one state and edition; `peak_mib` is that of the largest process."
    )
    return [Result("workflow", "Growth with states and editions", text, pd.DataFrame(found))]


def simulate_edition(folder: Path, year: int, participants: int) -> None:
    """Write a simulated release as the zip of another edition with 2017's schema."""
    made = folder / "simulated.zip"
    simulate_release(made, folder / "truth.csv", participants=participants, seed=year)
    with zipfile.ZipFile(made) as archive:
        (member,) = archive.namelist()
        csv = archive.read(member).replace(b";2017;", f";{year};".encode())
    made.unlink()
    name = f"DADOS/MICRODADOS_ENEM_{year}.csv"
    write_member(folder / f"microdados_enem_{year}.zip", name, [csv])


def _one_run(
    project: Path,
    releases: Path,
    states: Sequence[str],
    years: Sequence[int],
    models: Sequence[str],
) -> dict[str, float]:
    (project / "data").mkdir(parents=True)
    for name in ("config.yaml", "data/sources.csv"):
        shutil.copy2(REPOSITORY / name, project / name)
    options = [
        f"editions=[{','.join(map(str, years))}]",
        f"states=[{','.join(states)}]",
        f"source={releases}",
        f"models=[{','.join(models)}]",
        "report={each_state: false}",
    ]
    command = python_module(
        "snakemake",
        *("--snakefile", str(REPOSITORY / "Snakefile"), "--directory", str(project)),
        *("--cores", "2", "--quiet", "all"),
    )
    cost_of([*command, "--until", "convert_release", "--config", *options])
    cost = cost_of([*command, "--config", *options])
    shutil.rmtree(project)
    counts = {"states": len(states), "editions": len(years), "models": len(models)}
    fits = counts["fits"] = len(states) * len(years) * len(models)
    return counts | cost._asdict() | {"cpu_seconds_a_fit": cost.cpu_seconds / fits}
