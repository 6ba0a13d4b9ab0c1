"""Priors that the page states: of the main models, and of the wider ones that were fitted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from enem.models.priors import FAMILIES, LINE
from enem.models.specification import SPECIFICATIONS
from enem.report.locale import prior_reason
from enem.report.phrases import Message, Number, Phrase, message
from enem.report.tables import Document

MAIN, WIDE = "priors", "wide.priors"
"""Sections of config.yaml."""
OF_WIDER = {
    "covariates": ("two_levels", "tau_covariate"),
    "states": ("tau_state", "tau_state_slope"),
}
"""Priors that wider models add, by the section of the page that shows them."""


@dataclass(frozen=True)
class PriorRow:
    """One prior.

    Attributes
    ----------
    parameter
        Its name in config.yaml.
    distribution
        Family with its numbers.
    reason
        Why it is as it is.
    """

    parameter: str
    distribution: Message
    reason: Phrase


def prior_rows(settings: Document, sections: Sequence[str]) -> list[PriorRow]:
    """List the priors of the main models, and of the wider models among the page's sections."""
    return [_row(settings, *place) for place in _places(settings, sections)]


def correlation_prior(settings: Document) -> Message:
    """Say the prior of the correlations between scores."""
    return message("methods.lkj", eta=settings.number("wide.lkj_eta"))


def _places(settings: Document, sections: Sequence[str]) -> Iterator[tuple[str, str]]:
    scales = {scale for spec in SPECIFICATIONS.values() for scale in spec.scales}
    for name in settings.value(MAIN):
        if name in {*LINE, "sigma", *scales}:
            yield MAIN, name
    for section, names in OF_WIDER.items():
        for name in names if section in sections else ():
            yield WIDE, name


def _row(settings: Document, where: str, parameter: str) -> PriorRow:
    prior = settings.value(f"{where}.{parameter}")
    numbers: dict[str, Number] = {
        name: settings.number(f"{where}.{parameter}.{name}") for name in FAMILIES[prior["family"]]
    }
    distribution = message(f"prior.{prior['family']}", **numbers)
    return PriorRow(parameter, distribution, prior_reason(parameter, prior["reason"]))
