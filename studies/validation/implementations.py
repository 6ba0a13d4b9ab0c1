"""Independent implementations on a real state: PyMC, statsmodels, lme4, the closed form."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from enem.check.closed_form import pooled_moments
from enem.check.verdict import Check
from enem.mixed.design import Design
from enem.mixed.fit import fit
from enem.tabulate.sums import collapse_to_sums
from studies.validation.explicit import sample_explicit
from studies.validation.figures.distances import draw_distances
from studies.validation.lme4_rows import compare_maxima
from studies.validation.moments import distances, largest_allowed, moments
from studies.validation.real_state import absent, read_state
from studies.validation.setting import models, project_priors, sampler, tables
from studies.validation.simulate import with_levels
from studies.validation.statsmodels_rows import compare_models
from studies.validation.study import Study

SETTINGS = sampler(chains=4, draws=4000)
EXPLICIT_DRAWS = 1000
"""Of each of four chains of the model with explicit effects, after as many of warm-up."""
ROUNDING = 1e-8
"""Relative difference that two closed forms may have."""
SAME_MAXIMUM = 5e-3
"""Relative difference that two optimisers may leave."""
SOURCES = {"school_type": "explicit effects in PyMC's NUTS", "pooled": "closed form"}
"""What each model's draws are held against."""


def _design(rows: pd.DataFrame, name: str) -> Design:
    return tables(collapse_to_sums(rows, ())).design(models()[name])


@cache
def _explicit(microdata: Path, draws: int) -> pd.DataFrame:
    """Moments of the model that samples every effect, once a process."""
    design = _design(read_state(microdata), "school_type")
    return moments(sample_explicit(design, project_priors(), draws))


def _sampled(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    tree = fit(_design(rows, name), project_priors(), SETTINGS, cores=2)
    return moments(with_levels(tree))


def implementations(microdata: Path, draws: int = EXPLICIT_DRAWS) -> Study:
    """Compare on the participants of Acre in 2019; skipped where their file is absent.

    Parameters
    ----------
    microdata
        Folder that holds the state's zip.
    draws
        Of the model with explicit effects, a chain.
    """
    if nothing := absent(microdata):
        return nothing
    # first, and before anything is broken: it is kept for the whole process
    explicit = _explicit(microdata, draws)
    rows = read_state(microdata)
    exact = pooled_moments(_design(rows, "pooled"), project_priors()).assign(mcse=0.0, mcse_sd=0.0)
    references = {"school_type": explicit, "pooled": exact}
    parts = [
        distances(_sampled(rows, name), other).assign(model=name, source=SOURCES[name])
        for name, other in references.items()
    ]
    sampled = pd.concat(parts, ignore_index=True)
    bound = largest_allowed(len(sampled))
    exactly, maxima = compare_models(rows), compare_maxima(rows)
    checks = [
        *(_sampled_check(part, str(source), bound) for source, part in sampled.groupby("source")),
        _relative("statsmodels", exactly, ROUNDING, len(rows)),
        _relative("lme4", maxima, SAME_MAXIMUM, len(rows)),
    ]
    tables_ = {
        "implementations": sampled,
        "implementations_statsmodels": exactly,
        "implementations_lme4": maxima,
    }
    return Study(checks, tables_, {"implementations": draw_distances(sampled, bound)})


def _sampled_check(table: pd.DataFrame, source: str, bound: float) -> Check:
    worst = table.loc[table["difference_in_errors"].abs().idxmax()]
    value = abs(float(worst["difference_in_errors"]))
    message = (
        f"Here against {source} ({worst['model']}): of {len(table)} means and sds the "
        f"{worst['moment']} of {worst['parameter']} differs most, by {value:.2f} Monte Carlo "
        f"errors ({worst['found']:.4g} against {worst['reference']:.4g}; below {bound:.2f} wanted)."
    )
    return Check(source, value < bound, value, bound, message)


def _relative(source: str, table: pd.DataFrame, bound: float, rows: int) -> Check:
    """Judge differences relative to the value, or to a thousandth of a point if that is more."""
    if table.empty:
        message = f"Not judged: R's package {source} is not installed."
        return Check(source, None, None, None, message)
    size = np.maximum(table[source].abs().astype(float), 1e-3)
    table["relative_difference"] = (table["here"] - table[source]).astype(float) / size
    # a scale whose maximum is at 0, which the other optimiser only comes close to
    zero = (table["here"].abs() < 1e-2) & (table[source].abs() < 0.1)
    # nor is there a maximum to compare where the library finds none
    distance = table["relative_difference"].abs().where(~zero, 0.0).fillna(np.inf)
    worst, value = table.loc[distance.idxmax()], float(distance.max())
    message = (
        f"Here against {source} on {rows:,} rows: of {len(table)} quantities the "
        f"{worst['quantity']} of {worst['model']} differs most, by {value:.1g} of its value "
        f"(below {bound:g} wanted)."
    )
    return Check(source, value < bound, value, bound, message)
