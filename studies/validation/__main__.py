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
from studies.validation.coverage import coverage
from studies.validation.implementations import implementations
from studies.validation.joint import joint
from studies.validation.mutations import MUTATIONS, mutated
from studies.validation.page import write_page
from studies.validation.real_state import BESIDE
from studies.validation.recovery import recovery
from studies.validation.references import references
from studies.validation.setting import REPOSITORY
from studies.validation.stuck import stuck
from studies.validation.study import Study, write_study

FOLDER = REPOSITORY / "docs" / "validation"
BREAKABLE = ("calibration", "recovery", "references", "implementations")
"""Studies that run with the library broken."""


def _studies(microdata: Path, size: int | None) -> dict[str, Callable[[], Study]]:
    """Every study; `size` is the number of its simulations where that is not its own."""
    each = {} if size is None else {"simulations": size}
    return {
        "calibration": partial(calibration, **each),
        "joint": partial(joint, **each),
        "recovery": partial(recovery, *each.values()),
        "coverage": partial(coverage, microdata, **each),
        "stuck": partial(stuck, *each.values()),
        "references": references,
        "implementations": partial(implementations, microdata),
    }


STUDIES = tuple(_studies(BESIDE, None))


def _reduced(microdata: Path, size: int | None) -> dict[str, Callable[[], Study]]:
    """Smaller studies, large enough to see a broken library."""
    return {
        "calibration": partial(calibration, size or 50, ("school_type",)),
        "recovery": partial(recovery, size or 15, (1_000, 10_000), ("school_type",)),
        "references": partial(references, 500),
        "implementations": partial(implementations, microdata, 200),
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
    """Run what the command line asks for; 1 when a study failed or no study saw a mutation."""
    parser = argparse.ArgumentParser(prog="python -m studies.validation", description=__doc__)
    parser.add_argument("study", choices=[*STUDIES, "mutations", "page", "all"])
    parser.add_argument("--mutate", choices=sorted(MUTATIONS), help="break the library first")
    parser.add_argument(
        "--microdata",
        type=Path,
        default=BESIDE,
        help="folder with the real state's zip (default: %(default)s)",
    )
    parser.add_argument("--simulations", type=int, help="other numbers, to try the studies")
    options = parser.parse_args(arguments)
    names = [n for n in STUDIES if options.study in (n, "all")]
    broken = [n for n in BREAKABLE if options.study in (n, "all", "mutations")]
    given = options.microdata, options.simulations
    whole, small = _studies(*given), _reduced(*given)
    passed = True
    if options.study == "page":
        write_page(FOLDER)
    elif options.mutate:
        verdicts = [run_mutated(n, options.mutate, small[n]) for n in broken]
        passed = all(verdicts)
    else:
        # every study runs, whatever the first ones find
        verdicts = [run_study(n, whole[n]) for n in names]
        passed = all(verdicts)
    if options.study in ("mutations", "all") and not options.mutate:
        for mutation in MUTATIONS:
            verdicts = [run_mutated(n, mutation, small[n]) for n in broken]
            passed = passed and not all(verdicts)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
