"""Which analyses a configuration asks for, and which of them are finished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PER_MODEL = ("summary.csv", "effects.csv", "checks.json")
"""What the atlas reads of every model."""


@dataclass(frozen=True)
class Analysis:
    """One outcome in one state of one edition."""

    edition: str
    state: str
    outcome: str

    @property
    def flow(self) -> str:
        """Path of the steps of its selection, relative to the folder of results."""
        return f"{self.edition}/{self.state}/sample_flow.csv"

    @property
    def report(self) -> str:
        """Path of the page of its state, relative to the folder of results."""
        return f"{self.edition}/{self.state}/report.html"

    @property
    def link(self) -> str:
        """Address of that page for the atlas, opened at this outcome and with a way back."""
        return f"../{self.report}?score={self.outcome}&from=atlas"

    @property
    def grid(self) -> tuple[str, str]:
        """Paths of its cells and of their incomes, relative to the folder of results."""
        folder = f"{self.edition}/{self.state}"
        return f"{folder}/{self.outcome}/cells.csv", f"{folder}/income.csv"

    def artefact(self, model: str, name: str) -> str:
        """Path of a model's artefact, relative to the folder of results."""
        return f"{self.edition}/{self.state}/{self.outcome}/{model}/{name}"

    def artefacts(self, models: Sequence[str]) -> list[str]:
        """Paths of all that the atlas reads of it."""
        return [
            self.flow,
            *self.grid,
            *(self.artefact(m, name) for m in models for name in PER_MODEL),
        ]


def asked(settings: Mapping[str, Any]) -> list[Analysis]:
    """List every analysis that a checked configuration asks for."""
    return [
        Analysis(edition, state, outcome)
        for edition in settings["editions"]
        for state in settings["states"]
        for outcome in settings["outcomes"]
    ]


def finished(results: Path, settings: Mapping[str, Any]) -> list[Analysis]:
    """List the analyses asked for whose artefacts all exist."""
    return [
        analysis
        for analysis in asked(settings)
        if all((Path(results) / path).is_file() for path in _artefacts(analysis, settings))
    ]


def _artefacts(analysis: Analysis, settings: Mapping[str, Any]) -> list[str]:
    return analysis.artefacts(settings["models_of"][analysis.edition])


def reported(analyses: Sequence[Analysis], settings: Mapping[str, Any]) -> list[str]:
    """Paths of the reports of those states of which every outcome is among `analyses`.

    None where the settings ask for no page of each state.
    """
    if not settings["report"]["each_state"]:
        return []
    pages: dict[str, set[str]] = {}
    for analysis in analyses:
        pages.setdefault(analysis.report, set()).add(analysis.outcome)
    return [page for page, outcomes in pages.items() if outcomes == set(settings["outcomes"])]
