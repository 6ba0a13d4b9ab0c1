"""The artefacts of all analyses in four tidy tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from enem.atlas.analyses import Analysis
from enem.atomic import write_csv, write_parquet
from enem.errors import InputError

KEYS = ["edition", "state", "outcome"]
CHECK_TYPES = {
    "name": "string",
    "passed": "boolean",
    "value": "float64",
    "threshold": "float64",
    "message": "string",
}


@dataclass(frozen=True)
class Tables:
    """Rows of every analysis, led by ``edition, state, outcome`` and, but in samples, ``model``.

    Attributes
    ----------
    parameters
        Every ``summary.csv``: posterior summaries.
    effects
        Every ``effects.csv``.
    checks
        Every ``checks.json``, a row per check.
    samples
        Every ``sample_flow.csv``: the steps of the selection, which no model changes.
    """

    parameters: pd.DataFrame
    effects: pd.DataFrame
    checks: pd.DataFrame
    samples: pd.DataFrame


def read_tables(
    results: Path, analyses: Sequence[Analysis], models: Mapping[str, Sequence[str]]
) -> Tables:
    """Read the artefacts of `analyses`; `models` of each edition.

    Raises
    ------
    InputError
        When there is no analysis, or an artefact cannot be read.
    """
    if not analyses:
        raise InputError(
            "None of the analyses asked for has finished in {results}, so there is nothing "
            "to put into an atlas; run the workflow for at least one state first.",
            results=results,
        )
    summaries, effects, checks = (
        _stacked(
            {
                (a.edition, a.state, a.outcome, model): read(results / a.artefact(model, name))
                for a in analyses
                for model in models[a.edition]
            },
            [*KEYS, "model"],
        )
        for name, read in (("summary.csv", _csv), ("effects.csv", _csv), ("checks.json", _checks))
    )
    summaries["n"] = summaries["n"].astype("Int64")
    flows = {(a.edition, a.state, a.outcome): _flow(results / a.flow, a) for a in analyses}
    return Tables(summaries, effects, checks, _stacked(flows, KEYS))


def write_tables(tables: Tables, folder: Path) -> None:
    """Write each table as CSV and as Parquet, named after it."""
    for field in fields(tables):
        write_both(getattr(tables, field.name), folder / field.name)


def write_both(table: pd.DataFrame, stem: Path) -> None:
    """Write a table as CSV and as Parquet."""
    write_csv(table, stem.with_suffix(".csv"))
    write_parquet(table, stem.with_suffix(".parquet"))


def _stacked(tables: Mapping[tuple[str, ...], pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Put tables under each other, led by columns that hold their keys."""
    stacked = pd.concat(dict(tables), names=names)
    return stacked.reset_index(names).reset_index(drop=True)


def _flow(path: Path, analysis: Analysis) -> pd.DataFrame:
    table = _csv(path)
    return table[table["outcome"] == analysis.outcome].drop(columns="outcome")


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            "{path} is no table that can be read ({error}); make it again.", path=path, error=error
        ) from None


def _checks(path: Path) -> pd.DataFrame:
    try:
        checks = json.loads(path.read_text(encoding="utf-8"))["checks"]
    except (json.JSONDecodeError, KeyError) as error:
        raise InputError(
            "{path} holds no checks ({error}); make it again.", path=path, error=error
        ) from None
    return pd.DataFrame(checks, columns=list(CHECK_TYPES)).astype(CHECK_TYPES)
