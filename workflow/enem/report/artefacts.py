"""Everything that a page shows, read once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5netcdf
import pandas as pd

from enem.errors import InputError
from enem.figures.names import figures_of
from enem.report.tables import Document, Table


@dataclass(frozen=True)
class ModelArtefacts:
    """Artefacts of one model of one outcome.

    Attributes
    ----------
    name
        The model's.
    summary, estimates, effects, predictive
        Its tables.
    checks
        Its verdicts.
    made_with
        Attributes of its posterior: digests, versions, sampler.
    """

    name: str
    summary: Table
    estimates: Table
    effects: Table
    predictive: Table
    checks: Document
    made_with: Document


@dataclass(frozen=True)
class OutcomeArtefacts:
    """Artefacts of one outcome; `figures` holds each SVG's text by its name."""

    name: str
    cells: Table
    comparison: Table
    recovery: Table
    models: tuple[ModelArtefacts, ...]
    figures: Mapping[str, str]

    def model(self, name: str) -> ModelArtefacts:
        """Return the artefacts of the model called `name`."""
        return next(model for model in self.models if model.name == name)


@dataclass(frozen=True)
class Artefacts:
    """Artefacts of one edition and state, and the settings that they were made with."""

    edition: str
    state: str
    flow: Table
    income: Table
    record: Document
    conversion: Document
    settings: Document
    outcomes: tuple[OutcomeArtefacts, ...]

    @property
    def simulated(self) -> bool:
        """Whether the data were made rather than observed."""
        return self.edition == "simulated"


def read_artefacts(
    state_folder: Path, record_path: Path, conversion_path: Path, settings: Mapping[str, Any]
) -> Artefacts:
    """Read what the earlier stages wrote.

    Parameters
    ----------
    state_folder
        ``results/{edition}/{state}``.
    record_path
        Where the edition's zip came from.
    conversion_path
        What its conversion found.
    settings
        The checked configuration.

    Raises
    ------
    InputError
        When an artefact is missing or cannot be read.
    """
    folder = Path(state_folder).absolute()
    return Artefacts(
        edition=folder.parent.name,
        state=folder.name,
        flow=_table(folder, "sample_flow.csv"),
        income=_table(folder, "income.csv"),
        record=_document(record_path, "record.json"),
        conversion=_document(conversion_path, "conversion.json"),
        settings=Document("config.yaml", settings),
        outcomes=tuple(_outcome(folder, name, settings["models"]) for name in settings["outcomes"]),
    )


def _outcome(folder: Path, name: str, models: list[str]) -> OutcomeArtefacts:
    return OutcomeArtefacts(
        name=name,
        **{
            subject: _table(folder, f"{name}/{subject}.csv")
            for subject in ("cells", "comparison", "recovery")
        },
        models=tuple(_model(folder, name, model) for model in models),
        figures={
            figure.stem: _text(folder / name / "figures" / f"{figure.stem}.svg")
            for figure in figures_of(models)
        },
    )


def _model(folder: Path, outcome: str, name: str) -> ModelArtefacts:
    place = f"{outcome}/{name}"
    return ModelArtefacts(
        name=name,
        **{
            subject: _table(folder, f"{place}/{subject}.csv")
            for subject in ("summary", "estimates", "effects", "predictive")
        },
        checks=_document(folder / place / "checks.json", f"{place}/checks.json"),
        made_with=_attributes(folder / place / "posterior.nc", f"{place}/posterior.nc"),
    )


def _table(folder: Path, name: str) -> Table:
    path = folder / name
    _require(path)
    try:
        table = pd.read_csv(path)
    except pd.errors.ParserError as error:
        raise InputError(f"{path} is no table that can be read ({error}); make it again.") from None
    blank_as_none = table.astype(object).where(table.notna(), None)
    return Table(name, tuple(blank_as_none.to_dict("records")))


def _document(path: Path, name: str) -> Document:
    try:
        return Document(name, json.loads(_text(path)))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path} is no JSON ({error}); delete it and run the workflow again."
        ) from None


def _attributes(path: Path, name: str) -> Document:
    """Read the attributes of a posterior, and none of its draws."""
    _require(path)
    with h5netcdf.File(path, "r") as file:
        attributes = dict(file.attrs)
    for key in ("sampler", "versions"):
        attributes[key] = json.loads(attributes[key])
    return Document(name, attributes)


def _text(path: Path) -> str:
    _require(path)
    return Path(path).read_text(encoding="utf-8")


def _require(path: Path) -> None:
    if not Path(path).is_file():
        raise InputError(
            f"{path} is missing, so the report that shows it cannot be written: run the stage that "
            "makes it first, or ask for the report through the workflow."
        )
