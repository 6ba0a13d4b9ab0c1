"""The artefacts of one analysis, read from its results folder when a figure needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd
import xarray as xr

from enem.errors import InputError
from enem.figures.analysis import Analysis
from enem.figures.names import by_school_type


@dataclass(frozen=True)
class Artefacts:
    """Where the tables and draws of one analysis lie.

    Attributes
    ----------
    folder
        ``results/{edition}/{state}``.
    models
        Names of the models asked for.
    analysis
        What the figures say about it; `outcome` names the subfolder.
    loaded
        Groups of the posteriors' files that have been read so far; another language shares them.
    """

    folder: Path
    models: tuple[str, ...]
    analysis: Analysis
    loaded: dict[tuple[Path, str], xr.Dataset] = field(
        default_factory=dict, repr=False, compare=False
    )

    def table(self, name: str) -> pd.DataFrame:
        """Read a CSV of the outcome, such as ``gap.csv``."""
        return _read(self.folder / self.analysis.outcome / name)

    def tables(self, name: str, models: Sequence[str]) -> dict[str, pd.DataFrame]:
        """Read the same CSV of several models."""
        return {model: self.table(f"{model}/{name}") for model in models}

    def sample_flow(self) -> pd.DataFrame:
        """Steps of this outcome's sample, those that all outcomes share included."""
        flow = _read(self.folder / "sample_flow.csv")
        if "outcome" not in flow:
            return flow
        return flow[flow["outcome"].isna() | (flow["outcome"] == self.analysis.outcome)]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Cells of the outcome."""
        return self.table("cells.csv")

    @cached_property
    def income(self) -> pd.DataFrame:
        """Brackets in ascending income."""
        return _read(self.folder / "income.csv")

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
        """The model whose lines the main figure shows: with school types where there is one."""
        return (by_school_type(self.models) or list(self.models))[0]

    def draws(self, model: str) -> xr.Dataset:
        """Posterior draws of a model."""
        return self._group(model, "posterior")

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
            f"{path} is missing, so the figures that show it cannot be drawn: run the stage that "
            "writes it first, or ask for the figures through the workflow."
        )
