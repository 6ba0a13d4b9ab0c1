"""Names of the figures that an analysis yields, known before anything runs."""

from collections.abc import Sequence
from typing import NamedTuple

from enem.models.specification import SPECIFICATIONS

LANGUAGES = ("pt", "en")
"""Every figure is drawn in each of them."""


STUDY = (
    *("likelihood_curves", "cross_entropy", "prior_and_maximum", "parameterisation"),
    *("sample_size", "chebyshev", "disagreement"),
)
"""Figures of how estimators relate."""


SENSITIVITY = "sensitivity"
"""Figure of slope and gap under other assumptions."""


class FigureName(NamedTuple):
    """What a figure shows, and of which model where each model has its own."""

    subject: str
    model: str | None = None

    @property
    def stem(self) -> str:
        """File name without suffix."""
        return self.subject if self.model is None else f"{self.subject}_{self.model}"


def hierarchical(models: Sequence[str]) -> list[str]:
    """Those of `models` that have a scale of group effects or deviations."""
    return [model for model in models if SPECIFICATIONS[model].scales]


def by_school_type(models: Sequence[str]) -> list[str]:
    """Those of `models` that have a line for each school type."""
    return [model for model in models if SPECIFICATIONS[model].by_school_type]


def figures_of(models: Sequence[str]) -> list[FigureName]:
    """List the figures in the order in which a report shows them."""
    subjects = ["sample_flow", "score_distribution", "score_by_income"]
    subjects += ["gap_by_income", "pooling"] if by_school_type(models) else ["pooling"]
    subjects += ["tau_profile"] if hierarchical(models) else []
    subjects += ["energy", "predictive_by_school_type", "model_comparison"]
    subjects += [SENSITIVITY, *STUDY]
    per_model = [FigureName(s, m) for m in models for s in ("estimates", "ranks")]
    return [*map(FigureName, subjects), *per_model]


def figure_names(models: Sequence[str]) -> list[str]:
    """File names, without suffix, of the figures of an analysis with these models.

    Parameters
    ----------
    models
        Names of the models asked for, keys of `enem.models.specification.SPECIFICATIONS`.
    """
    return [name.stem for name in figures_of(models)]
