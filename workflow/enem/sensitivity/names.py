"""Names of the tables and of their entries, known before anything runs."""

TABLES = ("assumptions", "binning", "predictions")
"""Files of the folder ``sensitivity/``, without suffix."""

MAIN = "main"
WITHOUT_LEVELS = "levels"
"""Assumption of the analysis that takes participants for independent."""

STUDENT_T, ONE_SIGMA, NO_LEVELS = "student_t", "one_for_all", "none"
"""Alternatives of errors, of sigmas and of levels."""

PRESENCE, MATCHING = "presence", "matching"
"""Assumptions that weight participants for those who are missing."""

WEIGHTED = "weighted"
"""Alternative of `PRESENCE` and `MATCHING`."""

NOT_AVAILABLE = "not_available"
NOBODY = "nobody"
SAME = "same_participants"
"""Notes: the release cannot carry the alternative; it leaves nobody; it changes nothing here."""
