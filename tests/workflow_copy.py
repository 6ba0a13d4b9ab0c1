"""Run the workflow in a copy of the project, so that tests may edit it."""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
RULE = re.compile(r'^rule (\w+):|^    rule:\s+name:\s+kind\.named\("(\w+)"\)', re.M)
MADE = (
    *("raw", "local", "simulated", "participants", "analyses", "samples", "loo", "sums"),
    *("records", "replaced", "charts"),
)
"""Folders of data that runs make."""

PARTS = ("Snakefile", "config.yaml", "config", "environment.yml", "workflow", "profiles", "data")


def copy_project(destination: Path) -> Path:
    """Copy what a run needs, without anything that a run makes."""
    destination.mkdir(parents=True)
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_symlink():
            (destination / part).symlink_to(source.readlink())
        elif source.is_dir():
            shutil.copytree(source, destination / part, ignore=_made)
        else:
            shutil.copy2(source, destination / part)
    return destination


def _made(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in {*MADE, "__pycache__"}]


def snakemake(
    project: Path, *arguments: str, config: Sequence[str] = ()
) -> subprocess.CompletedProcess:
    """Run Snakemake in `project`; `config` is what follows ``--config``."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    if config:
        command += ["--config", *config]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def planned(run: subprocess.CompletedProcess) -> set[str]:
    """Names of the rules that a dry run would execute."""
    assert run.returncode == 0, run.stdout + run.stderr
    return rules_named(run.stdout + run.stderr)


def rules_named(plan: str) -> set[str]:
    """Names of the rules in what a dry run printed."""
    table = plan.partition("Job stats:")[2].partition("\ntotal ")[0]
    rows = [line.split() for line in table.splitlines()]
    return {row[0] for row in rows if len(row) == 2 and row[1].isdigit()}


def outputs(project: Path, *targets: str, config: Sequence[str]) -> set[str]:
    """Paths of everything that rules make on the way to the targets."""
    run = snakemake(project, *targets, "--summary", config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    return {line.split("\t")[0] for line in run.stdout.splitlines()[1:]}


def digests(project: Path) -> dict[str, str]:
    """SHA-256 of every result, by its path below the project."""
    paths = [path for path in (project / "results").rglob("*") if path.is_file()]
    return {
        path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def rule_texts() -> dict[str, str]:
    """Text of every rule by its name; one that is made of each kind of edition by its first."""
    found = {}
    for path in sorted((REPOSITORY / "workflow/rules").glob("*.smk")):
        text = path.read_text(encoding="utf-8")
        rules = list(RULE.finditer(text))
        ends = [match.start() for match in rules[1:]] + [len(text)]
        found |= {
            match[1] or match[2]: text[match.start() : end]
            for match, end in zip(rules, ends, strict=False)
        }
    return found
