"""One check: a value held against a threshold, with a sentence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from enem.atomic import write_json
from enem.errors import InputError

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
        A sentence for people.
    details
        What the sentence is made of besides, for pages in other languages: ``case``, where a check
        has more than one kind of sentence, and the names and numbers in it.
    """

    name: str
    passed: bool | None
    value: float | None
    threshold: float | None
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)


def undefined(name: str, threshold: float, message: str, **details: Any) -> Check:
    """Fail a check whose value is not a number."""
    return Check(name, False, None, threshold, message, {"case": "undefined", **details})


def write_checks(checks: Sequence[Check], path: Path) -> None:
    """Write ``checks.json``; `passed` is whether no check failed."""
    record = {
        "passed": all(check.passed is not False for check in checks),
        "checks": [asdict(check) for check in checks],
    }
    write_json(record, path)


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
        reasons = " ".join(check["message"] for check in failed)
        raise InputError(
            "{path}: the sampler did not converge. {reasons} Raise sampler.tune, "
            "sampler.draws or sampler.target_accept in config.yaml, or set "
            "checks.on_convergence_failure: warn to see the results all the same.",
            path=path,
            reasons=reasons,
        )
