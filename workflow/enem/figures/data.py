"""The tidy table behind every figure, written beside it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from enem.atomic import write_csv, write_parquet
from enem.figures.artefacts import Artefacts
from enem.figures.gap_by_income import gap_table
from enem.figures.intervals import interval
from enem.figures.municipalities import shown_municipalities
from enem.figures.names import FigureName, hierarchical
from enem.figures.panels import drawn_parameters
from enem.figures.posterior_lines import expected_cells, posterior_lines
from enem.figures.presence import shown_presence
from enem.figures.ranks import BINS, rank_counts
from enem.figures.schools import shown_groups
from enem.figures.variance_shares import shares_of
from enem.mixed.parameters import parameter_draws


def write_figure_data(name: FigureName, artefacts: Artefacts, destination: Path) -> list[Path]:
    """Write ``{figure}.csv`` and ``{figure}.parquet``.

    Parameters
    ----------
    name
        The figure.
    artefacts
        Of the analysis, its participants counted.
    destination
        Folder for the files.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        An artefact is missing.
    """
    table = figure_data(name, artefacts)
    csv, parquet = (destination / f"{name.stem}.{kind}" for kind in ("csv", "parquet"))
    write_csv(table, csv)
    write_parquet(table, parquet)
    return [csv, parquet]


def figure_data(name: FigureName, artefacts: Artefacts) -> pd.DataFrame:
    """Return what a figure shows as a tidy table, without what it hides of small groups."""
    if name.model is not None:
        return PER_MODEL[name.subject](artefacts, name.model)
    return PER_ANALYSIS[name.subject](artefacts)


def _presence(a: Artefacts) -> pd.DataFrame:
    return shown_presence(a.presence(), a.income, a.analysis)


def _score_distribution(a: Artefacts) -> pd.DataFrame:
    table = a.table("score_distribution.csv")
    return table[~table["school_type"].isin(a.analysis.hidden)]


def _gap_by_income(a: Artefacts) -> pd.DataFrame:
    """No row of a contrast with a side that is too small."""
    return gap_table(a.table("gap.csv"), a.cells, a.main_model(), a.analysis)


def _schools(a: Artefacts) -> pd.DataFrame:
    return shown_groups(a.table("groups.csv"), a.analysis)


def _variance_shares(a: Artefacts) -> pd.DataFrame:
    return shares_of(a.table(f"{a.model_of_groups()}/effects.csv"))


def _municipalities(a: Artefacts) -> pd.DataFrame:
    return shown_municipalities(a.municipal("municipalities"), a.analysis)


def _tau_profile(a: Artefacts) -> pd.DataFrame:
    columns = ["parameter", "value", "log_marginal", "log_joint", "model"]
    return _stacked(a, "tau_profile.csv", hierarchical(a.specs))[columns]


def _predictive(a: Artefacts) -> pd.DataFrame:
    table = _stacked(a, "predictive.csv", list(a.specs))
    return table[~table["group"].isin(a.analysis.hidden)]


def _score_by_income(a: Artefacts) -> pd.DataFrame:
    """Observed and expected means of cells, and the lines, told apart by ``kind``."""
    model = a.main_model()
    cells = a.cells.merge(a.income[["income_bracket", "x"]], on="income_bracket")
    shown = expected_cells(cells, a.expected(model), a.analysis)
    ends = {"expected_low": "interval_low", "expected_high": "interval_high"}
    expected = shown.drop(columns="mean").rename(columns={"expected": "mean", **ends})
    lines = [
        pd.DataFrame({"x": line.x, "mean": line.mean, "interval_low": line.low}).assign(
            interval_high=line.high, kind="line", school_type=line.name
        )
        for line in posterior_lines(cells, a.draws(model), a.analysis)
    ]
    columns = ["kind", "school_type", "income_bracket", "x", "n", "mean"]
    of_cells = [shown.assign(kind="observed"), expected.assign(kind="expected")]
    table = pd.concat([*of_cells, *lines], ignore_index=True)
    table = table.reindex(columns=[*columns, "interval_low", "interval_high"])
    table["n"] = table["n"].astype("Int64")
    return table


def _energy(a: Artefacts) -> pd.DataFrame:
    """Energy of every transition, less its chain's mean, and its change from the one before."""
    tables = []
    for model in a.specs:
        energy = a.statistics(model)["energy"].transpose("chain", "draw").to_numpy()
        chain, draw = np.indices(energy.shape)
        values = {
            "chain": chain.ravel(),
            "draw": draw.ravel(),
            "energy": (energy - energy.mean(axis=1, keepdims=True)).ravel(),
            "change": np.diff(energy, axis=1, prepend=np.nan).ravel(),
        }
        tables.append(pd.DataFrame(values).assign(model=model))
    return pd.concat(tables, ignore_index=True)[["model", "chain", "draw", "energy", "change"]]


def _pooling(a: Artefacts) -> pd.DataFrame:
    table = a.table("pooling.csv")
    return table[~table["school_type"].isin(a.analysis.hidden)]


def _estimates(a: Artefacts, model: str) -> pd.DataFrame:
    """Point estimates and interval of the parameters drawn."""
    table = a.table(f"{model}/estimates.csv")
    draws = parameter_draws(drawn_parameters(a.draws(model))).stack(sample=("chain", "draw"))
    low, high = interval(draws.transpose("sample", "parameter").to_numpy(), a.analysis)
    names = draws["parameter"].to_numpy().astype(str)
    ends = pd.DataFrame({"parameter": names, "interval_low": low, "interval_high": high})
    columns = ["parameter", "mle", "map", "posterior_mean", "posterior_sd"]
    drawn = table["parameter"].isin(names) & _shown_parameters(table, a)
    return table.loc[drawn, columns].merge(ends, on="parameter", how="left")


def _ranks(a: Artefacts, model: str) -> pd.DataFrame:
    """Draws of each chain by rank, over the number expected."""
    draws = parameter_draws(drawn_parameters(a.draws(model), lines=False))
    edges, tables = np.linspace(0, 1, BINS + 1), []
    for parameter in draws["parameter"].to_numpy():
        heights = rank_counts(draws.sel(parameter=parameter).to_numpy())
        chain, place = np.indices(heights.shape)
        columns = {"chain": chain.ravel(), "rank_low": edges[place.ravel()]}
        columns |= {"rank_high": edges[place.ravel() + 1], "count_to_expected": heights.ravel()}
        tables.append(pd.DataFrame({"parameter": str(parameter), **columns}))
    table = pd.concat(tables, ignore_index=True)
    return table[_shown_parameters(table, a)]


def _sensitivity(a: Artefacts) -> pd.DataFrame:
    table = a.table("sensitivity/assumptions.csv")
    shown = ["slope", "gap_at_equal_income"] if a.comparable() else ["slope"]
    # rows without a parameter say why there is no alternative
    return table[table["parameter"].isna() | table["parameter"].isin(shown)]


def _shown_parameters(table: pd.DataFrame, a: Artefacts) -> pd.Series:
    """Mark the rows whose parameter is not a hidden school type's."""
    group = table["parameter"].str.extract(r"\[(.*)\]")[0]
    return ~group.isin(a.analysis.hidden)


def _large_enough(name: str) -> Callable[[Artefacts], pd.DataFrame]:
    """Return a table of the study without parameters that too few participants inform."""

    def told(a: Artefacts) -> pd.DataFrame:
        table = a.table(f"estimation/{name}.csv")
        return table[~table["n"].lt(a.analysis.smallest_group)]

    return told


def _study(name: str) -> Callable[[Artefacts], pd.DataFrame]:
    """Return a table of the study of estimators as it is."""
    return lambda a: a.table(f"estimation/{name}.csv")


def _stacked(a: Artefacts, name: str, models: list[str]) -> pd.DataFrame:
    tables = a.tables(name, models)
    return pd.concat([t.assign(model=m) for m, t in tables.items()], ignore_index=True)


PER_ANALYSIS: Mapping[str, Callable[[Artefacts], pd.DataFrame]] = {
    "sample_flow": lambda a: a.sample_flow(),
    "presence": _presence,
    "score_distribution": _score_distribution,
    "score_by_income": _score_by_income,
    "gap_by_income": _gap_by_income,
    "pooling": _pooling,
    "schools": _schools,
    "variance_shares": _variance_shares,
    "municipalities": _municipalities,
    "tau_profile": _tau_profile,
    "energy": _energy,
    "predictive_by_school_type": _predictive,
    "model_comparison": lambda a: a.table("comparison.csv"),
    "likelihood_curves": _study("likelihood"),
    "cross_entropy": _study("cross_entropy"),
    "prior_and_maximum": _study("prior_weight"),
    "parameterisation": _large_enough("parameterisation"),
    "sample_size": _study("sample_size"),
    "chebyshev": _study("chebyshev"),
    "disagreement": _large_enough("disagreement"),
    "sensitivity": _sensitivity,
}
PER_MODEL: Mapping[str, Callable[[Artefacts, str], pd.DataFrame]] = {
    "estimates": _estimates,
    "ranks": _ranks,
}
