"""Converting a national zip: against ``unzip -p`` and other readers, and growth of memory."""

import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from enem.errors import InputError
from enem.simulate import simulate_release
from studies.benchmarks.agreement import differences
from studies.benchmarks.process import Cost, cost_of, python_module
from studies.benchmarks.readers import READERS
from studies.benchmarks.tables import Result, spread

COMPARED_ROWS = (1_000_000, 3_000_000)
GROWTH_ROWS = (1_000_000, 3_000_000, 6_700_000)
SEED = 2017
UNZIP = "unzip -p"
WORKFLOW = "workflow"


def measure(repeats: int, rows: list[int] | None) -> list[Result]:
    """Time every reader on simulated releases, one after the other in each round.

    Parameters
    ----------
    repeats
        Rounds of the comparison.
    rows
        Participants of the releases, instead of the sizes that the page is about.
    """
    if shutil.which("unzip") is None:
        raise InputError(
            "There is no unzip on this machine, which the conversion is compared with: install "
            "your system's package (Debian: apt-get install unzip)."
        )
    with TemporaryDirectory(prefix="enem-benchmark-") as folder:
        zips = {size: _release(Path(folder), size) for size in rows or GROWTH_ROWS}
        compared = {size: zips[size] for size in rows or COMPARED_ROWS}
        # first, so that a conversion that is wrong is not timed for minutes
        agreement = _agreement(next(iter(zips.values())))
        runs = pd.concat([_compare(path, size, repeats) for size, path in compared.items()])
        return [_comparison(runs), _growth(zips), agreement]


def _release(folder: Path, rows: int) -> Path:
    path = folder / f"{rows}.zip"
    simulate_release(path, folder / f"{rows}.csv", participants=rows, seed=SEED)
    return path


def _run(reader: str, zip_path: Path) -> Cost:
    if reader == UNZIP:
        return cost_of([*UNZIP.split(), str(zip_path)])
    made = zip_path.with_suffix(f".{reader}.parquet")
    return cost_of(python_module("studies.benchmarks.readers", reader, str(zip_path), str(made)))


def _compare(zip_path: Path, rows: int, repeats: int) -> pd.DataFrame:
    """Measure rounds of all readers after one that fills the caches of disk and modules."""
    found = []
    for number in range(repeats + 1):
        costs = {reader: _run(reader, zip_path) for reader in (UNZIP, *READERS)}
        floor = costs[UNZIP].seconds
        found += [
            {"rows": rows, "reader": reader, "ratio": cost.seconds / floor, **cost._asdict()}
            for reader, cost in costs.items()
            if number
        ]
    return pd.DataFrame(found)


def _comparison(runs: pd.DataFrame) -> Result:
    table = spread(runs, ["rows", "reader"], ["ratio", "seconds", "cpu_seconds", "peak_mib"])
    rounds = len(runs.drop_duplicates(["rows", "reader"]))
    return Result(
        "convert",
        "Zip to Parquet",
        f"Whole processes on a simulated release, {len(runs) // rounds} rounds in which they took "
        f"turns; `ratio` is wall time over that of `{UNZIP} FILE > /dev/null` in the same round. "
        "duckdb's time has the extraction to disk that it needs. Only the workflow checks every "
        "code, the length and the checksum, and harmonises.",
        table,
    )


def _growth(zips: dict[int, Path]) -> Result:
    costs = [{"rows": rows, **_run(WORKFLOW, path)._asdict()} for rows, path in zips.items()]
    return Result(
        "convert_growth",
        "Growth with rows",
        "The workflow's conversion as a whole process: peak resident memory and time.",
        pd.DataFrame(costs),
    )


def _agreement(zip_path: Path) -> Result:
    _run(WORKFLOW, zip_path)
    # in a process of its own: a child's peak memory is never below what its parent held
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        table = apart.submit(differences, zip_path, zip_path.with_suffix(f".{WORKFLOW}.parquet"))
    return Result(
        "convert_agreement",
        "Same values as a plain reading",
        "Every value of every column of the workflow's table against pandas' reading of the file "
        "as text.",
        table.result(),
    )
