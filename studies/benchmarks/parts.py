"""The parts of the benchmarks: a module each, imported when it is asked for."""

from collections.abc import Callable
from importlib import import_module

from studies.benchmarks.tables import Result

PARTS = {"convert": "Convert", "fit": "Fit", "workflow": "Whole runs"}
"""Module names and their headings on the page, in its order."""


def measure_of(part: str) -> Callable[[int, list[int] | None], list[Result]]:
    """Return the function that measures a part."""
    return import_module(f"studies.benchmarks.{part}").measure
