"""Draw the figures of one analysis and write them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from enem.atomic import write_csv, write_json, write_parquet
from enem.figures.analysis import Analysis
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.gallery import figure_module
from enem.figures.names import INDEX, LANGUAGES, FigureName, Specifications, figures_of, files_of
from enem.figures.style import FEED, NARROW, WIDE, Sheet, drawn_on
from enem.figures.vocabulary import model_name
from enem.figures.words import say, spoken
from enem.figures.writing import write_drawings
from enem.lanes import shared_out


def draw_figures(
    results_dir: Path,
    outcome: str,
    specs: Specifications,
    analysis: Analysis,
    destination: Path,
    lanes: int = 1,
) -> list[Path]:
    """Draw every figure of an analysis in every language, write its data and the list of all.

    Parameters
    ----------
    results_dir
        ``results/{edition}/{state}``, holding the artefacts of the earlier stages.
    outcome
        Which outcome of that folder.
    specs
        Models asked for by name, in the order of panels.
    analysis
        What the figures say about it; school types and participants are taken from the cells.
    destination
        Folder for the files that `enem.figures.names` lists.
    lanes
        Processes that draw at the same time.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        An artefact is missing.
    """
    artefacts = Artefacts(results_dir, replace(analysis, outcome=outcome, specs=specs)).counted()
    names = figures_of(specs, artefacts.has_income)
    for subject in {name.subject for name in names}:
        # once, before the lanes part
        figure_module(subject)
    entries = shared_out(names, lambda name: write_figure(name, artefacts, destination), lanes)
    index = destination / INDEX
    write_json(entries, index)
    return [*(destination / file for name in names for file in files_of(name)), index]


def write_figure(name: FigureName, artefacts: Artefacts, folder: Path) -> dict[str, Any]:
    """Write a figure's data and drawings; return its entry of the list.

    Raises
    ------
    InputError
        An artefact is missing.
    """
    module, table = figure_module(name.subject), figure_table(name, artefacts)
    files = name.files
    write_csv(table, folder / files["csv"])
    write_parquet(table, folder / files["parquet"])
    draw = partial(draw_figure, name, artefacts, table)
    title = _write_drawings(draw, WIDE, name.stem, folder, files["svg"], files["png"])
    if name.story:
        _write_drawings(draw, NARROW, name.stem, folder, files["narrow"], {})
        _write_drawings(draw, FEED, name.stem, folder, {}, files["feed"])
    of_model = {} if name.model is None else {"model": model_name(name.model)}
    said = {"title": title, "caption": say(module.CAPTION, **of_model)}
    return {
        "stem": name.stem,
        "subject": name.subject,
        "model": name.model,
        "story": name.story,
        "empty": table.empty,
        **{kind: {code: spoken(text, code) for code in LANGUAGES} for kind, text in said.items()},
        "finding": name.story and module.finding(artefacts, table) is not None,
        "files": files,
    }


def figure_table(name: FigureName, artefacts: Artefacts) -> pd.DataFrame:
    """Return what a figure shows as a tidy table, without what it hides of small groups."""
    return figure_module(name.subject).table(artefacts, *_model_of(name))


def draw_figure(
    name: FigureName, artefacts: Artefacts, table: pd.DataFrame, sheet: Sheet = WIDE
) -> FramedFigure:
    """Draw a figure on a sheet."""
    with drawn_on(sheet):
        draw = figure_module(name.subject).draw
        return draw(artefacts, table, *_model_of(name))


def _write_drawings(
    draw: Callable[..., FramedFigure],
    sheet: Sheet,
    salt: str,
    folder: Path,
    svg_files: Mapping[str, str],
    png_files: Mapping[str, str],
) -> str:
    """Draw a figure on a sheet, write the files asked for, and return its title."""
    figure = draw(sheet)
    with drawn_on(sheet):
        write_drawings(figure, f"{salt}{sheet.name}", folder, svg_files, png_files)
    return figure.title


def _model_of(name: FigureName) -> tuple[str, ...]:
    return () if name.model is None else (name.model,)
