"""Files asked for by name, and where they may lie, held against what a run can do."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from enem.errors import InputError
from enem.names import OUTCOMES

RESULT = re.compile(
    r"(?:\./)?results/(?P<editions>\d{4}|simulated)/(?P<states>[A-Za-z]{2})/"
    rf"(?:(?P<outcomes>{'|'.join(OUTCOMES)})/)?"
)


def refuse_targets(targets: Iterable[str], settings: Mapping[str, Any]) -> None:
    """Refuse a file of an edition, a state or an outcome that the configuration does not analyse.

    Parameters
    ----------
    targets
        Rules and files as given on the command line; what else stands there is passed over.
    settings
        As `enem.config.settings.load_settings` returns them.

    Raises
    ------
    InputError
        What the configuration has instead, and how to ask for the file.
    """
    for target in targets:
        match = RESULT.match(target)
        for key, value in match.groupdict().items() if match else ():
            if value is not None and value not in settings[key]:
                raise InputError(
                    "Nothing makes {target}, of {value}: config key {key} is {configured}. "
                    "Add --config {key}={value}, or ask for a file of what is configured.",
                    target=target,
                    value=value,
                    key=key,
                    configured=", ".join(settings[key]),
                )


def refuse_places(snakefile: Path, prefixed: bool) -> None:
    """Refuse a folder that cannot be written to, and another one for the files of a module alone.

    Parameters
    ----------
    snakefile
        Of the clone.
    prefixed
        Whether the module has other paths than its rules.

    Raises
    ------
    InputError
        How to name the folder.
    """
    if prefixed:
        raise InputError(
            "A module of this workflow has no prefix: or replace_prefix:, since its jobs find "
            "files by their paths. Leave it out, and name a folder for everything by snakemake "
            "--directory FOLDER ..."
        )
    if not os.access(".", os.W_OK | os.X_OK):
        raise InputError(
            "The folder {folder} cannot be written to. Name one for data and results that can: "
            "snakemake --snakefile {snakefile} --directory FOLDER ...",
            folder=Path.cwd(),
            snakefile=snakefile,
        )
