"""The figures, one a module; `enem.figures.names` says what a module holds."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def figure_module(subject: str) -> ModuleType:
    """Load a figure."""
    if subject not in {module.name for module in iter_modules(__path__)}:
        raise ValueError(f"There is no figure {subject}: no module of that name is in the gallery.")
    return import_module(f"{__name__}.{subject}")
