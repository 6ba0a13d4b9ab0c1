"""Write figures of wider models, which are drawn one by one and not with the catalogue."""

from pathlib import Path

from matplotlib.figure import Figure

from enem.figures.analysis import Analysis
from enem.figures.axes import write_ticks
from enem.figures.style import save


def write(figure: Figure, analysis: Analysis, folder: Path, name: str) -> list[Path]:
    """Write a figure as ``{name}.{language}.svg`` and ``.png``, ticks in the analysis' language."""
    write_ticks(figure, analysis.labels)
    return save(figure, folder, f"{name}.{analysis.language}")
