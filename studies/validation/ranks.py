"""Ranks of true values among posterior draws, and whether they are uniform."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from enem.check.verdict import Check
from studies.validation.figures.ecdf import draw_ecdf_differences
from studies.validation.setting import FAMILY_LEVEL, SEED
from studies.validation.study import Study
from studies.validation.uniformity import ecdf, evaluation_points, p_value, rejected


class Pair(NamedTuple):
    """One simulation: what was true and what the posterior says.

    Attributes
    ----------
    truth
        Values of Q quantities, (Q,).
    draws
        Nearly independent posterior draws of them, (S, Q).
    divergences
        Divergent transitions of the sampler.
    names
        Of the quantities.
    """

    truth: np.ndarray
    draws: np.ndarray
    divergences: int
    names: list[str]


@dataclass(frozen=True)
class Ranks:
    """What the simulations of one model left.

    Attributes
    ----------
    ranks
        Draws below the truth, one row a simulation, one column a quantity; 0 to `draws`.
    draws
        Draws that each truth was ranked among.
    divergences
        Divergent transitions of all simulations.
    autocorrelation
        Mean over simulations of the kept draws' first autocorrelation, by quantity.
    """

    ranks: pd.DataFrame
    draws: int
    divergences: int
    autocorrelation: pd.Series

    def transformed(self) -> pd.DataFrame:
        """Ranks as values that are uniform on (0, 1) when the posterior is right.

        A rank's place within its step of 1 / (draws + 1) is drawn, which makes them continuous.
        """
        rng = np.random.default_rng([SEED, len(self.ranks)])
        return (self.ranks + rng.random(self.ranks.shape)) / (self.draws + 1)


def rank(pairs: Iterable[Pair]) -> Ranks:
    """Rank the truth of each simulation among its draws."""
    kept = list(pairs)
    names = kept[0].names
    ranks = [(pair.draws < pair.truth).sum(axis=0) for pair in kept]
    correlation = np.mean([_autocorrelation(pair.draws) for pair in kept], axis=0)
    return Ranks(
        pd.DataFrame(np.array(ranks), columns=names),
        len(kept[0].draws),
        sum(pair.divergences for pair in kept),
        pd.Series(correlation, index=names),
    )


def _autocorrelation(draws: np.ndarray) -> np.ndarray:
    """First autocorrelation of each column; the step between chains counts as one of many."""
    centred = draws - draws.mean(axis=0)
    return (centred[1:] * centred[:-1]).sum(axis=0) / (centred**2).sum(axis=0)


def verdicts(found: Mapping[str, Ranks]) -> pd.DataFrame:
    """Judge every quantity of every model, all of them together.

    Returns
    -------
    pandas.DataFrame
        ``model, quantity, simulations, largest_difference`` (of the distribution function from
        the diagonal), ``autocorrelation``, ``p_value``, ``passed``.
    """
    rows = []
    for model, ranks in found.items():
        for name, column in ranks.transformed().items():
            u = column.to_numpy()
            difference = np.abs(ecdf(u) - evaluation_points(len(u))).max()
            correlation = ranks.autocorrelation[name]
            rows.append((model, name, len(u), difference, correlation, p_value(u)))
    columns = ["model", "quantity", "simulations", "largest_difference", "autocorrelation"]
    table = pd.DataFrame(rows, columns=[*columns, "p_value"])
    return table.assign(passed=~rejected(table["p_value"], FAMILY_LEVEL))


def rank_study(name: str, found: Mapping[str, Ranks]) -> Study:
    """Make a study of the ranks of its models; its tables and figures are called by its name."""
    table = verdicts(found)
    tables = {f"{name}_ranks_{model}": ranks.ranks for model, ranks in found.items()}
    figures = {
        f"{name}_{model}": draw_ecdf_differences(
            ranks.transformed(), table[table["model"] == model].set_index("quantity")
        )
        for model, ranks in found.items()
    }
    return Study(_checks(table, found), {name: table, **tables}, figures)


def _checks(table: pd.DataFrame, found: Mapping[str, Ranks]) -> list[Check]:
    checks = []
    for model, ranks in found.items():
        mine = table[table["model"] == model]
        worst = mine.loc[mine["p_value"].idxmin()]
        message = (
            f"{model}: of {len(mine)} quantities ranked in {len(ranks.ranks)} simulations, "
            f"{(~mine['passed']).sum()} are not uniform; the least uniform is "
            f"{worst['quantity']}, p = {worst['p_value']:.2g}."
        )
        passed, p = bool(mine["passed"].all()), float(worst["p_value"])
        checks.append(Check(f"uniform_{model}", passed, p, FAMILY_LEVEL, message))
        message = f"{model}: {ranks.divergences} divergent transitions in all simulations."
        count = float(ranks.divergences)
        checks.append(Check(f"divergences_{model}", None, count, None, message))
    return checks
