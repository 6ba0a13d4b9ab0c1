"""Names of the tables and of their entries, known before anything runs."""

TABLES = ("assumptions", "binning", "predictions")
"""Files of the folder ``sensitivity/``, without suffix."""

MAIN = "main"
NOT_AVAILABLE = "not_available"
NOBODY = "nobody"
SAME = "same_participants"
"""Notes: the release cannot carry the alternative; it leaves nobody; it changes nothing here."""
