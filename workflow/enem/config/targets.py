"""Files asked for by name, held against what the configuration analyses."""

import re
from collections.abc import Iterable, Mapping
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
