"""Independent implementations on a real state: rows in PyMC, statsmodels, the closed form."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from enem.check.closed_form import pooled_moments
from enem.check.verdict import Check
from enem.fit.posterior import complete_posterior
from enem.fit.sample import sample_scales
from enem.models.cells import CellGrid
from enem.models.specification import SPECIFICATIONS
from studies.validation.figures.distances import draw_distances
from studies.validation.moments import distances, largest_allowed, moments
from studies.validation.real_state import FILE, read_state
from studies.validation.rows_in_pymc import sample_rows
from studies.validation.setting import SEED, project_priors, sampler
from studies.validation.statsmodels_rows import COMPARED, compare_model
from studies.validation.study import Study

SETTINGS = sampler(chains=4, tune=1000, draws=4000)
ROUNDING = 1e-8
"""Relative difference that two closed forms may have."""
SOURCES = {"school_type": "rows in PyMC's NUTS", "pooled": "closed form"}
"""What each model's draws on cells are held against."""


@cache
def _rows_posterior(microdata: Path) -> pd.DataFrame:
    """Moments on rows, sampled once a process: mutations of the library do not touch them."""
    rows, grid = read_state(microdata)
    return moments(sample_rows(rows, grid.school_types, project_priors()))


def _cells_posterior(model: str, grid: CellGrid) -> pd.DataFrame:
    spec, priors = SPECIFICATIONS[model], project_priors()
    sampled = sample_scales(spec, grid, priors, SETTINGS, cores=2)
    tree = complete_posterior(sampled, spec, grid, priors, np.random.default_rng(SEED))
    return moments(tree["posterior"].to_dataset())


def implementations(microdata: Path) -> Study:
    """Compare on the participants of Acre in 2019; skipped where their file is absent.

    Parameters
    ----------
    microdata
        Folder that holds the state's zip.
    """
    if not (microdata / FILE).is_file():
        message = f"Not judged: {FILE} is not in {microdata}."
        return Study([Check("real_state", None, None, None, message)], {}, {})
    rows, grid = read_state(microdata)
    exact = pooled_moments(grid, project_priors()).assign(mcse=0.0, mcse_sd=0.0)
    references = {"school_type": _rows_posterior(microdata), "pooled": exact}
    sampled = pd.concat(
        [
            distances(_cells_posterior(model, grid), reference).assign(
                model=model, source=SOURCES[model]
            )
            for model, reference in references.items()
        ],
        ignore_index=True,
    )
    exactly = pd.concat(
        [compare_model(rows, SPECIFICATIONS[name], grid) for name in COMPARED], ignore_index=True
    )
    exactly["relative_difference"] = exactly["cells"] / exactly["statsmodels"] - 1
    bound = largest_allowed(len(sampled))
    checks = [
        *(_sampled(part, str(source), bound) for source, part in sampled.groupby("source")),
        _rounding(exactly, len(rows)),
    ]
    tables = {"implementations": sampled, "implementations_statsmodels": exactly}
    return Study(checks, tables, {"implementations": draw_distances(sampled, bound)})


def _sampled(table: pd.DataFrame, source: str, bound: float) -> Check:
    worst = table.loc[table["difference_in_errors"].abs().idxmax()]
    value = abs(float(worst["difference_in_errors"]))
    message = (
        f"Cells against {source} ({worst['model']}): of {len(table)} means and sds the "
        f"{worst['moment']} of {worst['parameter']} differs most, by {value:.2f} Monte Carlo "
        f"errors ({worst['found']:.4g} against {worst['reference']:.4g}; below {bound:.2f} wanted)."
    )
    return Check(source, value < bound, value, bound, message)


def _rounding(table: pd.DataFrame, rows: int) -> Check:
    distance = table["relative_difference"].abs()
    worst, value = table.loc[distance.idxmax()], float(distance.max())
    message = (
        f"Cells against statsmodels on {rows:,} rows: of {len(table)} log likelihoods, lines and "
        f"group lines the {worst['quantity']} of {worst['model']} differs most, by {value:.1g} of "
        f"its value (below {ROUNDING:g} wanted)."
    )
    return Check("statsmodels", value < ROUNDING, value, ROUNDING, message)
