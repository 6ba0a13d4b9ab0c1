"""Estimate the same quantities under each assumption, and set them beside the main analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.summary import summarise
from enem.compare.cell_means import Cells, average, gap, least_squares_slope
from enem.compare.contrasts import main_contrast
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
    slopes = least_squares_slope(cells.score, cells.participants, design.x)
    known, sides = np.isfinite(slopes).all(axis=0), main_contrast(design)
    found = {"slope": average(slopes, cells.participants.sum(axis=2))}
    found |= {"slope_school_type": slopes[:, known]}
    found |= {} if sides is None else {GAP: gap(cells, sides)}
    found |= {} if nu is None else {"nu": nu.ravel()}
    variables = {
        name: (("chain", "draw", "school_type")[: of.ndim + 1], of.reshape(*shape, *of.shape[1:]))
        for name, of in found.items()
    }
    return xr.Dataset(variables, {"school_type": np.array(design.school_types)[known]})


def summary_of(found: xr.Dataset, design: Design, mass: float) -> pd.DataFrame:
    """Summarise quantities, each with the participants behind it: of a group, both sides or all."""
    table = summarise(found, mass)
    sizes = pd.Series(design.cell_sums(design.n).sum(axis=1), design.school_types)
    n = table["parameter"].str.extract(r"\[(.*)\]", expand=False).map(sizes).fillna(sizes.sum())
    sides = sizes[sizes.index.isin((PRIVATE, *PUBLIC))].sum()
    return table.assign(n=n.mask(table["parameter"] == GAP, sides).astype(int))


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
    bases = {runs[k].assumption: table.set_index("parameter") for k, table in summaries.items()}
    tables = []
    for k, run in enumerate(runs):
        table = summaries.get(k, pd.DataFrame(index=[0])).reindex(columns=COLUMNS)
        if k in summaries and run.assumption != MAIN:
            alone = run.alternative == STUDENT_T and WITHOUT_LEVELS in bases
            base = bases[WITHOUT_LEVELS if alone else MAIN].reindex(table["parameter"])
            table["difference"] = table["mean"] - base["mean"].to_numpy()
            table["difference_in_sd"] = table["difference"] / base["sd"].to_numpy()
        keys = {"assumption": run.assumption, "alternative": run.alternative, "note": run.note}
        tables += table.assign(**keys).to_dict("records")
    return pd.DataFrame(tables)
