"""What a study hands over: checks, tables and figures; and how it reaches the documentation."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from enem.atomic import replacing, write_csv
from enem.check.verdict import Check
from enem.figures.writing import lay_out
from enem.provenance import package_versions

DPI = 110


@dataclass(frozen=True)
class Study:
    """The results of one study.

    Attributes
    ----------
    checks
        Its criteria with their verdicts; None where something could not be judged.
    tables, figures
        By file stem.
    """

    checks: Sequence[Check]
    tables: dict[str, pd.DataFrame]
    figures: dict[str, Figure]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.passed is not False for check in self.checks)

    @property
    def judged(self) -> bool:
        """Whether anything was judged at all."""
        return any(check.passed is not None for check in self.checks)


def write_study(name: str, study: Study, seconds: float, folder: Path) -> None:
    """Write ``{name}_checks.csv``, ``{name}_run.json``, the tables (CSV) and figures (PNG)."""
    write_csv(pd.DataFrame([asdict(c) for c in study.checks]), folder / f"{name}_checks.csv")
    for stem, table in study.tables.items():
        rounded = table.copy()
        floats = rounded.select_dtypes("float").columns
        rounded[floats] = rounded[floats].map(lambda value: float(f"{value:.6g}"))
        write_csv(rounded, folder / f"{stem}.csv")
    for stem, figure in study.figures.items():
        _write_png(figure, folder / f"{stem}.png")
    run = {"seconds": round(seconds), "versions": package_versions()}
    with replacing(folder / f"{name}_run.json") as partial:
        partial.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")


def _write_png(figure: Figure, path: Path) -> None:
    lay_out(figure)
    figure.set_dpi(DPI)
    with replacing(path) as partial:
        FigureCanvasAgg(figure).print_png(partial, metadata={"Software": None})
