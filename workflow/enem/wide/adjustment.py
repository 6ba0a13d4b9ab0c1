"""Effects without and with covariates, side by side."""

from collections.abc import Mapping

import pandas as pd

GAPS = {
    "gap_at_equal_income": "gap_at_equal_income",
    "gap_at_equal_income_and_covariates": "gap_at_equal_income",
    "income_doubling": "income_doubling",
}
"""Effects that are compared, and the name that both versions go by."""

KEPT = ("effect", "group", "unit", "mean", "sd", "interval_low", "interval_high")


def adjustment_table(
    plain: Mapping[str, pd.DataFrame], adjusted: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Put the gap and the slopes of each model beside themselves at equal covariates.

    Parameters
    ----------
    plain, adjusted
        ``effects.csv`` without and with covariates, by model.

    Returns
    -------
    pandas.DataFrame
        ``model, covariates`` (``without`` or ``with``) and `KEPT`.
    """
    pieces = []
    for label, tables in (("without", plain), ("with", adjusted)):
        for model, table in tables.items():
            named = table[table["effect"].isin(GAPS)]
            named = named.assign(effect=named["effect"].map(GAPS))[list(KEPT)]
            named.insert(0, "model", model)
            named.insert(1, "covariates", label)
            pieces.append(named)
    return pd.concat(pieces, ignore_index=True)
