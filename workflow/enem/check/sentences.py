"""What a check found, as sentences of the catalogues."""

from collections.abc import Mapping
from typing import Any

from enem.language import language, named
from enem.language.catalogue import has_name
from enem.language.parameters import parameter_label
from enem.language.phrases import (
    COUNT,
    PERCENT,
    PLAIN,
    POINTS,
    SHARE,
    Listing,
    Message,
    Number,
    Phrase,
    Verbatim,
    message,
)

PATTERNS = {
    "r_hat": "0.0000",
    "ess_bulk": COUNT,
    "ess_tail": COUNT,
    "divergences": COUNT,
    "e_bfmi": SHARE,
    "mcse": "0.000",
    "optimum_mle": "0.0E0",
    "optimum_map": "0.0E0",
    "prior_predictive": PERCENT,
    "posterior_predictive": "0.000",
    "group_predictive": "0.000",
    "group_predictive_by_school_type": "0.000",
    "direct_gap": SHARE,
    "pareto_k": SHARE,
    "pareto_k_group": SHARE,
    "prior_sensitivity": "0.000",
    "income_sensitivity": "0.00",
    "closed_form": "0.0",
    "groups_without_data": COUNT,
    "single_bracket": COUNT,
    "single_school_type": COUNT,
}
"""How the value of each check is written."""

TWO = ("exact", "sampled", "before", "after", "observed", "replicated")
DETAIL_PATTERNS = {**dict.fromkeys(TWO, "0.00"), **dict.fromkeys(("model", "direct", "sd"), POINTS)}


def in_words(check: Mapping[str, Any], code: str = "en") -> str:
    """Say what a check found in a language, unmarked; one of another's keeps its message."""
    said = " ".join(language(code).plain(each) for each in sentences(check))
    return said or check["message"]


def compared(check: Mapping[str, Any], file: str = "", place: str = "") -> dict[str, Number]:
    """``value`` and ``threshold`` of a check, where it has them.

    Parameters
    ----------
    check
        As ``checks.json`` has it.
    file, place
        Where it stands, for the numbers' sources.
    """
    pattern = PATTERNS.get(check["name"], PLAIN)
    patterns = {"value": pattern, "threshold": PERCENT if pattern == PERCENT else PLAIN}
    return {
        name: Number(check[name], f"{file}::{place}.{name}", pattern)
        for name, pattern in patterns.items()
        if check[name] is not None
    }


def sentences(check: Mapping[str, Any], file: str = "", place: str = "") -> list[Message]:
    """Say what a check found, as in `compared`; nothing of one that the catalogues do not know."""
    # both point estimates speak the same sentences
    name = "optimum" if check["name"].startswith("optimum_") else check["name"]
    details = check["details"]
    key = f"check.{name}.said.{details.get('case')}"
    if not has_name(key):
        return []
    values: dict[str, Phrase] = dict(compared(check, file, place))
    values["estimate"] = named("estimate", check["name"])
    for detail, value in details.items():
        source = f"{place}.details.{detail}"
        if isinstance(value, int | float):
            pattern = DETAIL_PATTERNS.get(detail, COUNT)
            values[detail] = Number(value, f"{file}::{source}", pattern)
        elif detail == "assumption":
            values[detail] = _assumption(value, f"{file}:number_in_words:{source}")
        elif detail in NAMES:
            values[detail] = NAMES[detail](value)
    if details.get("high") == 0 and details["case"] in ("worst", "groups"):
        key = f"check.{name}.said.none"
    said = [message(key, **values)]
    if details.get("points_in_small_groups"):
        small = "small_groups" if details["high_in_small_groups"] else "small_groups_none"
        said.append(message(f"check.{name}.said.{small}", **values))
    extra = [part for part in ("on_boundary", "left_out", "refitted") if details.get(part)]
    return [*said, *(message(f"check.{name}.said.{part}", **values) for part in extra)]


def _parameters(names: list[str]) -> Listing:
    return Listing(tuple(map(parameter_label, names)))


def _schools(names: list[str]) -> Listing:
    return Listing(tuple(named("school", name) for name in names))


def _assumption(setting: str, source: str) -> Message:
    """Say which setting of incomes, as ``none=0.5``, was tried."""
    key, value = setting.split("=")
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
    "other": lambda name: message(f"network.{name}"),
    "groups": _schools,
    "on_boundary": _parameters,
    "left_out": _schools,
}
