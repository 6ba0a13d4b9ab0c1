"""Names of the figures that an analysis yields, known before anything runs."""

from collections.abc import Mapping
from typing import NamedTuple

from enem.mixed.specification import Specification, model_of_groups

LANGUAGES = ("pt", "en")
"""Every figure is drawn in each of them."""


STUDY = (
    *("likelihood_curves", "cross_entropy", "prior_and_maximum", "parameterisation"),
    *("sample_size", "chebyshev", "disagreement"),
)
"""Figures of how estimators relate."""


SENSITIVITY = "sensitivity"
"""Figure of slope and gap under other assumptions."""

OF_INCOME = (
    *("presence", "score_by_income", "gap_by_income", "pooling", SENSITIVITY),
    *("likelihood_curves", "prior_and_maximum", "parameterisation", "sample_size", "chebyshev"),
)
"""Figures of income, or of lines and regressions on it."""


Specifications = Mapping[str, Specification]
"""Models asked for, by name, in the order of panels."""


class FigureName(NamedTuple):
    """What a figure shows, and of which model where each model has its own."""

    subject: str
    model: str | None = None

    @property
    def stem(self) -> str:
        """File name without suffix."""
        return self.subject if self.model is None else f"{self.subject}_{self.model}"


def hierarchical(specs: Specifications) -> list[str]:
    """Those of the models that have a scale: of a factor's coefficients or of a level."""
    return [name for name, spec in specs.items() if spec.scales]


def by_school_type(specs: Specifications) -> list[str]:
    """Those of the models that have a line for each school type."""
    return [name for name, spec in specs.items() if spec.by_school_type]


def main_model(specs: Specifications) -> str:
    """Name the model behind the page's answer and the main figures, before any result is known.

    ``school_type`` where it is asked for; else the first with school types and levels, with school
    types, with levels, of all.
    """
    typed = by_school_type(specs)
    with_levels = [name for name, spec in specs.items() if spec.levels]
    both = [name for name in typed if name in with_levels]
    named = [name for name in specs if name == "school_type"]
    return [*named, *both, *typed, *with_levels, *specs][0]


def figures_of(specs: Specifications, income: bool = True) -> list[FigureName]:
    """List the figures in the order in which a report shows them.

    Parameters
    ----------
    specs
        Models.
    income
        Whether the edition holds income beside scores; without it there are no figures of it.
    """
    subjects = ["sample_flow", "presence", "score_distribution", "score_by_income"]
    subjects += ["gap_by_income", "pooling"] if by_school_type(specs) else ["pooling"]
    subjects += ["schools", "variance_shares"] if model_of_groups(specs) else []
    subjects += ["municipalities"]
    subjects += ["tau_profile"] if hierarchical(specs) else []
    subjects += ["energy", "predictive_by_school_type", "model_comparison"]
    subjects += [SENSITIVITY, *STUDY]
    subjects = [name for name in subjects if income or name not in OF_INCOME]
    per_model = [FigureName(s, name) for name in specs for s in ("estimates", "ranks")]
    return [*map(FigureName, subjects), *per_model]
