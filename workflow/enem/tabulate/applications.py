"""Which application of the exam people sat, as their booklets tell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from enem.convert.columns import BOOKLETS
from enem.editions import Edition
from enem.tabulate.population import (
    APPLICATION,
    DIGITAL,
    REGULAR,
    SECOND,
    PopulationSettings,
    absent_columns,
    exclusions,
    municipal_columns,
    present,
)
from enem.tabulate.presence import all_steps

UNKNOWN, NONE = "unknown", "none"
ORDER = (REGULAR, SECOND, DIGITAL, UNKNOWN, NONE)
"""The last two: a booklet that the edition's list does not have, and no booklet at all."""


def with_applications(rows: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Replace booklets by the application that they belong to.

    Whoever has one of the second or the digital application in either area sat that one; areas of
    one day share it, and the two that are read are of different days.
    """
    codes = [name for name in BOOKLETS if name in rows]
    if not edition.booklets or len(codes) < len(BOOKLETS):
        return rows.drop(columns=codes)
    kinds = [rows[name].map(edition.booklets) for name in codes]
    strange = [kind.isna() & rows[name].notna() for kind, name in zip(kinds, codes, strict=True)]
    some = {kind: np.any([each == kind for each in kinds], axis=0) for kind in ORDER[:3]}
    chosen = [some[SECOND], some[DIGITAL], np.any(strange, axis=0), some[REGULAR]]
    found = np.select(chosen, [SECOND, DIGITAL, UNKNOWN, REGULAR], NONE)
    return rows.drop(columns=codes).assign(**{APPLICATION: found})


def applications_table(
    participants: pd.DataFrame, settings: PopulationSettings, outcomes: Sequence[str]
) -> pd.DataFrame:
    """Count participants of each application, before any exclusion and of those analysed.

    Returns
    -------
    pandas.DataFrame
        ``application, participants, present, analysed, outcome``; without rows where booklets do
        not tell.
    """
    columns = ["application", "participants", "present", "analysed", "outcome"]
    if APPLICATION not in participants:
        return pd.DataFrame(columns=columns)
    told = absent_columns(participants), municipal_columns(participants)
    tables = []
    for outcome in outcomes:
        analysed = all_steps(participants, exclusions(settings, outcome, *told))
        found = pd.DataFrame(
            {
                "application": participants[APPLICATION].to_numpy(),
                "participants": 1,
                "present": present(outcome)(participants).astype(int),
                "analysed": analysed.astype(int),
            }
        )
        counts = found.groupby("application").sum().reindex(ORDER, fill_value=0)
        tables.append(counts.reset_index().assign(outcome=outcome))
    return pd.concat(tables)[columns]
