"""From sums, incomes and labels to the design of a model."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from enem.mixed.design import (
    Coefficient,
    Design,
    added_up,
    finest_groups,
    label_codes,
    municipality_codes,
    numbered,
)
from enem.mixed.specification import CELL, MUNICIPALITY, SCHOOL, Specification
from enem.mixed.variables import MUNICIPAL
from enem.names import moment_columns


@dataclass(frozen=True)
class Tables:
    """What designs of any model are made from.

    Attributes
    ----------
    sums
        ``municipality, school, school_type, income_bracket``, what `Specification.carried` names,
        ``n, mean, ss``, the last two of several outcomes as `enem.names.moment_columns` names them.
    income
        ``income_bracket, x`` of each bracket, ascending.
    labels
        Levels of every factor that the formula names, and of ``school_type``.
    """

    sums: pd.DataFrame
    income: pd.DataFrame
    labels: Mapping[str, Sequence[str]]

    def design(self, spec: Specification) -> Design:
        """Build a model's columns.

        Raises
        ------
        InputError
            When a factor has a value that is none of its levels.
        """
        sums, income = self.sums, self.income
        labels = {**self.labels, "income_bracket": income["income_bracket"]}
        labels = {name: tuple(labels[name]) for name in dict.fromkeys((*CELL, *spec.all_factors))}
        group, groups = finest_groups(sums)
        numeric = _numeric(sums, income, group)
        codes = {name: label_codes(sums[name], labels[name], name) for name in labels}
        coefficients, columns = _columns(spec, codes, labels, numeric)
        # without columns that vary inside, rows of one finest group and cell are one row
        cell = codes["school_type"] * len(income) + codes["income_bracket"]
        key = pd.DataFrame({"group": group, "cell": cell})
        pattern, patterns = _patterns(columns, len(coefficients))
        rows = _merged(sums, key.assign(pattern=pattern), spec.outcomes)
        leaf_of_group, leaf_sigma, municipality = _leaves(spec, groups, labels["school_type"])
        return Design(
            spec=spec,
            coefficients=coefficients,
            patterns=patterns,
            leaf=leaf_of_group[rows["group"]],
            leaf_of_group=leaf_of_group,
            leaf_sigma=leaf_sigma,
            leaf_municipality=municipality,
            groups=groups,
            labels=labels,
            x=income["x"].to_numpy(float),
            **rows,
        )

    def at(self, x: np.ndarray) -> "Tables":
        """Return the same sums at other incomes, (B,)."""
        return replace(self, income=self.income.assign(x=x))

    def without(self, school_types: Collection[str]) -> "Tables":
        """Leave school types out."""
        kept = [label for label in self.labels["school_type"] if label not in school_types]
        sums = self.sums[self.sums["school_type"].isin(kept)]
        return replace(self, sums=sums, labels={**self.labels, "school_type": kept})


def _numeric(sums: pd.DataFrame, income: pd.DataFrame, group: np.ndarray) -> dict[str, np.ndarray]:
    """Values of the numeric variables of each row, "1" among them."""
    x = sums["income_bracket"].map(income.set_index("income_bracket")["x"]).to_numpy(float)
    n = sums["n"].to_numpy(float)
    school_income = np.bincount(group, n * x) / np.bincount(group, n)
    municipal = {name: sums[name].to_numpy(float) for name in MUNICIPAL if name in sums}
    own = {"1": np.ones(len(sums)), "income": x, "school_income": school_income[group]}
    return own | municipal


Columns = list[tuple[np.ndarray, np.ndarray]]
"""Of each coefficient column group: the column that a row has a value in (-1: none), the value."""


def _columns(
    spec: Specification,
    codes: Mapping[str, np.ndarray],
    labels: Mapping[str, Sequence[str]],
    numeric: Mapping[str, np.ndarray],
) -> tuple[tuple[Coefficient, ...], Columns]:
    coefficients: list[Coefficient] = []
    columns: Columns = []
    for block in spec.blocks:
        scale = spec.scales.index(block.scale) if block.scale else -1
        levels = [()]
        code = np.zeros(len(numeric["1"]), int)
        for name in block.factor:
            levels = [(*one, label) for one in levels for label in labels[name]]
            code = code * len(labels[name]) + codes[name]
        columns.append((len(coefficients) + code, numeric[block.column]))
        coefficients += [Coefficient(block.variable, one, scale, block.prior) for one in levels]
    for common in spec.common:
        first = len(coefficients)
        if common.categorical:
            code = codes[common.column] - 1
            columns.append((np.where(code < 0, -1, first + code), numeric["1"]))
            names = [(label,) for label in labels[common.column][1:]]
        else:
            columns.append((np.full(len(numeric["1"]), first), numeric[common.column]))
            names = [()]
        coefficients += [Coefficient(common.variable, one, -1, common.prior) for one in names]
    return tuple(coefficients), columns


def _patterns(columns: Columns, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Index of each row's pattern of columns, and the patterns, (U, P)."""
    key = pd.DataFrame({f"c{i}": column for i, (column, _) in enumerate(columns)})
    for i, (_, values) in enumerate(columns):
        key[f"v{i}"] = values
    pattern, first = numbered(key)
    patterns = np.zeros((len(first), size))
    for column, values in columns:
        here = column[first] >= 0
        patterns[np.flatnonzero(here), column[first][here]] = values[first][here]
    return pattern, patterns


def _merged(
    sums: pd.DataFrame, key: pd.DataFrame, outcomes: Sequence[str]
) -> dict[str, np.ndarray]:
    """Collapse rows that share group, cell and pattern."""
    row, first = numbered(key)
    means, squares = moment_columns(outcomes)
    each_n, each_mean = sums["n"].to_numpy(float), sums[means].to_numpy(float)
    n = np.bincount(row, each_n)
    mean = added_up(row, each_n[:, None] * each_mean, len(n)) / n[:, None]
    away = each_mean - mean[row]
    m = len(outcomes)
    around = sums[np.ravel(squares)].to_numpy(float).reshape(-1, m, m)
    around = around + each_n[:, None, None] * away[:, :, None] * away[:, None, :]
    moments = {"n": n, "mean": mean, "ss": added_up(row, around, len(n))}
    if m == 1:
        moments |= {"mean": mean[:, 0], "ss": moments["ss"][:, 0, 0]}
    return moments | {name: key[name].to_numpy()[first] for name in key}


def _leaves(
    spec: Specification, groups: pd.DataFrame, school_types: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leaf of each finest group; sigma and municipality of each leaf."""
    sigma = np.zeros(len(groups), int)
    if spec.sigma_by_school_type:
        sigma = label_codes(groups["school_type"], school_types, "school_type")
    municipality = municipality_codes(groups)
    if SCHOOL in spec.levels:
        return np.arange(len(groups)), sigma, municipality
    place = municipality if MUNICIPALITY in spec.levels else 0
    key = pd.DataFrame({"sigma": sigma, "municipality": place})
    leaf, first = numbered(key)
    return leaf, sigma[first], key["municipality"].to_numpy()[first]
