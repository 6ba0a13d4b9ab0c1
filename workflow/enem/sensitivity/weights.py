"""Weights of cells for those who are missing: who stayed away, and whose school is not known.

A weight is the inverse of the share that stayed in, so that each cell counts for all whom it stands
for.  It enters where cells are averaged, their slopes and their gaps, and not the likelihood: given
school type and income, a Gaussian likelihood of weighted sums would take each participant for
several and its intervals for too narrow, while lines and their uncertainty are about those who sat
the exam either way.  What is assumed is that the missing would have scored as those of their cell
did; nothing here can tell.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from enem.compare.cell_means import ratio
from enem.mixed.design import Design
from enem.sensitivity.names import MATCHING, PRESENCE

Weights = np.ndarray | None
"""Shape (T, B), 1 where nobody stayed in; None where shares are not known at all."""


def weights_of_the_missing(presence: pd.DataFrame, design: Design) -> Iterator[tuple[str, Weights]]:
    """Compute the weights of the cells of a design.

    Parameters
    ----------
    presence
        Of one outcome, `enem.tabulate.presence.presence_table`.
    design
        Whose school types and brackets.

    Yields
    ------
    tuple
        `PRESENCE`, by school type and income, and `MATCHING`, by income alone: of the unmatched no
        school type is known.
    """
    yield PRESENCE, _inverse(*(_cells(presence, name, design) for name in ("matched", "present")))
    if presence["finishing"].isna().all():
        yield MATCHING, None
        return
    of_income = presence.groupby("income_bracket")[["finishing", "matched"]].sum()
    finishing, matched = of_income.reindex(design.brackets, fill_value=0).to_numpy(float).T
    weights = _inverse(finishing, matched)
    yield MATCHING, np.broadcast_to(weights, (len(design.school_types), len(weights)))


def _cells(presence: pd.DataFrame, name: str, design: Design) -> np.ndarray:
    """Counts of known school types and brackets, (T, B)."""
    table = presence.dropna(subset=["school_type", "income_bracket"])
    table = table.pivot(index="school_type", columns="income_bracket", values=name)
    table = table.reindex(index=design.school_types, columns=design.brackets, fill_value=0)
    return table.to_numpy(float)


def _inverse(of: np.ndarray, stayed: np.ndarray) -> np.ndarray:
    return np.nan_to_num(ratio(of, stayed), nan=1.0)
