"""Estimate the same quantities under each assumption, and set them beside the main analysis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.summary import summarise
from enem.compare.cell_means import Cells, gap, least_squares_slope
from enem.compare.contrasts import MAIN as MAIN_CONTRAST
from enem.compare.gaps import gap_contrasts
from enem.compare.quantities import expected_scopes, headline
from enem.mixed.design import Design
from enem.names import PRIVATE, PUBLIC
from enem.sensitivity.names import MAIN, STUDENT_T, WITHOUT_LEVELS

GAP = "gap_at_equal_income"
COLUMNS = [
    *("assumption", "alternative", "parameter", "n", "mean", "sd", "interval_low"),
    *("interval_high", "difference", "difference_in_sd", "mcse_mean", "r_hat", "note"),
]


@dataclass(frozen=True)
class Run:
    """One alternative.

    Attributes
    ----------
    assumption
        What is changed: a dotted key of config.yaml, ``errors``, ``sigma``, or ``main``.
    alternative
        To what.
    design
        Columns and sums; None where there is nothing to estimate.
    note
        Why there is nothing, or that nothing changes; empty otherwise.
    weights
        Of cells, (T, B), where those of the main analysis count differently; else None.
    """

    assumption: str
    alternative: str
    design: Design | None
    note: str = ""
    weights: np.ndarray | None = None

    @property
    def base(self) -> str:
        """Assumption of the run that it differs from in one thing."""
        return WITHOUT_LEVELS if self.alternative == STUDENT_T else MAIN


def same_sums(a: Design, b: Design) -> bool:
    """Whether two designs hold the same participants, to the rounding of a file."""
    alike = a.school_types == b.school_types and a.n.shape == b.n.shape
    pairs = ((a.n, b.n), (a.mean, b.mean), (a.ss, b.ss), (a.x, b.x))
    return alike and all(np.allclose(p, q, rtol=1e-9, atol=1e-6) for p, q in pairs)


def cells_of_lines(draws: xr.Dataset, design: Design) -> Cells:
    """Expected scores on lines by school type, without effects of groups."""
    lines = (draws[f"{name}_school_type"].to_numpy() for name in ("intercept", "slope"))
    intercept, slope = (line.reshape(-1, len(design.school_types), 1) for line in lines)
    return Cells(intercept + slope * design.x, design.cell_sums(design.n)[None])


def cells_of(tree: xr.DataTree, design: Design) -> Cells:
    """Expected scores of the scope that is reported first."""
    scopes = expected_scopes(tree, design)
    return scopes[headline(scopes)]


def quantities(
    cells: Cells,
    design: Design,
    shape: tuple[int, int],
    nu: np.ndarray | None = None,
    weights: np.ndarray | float = 1.0,
) -> xr.Dataset:
    """Compute slopes among participants and the gap, as ``effects.csv`` defines them.

    Parameters
    ----------
    cells
        Draws of expected scores, (chains times draws, T, B).
    design
        Whose cells.
    shape
        Chains, and draws of each.
    nu
        Degrees of freedom of Student-t errors.
    weights
        By which participants of a cell count more than once, (T, B).

    Returns
    -------
    xarray.Dataset
        ``slope``, that of school types with participants, and ``gap_at_equal_income`` where both
        sides have participants, (chain, draw[, school_type]).
    """
    cells = Cells(cells.score, cells.participants * weights)
    n = (design.cell_sums(design.n) * weights).sum(axis=1)
    slopes = least_squares_slope(cells.score, cells.participants, design.x)
    present = (n > 0) & np.isfinite(slopes).all(axis=0)
    overall = slopes[:, present] @ (n[present] / n[present].sum())
    dims = ("chain", "draw")
    by_type = slopes[:, present].reshape(*shape, -1)
    found = {
        "slope": (dims, overall.reshape(shape)),
        "slope_school_type": ((*dims, "school_type"), by_type),
    }
    for contrast in gap_contrasts(design):
        if contrast.name == MAIN_CONTRAST:
            draws = gap(cells, contrast.one, contrast.other, contrast.one)
            found[GAP] = (dims, draws.reshape(shape))
    if nu is not None:
        found["nu"] = (dims, nu.reshape(shape))
    return xr.Dataset(found, {"school_type": np.array(design.school_types)[present]})


def summary_of(found: xr.Dataset, design: Design, mass: float) -> pd.DataFrame:
    """Summarise quantities, each with the participants behind it."""
    table = summarise(found, mass)
    table["n"] = [behind(name, design) for name in table["parameter"]]
    return table


def behind(parameter: str, design: Design) -> int:
    """Count the participants behind a quantity: of the group, of both sides of the gap, or all."""
    counts = design.cell_sums(design.n).sum(axis=1)
    sides = dict(zip(design.school_types, counts, strict=True))
    group = parameter.partition("[")[2].rstrip("]")
    if group:
        return int(sides[group])
    if parameter == GAP:
        return int(sum(n for g, n in sides.items() if g == PRIVATE or g in PUBLIC))
    return int(sum(sides.values()))


def assumptions_table(runs: Sequence[Run], summaries: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """Put every alternative beside the main analysis.

    Parameters
    ----------
    runs
        The main one first.
    summaries
        By position of the run; a run without cells has none.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; `difference` is alternative minus main (Student-t errors: minus the lines
        without levels, which they share), blank for parameters that this lacks,
        `difference_in_sd` the same in its posterior sds.
    """
    bases = {
        run.assumption: summaries[k].set_index("parameter")
        for k, run in enumerate(runs)
        if k in summaries
    }
    rows = [
        row
        for k, run in enumerate(runs)
        for row in _rows(run, summaries.get(k), bases.get(run.base, bases[MAIN]))
    ]
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _rows(run: Run, summary: pd.DataFrame | None, main: pd.DataFrame) -> Iterator[dict]:
    keys = {"assumption": run.assumption, "alternative": run.alternative, "note": run.note}
    if summary is None:
        yield keys
        return
    for row in summary.to_dict("records"):
        known = row["parameter"] in main.index and run.assumption != MAIN
        if known:
            base = main.loc[row["parameter"]]
            difference = row["mean"] - base["mean"]
            row = {**row, "difference": difference, "difference_in_sd": difference / base["sd"]}
        yield {**row, **keys}
