"""The settings of config.yaml for those who write Python instead of a configuration."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from enem.config.schema import validated
from enem.config.shipped import shipped
from enem.config.written import listed
from enem.yaml_file import read_yaml

UNSTATED = "not stated"
"""Reason of a prior that is given without one; a configuration has to give one."""


def settings_with(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return config.yaml with some of its keys changed, valid by its schema.

    Parameters
    ----------
    changes
        By key: a value, or of a section those of its keys that differ; a prior is given whole,
        its ``reason`` may be left out.  None changes nothing.

    Raises
    ------
    InputError
        One sentence a problem: the key, its value, and what is allowed.
    """
    settings = dict(_shipped())
    for key, change in changes.items():
        if change is not None:
            section = isinstance(settings.get(key), Mapping) and isinstance(change, Mapping)
            settings[key] = {**settings[key], **change} if section else change
    settings["formulas"] = {}
    settings["priors"] = {name: _with_reason(of) for name, of in settings["priors"].items()}
    return validated(listed(settings), shipped("config.schema.yaml"))


def _with_reason(prior: object) -> object:
    return {"reason": UNSTATED, **prior} if isinstance(prior, Mapping) else prior


@cache
def _shipped() -> dict[str, Any]:
    return read_yaml(shipped("config.yaml"))
