"""Hold a configuration against the schema, in sentences."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from enem.errors import InputError

LISTS = ("editions", "states", "outcomes", "models", "models_without_income", "levels")

GONE = {
    "covariates": "characteristics of participants are terms of a model's formula now, for example "
    'formulas: {mine: "score ~ income + (income | school_type) + (1 | sex) + (1 | race)"} and '
    "models: [school_type, mine].",
    "wide": "its priors stand under priors (two_levels, tau_covariate, correlation).",
}
"""Keys of earlier versions, and what to write in their place."""


def listed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Turn scalars into lists for the keys that take one value or several."""
    return {
        key: [value] if key in LISTS and not isinstance(value, list) else value
        for key, value in config.items()
    }


def validated(config: Mapping[str, Any], schema_path: Path) -> dict[str, Any]:
    """Return the configuration, or refuse one that the schema does not allow.

    Snakemake reads values inside braces on the command line as text; a text that stands where
    the schema wants a number or a truth value, and is one, becomes it.

    Raises
    ------
    InputError
        One sentence a problem: the key, its value, and what is allowed.
    """
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    config = deepcopy(dict(config))
    for error in list(validator.iter_errors(config)):
        if error.validator == "type" and isinstance(error.instance, str):
            _replace(config, list(error.absolute_path), _scalar(error.instance))
    errors = sorted(validator.iter_errors(config), key=lambda e: list(e.path))
    if errors:
        # keys missing from one section come as an error each, with one sentence for all of them
        raise InputError(" ".join(dict.fromkeys(_sentence(error) for error in errors)))
    return config


def _scalar(text: str) -> bool | int | float | str:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _replace(config: dict[str, Any], path: list[str | int], value: object) -> None:
    *parents, last = path
    place: Any = config
    for part in parents:
        place = place[part]
    place[last] = value


def _sentence(error: ValidationError) -> str:
    key = ".".join(str(part) for part in error.absolute_path if isinstance(part, str))
    if error.validator == "additionalProperties":
        return _unknown_keys(error, key)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        keys = _names(_join(key, name) for name in missing)
        return f"Config misses {keys}; copy from config.yaml."
    if error.validator == "enum":
        return unknown_choice(key, error.instance, error.validator_value)
    return f"Config key {key} is {error.instance!r}: {_rule(error)}."


def _unknown_keys(error: ValidationError, key: str) -> str:
    known = list(error.schema["properties"])
    unknown = [name for name in error.instance if name not in known]
    sentences = []
    for name in unknown:
        if not key and name in GONE:
            sentences.append(f"Config key {name} is gone; {GONE[name]}")
            continue
        close = get_close_matches(str(name), known, n=1)
        remedy = f"did you mean {_join(key, close[0])}?" if close else f"known: {_names(known)}."
        sentences.append(f"Config key {_join(key, name)} is unknown; {remedy}")
    return " ".join(sentences)


def unknown_choice(key: str, value: object, allowed: Iterable[object], source: str = "") -> str:
    """Sentence on a value that is none of those allowed, which `source` names."""
    known = {str(choice).lower(): choice for choice in allowed}
    close = get_close_matches(str(value).lower(), known, n=1)
    guess = f" Did you mean {known[close[0]]}?" if close else ""
    choices = _names(known.values())
    return f"Config key {key} is {value!r}, but must be one of {source}{choices}.{guess}"


def _rule(error: ValidationError) -> str:
    rules = {
        "type": "it must be of type {}",
        "minimum": "it must be at least {}",
        "maximum": "it must be at most {}",
        "exclusiveMinimum": "it must be above {}",
        "exclusiveMaximum": "it must be below {}",
        "minItems": "it needs at least {} value",
        "minLength": "it must not be empty",
        "uniqueItems": "it names a value twice",
    }
    value = error.validator_value
    shown = " or ".join(value) if isinstance(value, list) else value
    return rules.get(error.validator, error.message).format(shown)


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else str(name)


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(str, names))
