"""The Bayesian analysis reporting guidelines, item by item, and where the page answers each.

Items after J. K. Kruschke (2021), Bayesian analysis reporting guidelines, Nature Human Behaviour
5, 1282-1291, doi:10.1038/s41562-021-01177-7.
"""

from dataclasses import dataclass

from enem.language.phrases import COUNT, PERCENT, Message, message
from enem.report.artefacts import Artefacts

OF_MODEL = "{outcome}/{model}/"
ITEMS = {
    "reason": ("methods", None),
    "model": ("methods", None),
    "prior": ("methods", "config.yaml"),
    "prior_predictive": ("checks", OF_MODEL + "checks.json"),
    "data": ("sample", "sample_flow.csv"),
    "computation": ("checks", OF_MODEL + "checks.json"),
    "posterior": ("models", OF_MODEL + "summary.csv"),
    "posterior_predictive": ("checks", OF_MODEL + "predictive.csv"),
    "intervals": ("estimates", OF_MODEL + "effects.csv"),
    "sensitivity": ("checks", OF_MODEL + "sensitivity.csv"),
    "comparison": ("models", "{outcome}/comparison.csv"),
    "reproducibility": ("reproduce", OF_MODEL + "posterior.nc"),
}
"""Section of the page and file, beside the page, that answer each item."""


@dataclass(frozen=True)
class Item:
    """One item: what is reported, and where."""

    name: Message
    sentence: Message
    section: str
    artefact: str | None


def items(artefacts: Artefacts) -> list[Item]:
    """List the items in the guidelines' order, with the analysis's own numbers."""
    settings = artefacts.settings
    numbers = {
        "mass": settings.number("interval.mass", PERCENT),
        "chains": settings.number("sampler.chains", COUNT),
        "draws": settings.number("sampler.draws", COUNT),
        "r_hat": settings.number("checks.r_hat_max"),
        "ess": settings.number("checks.ess_min", COUNT),
        "seed": settings.number("sampler.seed", "0"),
    }
    return [
        Item(message(f"checklist.{item}"), message(f"checklist.{item}.said", **numbers), *place)
        for item, place in ITEMS.items()
    ]
