"""How the analysis was checked: an overall verdict, then every check."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from enem.check.sentences import PATTERNS, compared, sentences
from enem.language import named
from enem.language.phrases import Listing, Message, Number, message
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.tables import Document

GROUPS = "group_predictive"
"""Check of how schools and municipalities differ."""


@dataclass(frozen=True)
class CheckRow:
    """One check: `status` is passed, failed or information.

    `said` is what it found; for a check that the catalogues do not know, `text` is the program's
    own sentence.
    """

    name: str
    status: str
    value: Number | None
    threshold: Number | None
    said: tuple[Message, ...]
    text: str


def check_rows(model: ModelArtefacts) -> list[CheckRow]:
    """List the checks of one model in their order."""
    rows = []
    for index, check in enumerate(model.checks.value("checks")):
        status = {True: "passed", False: "failed", None: "information"}[check["passed"]]
        where = model.checks.name, f"checks.{index}"
        numbers = [compared(check, *where).get(name) for name in ("value", "threshold")]
        said = tuple(sentences(check, *where))
        rows.append(CheckRow(check["name"], status, *numbers, said, check["message"]))
    return rows


def known_checks(outcomes: Sequence[OutcomeArtefacts]) -> list[str]:
    """Name the checks of all outcomes and models that the catalogues explain, each once."""
    models = (model for outcome in outcomes for model in outcome.models)
    names = dict.fromkeys(check["name"] for m in models for check in m.checks.value("checks"))
    return [name for name in names if name in PATTERNS]


@dataclass(frozen=True)
class Verdict:
    """All checks of one outcome together."""

    passed: bool
    failures: tuple[tuple[str, CheckRow], ...]
    looked_at: tuple[Message, ...]

    @property
    def models(self) -> set[str]:
        """Return the models in which something failed."""
        return {model for model, _ in self.failures}

    @property
    def sentence(self) -> Message:
        """Say it plainly."""
        return message(
            "verdict.passed"
            if self.passed
            else "Some check failed. Read the results with the caution that it asks for:"
        )


def overall_verdict(models: Sequence[ModelArtefacts]) -> Verdict:
    """Gather what failed in any model, and what was looked at."""
    failures = [(m.name, row) for m in models for row in check_rows(m) if row.status == "failed"]
    passed = all(m.checks.value("passed") for m in models)
    return Verdict(passed, tuple(failures), tuple(_looked_at(models)))


def _looked_at(models: Sequence[ModelArtefacts]) -> Iterator[Message]:
    """Name the statistics of groups that models were held against, and what was not judged."""
    checks = [
        (model, check)
        for model in models
        for check in model.checks.value("checks")
        if check["name"] == GROUPS
    ]
    judged = [check for _, check in checks if check["passed"] is not None]
    names = dict.fromkeys(name for check in judged for name in check["details"]["looked_at"])
    if names:
        statistics = tuple(message(f"statistic.{name}") for name in names)
        yield message(
            "Besides convergence, priors and scores by school type, schools and "
            "municipalities were looked at. Statistics: {statistics}.",
            statistics=Listing(statistics),
        )
    not_judged = tuple(
        named("model", model.name) for model, check in checks if check["passed"] is None
    )
    if not_judged:
        yield message("Not judged on how schools differ: {models}.", models=Listing(not_judged))


def wider_verdict(documents: Iterable[Document]) -> Message:
    """Say whether every check of some wider fits passed, and else which did not."""
    checks = [check for document in documents for check in document.value("checks")]
    failed = dict.fromkeys(check["name"] for check in checks if check["passed"] is False)
    if not failed:
        return message("Every check of these fits passed.")
    return message(
        "Not every check of these fits passed, so the numbers of this section need care: {checks}.",
        checks=Listing(tuple(named("check", name) for name in failed)),
    )
