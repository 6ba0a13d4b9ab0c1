"""One check: a value held against a threshold, with a sentence."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from enem.atomic import write_json
from enem.check.sentences import in_words
from enem.errors import InputError
from enem.terminal import language_code

CONVERGENCE = ("r_hat", "ess_bulk", "ess_tail", "divergences", "e_bfmi", "mcse")
"""Checks without which the draws do not represent the posterior."""


@dataclass(frozen=True)
class Check:
    """A verdict.

    Attributes
    ----------
    name
        What was checked.
    passed
        None where the value only informs.
    value, threshold
        Numbers compared; None where there is no such number.
    message
        A sentence of a check that the catalogues have no words for.
    details
        What sentences are made of besides: ``case``, the kind of sentence, and the names and
        numbers in it.
    """

    name: str
    passed: bool | None
    value: float | None
    threshold: float | None
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def undefined(name: str, threshold: float, **details: Any) -> Check:
    """Fail a check whose value is not a number."""
    return Check(name, False, None, threshold, details={"case": "undefined", **details})


def told(checks: Iterable[Check], code: str = "en") -> list[dict[str, Any]]:
    """Return checks as records whose message is in a language."""
    return [{**each, "message": in_words(each, code)} for each in map(asdict, checks)]


def write_checks(checks: Sequence[Check], path: Path) -> None:
    """Write ``checks.json``; `passed` is whether no check failed."""
    passed = all(check.passed is not False for check in checks)
    write_json({"passed": passed, "checks": told(checks)}, path)


def require_convergence(path: Path, policy: str) -> None:
    """Refuse to go on from draws that did not converge.

    Raises
    ------
    InputError
        When a convergence check in `path` failed and `policy` is ``error``.
    """
    checks = json.loads(path.read_text())["checks"]
    failed = [c for c in checks if c["name"] in CONVERGENCE and c["passed"] is False]
    if failed and policy == "error":
        reasons = " ".join(in_words(check, language_code()) for check in failed)
        raise InputError(
            "{path}: the sampler did not converge. {reasons} Raise sampler.tune, "
            "sampler.draws or sampler.target_accept in config.yaml, or set "
            "checks.on_convergence_failure: warn to see the results all the same.",
            path=path,
            reasons=reasons,
        )
