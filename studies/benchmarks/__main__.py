"""Measure parts and write the page: ``python -m studies.benchmarks [PART ...]``."""

import argparse
import sys
from pathlib import Path

from enem.errors import InputError
from studies.benchmarks.machine import circumstances
from studies.benchmarks.page import render, save
from studies.benchmarks.parts import PARTS, measure_of

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m studies.benchmarks")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all when not given")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of each comparison")
    parser.add_argument("--rows", type=int, nargs="+", help="other sizes, to try the benchmarks")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder to write to")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there is {', '.join(PARTS)}")
    folder = chosen.docs / "benchmarks"
    for part in chosen.parts or PARTS:
        results = measure_of(part)(chosen.repeats, chosen.rows)
        save(folder, part, circumstances(), results)
    render(folder, chosen.docs / "benchmarks.md")


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
