"""What a run tells at its end."""

import resource
from collections.abc import Mapping
from typing import Any

from enem.errors import Sentence, joined, sentence


def succeeded(settings: Mapping[str, Any]) -> Sentence:
    """Name what to open first, once everything that the checked settings ask for is there."""
    first = f"results/{settings['editions'][0]}/{settings['states'][0]}/"
    if len(settings["editions"]) * len(settings["states"]) > 1:
        first = "results/atlas/index.html"
    elif settings["report"]["each_state"]:
        first += "report.html"
    return sentence("Look at {first}; results/README.md describes every file.", first=first)


def failed() -> Sentence:
    """Name where a run that failed tells why, and what to do."""
    told = sentence(
        "What went wrong stands above and in logs/. Mend it and run the same command again: what "
        "is finished stays."
    )
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return told
    # what libraries of C find no room for ends a job before Python can say anything
    narrow = sentence(
        "A process may have only {size:.1f} GB of addresses here (ulimit -v): a job that ended "
        "without a word had no memory left.",
        size=limit / 1e9,
    )
    return joined([told, narrow])
