"""What people, disks and losses of power do to files of a finished run."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from studies.faults.project import Project, Run

STORE, RESULTS = "data/analyses/simulated", "results/simulated/RS"
AGAIN = "it is made again"
OTHER = "interval={mass: 0.8}"
"""Configuration of other results."""


@dataclass(frozen=True)
class Loss:
    """A fault of a file.

    Attributes
    ----------
    name
        What happened.
    paths
        To which files or folders of a finished run; each pattern has one match at least.
    inject
        Does it to one of them.
    words
        That the next run prints; none where Snakemake sees by itself what to do.
    of_page
        Whether it is done to what only a run with figures and pages makes.
    """

    name: str
    paths: tuple[str, ...]
    inject: Callable[[Path], object]
    words: str = ""
    of_page: bool = False

    @property
    def of_store(self) -> bool:
        """Whether it is done to what only other results need."""
        return any(path.startswith(STORE) for path in self.paths)

    def run_after(self, project: Project) -> Run:
        """Run again; with other results between, where these need what was harmed."""
        runs = [project.run(config=(*project.config, OTHER))] if self.of_store else []
        runs.append(project.run())
        return Run(max(run.status for run in runs), "".join(run.text for run in runs))

    def do(self, project: Project) -> None:
        """Do the harm."""
        for pattern in self.paths:
            base = project.root if pattern.startswith("workflow") else project.folder
            found = list(base.glob(pattern))
            assert found, f"{pattern} matches nothing"
            for path in found:
                self.inject(path)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _edited(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8")


LOSSES = (
    Loss("a result is edited in place", (f"{RESULTS}/mean/cells.csv",), _edited, AGAIN),
    Loss("cells of the store are cut", (f"{STORE}/RS/mean/cells.csv",), _cut, AGAIN),
    Loss("cells of the store are empty", (f"{STORE}/RS/mean/cells.csv",), _emptied, AGAIN),
    Loss("a posterior of the store is cut", (f"{STORE}/RS/*/*/posterior.nc",), _cut, AGAIN),
    Loss("a posterior of the store is empty", (f"{STORE}/RS/*/*/posterior.nc",), _emptied, AGAIN),
    Loss("a record is empty", (f"{STORE}/RS/*/*/fit_models.json",), _emptied, AGAIN),
    Loss("a record is cut", (f"{STORE}/RS/tabulate_cells.json",), _cut, AGAIN),
    Loss("what a stage leaves is empty", (f"{STORE}/RS/stages/check_models.json",), _emptied),
    Loss("the participants are cut", ("data/participants/*/participants.parquet",), _cut, AGAIN),
    *(
        Loss(f"{what} is edited", (f"{RESULTS}/{path}",), _edited, AGAIN, of_page=True)
        for what, path in (
            ("a figure", "mean/figures/score_by_income.pt.svg"),
            ("the data of a figure", "mean/figures/score_by_income.csv"),
            ("a table of estimators", "mean/estimation/least_squares.csv"),
            ("a table of assumptions", "mean/sensitivity/assumptions.csv"),
            ("the page", "report.html"),
        )
    ),
    Loss("a table is deleted", (f"{RESULTS}/mean/pooled/summary.csv",), Path.unlink),
    Loss("the sample flow is deleted", (f"{RESULTS}/sample_flow.csv",), Path.unlink),
    Loss("figures are deleted", (f"{RESULTS}/mean/figures",), shutil.rmtree, of_page=True),
    Loss("the page is deleted", (f"{RESULTS}/report.html",), Path.unlink, of_page=True),
    Loss("all results are deleted", ("results",), shutil.rmtree),
    Loss("the store of a state is deleted", (f"{STORE}/RS",), shutil.rmtree),
    Loss("the store is deleted", (STORE,), shutil.rmtree),
    Loss("everything in data is deleted", ("data/[a-r]*", "data/s[ai]*"), shutil.rmtree),
)


def edit_any(project: Project, seed: int) -> str:
    """Change a byte in the middle of one result, drawn at random; return its path."""
    name = Random(seed).choice(sorted(project.results()))
    content = bytearray((project.folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (project.folder / name).write_bytes(content)
    return name


def verdict(project: Project, before: dict[str, str], run: Run, words: str) -> list[str]:
    """List what a run did wrong after a loss; nothing where all is as before the loss.

    Parameters
    ----------
    project
        In which the run was.
    before
        Digests of results before the loss.
    run
        The one after it.
    words
        That it is to print.
    """
    after = project.results()
    other = sorted(path for path in before | after if before.get(path) != after.get(path))
    faults = {
        f"it ended with status {run.status}": run.status,
        "it showed a traceback": run.traceback,
        f"other results: {', '.join(other[:3])}": other,
        f"it did not print: {words}": words not in run.text,
        "yet another run has something to do": project.plan(),
    }
    return [fault for fault, there in faults.items() if there]
