"""The posterior held against the truth of a simulated release."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

COLUMNS = ["model", "parameter", "truth", "mean", "interval_low", "interval_high", "covered"]
TRUTH, GROUPS = "truth.csv", "truth_groups.csv"


def known_truth(files: Sequence[Path], name: str) -> pd.DataFrame | None:
    """Read the one of the truth's files that has a name; None of a real edition."""
    found = [path for path in files if path.name == name]
    return pd.read_csv(found[0]) if found else None


def recovery_table(
    truth: pd.DataFrame, summaries: Mapping[str, pd.DataFrame], state: str, outcome: str, zeros: str
) -> pd.DataFrame:
    """Compare parameters with the values that the release was simulated from.

    The simulation knows the line of a typical school and sigma of each school type, and the
    standard deviations of municipalities and schools around them; models whose parameters mean
    something else (lines of all school types together) are left out.

    Parameters
    ----------
    truth
        Table written beside the simulated release.
    summaries
        Posterior summaries by model.
    state, outcome
        Of the analysis.
    zeros
        ``include`` or ``exclude``: whether the population keeps zero essays.

    Returns
    -------
    pandas.DataFrame
        ``model, parameter, truth, mean, interval_low, interval_high, covered``.
    """
    known = _by_parameter(known_values(truth, state, outcome, zeros))
    tables = []
    for model, summary in summaries.items():
        table = summary[summary["parameter"].isin(known.index) & ~(summary["n"] == 0)]
        if not table["parameter"].str.contains("[", regex=False).any():
            continue
        table = table[["parameter", "mean", "interval_low", "interval_high"]].reset_index(drop=True)
        table.insert(0, "model", model)
        table.insert(2, "truth", table["parameter"].map(known))
        inside = table["truth"].between(table["interval_low"], table["interval_high"])
        tables.append(table.assign(covered=inside))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _by_parameter(chosen: pd.DataFrame) -> pd.Series:
    """Values by the names of summaries; parameters of levels have no school type."""
    of = chosen["school_type"].fillna("")
    names = chosen["parameter"].where(of == "", chosen["parameter"] + "[" + of + "]")
    return pd.Series(chosen["value"].to_numpy(), index=names.to_numpy())


def known_values(truth: pd.DataFrame, state: str, outcome: str, zeros: str) -> pd.DataFrame:
    """Rows of the truth of one state and outcome, under ``include`` or ``exclude`` zero essays."""
    wanted = {"state": state, "outcome": outcome, "zero_essays": zeros}
    return truth[(truth[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def recovery_of(
    truth_files: Sequence[Path],
    summaries: Mapping[str, pd.DataFrame],
    state: str,
    outcome: str,
    population: Mapping[str, str],
) -> pd.DataFrame:
    """`recovery_table` where there is a truth for this population; else an empty table."""
    zeros = zero_essay_rule(truth_files, population)
    if zeros is None:
        return pd.DataFrame(columns=COLUMNS)
    truth = known_truth(truth_files, TRUTH)
    return recovery_table(truth, summaries, state, outcome, zeros)


def zero_essay_rule(truth_files: Sequence[Path], population: Mapping[str, str]) -> str | None:
    """Name the truth's rule of zero essays; None where there is no truth for this population.

    The simulation states its truth for enrolled participants without blank answer sheets.
    """
    known = population["school_type"] == "enrolled" and (
        population["blank_answer_sheets"] == "exclude"
    )
    if not truth_files or not known:
        return None
    return {"keep": "include", "exclude": "exclude"}[population["zero_essays"]]
