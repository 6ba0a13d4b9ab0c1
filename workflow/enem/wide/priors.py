"""The section ``wide.priors`` of config.yaml."""

from collections.abc import Mapping
from typing import Any

from enem.errors import InputError
from enem.models.priors import Prior, parse_priors


def parse_wide_priors(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Prior]:
    """Read the priors of what wider models add.

    Raises
    ------
    InputError
        As `enem.models.priors.parse_priors`, or a prior of levels that is not around 0.
    """
    priors = parse_priors(settings, "wide.priors", ("two_levels",))
    mean = priors["two_levels"].arguments["mean"]
    if mean:
        raise InputError(
            f"Config key wide.priors.two_levels.mean is {mean:g}, but which of two levels is "
            "higher cannot be assumed of both: use 0."
        )
    return priors
