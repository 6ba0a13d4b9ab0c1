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
