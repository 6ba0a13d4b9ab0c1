"""The Bayesian analysis reporting guidelines, item by item, and where the page answers each.

Items after J. K. Kruschke (2021), Bayesian analysis reporting guidelines, Nature Human Behaviour
5, 1282-1291, doi:10.1038/s41562-021-01177-7.
"""

from dataclasses import dataclass

from enem.report.artefacts import Artefacts
from enem.report.phrases import COUNT, PERCENT, Message, message

ITEMS = {
    "model": ("methods", None),
    "prior": ("methods", "config.yaml"),
    "prior_predictive": ("checks", "checks.json"),
    "data": ("sample", "sample_flow.csv"),
    "computation": ("checks", "checks.json"),
    "posterior": ("models", "summary.csv"),
    "intervals": ("estimates", "effects.csv"),
    "sensitivity": ("checks", "sensitivity.csv"),
    "comparison": ("models", "comparison.csv"),
    "reproducibility": ("reproduce", "posterior.nc"),
}
"""Section of the page and file of the analysis that answer each item."""


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
