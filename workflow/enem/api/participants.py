"""Participants of one edition as a table on disk, read by state when a model needs it."""

import inspect
import json
import shutil
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd
import pyarrow.dataset as ds

from enem.config.defaults import settings_with
from enem.config.reading import columns_read
from enem.config.shipped import shipped
from enem.convert.release import convert_release
from enem.editions import Edition, edition_named
from enem.errors import InputError
from enem.mixed.variables import MUNICIPAL
from enem.names import BRAZIL, OUTCOMES, STATES
from enem.provenance import library_digest, settings_digest
from enem.retrieve.local import find_local
from enem.retrieve.release import INEP, retrieve_release
from enem.retrieve.sources import load_sources
from enem.retrieve.verify import sha256_of
from enem.simulate import simulate_release
from enem.spelling import guess, nearest
from enem.tabulate.income import income_table, income_values
from enem.tabulate.population import STATE_COLUMNS, PopulationSettings
from enem.tabulate.release import Tabulation, load_with_factors, tabulate_outcome

TABLE, REPORT = "participants.parquet", "conversion.json"
SIMULATED = "simulated"
CONVERSION = Path(inspect.getfile(convert_release))
"""What the digest of the code that converts starts from."""


@dataclass(frozen=True, repr=False)
class Participants:
    """Participants of one edition: codes, income, school types and absences harmonised.

    Attributes
    ----------
    edition
        Which one, and what it publishes.
    path, report
        The table (Parquet) and what was found on converting it (JSON).
    settings
        Keys ``state_by``, ``population`` and ``income`` of config.yaml: who is analysed, and the
        income that stands for each bracket.
    folder
        The temporary folder of the files, which goes with the last table that holds it.
    """

    edition: Edition
    path: Path
    report: Path
    settings: Mapping[str, Any]
    folder: "Folder | None" = None

    def __repr__(self) -> str:
        return f"Participants({self.edition.name}, {self.conversion['rows']:,} rows)"

    @property
    def conversion(self) -> dict[str, Any]:
        """What was read: rows, layout, sha256, missing values and unknown codes by column."""
        return json.loads(self.report.read_text(encoding="utf-8"))

    @property
    def income(self) -> pd.DataFrame:
        """Brackets in ascending order with the income taken for each.

        ``value_min_wages`` (minimum wages), ``value_brl`` (reais a month of that year) and ``x``,
        the ``income`` of formulas: log2 of minimum wages over 2.
        """
        return income_table(self.edition, self.settings["income"])

    def to_pandas(self, state: str = BRAZIL, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read rows of one state, or of the country, before anybody is left out.

        Parameters
        ----------
        state
            One of the 27 codes, or ``BR``.
        columns
            Which; all of them if None.  Scores are in ENEM points.
        """
        column = STATE_COLUMNS[self.settings["state_by"]]
        _require("state", state, (*STATES, BRAZIL))
        chosen = None if state == BRAZIL else ds.field(column) == state
        return ds.dataset(self.path).to_table(columns=columns, filter=chosen).to_pandas()

    def sample(
        self, state: str = BRAZIL, outcome: str = "mean", factors: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Select the participants of an analysis.

        The table can be changed and given to `Model.fit` as any other data frame.

        Parameters
        ----------
        state
            One of the 27 codes, or ``BR``.
        outcome
            ``mean`` of the five scores, ``CN``, ``CH``, ``LC``, ``MT`` or ``REDACAO``.
        factors
            Characteristics that formulas name, such as ``sex`` or ``race``.

        Returns
        -------
        pandas.DataFrame
            ``municipality, school, school_type, income_bracket, income, score`` and `factors`:
            income as log2 of minimum wages over 2, scores in ENEM points.

        Examples
        --------
        >>> import enem
        >>> table = enem.simulated(participants=3000, seed=1)
        >>> table.sample("SP", outcome="MT").columns.tolist()[2:]
        ['school_type', 'income_bracket', 'income', 'score']
        """
        sample = self.tabulate(state, outcome, factors).sample
        x = sample["income_bracket"].map(self.income.set_index("income_bracket")["x"])
        sample.insert(sample.columns.get_loc("income_bracket") + 1, "income", x)
        return sample

    def flow(self, state: str = BRAZIL, outcome: str = "mean") -> pd.DataFrame:
        """Count every exclusion between the rows of the file and the sample, in order."""
        return self.tabulate(state, outcome).flow

    def tabulate(self, state: str, outcome: str, factors: Sequence[str] = ()) -> Tabulation:
        """Collapse the sample of one state and outcome, as the workflow does.

        Raises
        ------
        InputError
            An unknown state or outcome, nobody left to analyse, or a rule that the edition lacks.
        """
        _require("state", state, (*STATES, BRAZIL))
        _require("outcome", outcome, OUTCOMES)
        if places := {*factors} & {*MUNICIPAL}:
            raise InputError(
                "{places} describes places by a table of its own, which the workflow makes: "
                "run it with this formula, or join the columns to a data frame.",
                places=", ".join(sorted(places)),
            )
        rules = PopulationSettings(state, self.settings["state_by"], **self.settings["population"])
        brackets = self.income["income_bracket"].tolist()
        rows = load_with_factors(self.path, rules, [outcome], self.edition, factors)
        return tabulate_outcome(rows, self.report, rules, outcome, brackets, factors)


def participants(
    source: str | Path,
    edition: int | str,
    *,
    folder: str | Path | None = None,
    state_by: str | None = None,
    population: Mapping[str, str] | None = None,
    income: Mapping[str, Any] | None = None,
) -> Participants:
    """Read INEP's file of one edition of ENEM into a harmonised table.

    Parameters
    ----------
    source
        INEP's zip, the CSV that it holds (also as .csv.gz), a folder that holds one of these, or
        ``inep`` to download it; or a folder of the workflow, ``data/participants/2019``, whose
        table is used as it is.
    edition
        Year of the exam, 2009 to 2025.
    folder
        Where to keep what is downloaded and converted; it is used again while the file is the same.
        A temporary folder that lasts as long as the table if None.
    state_by, population, income
        Keys of config.yaml, or those of their keys that differ from it: which state counts, who is
        analysed, the income that stands for the two brackets without bounds.

    Raises
    ------
    InputError
        A file that is damaged, of another edition or in a format that cannot be read, an edition
        that cannot be analysed, or a setting that cannot be: one sentence with the remedy.

    Examples
    --------
    >>> import enem
    >>> table = enem.participants("microdados_enem_2019.zip", edition=2019)  # doctest: +SKIP
    >>> table.flow("AC")  # doctest: +SKIP
    """
    settings = _settings({"state_by": state_by, "population": population, "income": income})
    of = edition_named(str(edition))
    converted = Path(source).expanduser()
    if (converted / TABLE).is_file() and (converted / REPORT).is_file():
        table = Participants(of, converted / TABLE, converted / REPORT, settings)
        _require_edition(table)
        return table
    kept = Folder(folder)
    if str(source) == INEP:
        return _converted(_downloaded(of.name, kept.path), of, kept, settings)
    return _converted(find_local(str(source), of.name), of, kept, settings)


def simulated(
    participants: int | None = None,
    seed: int | None = None,
    *,
    folder: str | Path | None = None,
    state_by: str | None = None,
    population: Mapping[str, str] | None = None,
    income: Mapping[str, Any] | None = None,
) -> Participants:
    """Make an edition with known truth, in the dialect of INEP's file of 2017.

    Parameters
    ----------
    participants
        Rows of the whole country; states have their real shares.  As in config.yaml if None.
    seed
        The same seed gives the same participants.  As in config.yaml if None.
    folder, state_by, population, income
        As of `enem.participants`; `folder` keeps ``truth.csv`` and ``truth_groups.csv`` too.

    Examples
    --------
    >>> import enem
    >>> table = enem.simulated(participants=3000, seed=1)
    >>> table
    Participants(simulated, 3,000 rows)
    >>> table.flow("SP")["step"].tolist()[-2:]
    ['no_blank_sheet', 'income_known']
    """
    settings = _settings({"state_by": state_by, "population": population, "income": income})
    of = edition_named(SIMULATED)
    given = {"participants": participants, "seed": seed}
    release = {name: value for name, value in given.items() if value is not None}
    kept = Folder(folder)
    file = kept.path / f"microdados_enem_{SIMULATED}.zip"
    simulate_release(
        file,
        kept.path / "truth.csv",
        **settings_with({"simulated": release})["simulated"],
        income_values=income_values(of, settings["income"]),
        groups_path=kept.path / "truth_groups.csv",
    )
    return _converted(file, of, kept, settings)


class Folder:
    """Where files are kept: the one given, or a temporary one that goes with this object."""

    def __init__(self, given: str | Path | None) -> None:
        self.path = Path(mkdtemp(prefix="enem-") if given is None else given).expanduser()
        self.path.mkdir(parents=True, exist_ok=True)
        if given is None:
            weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _downloaded(edition: str, folder: Path) -> Path:
    settings = settings_with({})["retrieve"]
    file = folder / f"microdados_enem_{edition}.zip"
    retrieve_release(
        edition,
        INEP,
        load_sources(shipped("sources.csv")),
        file,
        file.with_suffix(".json"),
        ca_bundle=Path(settings["ca_bundle"]) if settings["ca_bundle"] else None,
        retries=settings["retries"],
        timeout=settings["timeout"],
        slowest=settings["min_bytes_per_second"],
    )
    return file


def _converted(
    file: Path, edition: Edition, folder: Folder, settings: Mapping[str, Any]
) -> Participants:
    """Convert a file, or find what was made of the same bytes by the same code."""
    asked = {"questions": sorted(edition.questions), "required": columns_read(settings)}
    made_of = {"sha256": sha256_of(file), "code": library_digest(CONVERSION), **asked}
    place = folder.path / f"{edition.name}-{settings_digest(made_of)[:16]}"
    table = Participants(edition, place / TABLE, place / REPORT, settings, folder)
    if not (table.path.is_file() and table.report.is_file()):
        place.mkdir(exist_ok=True)
        convert_release(file, edition.name, table.path, table.report, **asked)
    return table


def _settings(changes: Mapping[str, Any]) -> dict[str, Any]:
    settings = settings_with(changes)
    return {key: settings[key] for key in ("state_by", "population", "income", "formulas")}


def _require_edition(table: Participants) -> None:
    found = table.conversion["edition"]
    if found != table.edition.name:
        raise InputError(
            "{path} holds participants of the edition {found}, not {edition}: write "
            "edition={found!r}, or name the folder of the other.",
            path=table.path,
            found=found,
            edition=table.edition.name,
        )


def _require(argument: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise InputError(
            "{argument} is {value!r}, but must be one of {allowed}.{guess}",
            argument=argument,
            value=value,
            allowed=", ".join(allowed),
            guess=guess(nearest(value, allowed)),
        )
