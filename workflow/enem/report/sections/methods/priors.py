"""Priors that the page states: of every parameter of the models that were fitted."""

from collections.abc import Mapping
from dataclasses import dataclass

from enem.language import as_written
from enem.language.phrases import Message, Number, Phrase, message
from enem.mixed.priors import FAMILIES
from enem.mixed.specification import Specification, five_scores
from enem.report.tables import Document

WHERE = "priors"
"""Section of config.yaml."""


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


def prior_rows(
    settings: Document, specs: Mapping[str, Specification], together: bool
) -> list[PriorRow]:
    """List the priors that the models use, in the order of config.yaml.

    Parameters
    ----------
    settings
        The configuration.
    specs
        The fitted models.
    together
        Whether the five scores were fitted together as well.
    """
    used = {key for spec in specs.values() for key in keys_of(spec)}
    used |= keys_of(five_scores(settings.value("levels"))) if together else set()
    return [_row(settings, name) for name in settings.value(WHERE) if name in used]


def keys_of(spec: Specification) -> set[str]:
    """Keys of ``priors`` that a model uses."""
    of_blocks = {block.prior for block in spec.blocks}
    of_common = {each.prior for each in spec.common}
    return {"sigma", *of_blocks, *of_common, *spec.scale_priors.values()}


def correlation_prior(settings: Document) -> Message:
    """Say the prior of the correlations between scores."""
    return message(
        "The correlations between the five scores have the prior LKJ({eta}): the larger "
        "the number, the more it favours small ones.",
        eta=settings.number(f"{WHERE}.correlation.eta"),
    )


def _row(settings: Document, parameter: str) -> PriorRow:
    prior = settings.value(f"{WHERE}.{parameter}")
    numbers: dict[str, Number] = {
        name: settings.number(f"{WHERE}.{parameter}.{name}") for name in FAMILIES[prior["family"]]
    }
    distribution = message(f"prior.{prior['family']}", **numbers)
    return PriorRow(parameter, distribution, as_written(prior["reason"]))
