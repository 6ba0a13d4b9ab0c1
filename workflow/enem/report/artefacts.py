"""Everything that a page shows, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enem.estimation.names import tables_of
from enem.figures.names import INDEX, FigureName, main_model
from enem.language import TAGS
from enem.language.phrases import PERCENT, Phrase, Spoken, message
from enem.mixed.specification import Specification, specifications
from enem.report.files import read_attributes, read_document, read_table, read_text
from enem.report.tables import Document, Table
from enem.sensitivity.names import TABLES as SENSITIVITY_TABLES


@dataclass(frozen=True)
class ModelArtefacts:
    """Artefacts of one model of one outcome.

    Attributes
    ----------
    name
        The model's.
    spec
        Its formula and levels.
    summary, estimates, effects, predictive
        Its tables.
    tau_profile
        Densities along its scales; None where it has no scales.
    posterior
        File of its draws.
    checks
        Its verdicts.
    made_with
        Attributes of its posterior: digests, versions, sampler.
    """

    name: str
    spec: Specification
    summary: Table
    estimates: Table
    effects: Table
    predictive: Table
    tau_profile: Table | None
    posterior: Path
    checks: Document
    made_with: Document


@dataclass(frozen=True)
class FigureArtefacts:
    """One figure.

    Attributes
    ----------
    texts
        Its SVG by language.
    narrow
        The same for a phone; None where it has none.
    caption
        What it shows, by language.
    story
        Whether it tells the story, and has something to tell.
    files
        Names of its files by kind and, where they have words, by language.
    """

    texts: Mapping[str, str]
    narrow: Mapping[str, str] | None
    caption: Phrase
    story: bool
    files: Mapping[str, Any]


@dataclass(frozen=True)
class OutcomeArtefacts:
    """Artefacts of one outcome.

    Attributes
    ----------
    name
        The outcome's.
    cells, groups, comparison, recovery
        Its tables.
    slopes
        Of municipalities' incomes, beside that of people's own.
    models
        Artefacts of its models, in the order of the settings.
    study
        Tables of how its estimators relate, by name.
    sensitivity
        Tables of slope and gap under other assumptions, by name.
    figures
        By name, in the order of the page.
    has_income
        Whether the edition holds income beside scores; without it `study` has fewer tables,
        `sensitivity` none.
    """

    name: str
    has_income: bool
    cells: Table
    groups: Table
    comparison: Table
    recovery: Table
    slopes: Table
    models: tuple[ModelArtefacts, ...]
    study: Mapping[str, Table]
    sensitivity: Mapping[str, Table]
    figures: Mapping[str, FigureArtefacts]

    @property
    def specs(self) -> dict[str, Specification]:
        """Formulas and levels of its models, by name."""
        return {model.name: model.spec for model in self.models}

    @property
    def main(self) -> ModelArtefacts:
        """The model behind the answer."""
        return self.model(main_model(self.specs))

    def model(self, name: str) -> ModelArtefacts:
        """Return the artefacts of the model called `name`."""
        return next(model for model in self.models if model.name == name)


@dataclass(frozen=True)
class JointArtefacts:
    """Artefacts of the five scores together."""

    correlations: Table
    checks: Document
    figures: Mapping[str, FigureArtefacts]


@dataclass(frozen=True)
class Artefacts:
    """Artefacts of one edition and state, and the settings that they were made with.

    `folder` is ``results/{edition}/{state}``; `joint` is None where the five scores were
    not asked for together.
    """

    folder: Path
    flow: Table
    presence: Table
    applications: Table
    income: Table
    record: Document
    conversion: Document
    settings: Document
    outcomes: tuple[OutcomeArtefacts, ...]
    joint: JointArtefacts | None

    @property
    def edition(self) -> str:
        """Return the edition of its folder."""
        return self.folder.parent.name

    @property
    def state(self) -> str:
        """Return the state of its folder."""
        return self.folder.name

    @property
    def has_income(self) -> bool:
        """Whether the edition holds income beside scores."""
        return all(outcome.has_income for outcome in self.outcomes)

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
    income = read_table(folder, "income.csv")
    known = None not in income.column("x")
    return Artefacts(
        folder=folder,
        flow=read_table(folder, "sample_flow.csv"),
        presence=read_table(folder, "presence.csv"),
        applications=read_table(folder, "applications.csv"),
        income=income,
        record=read_document(record_path, "record.json"),
        conversion=read_document(conversion_path, "conversion.json"),
        settings=Document("config.yaml", settings),
        outcomes=tuple(_outcome(folder, name, settings, known) for name in settings["outcomes"]),
        joint=_joint(folder, settings) if settings["joint"] and known else None,
    )


def _outcome(
    folder: Path, name: str, settings: Mapping[str, Any], income: bool
) -> OutcomeArtefacts:
    of_formulas = specifications(settings["formulas"])
    specs = {model: of_formulas[model] for model in settings["models"]}
    return OutcomeArtefacts(
        name=name,
        has_income=income,
        **{
            subject: read_table(folder, f"{name}/{subject}.csv")
            for subject in ("cells", "groups", "comparison", "recovery")
        },
        slopes=read_table(folder, f"{name}/municipal/slopes.csv"),
        models=tuple(_model(folder, name, spec) for spec in specs.values()),
        study={
            table: read_table(folder, f"{name}/estimation/{table}.csv")
            for table in tables_of(income)
        },
        sensitivity={
            table: read_table(folder, f"{name}/sensitivity/{table}.csv")
            for table in (SENSITIVITY_TABLES if income else ())
        },
        figures=_figures(folder / name / "figures"),
    )


def _figures(folder: Path) -> dict[str, FigureArtefacts]:
    """Read the figures that a folder lists."""
    listed = read_document(folder / INDEX, INDEX).content
    return {entry["stem"]: _figure(folder, entry) for entry in listed}


def _figure(folder: Path, entry: Mapping[str, Any]) -> FigureArtefacts:
    texts = {
        kind: {code: read_text(folder / entry["files"][kind][code]) for code in TAGS}
        for kind in ("svg", "narrow")
        if kind in entry["files"]
    }
    return FigureArtefacts(
        texts=texts["svg"],
        narrow=texts.get("narrow"),
        caption=Spoken(entry["caption"]),
        story=entry["story"] and not entry["empty"],
        files=entry["files"],
    )


def _checks(folder: Path, place: str) -> Document:
    return read_document(folder / place / "checks.json", f"{place}/checks.json")


def _joint(folder: Path, settings: Mapping[str, Any]) -> JointArtefacts:
    mass = Document("config.yaml", settings).number("interval.mass", PERCENT)
    name = FigureName("correlations")
    texts = {c: read_text(folder / "joint/figures" / f) for c, f in name.files["svg"].items()}
    caption = message("figure.correlations", mass=mass)
    figures = {name.stem: FigureArtefacts(texts, None, caption, False, name.files)}
    table = read_table(folder, "joint/correlations.csv")
    return JointArtefacts(table, _checks(folder, "joint"), figures)


def _model(folder: Path, outcome: str, spec: Specification) -> ModelArtefacts:
    place = f"{outcome}/{spec.name}"
    return ModelArtefacts(
        name=spec.name,
        spec=spec,
        **{
            subject: read_table(folder, f"{place}/{subject}.csv")
            for subject in ("summary", "estimates", "effects", "predictive")
        },
        tau_profile=read_table(folder, f"{place}/tau_profile.csv") if spec.scales else None,
        posterior=folder / place / "posterior.nc",
        checks=_checks(folder, place),
        made_with=read_attributes(folder / place / "posterior.nc", f"{place}/posterior.nc"),
    )
