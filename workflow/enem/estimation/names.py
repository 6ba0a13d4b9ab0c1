"""Names of the tables, known before anything runs."""

TABLES = (
    "likelihood",
    "least_squares",
    "cross_entropy",
    "prior_weight",
    "ridge",
    "parameterisation",
    "subsamples",
    "sample_size",
    "chebyshev",
    "scales",
    "disagreement",
    "school_shrinkage",
)
"""Files of the folder ``estimation/``, without suffix."""

WITHOUT_INCOME = ("cross_entropy", "scales", "disagreement", "school_shrinkage")
"""Those of an edition that holds no income, which the others are about."""


def tables_of(income: bool) -> tuple[str, ...]:
    """Return the tables of an edition that holds income or does not."""
    return TABLES if income else WITHOUT_INCOME
