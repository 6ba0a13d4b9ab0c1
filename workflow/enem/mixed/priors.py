"""Priors as data: families, their log densities and their PyMC distributions."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import lgamma, log, pi, sqrt
from typing import Any

import numpy as np

from enem.errors import InputError, sentence
from enem.spelling import guess, nearest

LOCATION_FAMILIES = {"normal": ("mean", "sd")}
SCALE_FAMILIES = {
    "half_normal": ("sd",),
    "half_student_t": ("df", "scale"),
    "log_normal": ("median", "log_sd"),
}
CORRELATION_FAMILIES = {"lkj": ("eta",)}
FAMILIES = LOCATION_FAMILIES | SCALE_FAMILIES | CORRELATION_FAMILIES
CORRELATION = "correlation"
"""Of several outcomes; a matrix, whose density `enem.mixed.correlation` has."""
PURE = ("df", "log_sd", "eta")
"""Arguments that are not in points."""
LOCATIONS = ("intercept", "slope", "context", "covariate", "two_levels")
"""Parameters that may be negative."""
CENTRED = "two_levels"
"""Which of two levels is higher cannot be assumed of every factor of two."""
FLAT = ("flat", "half_flat", "improper", "jeffreys", "uniform")
"""Families that people ask for to say nothing; none is a proper prior on an unbounded parameter."""


@dataclass(frozen=True)
class Prior:
    """One prior distribution, in ENEM points.

    Attributes
    ----------
    family
        A key of `FAMILIES`.
    arguments
        Its numbers, by the names that `FAMILIES` gives.
    """

    family: str
    arguments: Mapping[str, float]

    def log_density(self, value: Any) -> Any:
        """Log density at `value` (points); complex `value` is allowed for complex steps."""
        a = self.arguments
        if self.family == "normal":
            return -0.5 * ((value - a["mean"]) / a["sd"]) ** 2 - log(a["sd"] * sqrt(2 * pi))
        if self.family == "half_normal":
            return -0.5 * (value / a["sd"]) ** 2 + log(2 / (a["sd"] * sqrt(2 * pi)))
        if self.family == "half_student_t":
            df, scale = a["df"], a["scale"]
            constant = lgamma((df + 1) / 2) - lgamma(df / 2) - 0.5 * log(df * pi) - log(scale / 2)
            return constant - (df + 1) / 2 * np.log(1 + (value / scale) ** 2 / df)
        log_value = np.log(value)
        standardised = (log_value - log(a["median"])) / a["log_sd"]
        return -0.5 * standardised**2 - log_value - log(a["log_sd"] * sqrt(2 * pi))

    def draw(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
        """Draw from the prior, points."""
        a = self.arguments
        if self.family == "normal":
            return rng.normal(a["mean"], a["sd"], size)
        if self.family == "half_normal":
            return np.abs(rng.normal(0.0, a["sd"], size))
        if self.family == "half_student_t":
            return np.abs(a["scale"] * rng.standard_t(a["df"], size))
        return a["median"] * np.exp(rng.normal(0.0, a["log_sd"], size))

    @property
    def typical(self) -> float:
        """A value of the size that the prior expects of a scale, points, to start a search at."""
        return self.arguments[
            "median" if self.family == "log_normal" else SCALE_FAMILIES[self.family][-1]
        ]

    @property
    def vanishes_at_zero(self) -> bool:
        """Whether the density goes to 0 at 0, so that a mode cannot lie there."""
        return self.family == "log_normal"


def parse_priors(
    settings: Mapping[str, Mapping[str, Any]],
    section: str = "priors",
    locations: tuple[str, ...] = LOCATIONS,
) -> dict[str, Prior]:
    """Read a section of priors of config.yaml, in which `locations` may be negative.

    Raises
    ------
    InputError
        A family that does not suit its parameter, a missing, unknown or non-positive number.
    """
    return {
        name: _parse(f"{section}.{name}", setting, name in locations)
        for name, setting in settings.items()
    }


def _parse(key: str, setting: Mapping[str, Any], location: bool) -> Prior:
    family, name = setting.get("family"), key.rpartition(".")[2]
    allowed = LOCATION_FAMILIES if location else SCALE_FAMILIES
    kind = sentence("any real number" if location else "positive numbers only")
    if name == CORRELATION:
        allowed, kind = CORRELATION_FAMILIES, sentence("correlation matrices")
    if family in FLAT:
        raise InputError(
            "config key {key}.family is {family!r}, but the model needs a proper prior: "
            "group effects are integrated out, and small groups have nothing else to lean "
            "on. Use one of {allowed}, with a scale far beyond what is plausible if it is to "
            "say little.",
            key=key,
            family=family,
            allowed=", ".join(allowed),
        )
    if family not in allowed:
        raise InputError(
            "config key {key}.family is {family!r}, but {name} takes {kind}: use one of "
            "{allowed}.{guess}",
            key=key,
            family=family,
            name=name,
            kind=kind,
            allowed=", ".join(allowed),
            guess=guess(nearest(family, allowed)),
        )
    numbers = {k: v for k, v in setting.items() if k not in ("family", "reason")}
    if set(numbers) != set(allowed[family]):
        found = ", ".join(numbers) or sentence("none")
        raise InputError(
            "config key {key} of family {family} needs exactly {needed} (and a reason), but "
            "has {found}.",
            key=key,
            family=family,
            needed=", ".join(allowed[family]),
            found=found,
        )
    for argument, value in numbers.items():
        positive = argument != "mean"
        if not np.isfinite(value) or (positive and value <= 0):
            number = sentence("a positive number" if positive else "a finite number")
            flat = sentence(" An infinite one would be a flat prior, which is not proper.")
            flat = flat if value == np.inf and positive else ""
            raise InputError(
                "config key {key}.{argument} is {value}, but must be {number}{unit}.{flat}",
                key=key,
                argument=argument,
                value=value,
                number=number,
                unit="" if argument in PURE else sentence(" of ENEM points"),
                flat=flat,
            )
    if key.endswith(f".{CENTRED}") and numbers["mean"]:
        raise InputError(
            "config key {key}.mean is {mean}, but which of two levels is higher cannot be "
            "assumed of every factor: use 0.",
            key=key,
            mean=numbers["mean"],
        )
    return Prior(family, {key: float(value) for key, value in numbers.items()})
