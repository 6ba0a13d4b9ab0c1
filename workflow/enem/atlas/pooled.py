"""The partially pooled model of every measure and outcome, as tables.

`enem.atlas.evidence` says what enters, `enem.atlas.hierarchy` what the model is, and
`enem.atlas.importance` how its scales are sampled.  Analyses that share no data enter: the whole
country holds the states, so it stays out, and simulated editions are not pooled with real ones.
An analysis whose groups are too small to be shown says nothing to the model; it gets what the
others say of it, a prediction, and so does one with nobody in it.  A missing analysis gets nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from enem.atlas.hierarchy import Draws, Hierarchy, build_hierarchy
from enem.atlas.importance import Sample, importance_sample
from enem.atlas.measures import NO_INCOME, NUMBERS, SHOWN, Measure
from enem.atlas.places import CERTAIN, draw_probabilities, sure_places
from enem.atlas.pooled_checks import checks_of
from enem.atlas.tables import write_both
from enem.check.verdict import Check
from enem.compare.describe import describe
from enem.mixed.priors import parse_priors
from enem.names import BRAZIL

DRAWS = 2000
OWN, PREDICTED = "own", "predicted"
"""Whether an analysis has data of its own in the model."""
POOLED = ["pooled_mean", "pooled_sd", "pooled_low", "pooled_high"]
KEYS = ["measure", "outcome"]
COLUMNS = {
    "pooled": [*KEYS, "edition", "state", "basis", *NUMBERS, "data_mean", "data_sd", *POOLED,
               "above_average", "shrinkage"],
    "scales": [*KEYS, "parameter", *NUMBERS],
    "effects": [*KEYS, "term", "level", "analyses", *NUMBERS, "place"],
    "checks": [*KEYS, "name", "passed", "value", "threshold", "message"],
}  # fmt: skip
FILES = {
    "pooled": "pooled",
    "scales": "scales",
    "effects": "pooled_effects",
    "checks": "pooled_checks",
}
"""Names of the files, by table."""


@dataclass(frozen=True)
class Pooled:
    """What partial pooling says, one measure and outcome after the other.

    Attributes
    ----------
    pooled
        A row per analysis: its own posterior, the data's share of it (``data_mean``, ``data_sd``),
        the pooled posterior, ``above_average``, the probability of being above the mean of the
        edition's states with data, and ``shrinkage``, the share of the way from the data to what
        the other analyses say.
    scales
        Centre and scales.
    effects
        States and editions: points above or below the mean of those with data, ``analyses`` with
        data, and a ``place`` among the states where the order is sure.
    checks
        Verdicts on the sampling and on the assumptions.
    """

    pooled: pd.DataFrame
    scales: pd.DataFrame
    effects: pd.DataFrame
    checks: pd.DataFrame

    def of(self, measure: Measure, outcome: str) -> "Pooled":
        """Select one measure and outcome."""
        tables = (getattr(self, field.name) for field in fields(self))
        chosen = (t[(t["measure"] == measure.name) & (t["outcome"] == outcome)] for t in tables)
        return Pooled(*(table.drop(columns=KEYS).reset_index(drop=True) for table in chosen))


def pool(measures: Mapping[Measure, pd.DataFrame], settings: Mapping[str, Any]) -> Pooled:
    """Fit the model to every measure and outcome that has two analyses or more.

    Parameters
    ----------
    measures
        Of `enem.atlas.measures.measured`, with ``data_mean`` and ``data_sd``.
    settings
        The checked configuration.
    """
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for measure, table in measures.items():
        for outcome in settings["outcomes"]:
            fitted = pool_one(table[table["outcome"] == outcome], settings)
            for name, part in (fitted or {}).items():
                found[name].append(part.assign(measure=measure.name, outcome=outcome))
    tables = {
        name: pd.concat(parts, ignore_index=True)[COLUMNS[name]]
        if parts
        else pd.DataFrame(columns=COLUMNS[name])
        for name, parts in found.items()
    }
    return Pooled(**tables)


def write_pooled(pooled: Pooled, folder: Path) -> None:
    """Write each table as CSV and as Parquet."""
    for table, file in FILES.items():
        write_both(getattr(pooled, table), folder / file)


def pool_one(table: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, pd.DataFrame] | None:
    """Fit the model to one measure of one outcome; None where there is nothing to pool."""
    rows = poolable(table)
    known = rows["status"].eq(SHOWN) & np.isfinite(rows["data_sd"])
    hierarchy = build_hierarchy(
        rows["data_mean"].to_numpy(float),
        np.where(known, rows["data_sd"], np.inf),
        rows["state"].tolist(),
        rows["edition"].tolist(),
        parse_priors(settings["atlas"]["priors"], "atlas.priors", ("centre",)),
    )
    if hierarchy is None:
        return None
    rng = np.random.default_rng(settings["sampler"]["seed"])
    start = np.full(len(hierarchy.scales), np.log(rows["data_mean"][known].std() + 0.1))
    sample = importance_sample(hierarchy.log_density, start, DRAWS, rng)
    tau = np.exp(sample.points)
    return _tables(rows, known.to_numpy(), hierarchy, sample, hierarchy.draw(tau, rng), settings)


def poolable(table: pd.DataFrame) -> pd.DataFrame:
    """Select the analyses that share no data: states, of real editions where there are any.

    Editions without income are none: nothing is predicted for them.
    """
    table = table[table["status"] != NO_INCOME]
    real = table["edition"].str.isdigit()
    chosen = (table["state"] != BRAZIL) & (real if real.any() else True)
    return table[chosen].reset_index(drop=True)


def _tables(
    rows: pd.DataFrame,
    known: np.ndarray,
    hierarchy: Hierarchy,
    sample: Sample,
    draws: Draws,
    settings: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    mass = settings["interval"]["mass"]
    checks: Sequence[Check] = checks_of(rows[known], sample, mass, settings["checks"])
    scales = np.column_stack([draws.effects[:, 0], np.exp(sample.points)])
    names = pd.Series(["centre", *hierarchy.scales], name="parameter")
    return {
        "pooled": _estimates(rows, known, draws, mass),
        "scales": pd.concat([names, pd.DataFrame(describe(scales, mass))], axis=1),
        "effects": _effects(rows, known, hierarchy, draws.effects, mass),
        "checks": pd.DataFrame([vars(check) for check in checks]),
    }


def _estimates(rows: pd.DataFrame, known: np.ndarray, draws: Draws, mass: float) -> pd.DataFrame:
    pooled = pd.DataFrame(dict(zip(POOLED, describe(draws.theta, mass).values(), strict=True)))
    own = rows[["edition", "state", *NUMBERS, "data_mean", "data_sd"]].copy()
    own.loc[~known, [*NUMBERS, "data_mean", "data_sd"]] = None
    # Var(theta | y, scales) is the data's variance times the weight of the data
    shrinkage = 1 - draws.variance.mean(axis=0) / own["data_sd"].to_numpy(float) ** 2
    found = {
        "basis": np.where(known, OWN, PREDICTED),
        "above_average": _above_average(rows["edition"], known, draws.theta),
        "shrinkage": shrinkage,
    }
    return pd.concat([own, pooled], axis=1).assign(**found)


def _above_average(editions: pd.Series, known: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Probability, of analyses with data, to be above the mean of those of the same edition."""
    found = np.full(len(known), np.nan)
    for edition in editions.unique():
        own = np.flatnonzero(known & (editions == edition).to_numpy())
        if len(own) > 1:
            values = theta[:, own]
            found[own] = (values > values.mean(axis=1, keepdims=True)).mean(axis=0)
    return found


def _effects(
    rows: pd.DataFrame, known: np.ndarray, hierarchy: Hierarchy, effects: np.ndarray, mass: float
) -> pd.DataFrame:
    parts = []
    for position, name in enumerate(n for n in hierarchy.scales if n != "tau_interaction"):
        term = name.removeprefix("tau_")
        counts = rows[known].groupby(term)["mean"].size()
        levels = sorted(set(rows[term]))
        values = effects[:, hierarchy.term == position + 1]
        kept = np.isin(levels, counts.index)
        values = values[:, kept] - values[:, kept].mean(axis=1, keepdims=True)
        levels = np.array(levels)[kept]
        table = pd.DataFrame({**describe(values, mass), "term": term, "level": levels})
        order = draw_probabilities(values)
        place = sure_places(values.mean(axis=0), order, CERTAIN) if term == "state" else None
        analyses = counts.reindex(table["level"]).to_numpy()
        parts.append(
            table.assign(analyses=analyses, place=pd.array(place or [None] * len(table), "Int64"))
        )
    return pd.concat(parts, ignore_index=True)
