"""The section ``wide.priors`` of config.yaml."""

from collections.abc import Mapping
from typing import Any

from enem.models.priors import Prior, parse_priors


def parse_wide_priors(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Prior]:
    """Read the priors of what wider models add, as `enem.models.priors.parse_priors` does."""
    return parse_priors(settings, "wide.priors")
