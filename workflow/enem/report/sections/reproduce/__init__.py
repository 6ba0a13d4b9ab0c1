"""What made the page, and how to make it again."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

import yaml

from enem.language import named
from enem.language.phrases import Message, Verbatim, message
from enem.report.artefacts import Artefacts

CONFIG = "analysis.yaml"
INEP = "inep"
"""The ``source`` that downloads."""


def reproducible_settings(artefacts: Artefacts) -> str:
    """Write the settings of this edition and state as a config file.

    A source outside the project's folder is named by its last part: where it lay is the
    business of one computer only.
    """
    settings: dict[str, Any] = dict(artefacts.settings.content)
    settings.pop("sources", None)
    settings |= {"editions": [artefacts.edition], "states": [artefacts.state]}
    settings["source"] = public_source(settings["source"])
    return yaml.safe_dump(_plain(settings), sort_keys=False, allow_unicode=True)


def public_source(source: str) -> str:
    """Name a source without the folders of the computer that it lay on."""
    return PurePath(source).name if PurePath(source).is_absolute() else source


def is_local(artefacts: Artefacts) -> bool:
    """Whether the data came from a file that the reader must have."""
    return not artefacts.simulated and artefacts.settings.value("source") != INEP


def command(artefacts: Artefacts) -> str:
    """Return the command that makes this page from that config file."""
    target = f"results/{artefacts.edition}/{artefacts.state}/report.html"
    return f"uv run snakemake --cores 2 --configfile {CONFIG} -- {target}"


def title(artefacts: Artefacts) -> Message:
    """Say what both pages are called."""
    return message(
        "A test of the method on simulated data: {state}" if artefacts.simulated else "title",
        state=named("state", artefacts.state),
        edition=Verbatim(artefacts.edition),
    )


def citation(artefacts: Artefacts) -> Message:
    """Say how the page is cited, with the digest of the file that it is about."""
    digest = artefacts.conversion.value("zip_sha256")
    return message(
        "cite.simulated" if artefacts.simulated else "cite",
        version=Verbatim(version("enem-bayes")),
        title=title(artefacts),
        edition=Verbatim(artefacts.edition),
        digest=Verbatim(digest[:12]),
    )


def versions(artefacts: Artefacts) -> dict[str, str]:
    """Versions of the packages that the posteriors were made with."""
    return dict(artefacts.outcomes[0].models[0].made_with.value("versions"))


def _plain(value: Any) -> Any:
    """Turn mappings and sequences of any kind into those that YAML knows."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
