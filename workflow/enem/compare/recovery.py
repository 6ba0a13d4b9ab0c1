"""Posteriors, effects and schools held against what a simulated release was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from enem.compare.asked import Asked
from enem.compare.cell_means import Cells, ratio
from enem.compare.effects import KEYS, modelled_effects
from enem.compare.quantities import ALIKE, INDEPENDENT, THESE, TYPICAL, Quantities
from enem.compare.shares import share_effects
from enem.mixed.design import GROUP_COLUMNS, Design
from enem.mixed.specification import LEVELS, level_scale
from enem.names import BRAZIL

FOUND = ("mean", "interval_low", "interval_high")
PARAMETERS = ["model", "parameter", "truth", *FOUND, "covered"]
EFFECTS = ["model", *KEYS, "truth", *FOUND, "covered"]
SCHOOLS = ["groups", "covered", "share_covered", "error_sd", "sd_of_truth", "correlation"]


@dataclass(frozen=True)
class Truth:
    """What one state's scores of one outcome were simulated from.

    Attributes
    ----------
    values
        ``school_type, parameter, value``: the line of a typical school and sigma of each school
        type, and the standard deviations of municipalities and schools around them.
    groups
        ``municipality, school, municipality_effect, school_effect``; None of the country, where
        states differ as well.
    """

    values: pd.DataFrame
    groups: pd.DataFrame | None


def read_truth(
    files: Sequence[Path], state: str, outcome: str, population: Mapping[str, str]
) -> Truth | None:
    """Read the truth of an analysis; None of a real edition, or where none is stated.

    The simulation states its truth for enrolled participants without blank answer sheets.

    Parameters
    ----------
    files
        Truth of the simulated release; empty for a real edition.
    state, outcome
        Of the analysis.
    population
        Section ``population`` of config.yaml.
    """
    rules = population["school_type"], population["blank_answer_sheets"]
    if not files or rules != ("enrolled", "exclude"):
        return None
    zeros = {"keep": "include", "exclude": "exclude"}[population["zero_essays"]]
    named = {path.name: path for path in files}
    mine = {"outcome": outcome, "zero_essays": zeros}
    values = _rows(pd.read_csv(named["truth.csv"]), {"state": state, **mine})
    if "truth_groups.csv" not in named or state == BRAZIL:
        return Truth(values, None)
    groups = pd.read_csv(named["truth_groups.csv"], dtype={"municipality": str, "school": str})
    return Truth(values, _rows(groups, mine))


def _rows(table: pd.DataFrame, wanted: Mapping[str, str]) -> pd.DataFrame:
    return table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def recovery_table(truth: Truth | None, summaries: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare parameters with the values that the release was simulated from.

    Models whose parameters mean something else (lines of all school types together) are left out.

    Parameters
    ----------
    truth
        Of `read_truth`.
    summaries
        Posterior summaries by model.

    Returns
    -------
    pandas.DataFrame
        `PARAMETERS`; empty where no truth is known.
    """
    if truth is None:
        return pd.DataFrame(columns=PARAMETERS)
    of, name = truth.values["school_type"].fillna(""), truth.values["parameter"]
    named = name.where(of == "", name + "[" + of + "]")
    known = pd.Series(truth.values["value"].to_numpy(), named.to_numpy())
    tables = []
    for model, summary in summaries.items():
        table = summary[summary["parameter"].isin(known.index) & ~(summary["n"] == 0)]
        if table["parameter"].str.contains("[", regex=False).any():
            table = table.assign(model=model, truth=table["parameter"].map(known))
            tables.append(_covered(table)[PARAMETERS])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=PARAMETERS)


def _covered(table: pd.DataFrame) -> pd.DataFrame:
    inside = table["truth"].between(table["interval_low"], table["interval_high"])
    return table.assign(covered=inside)


def effects_recovery(
    truth: Truth | None,
    effects: Mapping[str, pd.DataFrame],
    designs: Mapping[str, Design],
    asked: Asked,
) -> pd.DataFrame:
    """Compare effects with those of the lines and schools that the release was simulated from.

    Effects average over the incomes of the analysed participants, and so does their truth.

    Parameters
    ----------
    truth
        Of `read_truth`.
    effects
        Tables of `enem.compare.effects.effects_table` by model.
    designs
        Of the same models; those without lines by school type are left out.
    asked
        Incomes, sizes and profiles of the configuration.

    Returns
    -------
    pandas.DataFrame
        `EFFECTS`, without posterior probabilities and without predictions of one participant,
        whose intervals hold no constant; empty where no truth is known.
    """
    typed = [model for model in effects if designs[model].spec.by_school_type]
    if truth is None or not typed:
        return pd.DataFrame(columns=EFFECTS)
    tables = []
    for model in typed:
        of, table = true_quantities(designs[model], truth), effects[model]
        rows = [*modelled_effects(of, asked), *share_effects(of, None)]
        known = pd.DataFrame(rows)[[*KEYS, "mean"]].rename(columns={"mean": "truth"})
        kept = table[table["interval_low"].notna() & (table["effect"] != "profile_score")]
        joined = kept.assign(model=model).merge(known, on=KEYS, validate="one_to_one")
        tables.append(_covered(joined)[EFFECTS])
    return pd.concat(tables, ignore_index=True)


def true_quantities(design: Design, truth: Truth) -> Quantities:
    """Arrange the truth as two draws that are the same.

    Where the effects of some group are not known, schools as they are have no truth.
    """
    values = truth.values.pivot_table(index="school_type", columns="parameter", values="value")
    values = values.reindex(design.school_types)
    slope = values["slope"].to_numpy()
    line = values["intercept"].to_numpy()[:, None] + slope[:, None] * design.x
    scopes = {ALIKE: line, TYPICAL: line} if design.spec.levels else {INDEPENDENT: line}
    municipality, school = _effects_of_groups(design, truth)
    if np.isfinite(municipality + school).all():
        alike = line + _mean_in_cells(design, municipality)
        these = alike + _mean_in_cells(design, school)
        scopes = {INDEPENDENT: these}
        if design.spec.levels:
            scopes = {THESE: these, ALIKE: alike, TYPICAL: line}
    n = design.cell_sums(design.n)[None]
    shape = (2, len(slope), len(design.x))
    levels = truth.values.set_index("parameter")["value"]
    of_model = [level for level in LEVELS if level in design.spec.levels]
    return Quantities(
        design,
        # any interval will do: only the mean of draws that are the same is used
        0.5,
        {scope: Cells(np.broadcast_to(score, shape), n) for scope, score in scopes.items()},
        slopes=np.tile(slope, (2, 1)),
        contexts=np.zeros(shape[:2]) if design.spec.formula.uses("school_income") else None,
        sigma=np.tile(values["sigma"].to_numpy(), (2, 1)),
        tau={level: np.full(2, levels[level_scale(level)]) for level in of_model},
        lines_vary=np.zeros(shape),
    )


def _effects_of_groups(design: Design, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """True effects of each finest group's municipality and school, points; NaN if not known."""
    if truth.groups is None:
        return (np.full(len(design.groups), np.nan),) * 2
    keys = ["municipality", "school"]
    named = design.groups[keys].astype(object).map(str, na_action="ignore")
    found = named.merge(truth.groups, on=keys, how="left", validate="many_to_one")
    return found["municipality_effect"].to_numpy(), found["school_effect"].to_numpy()


def _mean_in_cells(design: Design, effects: np.ndarray) -> np.ndarray:
    """Average effects of groups over the participants of cells, (T, B)."""
    total = design.cell_sums(design.n * effects[design.group])
    return ratio(total, design.cell_sums(design.n))


def groups_recovery(truth: Truth | None, groups: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Compare effects of the groups that are shown with their truth.

    Parameters
    ----------
    truth
        Of `read_truth`.
    groups
        Of `enem.compare.groups.groups_table`.
    design
        Of the model that they come from.

    Returns
    -------
    pandas.DataFrame
        One row, `SCHOOLS`: how many groups, how many intervals hold the true effect of a school
        and its municipality together, sd of the errors and of the truth, points, and their
        correlation; empty where no truth is known.
    """
    if truth is None or truth.groups is None:
        return pd.DataFrame(columns=SCHOOLS)
    keys = list(GROUP_COLUMNS)
    true = design.groups[keys].assign(truth=sum(_effects_of_groups(design, truth)))
    table = groups.merge(true, on=keys, validate="one_to_one")
    table = _covered(table.dropna(subset=["truth", "effect_mean"]))
    effect, known = table["effect_mean"], table["truth"]
    spread = (effect - known).std(ddof=0), known.std(ddof=0)
    covered = table["covered"].sum(), table["covered"].mean()
    correlation = effect.corr(known) if len(table) > 1 else np.nan
    return pd.DataFrame([(len(table), *covered, *spread, correlation)], columns=SCHOOLS)
