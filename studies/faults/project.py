"""A copy of the project to do harm to, and what a run of it did."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.workflow_copy import MADE, copy_project, digests, rules_named

SMALL = ("editions=simulated", "states=RS", "simulated={participants: 20000, seed: 7}")
PAGES = (*SMALL, "models=[pooled]")
"""A small analysis with figures and a page."""

TABLES = (*PAGES, "report={each_state: false}")
"""The same without them, which takes a third of the time."""

IN_LANES = (*SMALL, "models=[pooled,school_type]", "report={each_state: false}")
"""Two models, which two processes fit."""


@dataclass(frozen=True)
class Run:
    """How a run of Snakemake ended.

    Attributes
    ----------
    status
        What its process returned.
    text
        What it printed.
    """

    status: int
    text: str

    @property
    def plan(self) -> set[str]:
        """Names of the rules that a dry run would execute."""
        assert self.status == 0, self.text
        return rules_named(self.text)

    @property
    def traceback(self) -> bool:
        """Whether it showed people a traceback."""
        return "Traceback" in self.text

    def line_with(self, words: str) -> str:
        """Return the first printed line with these words; empty when there is none."""
        return next((line.strip() for line in self.text.splitlines() if words in line), "")


@dataclass(frozen=True)
class Project:
    """A copy of the project in which a small analysis has run or is to run.

    Attributes
    ----------
    root
        Of the copy.
    folder
        Where data and results go.
    config
        What runs are asked for.
    """

    root: Path
    folder: Path
    config: Sequence[str] = TABLES

    @classmethod
    def copied(cls, root: Path, config: Sequence[str] = TABLES) -> "Project":
        """Copy the project to a folder that is not there yet."""
        return cls(copy_project(root), root, config)

    def command(self, *arguments: str, config: Sequence[str] = ()) -> list[str]:
        """Return the command of a run."""
        where = ("--snakefile", str(self.root / "Snakefile"), "--directory", str(self.folder))
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *where, *arguments]
        return [*command, "--config", *(config or self.config)]

    def run(self, *arguments: str, config: Sequence[str] = (), within: Sequence[str] = ()) -> Run:
        """Run Snakemake, perhaps within another command, such as ``unshare``."""
        command = [*within, *self.command(*arguments, config=config)]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        return Run(done.returncode, done.stdout + done.stderr)

    def results(self) -> dict[str, str]:
        """SHA-256 of every result, by its path."""
        return digests(self.folder)

    def clean(self) -> None:
        """Remove all that runs made; what is compiled stays."""
        made = ("results", "logs", "benchmarks", ".snakemake", *(f"data/{name}" for name in MADE))
        for name in made:
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def plan(self, *config: str) -> set[str]:
        """Names of the rules that another run would execute, perhaps with more configuration."""
        return self.run("-n", config=(*self.config, *config)).plan
