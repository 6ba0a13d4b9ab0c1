"""What a check found, as sentences of the catalogues."""

from collections.abc import Mapping

from enem.language import named
from enem.language.catalogue import has_name
from enem.language.phrases import COUNT, POINTS, Listing, Message, Number, Phrase, Verbatim, message
from enem.report.parameters import parameter_label
from enem.report.tables import Document

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
        elif name == "assumption":
            said[name] = _assumption(checks, f"checks.{index}.details.{name}")
        elif name in NAMES:
            said[name] = NAMES[name](value)
    return said


def _parameters(names: list[str]) -> Listing:
    return Listing(tuple(map(parameter_label, names)))


def _schools(names: list[str]) -> Listing:
    return Listing(tuple(named("school", name) for name in names))


def _assumption(checks: Document, place: str) -> Message:
    """Say which setting of incomes, as ``none=0.5``, was tried."""
    key, value = checks.value(place).split("=")
    source = f"{checks.name}:number_in_words:{place}"
    return message(f"assumption.{key}", value=Number(float(value), source, "0.####"))


def _statistics(names: list[str]) -> Listing:
    return Listing(tuple(message(f"statistic.{name}") for name in names))


NAMES = {
    "problem": lambda name: message(f"problem.{name}") if name else Verbatim(""),
    "statistic": lambda name: message(f"statistic.{name}"),
    "scope": lambda name: message(f"scope.{name}"),
    "looked_at": _statistics,
    "parameter": parameter_label,
    "group": lambda name: named("school", name),
    "groups": _schools,
    "on_boundary": _parameters,
    "left_out": _schools,
}
