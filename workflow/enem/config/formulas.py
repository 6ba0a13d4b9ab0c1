"""The models of a configuration: their formulas and levels, and which editions can carry them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from enem.config.schema import unknown_choice
from enem.config.written import as_list
from enem.editions import Edition
from enem.errors import InputError, Sentence, joined, sentence
from enem.mixed.formula import Formula, parse_formula
from enem.mixed.variables import covariates_of, editions_with, recorded
from enem.names import BRAZIL

RESERVED = (
    *("all", "covariates", "estimation", "figures", "joint", "municipal", "sensitivity"),
    "states",
)
"""Folders of results beside those of models, and what stands for every model."""

MODEL_NAME = rf"(?!(?:{'|'.join(RESERVED)})(?![a-z0-9_]))[a-z][a-z0-9_]{{0,39}}"
"""What a model may be called."""

WITHOUT_INCOME = "score ~ 1 + (1 | school_type)"


def spelled_out(formulas: object) -> object:
    """Give every model of the config key ``formulas`` as a map; the schema judges the rest."""
    if not isinstance(formulas, Mapping):
        return formulas
    return {name: _as_map(entry) for name, entry in formulas.items()}


def _as_map(entry: object) -> object:
    if isinstance(entry, str):
        return {"formula": entry}
    if isinstance(entry, Mapping) and isinstance(entry.get("levels"), str):
        return {**entry, "levels": as_list(entry["levels"])}
    return entry


def asked_formulas(
    settings: Mapping[str, Any], models: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """Read every formula, and return those of the models asked for with their levels.

    Parameters
    ----------
    settings
        The configuration, valid by the schema: ``formulas`` as maps, ``models`` and ``levels``.
    models
        Which; those of ``models`` if None.

    Returns
    -------
    dict
        ``formula`` (text) and ``levels`` by model.

    Raises
    ------
    InputError
        A name that no model may have, no formula or one that cannot be, an unknown model.
    """
    defined = settings["formulas"]
    models = settings["models"] if models is None else models
    for name, entry in defined.items():
        _check_name(name)
        if "formula" not in entry:
            raise InputError(
                "Config key formulas.{name} has no formula: write it as "
                '{name}: "score ~ income", or as a map of formula and levels.',
                name=name,
            )
    texts = {name: _parsed(name, entry["formula"]).text for name, entry in defined.items()}
    for model in models:
        if model not in defined:
            key = "models" if model in settings["models"] else "models_without_income"
            source = sentence("config key formulas: ")
            raise InputError(unknown_choice(key, model, defined, source))
    return {
        model: {
            "formula": texts[model],
            "levels": list(defined[model].get("levels", settings["levels"])),
        }
        for model in models
    }


def models_asked(settings: Mapping[str, Any], edition: Edition) -> list[str]:
    """List the models that a configuration asks for in an edition, in their order."""
    further = settings["models_without_income"] if edition.income_column is None else []
    return list(dict.fromkeys([*settings["models"], *further]))


def models_for(
    edition: Edition, formulas: Mapping[str, Mapping[str, Any]], state: str = BRAZIL
) -> tuple[list[str], dict[str, Sentence]]:
    """Divide models into those that an edition and a state can carry, and the others.

    Parameters
    ----------
    edition
        Which edition.
    formulas
        As `asked_formulas` returns them.
    state
        Which state; only the whole country has ``state`` as a variable.

    Returns
    -------
    tuple
        Names of the models that are kept, and for each other one a sentence that says why not.

    Raises
    ------
    InputError
        When none is kept.
    """
    left_out = {}
    for name, entry in formulas.items():
        if lacks := _lacks(_parsed(name, entry["formula"]), edition, state):
            left_out[name] = sentence(
                "Model {name} is left out of {edition}, {state}: it needs {lacks}.",
                name=name,
                edition=edition.name,
                state=state,
                lacks=lacks,
            )
    kept = [name for name in formulas if name not in left_out]
    if not kept:
        none_left = sentence(
            "No model of config key models is left: add one that needs nothing of it, such as "
            'formulas: {{types: "{formula}"}} with models: types, or leave out {edition}, {state}.',
            formula=WITHOUT_INCOME,
            edition=edition.name,
            state=state,
        )
        raise InputError(joined([*left_out.values(), none_left]))
    return kept, left_out


def _lacks(formula: Formula, edition: Edition, state: str) -> Sentence | None:
    if formula.needs_income and edition.income_column is None:
        return sentence("family income, which the edition does not hold")
    if formula.uses("state") and state != BRAZIL:
        return sentence(
            "states to compare, which only the whole country has (states: {country})",
            country=BRAZIL,
        )
    for name in covariates_of(formula):
        if not recorded(name, edition):
            return sentence(
                "{name}, which the edition does not record in a way that compares ({able} do)",
                name=name,
                able=", ".join(editions_with(name)),
            )
    return None


def models_by_edition(
    settings: Mapping[str, Any],
    formulas: Mapping[str, Mapping[str, Any]],
    editions: Iterable[Edition],
    states: Iterable[str],
) -> tuple[dict[str, list[str]], list[Sentence]]:
    """List the models of each edition, and a sentence on each one that an edition leaves out.

    What only the whole country has is left out where it is not among `states`.

    Raises
    ------
    InputError
        When an edition or a state is left without any model.
    """
    # states differ only in being one or all
    kinds = {state == BRAZIL: state for state in states}
    found, sentences = {}, []
    for edition in editions:
        asked = {model: formulas[model] for model in models_asked(settings, edition)}
        of_kinds = [models_for(edition, asked, kinds[key]) for key in sorted(kinds)]
        found[edition.name], left_out = of_kinds[-1]
        sentences += left_out.values()
    return found, sentences


def _check_name(name: object) -> None:
    if re.fullmatch(MODEL_NAME, str(name)):
        return
    others = sentence("; results have other things called {names}", names=", ".join(RESERVED))
    raise InputError(
        "Config key formulas has the name {name}: call a model by at most 40 lower-case "
        "letters, digits and _, a letter first{taken}.",
        name=repr(name),
        taken=others if name in RESERVED else "",
    )


@cache
def _parsed(name: str, text: str) -> Formula:
    return parse_formula(text, f"formulas.{name}")
