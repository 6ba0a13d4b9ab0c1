"""Marginal posteriors, with MLE, MAP and posterior mean marked on each."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, hidden_note, model_notes, subtitle
from enem.figures.intervals import TAIL, density, interval
from enem.figures.labels import Labels
from enem.figures.palette import INK, MARKS, Mark
from enem.figures.panels import (
    drawn_parameters,
    panel_rows,
    panel_title,
    place_panels,
    wrapped_title,
)
from enem.figures.style import SMALL_SIZE, styled
from enem.mixed.parameters import LINES, parameter_draws

LOOK = {
    "posterior_mean": {"marker": "o", "mfc": INK, "ls": "-", "lane": 1.14},
    "map": {"marker": "^", "mfc": "white", "ls": "--", "lane": 1.44},
    "mle": {"marker": "s", "mfc": "white", "ls": ":", "lane": 1.74},
}
WORDS = {"size": SMALL_SIZE, "color": INK, "va": "center"}
TOP = 1.94
ROW_HEIGHT = 1.66


@styled
def draw(
    posterior: xr.Dataset,
    estimates: pd.DataFrame,
    participants: Mapping[str, int],
    model: str,
    analysis: Analysis,
) -> FramedFigure:
    """Draw one panel a parameter of lines, scales and sigmas.

    Parameters
    ----------
    posterior
        Draws of the model.
    estimates
        ``parameter, mle, map, posterior_mean``; blank where undefined.
    participants
        By school type, and ``all``.
    model
        For the title.
    analysis
        For the kind of interval.
    """
    labels = analysis.labels
    draws = parameter_draws(drawn_parameters(posterior))
    rows = panel_rows([str(p) for p in draws["parameter"].to_numpy()], analysis.school_types)
    body = framed_body(
        labels.text("estimates.title", model=labels.model(model)),
        subtitle(analysis),
        labels.text("estimates.note", tail=labels.short(100 * TAIL)),
        *model_notes(analysis, model, scope="typical_school"),
        *hidden_note(analysis),
        height=0.4 + ROW_HEIGHT * len(rows),
    )
    table = estimates.set_index("parameter")
    among_groups = analysis.specs[model].by_school_type
    for name, axes in place_panels(body, rows):
        values = draws.sel(parameter=name).to_numpy().ravel()
        _draw_panel(axes, name, values, table.loc[name], analysis)
        lines = panel_title(name, participants, labels, among_groups=among_groups)
        title = wrapped_title(lines, max(map(len, rows)))
        axes.set_title(title, color=_mark(name).dark, size=SMALL_SIZE)
    body.legend(
        [_key(kind) for kind in LOOK],
        [labels.text(f"estimate_key.{kind}") for kind in LOOK],
        loc="outside upper left",
        ncols=len(LOOK),
    )
    return body.figure


def _draw_panel(
    axes: Axes, name: str, draws: np.ndarray, estimates: pd.Series, analysis: Analysis
) -> None:
    labels = analysis.labels
    shown = {kind: float(estimates[kind]) for kind in LOOK}
    base = name.partition("[")[0]
    grid, height = density(draws)
    axes.fill_between(grid, 0, height / height.max(), color=_mark(name).color, alpha=0.4, lw=0)
    axes.set_xlim(*_limits(grid, [*shown.values()], positive=base not in LINES))
    low, high = interval(draws, analysis)
    lane = LOOK["posterior_mean"]["lane"]
    axes.plot([low, high], [lane, lane], color=INK, lw=1.6, solid_capstyle="butt", zorder=3)
    for kind, value in shown.items():
        _mark_estimate(axes, kind, value, labels)
    axes.set_ylim(0, TOP)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    axes.locator_params(axis="x", nbins=3)
    axes.set_xlabel(labels.unit(name), size=SMALL_SIZE, labelpad=1)


def _limits(grid: np.ndarray, estimates: list[float], *, positive: bool) -> tuple[float, float]:
    """Limits that hold the density, and the estimates unless they are far away from it."""
    reach = 0.6 * (grid[-1] - grid[0])
    values = np.array(estimates)
    near = values[(values >= grid[0] - reach) & (values <= grid[-1] + reach)]
    low, high = padded([grid[0], grid[-1], *near], 0.06)
    return (min(low, 0.0) if low < 0.15 * high else low, high) if positive else (low, high)


def _mark_estimate(axes: Axes, kind: str, value: float, labels: Labels) -> None:
    look = LOOK[kind]
    left, right = axes.get_xlim()
    lane = look["lane"]
    if np.isnan(value):
        _write_undefined(axes, kind, labels)
        return
    inside = left <= value <= right
    at = min(max(value, left), right)
    if inside:
        axes.plot([value, value], [0, lane], ls=look["ls"], color=INK, lw=1.0, zorder=4)
    marker = look["marker"] if inside else ">" if value > right else "<"
    point = {"color": INK, "mfc": look["mfc"], "ms": 4.5, "clip_on": False, "label": f"_{kind}"}
    axes.plot(at, lane, marker, zorder=5, **point)
    if value == 0 or not inside:
        label = labels.text("estimates.boundary") if value == 0 else labels.number(value, 1)
        side = "right" if value > right else "left"
        shift = -5 if side == "right" else 5
        axes.annotate(label, (at, lane), (shift, 0), textcoords="offset points", ha=side, **WORDS)


def _write_undefined(axes: Axes, kind: str, labels: Labels) -> None:
    words = labels.text("estimates.undefined", estimate=labels.text(f"estimate.{kind}"))
    axes.text(0.02, LOOK[kind]["lane"] / TOP, words, transform=axes.transAxes, **WORDS)


def _mark(name: str) -> Mark:
    return MARKS[_group(name) or "all"]


def _group(name: str) -> str:
    return name.partition("[")[2].removesuffix("]")


def _key(kind: str) -> Line2D:
    look = LOOK[kind]
    point = {"marker": look["marker"], "mfc": look["mfc"], "ms": 4.5}
    return Line2D([], [], color=INK, ls=look["ls"], lw=1, **point)
