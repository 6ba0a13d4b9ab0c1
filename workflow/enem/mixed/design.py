"""The columns and groups of a model on sums: rows of one group and profile, collapsed exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from enem.errors import InputError
from enem.mixed.parameters import table_name
from enem.mixed.specification import MUNICIPALITY, SCHOOL, SCHOOL_TYPE, Specification

GROUP_COLUMNS = (MUNICIPALITY, SCHOOL, "school_type")
"""What identifies the finest group of a participant in a table of sums."""


@dataclass(frozen=True)
class Coefficient:
    """One column of the design.

    Attributes
    ----------
    variable
        Name in the posterior.
    labels
        Its levels of the factors, () for a common coefficient.
    scale
        Index of its scale among the specification's, or -1 where its sd is known.
    prior
        Key of ``priors``; of the coefficient itself where its sd is known.
    """

    variable: str
    labels: tuple[str, ...]
    scale: int
    prior: str


@dataclass(frozen=True)
class Design:
    """A model's columns on one table of sums.

    R rows of sums lie in L leaves (groups that share all levels of the model), F finest groups and
    T x B cells; their columns take U patterns.  Common coefficients are the last of the P columns.

    Attributes
    ----------
    spec
        The model.
    coefficients
        P columns.
    patterns
        Distinct rows of columns, (U, P).
    n, mean, ss
        Participants, mean score and sum of squares around it (points) of each row, (R,); of
        several outcomes (R,), (R, m), and sums of squares and products, (R, m, m).
    pattern, leaf, group, cell
        Index of each row's pattern, leaf, finest group and cell (school type times brackets), (R,).
    leaf_of_group
        Index of each finest group's leaf, (F,).
    leaf_sigma, leaf_municipality
        Index of each leaf's sigma; of its municipality where the model has that level, (L,).
    groups
        The finest groups: ``municipality, school, school_type, n``, F rows.
    labels
        Levels of every factor that the formula names, and of the axes of cells.
    x
        Income of the brackets, (B,); NaN of the one bracket of an edition without income.
    """

    spec: Specification
    coefficients: tuple[Coefficient, ...]
    patterns: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    ss: np.ndarray
    pattern: np.ndarray
    leaf: np.ndarray
    group: np.ndarray
    cell: np.ndarray
    leaf_of_group: np.ndarray
    leaf_sigma: np.ndarray
    leaf_municipality: np.ndarray
    groups: pd.DataFrame
    labels: Mapping[str, tuple[str, ...]]
    x: np.ndarray

    @property
    def school_types(self) -> tuple[str, ...]:
        """Labels of the first axis of cells."""
        return self.labels["school_type"]

    @property
    def brackets(self) -> tuple[str, ...]:
        """Labels of the second axis of cells."""
        return self.labels["income_bracket"]

    @cached_property
    def sigma_labels(self) -> tuple[str, ...]:
        """Whom each sigma belongs to."""
        return self.school_types if self.spec.sigma_by_school_type else ("all",)

    @property
    def has_income(self) -> bool:
        """Whether the edition holds income beside scores."""
        return bool(np.isfinite(self.x).all())

    @property
    def common(self) -> int:
        """How many columns are common coefficients."""
        return sum(not of.labels or of.prior == "covariate" for of in self.coefficients)

    @property
    def names(self) -> list[str]:
        """Coefficients under the names of tables, P of them."""
        return [table_name(of.variable, of.labels) for of in self.coefficients]

    @cached_property
    def lines(self) -> np.ndarray:
        """What the coefficients of tables are made of, (P, P).

        Those of school types are whole lines, the common coefficient and their own.
        """
        variables = [of.variable for of in self.coefficients]
        made = np.eye(len(variables))
        for block in self.spec.blocks:
            whole = block.variable.removesuffix("_school_type")
            if block.factor == SCHOOL_TYPE and whole in variables:
                made[np.array(variables) == block.variable, variables.index(whole)] = 1.0
        return made

    @property
    def common_patterns(self) -> np.ndarray:
        """Columns of the common coefficients, (U, C)."""
        return self.patterns[:, len(self.coefficients) - self.common :]

    @cached_property
    def leaf_n(self) -> np.ndarray:
        """Participants of each leaf, (L,)."""
        return np.bincount(self.leaf, self.n, len(self.leaf_sigma))

    @cached_property
    def leaf_columns(self) -> np.ndarray:
        """Mean of each leaf's columns, (L, P)."""
        size = (len(self.leaf_sigma), len(self.patterns))
        # sparse: a country's schools times its patterns are tens of gigabytes
        weights = sparse.coo_array((self.n, (self.leaf, self.pattern)), shape=size).tocsr()
        return weights @ self.patterns / self.leaf_n[:, None]

    def leaf_means(self, scores: np.ndarray) -> np.ndarray:
        """Average row means (R, ...) over the participants of each leaf, (L, ...)."""
        sums = added_up(self.leaf, (scores.T * self.n).T, len(self.leaf_sigma))
        return (sums.T / self.leaf_n).T

    def cell_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum values of rows over cells, (T, B)."""
        count = len(self.school_types) * len(self.brackets)
        sums = np.bincount(self.cell, values, count)
        return sums.reshape(len(self.school_types), len(self.brackets))


def added_up(index: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Sum values (R, ...) of rows that share an index below `count`; shape (count, ...)."""
    columns = values.reshape(len(index), int(np.prod(values.shape[1:]))).T
    sums = [np.bincount(index, column, count) for column in columns]
    return np.stack(sums, axis=1).reshape(count, *values.shape[1:])


def numbered(keys: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Number the distinct rows in their order: number of each row, and first row of each number."""
    number = keys.groupby(list(keys), dropna=False, sort=True).ngroup().to_numpy()
    return number, np.unique(number, return_index=True)[1]


def finest_groups(sums: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the schools, or where none is named the schools of one type in one municipality.

    Returns
    -------
    tuple
        Index of each row's group, and the groups: ``municipality, school, school_type, n``.

    Raises
    ------
    InputError
        A school in two municipalities or of two types.
    """
    keys = sums[list(GROUP_COLUMNS)]
    group, first = numbered(keys)
    groups = keys.iloc[first].reset_index(drop=True)
    groups["n"] = np.bincount(group, sums["n"]).astype(int)
    named = groups["school"].dropna()
    twice = named[named.duplicated()]
    if len(twice):
        raise InputError(
            "School {name} has participants in more than one municipality or school type, so "
            "it cannot be a level inside them. Check the columns CO_ESCOLA, CO_MUNICIPIO_ESC "
            "and TP_DEPENDENCIA_ADM_ESC of the source, or leave school out of config key "
            "levels.",
            name=twice.iloc[0],
        )
    return group, groups


def municipality_codes(groups: pd.DataFrame) -> np.ndarray:
    """Index of each finest group's municipality; one of its own where it is not known, (F,)."""
    codes, named = pd.factorize(groups[MUNICIPALITY].astype(object))
    unknown = codes < 0
    # nothing is known to be shared where the municipality is not known
    codes[unknown] = len(named) + np.arange(unknown.sum())
    return codes


def label_codes(values: pd.Series, labels: Sequence[str], name: str) -> np.ndarray:
    """Place of each value among the labels of a factor.

    Raises
    ------
    InputError
        A value that is none of them.
    """
    codes = pd.Categorical(values.astype(object), categories=list(labels)).codes.astype(int)
    if (codes < 0).any():
        found = values[codes < 0].iloc[0]
        raise InputError(
            "{name} has the value {found!r}, which is none of {labels}. Give sums and labels "
            "of the same edition.",
            name=name,
            found=found,
            labels=", ".join(labels),
        )
    return codes
