"""The artefacts of one analysis, read from its results folder when a figure needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd
import xarray as xr

from enem.errors import InputError
from enem.figures.analysis import Analysis
from enem.figures.names import Specifications, main_model
from enem.mixed.specification import model_of_groups


@dataclass(frozen=True)
class Artefacts:
    """Where the tables and draws of one analysis lie.

    Attributes
    ----------
    folder
        ``results/{edition}/{state}``.
    analysis
        What the figures say about it; `outcome` names the subfolder, `specs` the models' folders.
    loaded
        Groups of the posteriors' files that have been read so far.
    """

    folder: Path
    analysis: Analysis
    loaded: dict[tuple[Path, str], xr.Dataset] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def specs(self) -> Specifications:
        """Models asked for, by name."""
        return self.analysis.specs

    def table(self, name: str) -> pd.DataFrame:
        """Read a CSV of the outcome, such as ``gap.csv``."""
        return _read(self.folder / self.analysis.outcome / name)

    def stacked(self, name: str, models: Sequence[str]) -> pd.DataFrame:
        """Read the same CSV of several models, one under the other, with a column ``model``."""
        tables = [self.table(f"{model}/{name}").assign(model=model) for model in models]
        return pd.concat(tables, ignore_index=True)

    def shown_parameters(self, table: pd.DataFrame) -> pd.Series:
        """Mark the rows whose ``parameter`` is not a hidden school type's."""
        group = table["parameter"].str.extract(r"\[(.*)\]")[0]
        return ~group.isin(self.analysis.hidden)

    def municipal(self, name: str) -> pd.DataFrame:
        """Read a table of municipalities, ``slopes`` or ``municipalities``."""
        return self.table(f"municipal/{name}.csv")

    def sample_flow(self) -> pd.DataFrame:
        """Steps of this outcome's sample, those that all outcomes share included."""
        flow = _read(self.folder / "sample_flow.csv")
        if "outcome" not in flow:
            return flow
        return flow[flow["outcome"].isna() | (flow["outcome"] == self.analysis.outcome)]

    def presence(self) -> pd.DataFrame:
        """Who of this outcome's candidates is missing."""
        table = _read(self.folder / "presence.csv")
        return table[table["outcome"] == self.analysis.outcome]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Cells of the outcome."""
        return self.table("cells.csv")

    @cached_property
    def income(self) -> pd.DataFrame:
        """Brackets in ascending income."""
        return _read(self.folder / "income.csv")

    @property
    def has_income(self) -> bool:
        """Whether the edition holds income beside scores."""
        return bool(self.income["x"].notna().all())

    def participants(self) -> Mapping[str, int]:
        """Participants by school type, and of all."""
        counts = self.cells.groupby("school_type", sort=False)["n"].sum()
        return {**{str(k): int(v) for k, v in counts.items()}, "all": int(counts.sum())}

    def comparable(self) -> bool:
        """Whether private schools and the others both have enough participants to be shown."""
        *types, _ = counts = self.participants()
        return self.analysis.comparable({name: counts[name] for name in types})

    def counted(self) -> "Artefacts":
        """Complete the analysis by the school types and participants that the cells have."""
        *types, _ = counts = self.participants()
        hidden = tuple(name for name in types if 0 < counts[name] < self.analysis.smallest_group)
        shown = tuple(name for name in types if name not in hidden)
        known = {"school_types": shown, "hidden": hidden, "participants": counts["all"]}
        return replace(self, analysis=replace(self.analysis, **known))

    def main_model(self) -> str:
        """Name of the model that the main figures show."""
        return main_model(self.specs)

    def model_of_groups(self) -> str:
        """Name of the model whose levels the figures of schools show."""
        found = model_of_groups(self.specs)
        if found is None:
            raise ValueError("no model has levels, so there are no figures of schools")
        return found

    @cached_property
    def schools_named(self) -> bool:
        """Whether the file names schools; else groups are of one type in one municipality."""
        return bool(self.table("groups.csv")["school"].notna().any())

    def draws(self, model: str) -> xr.Dataset:
        """Posterior draws of a model."""
        return self._group(model, "posterior")

    def expected(self, model: str) -> xr.Dataset:
        """Draws of expected scores of cells under a model."""
        return self._group(model, "expected")

    def statistics(self, model: str) -> xr.Dataset:
        """Sampler statistics of a model."""
        return self._group(model, "sample_stats")

    def _group(self, model: str, group: str) -> xr.Dataset:
        path = self.folder / self.analysis.outcome / model / "posterior.nc"
        if (path, group) not in self.loaded:
            _require(path)
            with xr.open_dataset(path, group=group, engine="h5netcdf") as dataset:
                self.loaded[path, group] = dataset.load()
        return self.loaded[path, group]


def _read(path: Path) -> pd.DataFrame:
    _require(path)
    return pd.read_csv(path)


def _require(path: Path) -> None:
    if not path.is_file():
        raise InputError(
            "{path} is missing, so the figures that show it cannot be drawn: run the stage "
            "that writes it first, or ask for the figures through the workflow.",
            path=path,
        )
