"""Values as people write them: lists with commas, ranges of years, words for true and false."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from enem.errors import InputError

LISTS = ("editions", "states", "outcomes", "models", "models_without_income", "levels")
"""Keys that take one value or several."""

RANGE = re.compile(r"(\d{4}) *(?:-|–|:|\.\.) *(\d{4})")

TRUTHS = {"true": True, "yes": True, "on": True, "sim": True} | {
    "false": False,
    "no": False,
    "off": False,
    "não": False,
    "nao": False,
}


def listed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the values of keys that take several into lists; commas divide a text."""
    return {key: as_list(value) if key in LISTS else value for key, value in config.items()}


def as_list(value: object) -> list[Any]:
    """Turn one value, or several in a text with commas, into a list.

    Examples
    --------
    >>> as_list("RS, SC")
    ['RS', 'SC']
    >>> as_list(2019)
    [2019]
    """
    if isinstance(value, list):
        return value
    if isinstance(value, str) and re.search("[,;]", value):
        return [part.strip() for part in re.split("[,;]", value) if part.strip()]
    return [value]


def years(values: Sequence[object]) -> list[str]:
    """Spell out ranges of editions, both ends included.

    Raises
    ------
    InputError
        A range whose end comes before its beginning.

    Examples
    --------
    >>> years(["2017-2019", 2021, "simulated"])
    ['2017', '2018', '2019', '2021', 'simulated']
    """
    found = []
    for value in map(str, values):
        match = RANGE.fullmatch(value)
        if match is None:
            found.append(value)
            continue
        first, last = map(int, match.groups())
        if last < first:
            raise InputError(
                "Config key editions has {value}, a range that ends before it begins: write "
                "{last}-{first}.",
                value=value,
                first=first,
                last=last,
            )
        found += map(str, range(first, last + 1))
    return found


def scalar(text: str, wanted: str | Sequence[str]) -> object:
    """Read a text that stands where the schema wants another type; unread, it stays a text.

    Snakemake reads values inside braces on the command line as text.

    Examples
    --------
    >>> scalar("Yes", "boolean"), scalar("0.5", "number"), scalar("yes", "number")
    (True, 0.5, 'yes')
    """
    if "boolean" in wanted and text.lower() in TRUTHS:
        return TRUTHS[text.lower()]
    kinds = {"integer": int, "number": float}
    for kind in (kinds[name] for name in kinds if name in wanted or "number" in wanted):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def likely_number(value: object, highest: float | None) -> float | None:
    """Return the number that a percentage or a decimal comma stands for, or None.

    Parameters
    ----------
    value
        As written.
    highest
        The largest value allowed, of a share 1; None if there is no limit.

    Examples
    --------
    >>> likely_number(90, 1), likely_number("90%", 1), likely_number("0,9", 1)
    (0.9, 0.9, 0.9)
    """
    text = str(value).strip().replace(",", ".")
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return None
    if text.endswith("%") or (highest == 1 and 1 < number < 100):
        number /= 100
    return number if highest is None or number <= highest else None
