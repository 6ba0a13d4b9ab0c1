"""The configuration as the workflow uses it: checked, and expanded to lists."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from enem.config.formulas import asked_formulas, models_asked, models_by_edition, spelled_out
from enem.config.reading import columns_read
from enem.config.schema import validated
from enem.config.source import check_source, refuse_unread
from enem.config.written import listed, years
from enem.editions import load_editions, refusals
from enem.errors import InputError, Sentence, sentence
from enem.mixed.priors import parse_priors
from enem.names import BRAZIL, STATE_NAMES, STATES
from enem.spelling import guess, nearest

ALL = "all"


def load_settings(config: Mapping[str, Any], schema_path: Path, raw_folder: Path) -> dict[str, Any]:
    """Check a configuration and expand its lists.

    Parameters
    ----------
    config
        As Snakemake merged it from files and command line.
    schema_path
        The schema's file.
    raw_folder
        Where retrieved zips lie or will lie.

    Returns
    -------
    dict
        The configuration with ``editions`` (strings), ``states``, ``outcomes`` and ``models`` (of
        any edition) as lists, ``formulas`` of those models alone, each with its ``formula`` and
        ``levels``, and ``sources`` by edition; besides, ``models_of`` each edition, and
        ``models_left_out``, a sentence on each model that an edition cannot carry.

    Raises
    ------
    InputError
        What is wrong, in which key, and what to do.
    """
    written = listed(config)
    if "formulas" in written:
        written["formulas"] = spelled_out(written["formulas"])
    _check_joint_model(written.get("joint"), written.get("formulas"))
    settings = validated(written, schema_path)
    settings["editions"] = _editions(settings["editions"])
    settings["states"] = _states(settings["states"])
    parse_priors(settings["priors"])
    parse_priors(settings["atlas"]["priors"], "atlas.priors", ("centre",))
    _check_joint_states(settings)
    _check_population(settings)
    _check_applications(settings)
    editions = [load_editions()[name] for name in settings["editions"]]
    wanted = dict.fromkeys(m for each in editions for m in models_asked(settings, each))
    formulas = asked_formulas(settings, [*wanted])
    found = models_by_edition(settings, formulas, editions, settings["states"])
    settings["models_of"], settings["models_left_out"] = found
    settings["models"] = [m for m in wanted if any(m in own for own in found[0].values())]
    settings["formulas"] = {model: formulas[model] for model in settings["models"]}
    settings["sources"] = _sources(settings, raw_folder)
    return settings


def settings_of(settings: Mapping[str, Any], edition: str) -> dict[str, Any]:
    """Return checked settings with the models of one edition alone."""
    models = settings["models_of"][edition]
    formulas = {model: settings["formulas"][model] for model in models}
    return {**settings, "models": models, "formulas": formulas}


def _sources(settings: Mapping[str, Any], raw_folder: Path) -> dict[str, str]:
    editions, source, state_by = settings["editions"], settings["source"], settings["state_by"]
    refuse_unread(editions, source)
    # of a single file, editions share what is wrong with it
    alone = len(editions) == 1 or not Path(source).expanduser().is_dir()
    return {
        name: check_source(
            *(name, source, state_by, raw_folder, alone), columns_read(settings_of(settings, name))
        )
        for name in editions
    }


def _editions(values: Sequence[object]) -> list[str]:
    known = load_editions()
    names = years(values)
    if names == [ALL]:
        return [name for name in known if name.isdigit()]
    for name in names:
        if name not in known:
            raise InputError(_no_edition(name, list(known)))
    if len(set(names)) < len(names):
        # the schema tells 2019 and "2019" apart, and ranges may overlap
        raise InputError("Config key editions is {value}: it names a value twice.", value=values)
    return names


def _no_edition(name: str, known: list[str]) -> Sentence:
    refused = refusals().get(name)
    return sentence(
        "Config key editions has {name}. {reason} Choose among {known}, several as 2017,2019 or "
        "2017-2019.{guess}",
        name=name,
        reason=refused or sentence("There is no such edition."),
        known=", ".join(known),
        guess=guess(None if refused or name.isdigit() else nearest(name, known)),
    )


def _states(values: Sequence[str]) -> list[str]:
    if list(values) == [ALL]:
        return list(STATES)
    for value in values:
        if value not in (*STATES, BRAZIL):
            raise InputError(
                "Config key states has {value}, which is no state.{guess} Choose among "
                "{states}, or {country} for the whole country, or {all_states}.",
                value=repr(value),
                guess=guess(_state_meant(value)),
                states=", ".join(STATES),
                country=BRAZIL,
                all_states=ALL,
            )
    return list(values)


def _state_meant(value: str) -> str | None:
    codes = {code: code for code in (*STATES, BRAZIL, ALL)}
    names = {name: code for code, name in STATE_NAMES.items()}
    known = codes if len(value) <= 3 else names | {"Brasil": BRAZIL, "Brazil": BRAZIL}
    close = nearest(value, known)
    return known[close] if close else None


def _check_joint_model(joint: object, formulas: object) -> None:
    """Refuse the five scores together by another model than that of lines by school type."""
    if isinstance(joint, str) and isinstance(formulas, Mapping) and joint in formulas:
        raise InputError(
            "Config key joint is {value}, but it is true or false: five scores at once are "
            "fitted by the lines of school_type alone, since in a state of 35,000 participants "
            "a posterior takes about 4 minutes of processor time with them, and an hour with "
            "school_type_income. Use joint: true.",
            value=joint,
        )


def _check_joint_states(settings: Mapping[str, Any]) -> None:
    if settings["joint"] and BRAZIL in settings["states"]:
        raise InputError(
            "Config key joint is true and states has {country}, but a posterior of the five "
            "scores of the whole country at once takes about two hours of processor time. Use "
            "joint: false, or states instead of {country}.",
            country=BRAZIL,
        )


def _check_population(settings: Mapping[str, Any]) -> None:
    if settings["population"]["school_type"] != "self_reported":
        return
    editions = load_editions()
    for name in settings["editions"]:
        if editions[name].reported_school_type is None:
            able = [n for n, e in editions.items() if e.reported_school_type is not None]
            raise InputError(
                "Config key population.school_type is self_reported, but the questionnaire of "
                "the {edition} edition does not ask it. Use population.school_type: enrolled, "
                "or an edition that asks: {able}.",
                edition=name,
                able=", ".join(able),
            )


def _check_applications(settings: Mapping[str, Any]) -> None:
    untold = [name for name in settings["editions"] if not load_editions()[name].booklets]
    if settings["population"]["applications"] != ALL and untold:
        raise InputError(
            "Config key population.applications is regular, but applications cannot be told "
            "apart in {editions}: which booklets (CO_PROVA_*) are whose is in the dictionary "
            "of each edition, and the workflow has no such list of these. Use "
            "population.applications: all, or other editions.",
            editions=", ".join(untold),
        )
