"""Parameters in words."""

from enem.language import named
from enem.language.phrases import Listing, Message, Phrase, Verbatim, message
from enem.mixed.parameters import COLUMNS, factors_of
from enem.mixed.variables import COVARIATES, categorical


def parameter_label(parameter: str) -> Phrase:
    """Name a parameter such as ``slope[privada]``, ``race_slope[parda]`` or ``tau_school``."""
    name, _, labels = parameter.removesuffix("]").partition("[")
    if not labels:
        return _variable(name)
    groups = tuple(map(_level, factors_of(name), labels.split(", ")))
    group = groups[0] if len(groups) == 1 else Listing(groups)
    return message("parameter.of", parameter=_variable(name), group=group)


def _variable(name: str) -> Phrase:
    """Name a variable of the posterior; those of any factor are composed."""
    known, base = named("parameter", name), name.removeprefix("tau_")
    factors = factors_of(base)
    if isinstance(known, Message):
        return known
    if not set(factors) <= set(categorical()):
        return Verbatim(name)
    words = tuple(named("variable", factor) for factor in factors)
    factor = words[0] if len(words) == 1 else Listing(words)
    kind = "factor" if base == name else "scale"
    role = next((column for column in COLUMNS if base.endswith(f"_{column}")), "intercept")
    return message(f"parameter.{kind}.{role}", factor=factor)


def _level(factor: str, label: str) -> Phrase:
    if factor == "income_bracket":
        return message("parameter.label.bracket", bracket=Verbatim(label))
    kinds = {"school_type": "school", "state": "state"}
    kind = kinds.get(factor, "level" if factor in COVARIATES else "school")
    return named(kind, label)
