"""What a check found, as sentences of the catalogues."""

import re
from collections.abc import Mapping

from enem.language import named
from enem.language.catalogue import has_name
from enem.language.phrases import COUNT, POINTS, Listing, Message, Number, Phrase, Verbatim, message
from enem.report.parameters import parameter_label
from enem.report.tables import Document

PROBLEMS = {
    "the log density is not finite at the optimiser's end": "not_finite",
    r"the density has no unique maximum \(it is flat or curves upwards\)": "flat",
    r"the density has no unique maximum \(the Hessian is singular\)": "singular",
    "too few participants for a maximum to exist": "few",
    r"the optimiser stopped where the gradient is still (?P<gradient>\S+) per sd": "stopped",
}
ASSUMPTIONS = {
    r"no income taken as (?P<wages>\S+) minimum wages": "none",
    r"the open bracket taken as (?P<factor>\S+) times its lower bound": "open_ended",
}
"""Phrases as the earlier stages write them, and their keys in the catalogues."""
TWO = ("exact", "sampled", "before", "after", "observed", "replicated")
DETAIL_PATTERNS = {**dict.fromkeys(TWO, "0.00"), **dict.fromkeys(("model", "direct", "sd"), POINTS)}


def sentences(checks: Document, index: int, numbers: Mapping[str, Phrase]) -> list[Message]:
    """Say what the check at `index` of ``checks.json`` found.

    Parameters
    ----------
    checks
        The document.
    index
        Place of the check in it.
    numbers
        Its ``value`` and ``threshold``, where it has them.

    Returns
    -------
    list of Message
        Whole sentences; none for a check that the catalogues do not know.
    """
    check = checks.value(f"checks.{index}")
    details = check.get("details", {})
    if "case" not in details:
        return []
    # both point estimates speak the same sentences
    name = "optimum" if check["name"].startswith("optimum_") else check["name"]
    values = {**numbers, **_details(checks, index), "estimate": named("estimate", check["name"])}
    key = f"check.{name}.said.{details['case']}"
    if not has_name(key):
        return []
    said = [message(key, **values)]
    if details.get("points_in_small_groups"):
        said.append(message(f"check.{name}.said.small_groups", **values))
    extra = [part for part in ("on_boundary", "left_out", "refitted") if details.get(part)]
    return [*said, *(message(f"check.{name}.said.{part}", **values) for part in extra)]


def _details(checks: Document, index: int) -> dict[str, Phrase]:
    found = checks.value(f"checks.{index}.details")
    said: dict[str, Phrase] = {}
    for name, value in found.items():
        if isinstance(value, int | float):
            pattern = DETAIL_PATTERNS.get(name, COUNT)
            said[name] = checks.number(f"checks.{index}.details.{name}", pattern)
        elif name in PHRASES:
            said[name] = _matched(name, PHRASES[name], checks, index, name)
        elif name in NAMES:
            said[name] = NAMES[name](value)
    return said


def _parameters(names: list[str]) -> Listing:
    return Listing(tuple(map(parameter_label, names)))


def _schools(names: list[str]) -> Listing:
    return Listing(tuple(named("school", name) for name in names))


def _matched(
    kind: str, patterns: Mapping[str, str], checks: Document, index: int, name: str
) -> Phrase:
    """Find the words of the catalogues for a phrase of an earlier stage, or keep its own."""
    place = f"checks.{index}.details.{name}"
    text = checks.value(place)
    for pattern, key in patterns.items():
        if found := re.fullmatch(pattern, text):
            source = f"{checks.name}:number_in_words:{place}"
            quoted = {k: Number(float(v), source, "0.####") for k, v in found.groupdict().items()}
            return message(f"{kind}.{key}", **quoted)
    return Verbatim(text)


def _statistics(names: list[str]) -> Listing:
    return Listing(tuple(message(f"statistic.{name}") for name in names))


NAMES = {
    "statistic": lambda name: message(f"statistic.{name}"),
    "scope": lambda name: message(f"scope.{name}"),
    "looked_at": _statistics,
    "parameter": parameter_label,
    "group": lambda name: named("school", name),
    "groups": _schools,
    "on_boundary": _parameters,
    "left_out": _schools,
}
PHRASES = {"problem": PROBLEMS, "assumption": ASSUMPTIONS}
