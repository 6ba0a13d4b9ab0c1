"""Command line: run a study, write its results, and fail when it fails."""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from enem.atomic import write_csv
from studies.validation.calibration import calibration
from studies.validation.implementations import implementations
from studies.validation.mutations import MUTATIONS, mutated
from studies.validation.page import write_page
from studies.validation.recovery import recovery
from studies.validation.references import references
from studies.validation.setting import REPOSITORY
from studies.validation.study import Study, write_study
from studies.validation.wider import wider

FOLDER = REPOSITORY / "docs" / "validation"
STUDIES = ("calibration", "wider", "recovery", "references", "implementations")


def _studies(microdata: Path) -> dict[str, Callable[[], Study]]:
    return {
        "calibration": calibration,
        "wider": wider,
        "recovery": recovery,
        "references": references,
        "implementations": partial(implementations, microdata),
    }


def _reduced(microdata: Path) -> dict[str, Callable[[], Study]]:
    """Smaller studies, large enough to see a broken library."""
    return {
        "calibration": partial(calibration, 50),
        "wider": partial(wider, 25, ("covariates_school_type_income",)),
        "recovery": partial(recovery, 15, (1_000, 10_000)),
        "references": partial(references, 500),
        "implementations": partial(implementations, microdata),
    }


def run_study(name: str, run: Callable[[], Study]) -> bool:
    """Run one study, write what it found, and return whether it passed."""
    started = time.monotonic()
    study = run()
    _print(name, study)
    if study.judged:
        write_study(name, study, time.monotonic() - started, FOLDER)
        write_page(FOLDER)
    return study.passed


def run_mutated(name: str, mutation: str, run: Callable[[], Study]) -> bool:
    """Run one study with the library broken, record its verdict, and return whether it passed.

    A study that could judge nothing has not passed.
    """
    with mutated(mutation):
        study = run()
    _print(f"{name} with {mutation}", study)
    if study.judged:
        _record(name, mutation, study)
        write_page(FOLDER)
    return study.judged and study.passed


def _record(name: str, mutation: str, study: Study) -> None:
    path = FOLDER / "mutations.csv"
    failed = [check for check in study.checks if check.passed is False]
    row = {
        "study": name,
        "mutation": mutation,
        "verdict": "fails" if failed else "passes",
        "checks_failed": f"{len(failed)} of {sum(c.passed is not None for c in study.checks)}",
        "first_failure": failed[0].message if failed else "",
    }
    known = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=list(row))
    others = known[(known["study"] != name) | (known["mutation"] != mutation)]
    table = pd.concat([others, pd.DataFrame([row])], ignore_index=True)
    order = {study: index for index, study in enumerate(STUDIES)}
    write_csv(table.sort_values(["study", "mutation"], key=lambda c: c.replace(order)), path)


def _print(title: str, study: Study) -> None:
    print(title)
    for check in study.checks:
        word = {True: "passed", False: "FAILED", None: "-"}[check.passed]
        print(f"  {word:7} {check.message}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; 1 when a study failed or a mutation went unnoticed."""
    parser = argparse.ArgumentParser(prog="python -m studies.validation", description=__doc__)
    parser.add_argument("study", choices=[*STUDIES, "mutations", "page", "all"])
    parser.add_argument("--mutate", choices=sorted(MUTATIONS), help="break the library first")
    parser.add_argument(
        "--microdata",
        type=Path,
        default=REPOSITORY.parent / "shared" / "microdata",
        help="folder with the real state's zip (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    names = [n for n in STUDIES if options.study in (n, "all", "mutations")]
    whole, small = _studies(options.microdata), _reduced(options.microdata)
    passed = True
    if options.study == "page":
        write_page(FOLDER)
    elif options.mutate:
        verdicts = [run_mutated(n, options.mutate, small[n]) for n in names]
        passed = all(verdicts)
    elif options.study != "mutations":
        # every study runs, whatever the first ones say
        verdicts = [run_study(n, whole[n]) for n in names]
        passed = all(verdicts)
    if options.study in ("mutations", "all") and not options.mutate:
        unnoticed = [run_mutated(n, m, small[n]) for n in names for m in MUTATIONS]
        passed = passed and not any(unnoticed)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
