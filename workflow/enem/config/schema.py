"""Hold a configuration against the schema, in sentences."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from enem.config.written import likely_number, scalar
from enem.errors import InputError, Sentence, joined, sentence
from enem.spelling import guess, nearest
from enem.yaml_file import read_yaml

GONE = {
    "covariates": "characteristics of participants are terms of a model's formula now, for example "
    'formulas: {mine: "score ~ income + (income | school_type) + (1 | sex) + (1 | race)"} and '
    "models: [school_type, mine].",
    "wide": "its priors stand under priors (two_levels, tau_covariate, correlation).",
}
"""Keys of earlier versions, and what to write in their place."""

RULES = {
    "type": "it must be of type {limit}",
    "minimum": "it must be at least {limit}",
    "maximum": "it must be at most {limit}",
    "exclusiveMinimum": "it must be above {limit}",
    "exclusiveMaximum": "it must be below {limit}",
    "minItems": "it needs at least {limit} value",
    "minLength": "it must not be empty",
    "uniqueItems": "it names a value twice",
}
"""What a value breaks, by the schema's name of it."""


def validated(config: Mapping[str, Any], schema_path: Path) -> dict[str, Any]:
    """Return the configuration, or refuse one that the schema does not allow.

    A text that stands where the schema wants a number or a truth value, and is one, becomes it.

    Raises
    ------
    InputError
        One sentence a problem: the key, its value, and what is allowed.
    """
    schema = read_yaml(Path(schema_path))
    validator = Draft202012Validator(schema)
    config = deepcopy(dict(config))
    for error in list(validator.iter_errors(config)):
        if error.validator == "type" and isinstance(error.instance, str):
            value = scalar(error.instance, error.validator_value)
            _replace(config, list(error.absolute_path), value)
    errors = sorted(validator.iter_errors(config), key=lambda e: list(e.path))
    if errors:
        # keys missing from one section come as an error each, with one sentence for all of them
        found = {str(each): each for error in errors for each in _sentences(error)}
        raise InputError(joined(found.values()))
    return config


def _replace(config: dict[str, Any], path: list[str | int], value: object) -> None:
    *parents, last = path
    place: Any = config
    for part in parents:
        place = place[part]
    place[last] = value


def _sentences(error: ValidationError) -> list[Sentence]:
    key = ".".join(str(part) for part in error.absolute_path if isinstance(part, str))
    if error.validator == "additionalProperties":
        return _unknown_keys(error, key)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        keys = _names(_join(key, name) for name in missing)
        return [sentence("Config misses {keys}; copy from config.yaml.", keys=keys)]
    if error.validator == "enum":
        return [unknown_choice(key, error.instance, error.validator_value)]
    return [
        sentence(
            "Config key {key} is {value}: {rule}.{guess}",
            key=key,
            value=repr(error.instance),
            rule=_rule(error),
            guess=guess(_meant(error)),
        )
    ]


def _unknown_keys(error: ValidationError, key: str) -> list[Sentence]:
    known = list(error.schema["properties"])
    unknown = [name for name in error.instance if name not in known]
    return [_unknown_key(key, name, known) for name in unknown]


def _unknown_key(section: str, name: str, known: list[str]) -> Sentence:
    key = _join(section, name)
    if not section and name in GONE:
        return sentence("Config key {key} is gone; {remedy}", key=key, remedy=sentence(GONE[name]))
    if close := nearest(name, known):
        return sentence(
            "Config key {key} is unknown; did you mean {meant}?",
            key=key,
            meant=_join(section, close),
        )
    return sentence("Config key {key} is unknown; known: {known}.", key=key, known=_names(known))


def unknown_choice(
    key: str, value: object, allowed: Iterable[object], source: Sentence | str = ""
) -> Sentence:
    """Sentence on a value that is none of those allowed, which `source` names."""
    choices = list(allowed)
    return sentence(
        "Config key {key} is {value}, but must be one of {source}{choices}.{guess}",
        key=key,
        value=repr(value),
        source=source,
        choices=_names(choices),
        guess=guess(nearest(value, choices)),
    )


def _rule(error: ValidationError) -> Sentence:
    limit = error.validator_value
    shown = " or ".join(limit) if isinstance(limit, list) else limit
    if shown == "boolean":
        return sentence("it must be of type boolean, which is true or false")
    if shown == "object" and "properties" in error.schema:
        keys = _names(error.schema["properties"])
        return sentence("it must be of type object, with the keys {keys}", keys=keys)
    if error.validator not in RULES:
        return Sentence("{rule}", {"rule": error.message})
    return sentence(RULES[error.validator], limit=shown)


def _meant(error: ValidationError) -> object | None:
    """Return the number that someone meant by a percentage or a decimal comma."""
    schema = error.schema
    if "number" not in schema.get("type", ()):
        return None
    return likely_number(error.instance, schema.get("maximum", schema.get("exclusiveMaximum")))


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else str(name)


def _names(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))
