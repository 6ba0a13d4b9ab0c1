"""Which columns of the converted table an analysis reads, as its configuration says."""

from collections.abc import Mapping
from typing import Any

from enem.convert.columns import BOOKLETS
from enem.mixed.specification import specifications
from enem.mixed.variables import COVARIATES, columns_of
from enem.names import AREAS, ESSAY
from enem.tabulate.population import COMPLETION, MEMBER_COLUMNS, SCHOOL_COLUMNS, STATE_COLUMNS

ALWAYS_READ = (
    "income_bracket",
    *(f"presence_{area}" for area in AREAS),
    *(*AREAS, ESSAY),
)
"""Whatever the outcomes, so that one conversion serves them all."""


def columns_read(settings: Mapping[str, Any]) -> list[str]:
    """Return, sorted, the columns in which an unknown code would change the analysis."""
    population = settings["population"]
    specs = list(specifications(settings["formulas"]).values())
    covariates = [name for spec in specs for name in spec.factors if name in COVARIATES]
    columns = {
        *ALWAYS_READ,
        STATE_COLUMNS[settings["state_by"]],
        SCHOOL_COLUMNS[population["school_type"]],
        *filter(None, MEMBER_COLUMNS[population["school_type"]].values()),
        *columns_of(covariates),
    }
    if population["school_type"] == "enrolled":
        columns.add(COMPLETION)
    if any(spec.municipal for spec in specs):
        columns.add("municipality_exam_code")
    if population["applications"] == "regular":
        columns |= set(BOOKLETS)
    if population["trainees"] == "exclude":
        columns.add("is_trainee")
    return sorted(columns)
