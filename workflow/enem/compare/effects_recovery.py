"""Effects held against those of the lines and schools that a simulated release was made from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from enem.compare.asked import Asked
from enem.compare.cell_means import Cells, ratio
from enem.compare.effects import KEYS, modelled_effects
from enem.compare.quantities import ALIKE, INDEPENDENT, THESE, TYPICAL, Quantities
from enem.compare.recovery import GROUPS, TRUTH, known_truth, known_values, zero_essay_rule
from enem.compare.shares import share_effects
from enem.mixed.design import Design
from enem.mixed.specification import LEVELS, level_scale
from enem.names import BRAZIL

COLUMNS = ["model", *KEYS, "truth", "mean", "interval_low", "interval_high", "covered"]


def effects_recovery(
    truth_files: Sequence[Path],
    effects: Mapping[str, pd.DataFrame],
    designs: Mapping[str, Design],
    asked: Asked,
    place: tuple[str, str],
    population: Mapping[str, str],
) -> pd.DataFrame:
    """Compare effects with those of the lines and schools that the release was simulated from.

    Effects average over the incomes of the analysed participants, and so does their truth.

    Parameters
    ----------
    truth_files
        Truth of the simulated release; empty for a real edition.
    effects
        Tables of `enem.compare.effects.effects_table` by model.
    designs
        Of the same models; those without lines by school type are left out.
    asked
        Incomes, sizes and profiles of the configuration.
    place
        State and outcome.
    population
        Section ``population`` of config.yaml.

    Returns
    -------
    pandas.DataFrame
        ``model, effect, group, contrast, scope, unit, truth, mean, interval_low, interval_high,
        covered``, without posterior probabilities and without predictions of one participant,
        whose intervals hold no constant; empty where no truth is known.
    """
    zeros = zero_essay_rule(truth_files, population)
    typed = [model for model in effects if designs[model].spec.by_school_type]
    if zeros is None or not typed:
        return pd.DataFrame(columns=COLUMNS)
    chosen = known_values(known_truth(truth_files, TRUTH), *place, zeros)
    groups = known_groups(truth_files, *place, zeros)
    tables = []
    for model in typed:
        table = effects[model]
        of = true_quantities(designs[model], chosen, groups)
        # any interval will do: only the mean of draws that are the same is used
        rows = [*modelled_effects(of, 0.5, asked), *share_effects(of, None, 0.5)]
        known = pd.DataFrame(rows)[[*KEYS, "mean"]].rename(columns={"mean": "truth"})
        kept = table[table["interval_low"].notna() & (table["effect"] != "profile_score")]
        joined = kept.merge(known, on=KEYS, validate="one_to_one")
        covered = joined["truth"].between(joined["interval_low"], joined["interval_high"])
        tables.append(joined.assign(model=model, covered=covered)[COLUMNS])
    return pd.concat(tables, ignore_index=True)


def known_groups(
    truth_files: Sequence[Path], state: str, outcome: str, zeros: str
) -> pd.DataFrame | None:
    """Read true effects of schools; None of the country, where states differ as well."""
    table = known_truth(truth_files, GROUPS)
    if table is None or state == BRAZIL:
        return None
    table = table[(table["outcome"] == outcome) & (table["zero_essays"] == zeros)]
    return table.astype({"municipality": str, "school": str})


def true_quantities(design: Design, truth: pd.DataFrame, groups: pd.DataFrame | None) -> Quantities:
    """Arrange the truth as two draws that are the same.

    Parameters
    ----------
    design
        Of the model.
    truth
        Parameters of one state and outcome, of `enem.compare.recovery.known_values`.
    groups
        ``municipality, school, municipality_effect, school_effect``; where they are not known of
        every group, schools as they are have no truth.
    """
    values = truth.pivot_table(index="school_type", columns="parameter", values="value")
    values = values.reindex(design.school_types)
    slope = values["slope"].to_numpy()
    line = values["intercept"].to_numpy()[:, None] + slope[:, None] * design.x
    scopes = {ALIKE: line, TYPICAL: line} if design.spec.levels else {INDEPENDENT: line}
    effects = None if groups is None else effects_of_groups(design, groups)
    if effects is not None and np.isfinite(effects).all():
        municipality, school = effects
        alike = line + _mean_in_cells(design, municipality)
        these = alike + _mean_in_cells(design, school)
        scopes = {INDEPENDENT: these}
        if design.spec.levels:
            scopes = {THESE: these, ALIKE: alike, TYPICAL: line}
    n = design.cell_sums(design.n)[None]
    shape = (2, len(slope), len(design.x))
    levels = truth.set_index("parameter")["value"]
    has_context = design.spec.formula.uses("school_income")
    return Quantities(
        design,
        {scope: Cells(np.broadcast_to(score, shape), n) for scope, score in scopes.items()},
        slopes=np.tile(slope, (2, 1)),
        contexts=np.zeros(shape[:2]) if has_context else None,
        sigma=np.tile(values["sigma"].to_numpy(), (2, 1)),
        tau={
            level: np.full(2, levels[level_scale(level)])
            for level in LEVELS
            if level in design.spec.levels
        },
        lines_vary=np.zeros(shape),
    )


def effects_of_groups(design: Design, groups: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Find true effects of each finest group's municipality and school, points, both (F,).

    NaN where a group is not named.
    """
    keys = ["municipality", "school"]
    named = design.groups[keys].astype(object).map(_code)
    found = named.merge(groups, on=keys, how="left", validate="many_to_one")
    return found["municipality_effect"].to_numpy(), found["school_effect"].to_numpy()


def _code(value: object) -> str | None:
    return None if pd.isna(value) else str(value)


def _mean_in_cells(design: Design, effects: np.ndarray) -> np.ndarray:
    """Average effects of groups over the participants of cells, (T, B)."""
    total = design.cell_sums(design.n * effects[design.group])
    return ratio(total, design.cell_sums(design.n))
