"""Weights of cells for those who are missing: who stayed away, and whose school is not known.

A weight is the inverse of the share that stayed in, so that each cell counts for all whom it stands
for.  It enters where cells are averaged, their slopes and their gaps, and not the likelihood: given
school type and income, a Gaussian likelihood of weighted sums would take each participant for
several and its intervals for too narrow, while lines and their uncertainty are about those who sat
the exam either way.  What is assumed is that the missing would have scored as those of their cell
did; nothing here can tell.
"""

import numpy as np
import pandas as pd

from enem.compare.cell_means import ratio
from enem.mixed.design import Design
from enem.sensitivity.names import MATCHING, PRESENCE


def weights_of_the_missing(presence: pd.DataFrame, design: Design) -> dict[str, np.ndarray | None]:
    """Compute the weights of the cells of a design.

    Parameters
    ----------
    presence
        Of one outcome, `enem.tabulate.presence.presence_table`.
    design
        Whose school types and brackets.

    Returns
    -------
    dict
        `PRESENCE`, by school type and income, and `MATCHING`, by income alone (of the unmatched no
        school type is known), None where no shares are known; (T, B), 1 where nobody stayed in.
    """
    shape = (len(design.school_types), len(design.brackets))
    cells = pd.MultiIndex.from_product([design.school_types, design.brackets])
    counts = presence.set_index(["school_type", "income_bracket"]).reindex(cells, fill_value=0)
    found = {PRESENCE: _inverse(counts["matched"], counts["present"]).reshape(shape)}
    if presence["finishing"].isna().all():
        return {**found, MATCHING: None}
    counts = presence.groupby("income_bracket")[["finishing", "matched"]].sum()
    counts = counts.reindex(design.brackets, fill_value=0)
    of_income = _inverse(counts["finishing"], counts["matched"])
    return {**found, MATCHING: np.broadcast_to(of_income, shape)}


def _inverse(of: pd.Series, stayed: pd.Series) -> np.ndarray:
    return np.nan_to_num(ratio(of.to_numpy(float), stayed.to_numpy(float)), nan=1.0)
