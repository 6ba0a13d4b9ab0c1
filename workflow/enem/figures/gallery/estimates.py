"""Marginal posteriors, with MLE, MAP and posterior mean marked on each."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.about import formulas, framed, hidden_note, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, key_columns
from enem.figures.intervals import TAIL, density, interval
from enem.figures.palette import INK, MARKS, Mark
from enem.figures.panels import (
    drawn_parameters,
    panel_rows,
    panel_title,
    place_panels,
    wrapped_title,
)
from enem.figures.style import SMALL
from enem.figures.vocabulary import model_name, unit
from enem.figures.words import number, say, short
from enem.mixed.parameters import LINES, parameter_draws

FIGURE = {"order": 300, "per_model": True}

LOOK = {
    "posterior_mean": {"marker": "o", "mfc": INK, "ls": "-", "lane": 1.14},
    "map": {"marker": "^", "mfc": "white", "ls": "--", "lane": 1.44},
    "mle": {"marker": "s", "mfc": "white", "ls": ":", "lane": 1.74},
}
KEY = {
    "posterior_mean": "posterior mean",
    "map": "posterior mode (MAP)",
    "mle": "maximum likelihood (MLE)",
}
NAMES = {"posterior_mean": "Mean", "map": "MAP", "mle": "MLE"}
WORDS = {"size": SMALL, "color": INK, "va": "center"}
TOP = 1.94
ROW_HEIGHT = 1.66

CAPTION = (
    "MLE, MAP and mean on the posterior distribution of each parameter of the model “{model}”."
)


def table(a: Artefacts, model: str) -> pd.DataFrame:
    """Take point estimates and interval of the parameters drawn."""
    estimates = a.table(f"{model}/estimates.csv")
    draws = parameter_draws(drawn_parameters(a.draws(model))).stack(sample=("chain", "draw"))
    low, high = interval(draws.transpose("sample", "parameter").to_numpy(), a.analysis)
    names = draws["parameter"].to_numpy().astype(str)
    ends = pd.DataFrame({"parameter": names, "interval_low": low, "interval_high": high})
    columns = ["parameter", "mle", "map", "posterior_mean", "posterior_sd"]
    drawn = estimates["parameter"].isin(names) & a.shown_parameters(estimates)
    return estimates.loc[drawn, columns].merge(ends, on="parameter", how="left")


def draw(a: Artefacts, estimates: pd.DataFrame, model: str) -> FramedFigure:
    """Draw one panel a parameter of lines, scales and sigmas."""
    analysis = a.analysis
    draws = parameter_draws(drawn_parameters(a.draws(model)))
    rows = panel_rows([str(p) for p in draws["parameter"].to_numpy()], analysis.school_types)
    sentence = (
        "Filled: posterior density, scaled to equal height, without its outer {tail}% on each side."
        " Bar: credible interval. “At 0”: the estimate lies on the boundary. Arrow: beyond the "
        "axis."
    )
    body = framed(
        analysis,
        say("Marginal posteriors and point estimates, model “{model}”", model=model_name(model)),
        say(sentence, tail=short(100 * TAIL)),
        *formulas(analysis, model),
        whom=[*scopes(analysis, "typical_school", model), *hidden_note(analysis)],
        height=0.4 + ROW_HEIGHT * len(rows),
    )
    known = estimates.set_index("parameter")
    among_groups = analysis.specs[model].by_school_type
    for name, axes in place_panels(body, rows):
        _draw_panel(axes, name, draws.sel(parameter=name).to_numpy().ravel(), known.loc[name])
        lines = panel_title(name, a.participants(), among_groups=among_groups)
        title = wrapped_title(lines, max(map(len, rows)))
        axes.set_title(title, color=_mark(name).dark, size=SMALL)
    keys = [_key(kind) for kind in LOOK]
    names = [say(KEY[kind]) for kind in LOOK]
    body.legend(keys, names, loc="outside upper left", ncols=key_columns(names))
    return body.figure


def _draw_panel(axes: Axes, name: str, draws: np.ndarray, row: pd.Series) -> None:
    shown = {kind: float(row[kind]) for kind in LOOK}
    base = name.partition("[")[0]
    grid, height = density(draws)
    axes.fill_between(grid, 0, height / height.max(), color=_mark(name).color, alpha=0.4, lw=0)
    axes.set_xlim(*_limits(grid, [*shown.values()], positive=base not in LINES))
    lane = LOOK["posterior_mean"]["lane"]
    ends = [row["interval_low"], row["interval_high"]]
    axes.plot(ends, [lane, lane], color=INK, lw=1.6, solid_capstyle="butt", zorder=3)
    for kind, value in shown.items():
        _mark_estimate(axes, kind, value)
    axes.set_ylim(0, TOP)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    axes.locator_params(axis="x", nbins=3)
    axes.set_xlabel(unit(name), size=SMALL, labelpad=1)


def _limits(grid: np.ndarray, estimates: list[float], *, positive: bool) -> tuple[float, float]:
    """Limits that hold the density, and the estimates unless they are far away from it."""
    reach = 0.6 * (grid[-1] - grid[0])
    values = np.array(estimates)
    near = values[(values >= grid[0] - reach) & (values <= grid[-1] + reach)]
    low, high = padded([grid[0], grid[-1], *near], 0.06)
    return (min(low, 0.0) if low < 0.15 * high else low, high) if positive else (low, high)


def _mark_estimate(axes: Axes, kind: str, value: float) -> None:
    look = LOOK[kind]
    left, right = axes.get_xlim()
    lane = look["lane"]
    if np.isnan(value):
        words = say("{estimate} not defined", estimate=say(NAMES[kind]))
        axes.text(0.02, lane / TOP, words, transform=axes.transAxes, **WORDS)
        return
    inside = left <= value <= right
    at = min(max(value, left), right)
    if inside:
        axes.plot([value, value], [0, lane], ls=look["ls"], color=INK, lw=1.0, zorder=4)
    marker = look["marker"] if inside else ">" if value > right else "<"
    point = {"color": INK, "mfc": look["mfc"], "ms": 4.5, "clip_on": False, "label": f"_{kind}"}
    axes.plot(at, lane, marker, zorder=5, **point)
    if value == 0 or not inside:
        label = say("at 0") if value == 0 else number(value, 1)
        side = "right" if value > right else "left"
        shift = -5 if side == "right" else 5
        axes.annotate(label, (at, lane), (shift, 0), textcoords="offset points", ha=side, **WORDS)


def _mark(name: str) -> Mark:
    return MARKS[name.partition("[")[2].removesuffix("]") or "all"]


def _key(kind: str) -> Line2D:
    look = LOOK[kind]
    point = {"marker": look["marker"], "mfc": look["mfc"], "ms": 4.5}
    return Line2D([], [], color=INK, ls=look["ls"], lw=1, **point)
