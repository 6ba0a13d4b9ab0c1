"""Parameters in words."""

from enem.language import named
from enem.language.phrases import Listing, Message, Phrase, Verbatim, message
from enem.mixed.variables import COVARIATES, categorical

ROLES = {"_slope": "slope", "_context": "context"}
"""Endings of the coefficients of a factor, by what they multiply; others are intercepts."""

OWN_NAMES = {"bracket": ("income_bracket",), "cell": ("school_type", "income_bracket")}
"""Factors whose coefficients have a name of their own."""


def parameter_label(parameter: str) -> Phrase:
    """Name a parameter such as ``slope[privada]``, ``race_slope[parda]`` or ``tau_school``."""
    name, _, rest = parameter.removesuffix("]").partition("[")
    labels = rest.split(", ") if rest else []
    words = _variable(name)
    if not labels:
        return words
    factors = _factors(name)[0] if not isinstance(named("parameter", name), Message) else ()
    factors = OWN_NAMES.get(name, factors or ("school_type",))
    groups = tuple(_level(f, label) for f, label in zip(factors, labels, strict=False))
    group = groups[0] if len(groups) == 1 else Listing(groups)
    return message("parameter.of", parameter=words, group=group)


def _variable(name: str) -> Phrase:
    """Name a variable of the posterior; those of any factor are composed."""
    known = named("parameter", name)
    if isinstance(known, Message):
        return known
    scale = name.startswith("tau_")
    factors, role = _factors(name.removeprefix("tau_"))
    if not factors:
        return Verbatim(name)
    words = tuple(named("variable", factor) for factor in factors)
    factor = words[0] if len(words) == 1 else Listing(words)
    kind = "scale" if scale else "factor"
    return message(f"parameter.{kind}.{role}", factor=factor)


def _factors(name: str) -> tuple[tuple[str, ...], str]:
    """Take ``sex_race_slope`` apart: the factors and what their coefficients multiply."""
    role = next((role for ending, role in ROLES.items() if name.endswith(ending)), "intercept")
    stem = next((name.removesuffix(end) for end in ROLES if name.endswith(end)), name)
    return _split(OWN_NAMES.get(stem, stem)), role


def _split(stem: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(stem, tuple):
        return stem
    for factor in categorical():
        if stem == factor:
            return (factor,)
        if stem.startswith(f"{factor}_") and (rest := _split(stem.removeprefix(f"{factor}_"))):
            return (factor, *rest)
    return ()


def _level(factor: str, label: str) -> Phrase:
    if factor == "income_bracket":
        return message("parameter.label.bracket", bracket=Verbatim(label))
    kinds = {"school_type": "school", "state": "state"}
    kind = kinds.get(factor, "level" if factor in COVARIATES else "school")
    return named(kind, label)
