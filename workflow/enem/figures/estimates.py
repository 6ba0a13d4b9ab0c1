"""Marginal posteriors, with MLE, MAP and posterior mean marked on each."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from enem.figures import labels
from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import framed_body, subtitle
from enem.figures.intervals import density, interval
from enem.figures.panels import panel_rows, panel_title, place_panels
from enem.figures.style import INK, MARKS, SMALL_SIZE, Mark, styled
from enem.models.parameters import parameter_draws

LOOK = {
    "posterior_mean": {"marker": "o", "mfc": INK, "ls": "-", "lane": 1.14},
    "map": {"marker": "^", "mfc": "white", "ls": "--", "lane": 1.44},
    "mle": {"marker": "s", "mfc": "white", "ls": ":", "lane": 1.74},
}
TOP = 1.94
ROW_HEIGHT = 1.66


@styled
def draw(
    posterior: xr.Dataset,
    estimates: pd.DataFrame,
    participants: Mapping[str, int],
    model: str,
    analysis: Analysis,
) -> Figure:
    """Draw one panel a parameter, deviations left out.

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
    draws = parameter_draws(posterior.drop_vars("deviation", errors="ignore"))
    rows = panel_rows([str(p) for p in draws["parameter"].to_numpy()], analysis.school_types)
    body = framed_body(
        labels.text("estimates.title", model=labels.MODELS[model]),
        subtitle(analysis),
        labels.text("estimates.note"),
        height=0.4 + ROW_HEIGHT * len(rows),
    )
    table = estimates.set_index("parameter")
    for name, axes in place_panels(body, rows):
        values = draws.sel(parameter=name).to_numpy().ravel()
        _draw_panel(axes, name, values, table.loc[name], analysis)
        title = panel_title(name, participants, among_groups=len(rows) > 1)
        axes.set_title(title, color=_mark(name).dark, size=SMALL_SIZE)
    body.legend(
        [_key(kind) for kind in LOOK],
        [labels.ESTIMATES[kind] for kind in LOOK],
        loc="outside upper left",
        ncols=len(LOOK),
    )
    return body.figure


def _draw_panel(
    axes: Axes, name: str, draws: np.ndarray, estimates: pd.Series, analysis: Analysis
) -> None:
    base = name.partition("[")[0]
    grid, height = density(draws)
    axes.fill_between(grid, 0, height / height.max(), color=_mark(name).color, alpha=0.4, lw=0)
    axes.set_xlim(*_limits(grid, estimates, positive=base not in ("intercept", "slope")))
    low, high = interval(draws, analysis)
    lane = LOOK["posterior_mean"]["lane"]
    axes.plot([low, high], [lane, lane], color=INK, lw=1.6, solid_capstyle="butt", zorder=3)
    for kind in LOOK:
        _mark_estimate(axes, kind, float(estimates[kind]))
    axes.set_ylim(0, TOP)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    axes.locator_params(axis="x", nbins=3)
    axes.set_xlabel(labels.unit(name, short=True), size=SMALL_SIZE, labelpad=1)


def _limits(grid: np.ndarray, estimates: pd.Series, *, positive: bool) -> tuple[float, float]:
    """Limits that hold the density, and the estimates unless they are far away from it."""
    reach = 0.6 * (grid[-1] - grid[0])
    values = np.array([estimates[kind] for kind in LOOK], dtype=float)
    near = values[(values >= grid[0] - reach) & (values <= grid[-1] + reach)]
    low, high = padded([grid[0], grid[-1], *near], 0.06)
    return (min(low, 0.0) if low < 0.15 * high else low, high) if positive else (low, high)


def _mark_estimate(axes: Axes, kind: str, value: float) -> None:
    look = LOOK[kind]
    left, right = axes.get_xlim()
    lane = look["lane"]
    words = {"size": SMALL_SIZE, "color": INK, "va": "center"}
    if np.isnan(value):
        missing = f"{labels.ESTIMATES[kind]} {labels.text('estimates.undefined')}"
        axes.text(0.02, lane / TOP, missing, transform=axes.transAxes, **words)
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
        axes.annotate(label, (at, lane), (shift, 0), textcoords="offset points", ha=side, **words)


def _mark(name: str) -> Mark:
    return MARKS[name.partition("[")[2].removesuffix("]") or "all"]


def _key(kind: str) -> Line2D:
    look = LOOK[kind]
    point = {"marker": look["marker"], "mfc": look["mfc"], "ms": 4.5}
    return Line2D([], [], color=INK, ls=look["ls"], lw=1, **point)
