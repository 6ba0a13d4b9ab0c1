"""Which columns of the converted table an analysis reads, as its configuration says."""

from collections.abc import Mapping
from typing import Any

from enem.names import AREAS, ESSAY
from enem.tabulate.population import SCHOOL_COLUMNS, STATE_COLUMNS
from enem.wide.names import columns_of

ALWAYS_READ = (
    "income_bracket",
    *("municipality", "school"),
    *(f"presence_{area}" for area in AREAS),
    *(*AREAS, ESSAY),
)
"""Whatever the outcomes, so that one conversion serves them all; schools are what rows share."""


def columns_read(settings: Mapping[str, Any]) -> list[str]:
    """Return, sorted, the columns in which an unknown code would change the analysis."""
    population = settings["population"]
    columns = {
        *ALWAYS_READ,
        STATE_COLUMNS[settings["state_by"]],
        SCHOOL_COLUMNS[population["school_type"]],
        *columns_of(settings["covariates"]),
    }
    if population["trainees"] == "exclude":
        columns.add("is_trainee")
    return sorted(columns)
