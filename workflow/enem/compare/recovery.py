"""The posterior held against the truth of a simulated release."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

COLUMNS = ["model", "parameter", "truth", "mean", "interval_low", "interval_high", "covered"]


def recovery_table(
    truth: pd.DataFrame, summaries: Mapping[str, pd.DataFrame], state: str, outcome: str, zeros: str
) -> pd.DataFrame:
    """Compare group parameters with the values that the release was simulated from.

    Only models with school types have parameters that the simulation knows; ``pooled`` and
    ``income`` mix them.

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
    chosen = known_values(truth, state, outcome, zeros)
    names = chosen["parameter"] + ("[" + chosen["school_type"] + "]").fillna("")
    known = pd.Series(chosen["value"].to_numpy(), index=names.to_numpy())
    tables = []
    for model, summary in summaries.items():
        table = summary[summary["parameter"].isin(known.index) & (summary["n"] > 0)]
        table = table[["parameter", "mean", "interval_low", "interval_high"]].reset_index(drop=True)
        if table.empty:
            continue
        table.insert(0, "model", model)
        table.insert(2, "truth", table["parameter"].map(known))
        inside = table["truth"].between(table["interval_low"], table["interval_high"])
        tables.append(table.assign(covered=inside))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


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
    return recovery_table(pd.read_csv(truth_files[0]), summaries, state, outcome, zeros)


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
