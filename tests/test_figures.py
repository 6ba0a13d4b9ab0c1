import json
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from matplotlib.collections import FillBetweenPolyCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.image import imread
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from scipy import stats

from enem import report
from enem.errors import InputError
from enem.figures.analysis import Analysis
from enem.figures.artefacts import Artefacts
from enem.figures.axes import spread
from enem.figures.catalogue import draw_figure, draw_figures, figure_table, write_figure
from enem.figures.gallery import (
    energy,
    gap_by_income,
    pooling,
    prior_and_maximum,
    sample_flow,
    schools,
    score_distribution,
    sensitivity,
    share_above,
    tau_profile,
    variance_shares,
)
from enem.figures.gallery.energy import lowest_bfmi
from enem.figures.gallery.ranks import rank_counts
from enem.figures.intervals import TAIL, density
from enem.figures.names import LANGUAGES, FigureName, figures_of, files_of, manifests
from enem.figures.palette import MARKS
from enem.figures.posterior_lines import participants_lines
from enem.figures.style import FEED, NARROW, WIDE, drawn_on
from enem.figures.vocabulary import (
    level_name,
    model_name,
    outcome,
    parameter_name,
    school_type,
    score_axis,
    state,
    step_name,
    unit,
)
from enem.figures.words import Words, number, short, spoken
from enem.figures.writing import lay_out
from enem.mixed.parameters import GROUP_SUFFIX, parameter_draws
from enem.mixed.variables import COVARIATES, categorical, levels_of
from enem.names import OUTCOMES, PUBLIC, REPORTED_SCHOOL_TYPES, SCHOOL_TYPES
from enem.report.inline_svg import inline_svg
from enem.tabulate.population import APPLICATIONS, APPLICATIONS_TOLD, exclusions
from mixed_fixtures import BOTH, FORMULAS, specification
from municipal_fixtures import write_municipal
from study_fixtures import write_study

VALUES = {"A": 0.25, "B": 0.5, "C": 1.25, "D": 1.75, "E": 2.25, "F": 2.75, "G": 3.5, "H": 4.5}
VALUES |= {"I": 5.5, "J": 6.5, "K": 7.5, "L": 8.5, "M": 9.5, "N": 11, "O": 13.5, "P": 17.5, "Q": 25}
LEVEL = {"federal": 555.0, "estadual": 503.0, "municipal": 475.0, "privada": 590.0}
LEVEL |= {"publica": 510.0, "mista": 560.0}


def specs_of(*models):
    """Models by name; the textbook regression has no levels."""
    return {name: specification(name, () if name == "pooled" else BOTH) for name in models}


def made_posterior(spec, counts, brackets, rng, chains=4, draws=150):
    """Draws around fixed values and cells whose rows of `counts` are school types."""
    types, letters = list(counts), list(VALUES)[:brackets]
    x = np.log2(np.array([VALUES[b] for b in letters]) / 2)
    shape = {"chain": chains, "draw": draws}
    labels = {"school_type": types, "income_bracket": letters}
    labels |= {name: list(levels_of(name)) for name in COVARIATES}

    def normal(mean, sd, **dims):
        size = [*shape.values(), *(len(v) for v in dims.values())]
        coords = {k: range(n) for k, n in shape.items()} | dims
        return xr.DataArray(rng.normal(mean, sd, size), dims=[*shape, *dims], coords=coords)

    variables = {"intercept": normal(530, 15)}
    variables |= {of.variable: normal(15, 2) for of in spec.common[1:] if not of.categorical}
    variables |= {name: abs(normal(20, 12)) for name in spec.scales}
    group = {"school_type": types} if spec.by_school_type else {}
    variables["sigma"] = normal(65, 3, **group)
    few = np.array([1 + 40 / (1 + sum(counts[t])) for t in types])
    for block in spec.blocks:
        dims = {name: labels[name] for name in block.factor}
        if block.variable == "intercept_school_type":
            variables[block.variable] = normal([LEVEL[t] for t in types], few, **dims)
        elif block.factor == ("school_type",):
            variables[block.variable] = normal(15, few / 4, **dims)
        else:
            variables[block.variable] = normal(0, 5, **dims)
    n = np.array([counts[t] for t in types])
    mean = np.where(n > 0, np.array([[LEVEL[t]] for t in types]) + 15 * x, 0.0)
    cells = ("school_type", "income_bracket")
    coords = {"school_type": types, "income_bracket": letters}
    observed = xr.Dataset(
        {
            "n": (cells, n.astype(float)),
            "mean": (cells, mean),
            "ss": (cells, 4225.0 * np.maximum(n - 1, 0)),
            "x": (cells[1:], x),
        },
        coords=coords,
    )
    these = xr.where(n > 0, normal(mean + 2, 80 / np.sqrt(n + 4), **coords), np.nan)
    like = these + normal(0, 6, **coords)
    people = normal(n, 0.1 * n, **coords)
    expected = {"these_schools": these, "schools_like_these": like, "participants": people}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(variables),
            "expected": xr.Dataset(expected),
            "sample_stats": xr.Dataset({"energy": normal(0, 2) + 1000}),
            "observed_data": observed,
        }
    )


def write_artefacts(root: Path, outcome: str, trees: dict[str, xr.DataTree], specs, rng) -> None:
    """Write every table that a figure reads, plausible and in the documented columns."""
    folder = root / outcome
    observed = next(iter(trees.values()))["observed_data"].to_dataset()
    for model, tree in trees.items():
        (folder / model).mkdir(parents=True)
        tree.to_netcdf(folder / model / "posterior.nc", engine="h5netcdf")
        _estimates(tree, rng).to_csv(folder / model / "estimates.csv", index=False)
        _predictive(observed, rng).to_csv(folder / model / "predictive.csv", index=False)
        _effects(specs[model], observed).to_csv(folder / model / "effects.csv", index=False)
        profile = _profile(specs[model])
        profile.to_csv(folder / model / "tau_profile.csv", index=False)
    cells = _cells(observed)
    total = int(cells["n"].sum())
    cells.to_csv(folder / "cells.csv", index=False)
    _bins(cells, rng).to_csv(folder / "score_distribution.csv", index=False)
    _pooling(specs, cells).to_csv(folder / "pooling.csv", index=False)
    _gap(trees, specs).to_csv(folder / "gap.csv", index=False)
    _groups(cells, rng).to_csv(folder / "groups.csv", index=False)
    _comparison(list(trees), total).to_csv(folder / "comparison.csv", index=False)
    _flow(total, outcome).to_csv(root / "sample_flow.csv", index=False)
    _presence(cells, outcome).to_csv(root / "presence.csv", index=False)
    _income(observed).to_csv(root / "income.csv", index=False)
    counts = cells.groupby("school_type", sort=False)["n"].sum().to_dict()
    write_study(folder, specs, counts)
    write_municipal(folder / "municipal")


def _cells(observed):
    table = observed[["n", "mean", "ss"]].to_dataframe().reset_index()
    table["n"] = table["n"].astype(int)
    return table.assign(mean=table["mean"].where(table["n"] > 0))


def _income(observed):
    values = [VALUES[b] for b in observed["income_bracket"].to_numpy()]
    return pd.DataFrame(
        {
            "income_bracket": observed["income_bracket"].to_numpy(),
            "lower_min_wages": values,
            "upper_min_wages": [*values[1:], np.nan],
            "value_min_wages": values,
            "value_brl": 998 * np.array(values),
            "x": observed["x"].to_numpy(),
        }
    )


def _flow(total, outcome):
    excluded = [0, 9_876 + total, 120, 345, 0, 21]
    rows = total + sum(excluded) - np.cumsum(excluded)
    step = [
        "file",
        "state_by_exam",
        "not_trainee",
        "present",
        "no_blank_sheet",
        "income_known",
    ]
    return pd.DataFrame({"step": step, "rows": rows, "excluded": excluded, "outcome": outcome})


def _presence(cells, outcome):
    """One in five of each cell stayed away; as many again are of no known school type."""
    known = cells[["school_type", "income_bracket"]].assign(
        finishing=cells["n"] + cells["n"] // 4,
        matched=cells["n"] + cells["n"] // 4,
        present=cells["n"],
        analysed=cells["n"],
    )
    unknown = known.groupby("income_bracket", as_index=False)[["finishing", "present"]].sum()
    unknown = unknown.assign(school_type=None, matched=0, analysed=0)
    return pd.concat([known, unknown.reindex(columns=known.columns)]).assign(outcome=outcome)


def _bins(cells, rng):
    rows = []
    for cell in cells.itertuples():
        scores = rng.normal(cell.mean, 60, cell.n) if cell.n else []
        low, n = np.unique(np.floor(np.divide(scores, 10)) * 10, return_counts=True)
        key = cell.school_type, cell.income_bracket
        rows += [(*key, a, a + 10, k) for a, k in zip(low, n, strict=True)]
    keys = ["school_type", "income_bracket"]
    return pd.DataFrame(rows, columns=[*keys, "score_low", "score_high", "n"])


def _estimates(tree, rng):
    draws = parameter_draws(tree["posterior"].to_dataset())
    mean, sd = draws.mean(("chain", "draw")).to_numpy(), draws.std(("chain", "draw")).to_numpy()
    name = draws["parameter"].to_numpy()
    observed = tree["observed_data"]["n"].sum("income_bracket").to_pandas()
    table = pd.DataFrame({"parameter": name, "mle": mean + sd * rng.normal(0, 0.4, len(mean))})
    table["map"] = mean - 0.3 * sd
    table["posterior_mean"], table["posterior_sd"] = mean, sd
    table.loc[table["parameter"] == "tau_slope", ["mle", "map"]] = 0.0
    empty = [f"[{g}]" for g in observed.index[observed == 0]]
    table.loc[[any(p.endswith(e) for e in empty) for p in name], "mle"] = np.nan
    return table


def _predictive(observed, rng):
    rows = []
    total = observed["n"].sum("income_bracket").to_pandas()
    for group, n in [*total.items(), ("all", total.sum())]:
        values = {"mean": LEVEL.get(group, 520.0), "sd": 70.0, "sd_group_means": 25.0}
        least = {"mean": 1, "sd": 2, "sd_group_means": 50}
        for statistic, value in values.items():
            if n < least[statistic]:
                rows.append((group, statistic, *[np.nan] * 5))
            else:
                mean, reach = value + rng.normal(0, 2), 200 / np.sqrt(n)
                rows.append((group, statistic, value, mean, mean - reach, mean + reach, 0.4))
    columns = ["group", "statistic", "observed", "replicated_mean", "replicated_low"]
    return pd.DataFrame(rows, columns=[*columns, "replicated_high", "p_value"])


def _profile(spec):
    value = np.geomspace(0.01, 200, 120)
    pieces = [
        pd.DataFrame(
            {
                "parameter": name,
                "value": value,
                "log_likelihood": -0.4 * ((value - best) / 12) ** 2,
                "log_marginal": -0.5 * ((value - best) / 12) ** 2,
                "log_joint": -4 * np.log(value) - 0.5 * (value / 60) ** 2 - 3 / (1 + value),
            }
        )
        for name, best in zip(spec.scales, (30.0, 0.0, *[8.0] * 9), strict=False)
    ]
    columns = ["parameter", "value", "log_likelihood", "log_marginal", "log_joint"]
    return pd.concat(pieces) if pieces else pd.DataFrame(columns=columns)


def _pooling(specs, cells):
    counts = cells.groupby("school_type", sort=False)["n"].sum()
    rows = []
    for name, n in counts.items():
        for parameter, mean in (("intercept", LEVEL[name]), ("slope", 15.0)):
            sd = (60 if parameter == "intercept" else 25) / np.sqrt(max(n, 1))
            own = (mean, sd, mean - 1.64 * sd, mean + 1.64 * sd) if n > 2 else (np.nan,) * 4
            rows.append((name, parameter, "none", n, *own))
            if "school_type" in specs:
                rows.append((name, parameter, "partial", n, mean, sd, mean - sd, mean + sd))
            whole = 520.0 if parameter == "intercept" else 18.0
            if "pooled" in specs:
                rows.append((name, parameter, "complete", n, whole, 1.0, whole - 2, whole + 2))
    columns = ["school_type", "parameter", "pooling", "n", "mean", "sd"]
    return pd.DataFrame(rows, columns=[*columns, "interval_low", "interval_high"])


def _gap(trees, specs):
    """Gaps where both sides have participants, as the stage that compares writes them."""
    rows = []
    for model in (name for name, spec in specs.items() if spec.by_school_type):
        observed = trees[model]["observed_data"].to_dataset()
        income = _income(observed).set_index("income_bracket")
        n = observed["n"].to_pandas()
        public = [name for name in n.index if name in PUBLIC]
        scope = "schools_like_these" if specs[model].levels else "independent_participants"
        for name in dict.fromkeys([*public, "publica"]):
            other = n.loc[public].sum() if name == "publica" else n.loc[name]
            for letter in n.columns[(n.loc["privada"] > 0) & (other > 0)]:
                x = income.loc[letter, "x"]
                mean = 85 - 3 * x + 4 * len(name)
                at = (letter, income.loc[letter, "value_min_wages"], x)
                numbers = (mean, 6.0, mean - 10, mean + 10)
                rows.append((model, f"privada - {name}", scope, *at, *numbers))
    columns = ["model", "contrast", "scope", "income_bracket", "value_min_wages", "x", "mean"]
    return pd.DataFrame(rows, columns=[*columns, "sd", "interval_low", "interval_high"])


def _groups(cells, rng):
    """Schools of each type, two to a municipality."""
    rows = []
    for name, n in cells.groupby("school_type", sort=False)["n"].sum().items():
        sizes = np.bincount(rng.integers(0, 1 + n // 40, n), minlength=1) if n else []
        for school, size in enumerate(sizes):
            effect, reach = rng.normal(0, 15), 90 / np.sqrt(20 + size)
            numbers = (505.0, 2.5, effect, effect - reach, effect + reach)
            shown = numbers if size >= 10 else [np.nan] * 5
            rows.append((str(school // 2), f"{name}-{school}", name, size, *shown))
    columns = ["municipality", "school", "school_type", "n", "mean_score", "mean_income"]
    columns += ["effect_mean", "interval_low", "interval_high"]
    return pd.DataFrame(rows, columns=columns)


def _effects(spec, observed):
    """Rows of effects that figures read, named as the stage that compares names them."""
    scope = "schools_like_these" if spec.levels else "independent_participants"
    types = [str(name) for name in observed["school_type"].to_numpy()]
    points = [
        ("slope", name, "twice the income", scope, 14.0, 1.0, 12.0, 16.0)
        for name in (*types, "all")
    ]
    for contrast in ("privada - estadual", "privada - publica") if spec.by_school_type else ():
        numbers = (88.0, 10.0, 72.0, 107.0)
        points.append(("gap_at_equal_income", "all", contrast, scope, *numbers))
        points += [
            ("gap_at_income", "all", f"{contrast} at {income}", scope, *numbers)
            for income in ("1 minimum wage", "2 minimum wages", "10 minimum wages")
        ]
        above = f"{contrast}, above 50 points"
        points.append(("gap_exceeds", "all", above, scope, 0.87, *[np.nan] * 3))
    points += [
        ("profile_above", f"{name}, {income} minimum wages", above, scope, share, 0.01, low, high)
        for name in types
        for income, share, low, high in ((1.25, 0.05, 0.04, 0.06), (4.5, 0.3, 0.2, 0.4))
        for above in ("score above 500 points", "score above 600 points")
    ]
    points += [
        (effect, name, "doubled", "typical_school", mean, 1.0, mean - 2, mean + 2)
        for name in types
        for effect, mean in (("slope_within_school", 11.0), ("context", 23.0))
        if spec.formula.uses("school_income")
    ]
    columns = ["effect", "group", "contrast", "scope", "mean", "sd", "interval_low"]
    table = pd.DataFrame(points, columns=[*columns, "interval_high"])
    return pd.concat([_shares(spec), table], ignore_index=True)


def _shares(spec):
    rows = [
        (effect, contrast, scope, share, 0.01, share - 0.02, share + 0.02)
        for contrast, scope, shares in (
            ("given income and school type", "schools_like_these", (0.02, 0.1, 0.88)),
            ("nothing given", "these_schools", (0.04, 0.28, 0.68)),
        )
        for effect, share in zip(variance_shares.PARTS, shares, strict=True)
        if spec.levels
    ]
    columns = ["effect", "contrast", "scope", "mean", "sd", "interval_low", "interval_high"]
    return pd.DataFrame(rows, columns=columns).assign(group="all", unit="u", definition="d")


def _comparison(models, total):
    size, order = len(models), np.arange(len(models))
    return pd.DataFrame(
        {
            "model": models[::-1],
            "rank": range(size),
            "elpd": -5.6 * total - 40.0 * order,
            "se": 12.0,
            "p_loo": 8.0,
            "elpd_diff": -40.0 * order,
            "diff_se": [0.0, *[9.0] * (size - 1)],
            "weight": 1 / size,
            "pareto_k_max": 0.31,
            "pareto_k_high": 0,
            "elpd_group": -5.7 * total + 10.0 * order,
            "se_group": 30.0,
            "elpd_diff_group": 10.0 * order,
            "diff_se_group": [0.0, *[11.0] * (size - 1)],
            "pareto_k_group_max": 0.66,
            "note": "",
        }
    )


MODELS = ("pooled", "school_type", "income", "school_type_income", "school_context")
DRAWN = ("pooled", "school_type")
STORY = {"score_by_income", "gap_at_incomes", "share_above", "gap_by_model", "variance_shares"}
STORY |= {"school_context", "raw_gap"}
POOLED = ("likelihood_curves", "prior_and_maximum", "sample_size", "chebyshev", "pooling")
"""Figures whose models are not the user's."""
NORMAL = {
    "federal": [11, 109, 132, 20, 43, 11, 31, 15, 19, 8, 6, 5, 4, 2, 1, 1, 1],
    "estadual": [262, 1647, 1001, 242, 227, 91, 150, 61, 60, 16, 19, 12, 10, 6, 1, 4, 2],
    "municipal": [2, 2, 1, 1, 0, 1, *[0] * 11],
    "privada": [1, 17, 25, 27, 16, 16, 18, 27, 21, 21, 19, 16, 15, 21, 36, 11, 25],
}
TINY = {
    "federal": [0] * 8,
    "estadual": [0, 2, 0, 1, 0, 0, 0, 0],
    "municipal": [0] * 8,
    "privada": [0] * 8,
}
REPORTED = {
    "publica": [200, 300, 250, 100, 50, 10, 9, 5],
    "mista": [1, 2, 3, 4, 5, 4, 3, 2],
    "privada": [0, 2, 30, 10, 30, 50, 40, 30],
}


def made_artefacts(root, models, counts, analysis):
    rng = np.random.default_rng(20170)
    brackets = len(next(iter(counts.values())))
    specs = specs_of(*models)
    trees = {name: made_posterior(spec, counts, brackets, rng) for name, spec in specs.items()}
    write_artefacts(root, analysis.outcome, trees, specs, rng)
    return Artefacts(root, replace(analysis, specs=specs)).counted()


@pytest.fixture(scope="module")
def normal(tmp_path_factory):
    analysis = Analysis("2019", "AC", "MT")
    return made_artefacts(tmp_path_factory.mktemp("normal"), DRAWN, NORMAL, analysis)


def drawn(name, artefacts, sheet=WIDE):
    """A figure, laid out as it is written."""
    figure = draw_figure(name, artefacts, figure_table(name, artefacts), sheet)
    with drawn_on(sheet):
        lay_out(figure)
    return figure


@pytest.fixture(scope="module")
def figures(normal):
    return {name.stem: drawn(name, normal) for name in figures_of(specs_of(*DRAWN))}


@contextmanager
def speaking(figure, language):
    """Exchange a figure's words for those of one language."""
    texts = {text: text.get_text() for text in figure.findobj(Text)}
    for text, said in texts.items():
        text.set_text(spoken(said, language))
    try:
        yield
    finally:
        for text, said in texts.items():
            text.set_text(said)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny")
    analysis = Analysis("simulated", "BR", "mean", mass=0.8)
    made_artefacts(root, ["income"], TINY, analysis)
    return draw_figures(root, "mean", specs_of("income"), analysis, root / "mean" / "figures")


def title_of(axes):
    return spoken(axes.get_title(loc="left"), "en")


def artist(axes, label):
    [found] = [a for a in axes.get_children() if a.get_label() == f"_{label}"]
    return found


def face(band):
    return to_hex(band.get_facecolor()[0])


def words(figure, language="en"):
    return [spoken(t.get_text(), language) for t in figure.findobj(Text) if t.get_text()]


def note_of(figure):
    """Notes and source, without line breaks."""
    return " ".join(spoken(text.get_text(), "en") for text in figure.foot).replace("\n", " ")


def test_names_are_known_without_a_plotting_library():
    code = "import sys, enem.figures.names; assert not {'matplotlib', 'xarray'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def names_of(specs):
    return [name.stem for name in figures_of(specs)]


def test_names_depend_on_the_models():
    of_levels = {"tau_profile", "schools", "variance_shares"}
    assert {*of_levels, "gap_by_income"}.isdisjoint(names_of(specs_of("pooled")))
    assert "gap_by_income" not in names_of(specs_of("income"))
    assert of_levels <= set(names_of(specs_of("income")))
    assert "gap_by_income" in names_of(specs_of("covariates"))
    without = {"mine": specification("school_type", ())}
    assert {"schools", "variance_shares"}.isdisjoint(names_of(without))
    assert {"tau_profile", "gap_by_income", "ranks_mine"} <= set(names_of(without))
    names = names_of(specs_of(*MODELS))
    assert len(set(names)) == len(names) == 34


def test_the_files_written_are_those_named(written):
    names = names_of(specs_of("income"))
    kinds = ["pt.svg", "en.svg", "pt.png", "en.png"]
    more = ["narrow.pt.svg", "narrow.en.svg", "feed.pt.png", "feed.en.png"]
    assert [p.name for p in written] == [
        *(
            f"{name}.{kind}"
            for name in names
            for kind in (*kinds, *(more if name in STORY else ()), "csv", "parquet")
        ),
        "figures.json",
    ]
    folder = written[0].parent
    assert sorted(folder.iterdir()) == sorted(written)


def test_files_have_a_sensible_size_and_svg_text_stays_text(written):
    for path in (path for path in written if path.suffix in (".svg", ".png")):
        if "narrow" in path.name or "feed" in path.name:
            continue
        assert 3_000 < path.stat().st_size < 600_000, path
        if path.suffix == ".png":
            height, width = imread(path).shape[:2]
            assert width == 7 * 160, path
            assert 240 < height < 1_600
        else:
            drawing = path.read_text(encoding="utf-8")
            said = {
                "pt": "dados simulados · Brasil · média das cinco notas · n = 3",
                "en": "simulated data · Brazil · mean of the five scores · n = 3",
            }
            assert said[path.suffixes[-2].removeprefix(".")] in drawing
            assert "<dc:date>" not in drawing
            ids = re.findall(r'\bid="([^"]+)"', drawing)
            assert len(ids) == len(set(ids)), path


def test_every_axis_is_labelled_with_its_unit(figures):
    units = "points|minimum wages|share|nats|per nat|%|rows|log scale|posterior sd"
    unit = re.compile(rf"\(({units})|points|÷ expected")
    for name, figure in figures.items():
        shared = " ".join(words(figure))
        assert unit.search(shared), name
        for axes in figure.findobj(mpl.axes.Axes):
            across = spoken(axes.get_xlabel() or figure.subfigs[0].get_supxlabel(), "en")
            if axes.xaxis.get_tick_params()["labelbottom"]:
                assert unit.search(across), (name, title_of(axes))


WITH_INTERVALS = (
    *("score_by", "pooling", "gap", "predictive", "estimates", "sensitivity"),
    *("schools", "variance_shares", "share_above", "school_context"),
)
"""How the names of figures with intervals of the configuration begin."""


def test_every_figure_says_what_where_and_how_many(figures):
    for name, figure in figures.items():
        title, below = (spoken(text.get_text(), "en") for text in figure.head)
        assert title
        assert note_of(figure).endswith(
            "Source: Inep, ENEM 2019 microdata; prepared by enem-bayes."
        )
        assert "ENEM 2019 · Acre (AC) · mathematics score · n = 4,569 (participants)" in below, name
        assert ("90% credible intervals" in below) == name.startswith(WITH_INTERVALS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sheet", [WIDE, NARROW, FEED], ids=lambda sheet: sheet.name or "wide")
def test_text_is_readable_and_keeps_clear(normal, figures, sheet, language):
    made = figures
    if sheet is not WIDE:
        story = [name for name in figures_of(normal.specs) if name.story]
        made = {name.stem: drawn(name, normal, sheet) for name in story}
    for name, figure in made.items():
        with drawn_on(sheet), speaking(figure, language):
            _keeps_clear(name, figure, sheet)


def _keeps_clear(name, figure, sheet):
    for text in figure.findobj(Text):
        assert text.get_fontsize() > sheet.small - 0.01 or not text.get_text(), (name, text)
    boxes = [t.get_window_extent() for t in (*figure.head, *figure.foot) if t.get_text()]
    for box in boxes:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, name
    below, note = (
        texts[i].get_window_extent() for texts, i in ((figure.head, 1), (figure.foot, 0))
    )
    body = figure.subfigs[0].get_tightbbox()
    assert body.y1 <= below.y0 + 1, name
    assert body.y0 >= note.y1 - 1, name
    assert body.x0 >= 0, name
    assert body.x1 <= figure.bbox.x1, name
    titles = [a.title if not title_of(a) else a._left_title for a in figure.get_axes()]
    boxes = [t.get_window_extent() for t in titles if t.get_text()]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i]), name
    assert collisions(figure) == [], name


def collisions(figure):
    """Texts that lie over each other, are cut, or stand on the line of an axis."""
    figure.canvas.draw()  # keys are placed only then
    texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    renderer = figure.canvas.get_renderer()
    boxes = {text: Text.get_window_extent(text, renderer) for text in texts}
    page, found = figure.bbox, []
    for i, (text, box) in enumerate(boxes.items()):
        out = (page.x0 - box.x0, box.x1 - page.x1, page.y0 - box.y0, box.y1 - page.y1)
        if max(out) > 0.5:
            found.append(("cut", text.get_text()))
        for other in texts[:i]:
            shared = Bbox.intersection(box, boxes[other])
            if shared is not None and shared.width > 0.5 and shared.height > 1:
                found.append((other.get_text(), text.get_text()))
    for axes in figure.get_axes():
        for text in axes.texts:
            inside, box = axes.bbox, boxes.get(text, axes.bbox)
            low, left = axes.spines["bottom"].get_visible(), axes.spines["left"].get_visible()
            on_x = low and box.y0 < inside.y0 - 0.5 < box.y1 - 1.5
            on_y = left and box.x0 < inside.x0 - 0.5 < box.x1 - 1.5
            if axes.axison and (on_x or on_y):
                found.append(("on the axis", text.get_text()))
    return found


def scaled_gaps(table, size):
    """Gaps of three contrasts at four incomes, about `size` points large."""
    rows = []
    for other, means in (
        ("federal", (0.49, 0.51, 0.45, 0.39)),
        ("estadual", (1.0, 0.98, 0.84, 0.78)),
        ("publica", (0.97, 0.95, 0.77, 0.68)),
    ):
        for income, mean in zip((1, 2, 5, 10), means, strict=True):
            numbers = (mean, 0.1, mean - 0.36, mean + 0.41)
            rows.append((f"privada - {other}", income, *(size * each for each in numbers)))
    columns = ["contrast", "income_min_wages", "mean", "sd", "interval_low", "interval_high"]
    return pd.DataFrame(rows, columns=columns).assign(scope=table["scope"].iloc[0])


@pytest.mark.parametrize("sheet", [WIDE, NARROW, FEED], ids=lambda sheet: sheet.name or "wide")
def test_gaps_of_any_size_keep_clear(normal, sheet):
    """The words of an axis of the ticks that the drawing ends up with, numbers of each other."""
    name = FigureName("gap_at_incomes")
    table = figure_table(name, normal)
    for size in (12, 43, 110, 210):
        figure = draw_figure(name, normal, scaled_gaps(table, size), sheet)
        with drawn_on(sheet):
            lay_out(figure)
            for language in LANGUAGES:
                with speaking(figure, language):
                    assert collisions(figure) == [], size


def test_figures_of_all_models_keep_clear(tmp_path):
    made = made_artefacts(tmp_path, MODELS, NORMAL, Analysis("2019", "AC", "REDACAO"))
    shown = {"tau_profile", "pooling", "school_context", "variance_shares", "prior_and_maximum"}
    for name in figures_of(made.specs):
        for sheet in (WIDE, NARROW, FEED) if name.story else (WIDE,):
            if name.subject in shown:
                figure = drawn(name, made, sheet)
                for language in LANGUAGES:
                    with drawn_on(sheet), speaking(figure, language):
                        assert collisions(figure) == [], (name.stem, sheet.name, language)


def test_a_text_takes_the_room_of_its_widest_language():
    of_letters, of_points = {"pt": "iiiiiiii", "en": "MMMM"}, {"pt": "a\nb", "en": "abcdefgh"}
    assert str.__str__(Words(of_letters)) == "MMMM"
    assert str.__str__(Words(of_points)) == "a\nb"


def test_files_of_two_languages_differ_in_words_alone(written):
    files = {path.name: path.read_text(encoding="utf-8") for path in written if "svg" in path.name}
    for name in names_of(specs_of("income")):
        pt, en = (WORDS_GROUP.sub("", files[f"{name}.{code}.svg"]) for code in LANGUAGES)
        assert pt == en, name
        assert files[f"{name}.pt.svg"] != files[f"{name}.en.svg"], name


WORDS_GROUP = re.compile(r'^( *)<g id="words-.*?^\1</g>\n', re.MULTILINE | re.DOTALL)

SHAPES = {"path", "use", "rect", "line", "polygon"}


def shapes(element):
    return sum(part.tag in SHAPES for part in element.iter())


def test_a_page_holds_the_shapes_of_the_files_once(written):
    """What the files of two languages draw is the same, but for what stands beside words."""
    files = {path.name: path.read_text(encoding="utf-8") for path in written if "svg" in path.name}
    for name in names_of(specs_of("income")):
        texts = {"pt-BR": files[f"{name}.pt.svg"], "en": files[f"{name}.en.svg"]}
        merged = ElementTree.fromstring(inline_svg(texts, "figure", "caption"))
        doubled = sum(shapes(part) for part in merged.iter() if part.get("lang") == "en")
        assert doubled < 0.05 * shapes(merged), name


def test_every_name_has_words_in_both_languages():
    for name in OUTCOMES:
        assert all(spoken(score_axis(name), code)[0].isupper() for code in LANGUAGES)
        assert outcome(name)
    for name in {*SCHOOL_TYPES, *REPORTED_SCHOOL_TYPES, "all"}:
        assert school_type(name)
    assert state("RS") == "Rio Grande do Sul (RS)"
    for name in MODELS:
        assert spoken(model_name(name), "pt") != name
    for name in FORMULAS:
        spec = specification(name)
        assert all(parameter_name(scale) for scale in spec.scales)
        variables = [of.variable for of in (*spec.common, *spec.blocks)]
        assert all(parameter_name(of.removesuffix(GROUP_SUFFIX)) for of in variables)
    for name in categorical():
        for level in COVARIATES[name].levels if name in COVARIATES else ():
            worded = level_name(name, level)
            assert worded != level or not level.isalpha() or level.isdigit(), (name, level)


def test_every_step_of_the_selection_has_words():
    rules = {"trainees": "exclude", "blank_answer_sheets": "exclude", "zero_essays": "exclude"}
    steps = {"file", "not_cut", "state_by_exam"}
    steps |= {APPLICATIONS, APPLICATIONS_TOLD}
    for school in ("enrolled", "self_reported"):
        chosen = SimpleNamespace(**rules, school_type=school, applications="regular")
        steps |= {step for outcome in OUTCOMES for step, _ in exclusions(chosen, outcome)}
    for language in LANGUAGES:
        told = {spoken(step_name(step, "AC"), language) for step in steps}
        assert len(told) == len(steps) == 16
        assert told.isdisjoint(steps)
    assert spoken(step_name("state_by_residence", "BR"), "pt") == "Residência em: Brasil"
    assert step_name("born_on_a_monday", "AC") == "born_on_a_monday"


def test_numbers_follow_the_language():
    assert number(38229).versions == {"pt": "38.229", "en": "38,229"}
    assert number(-1537.25, 1).versions == {"pt": "−1.537,2", "en": "−1,537.2"}
    assert number(-0.01, 1).versions == {"pt": "0,0", "en": "0.0"}
    assert short(0.25).versions == {"pt": "0,25", "en": "0.25"}
    assert (number(7), short(-3)) == ("7", "−3")


def test_words_and_ticks_of_the_two_languages_do_not_mix(figures):
    for name, figure in figures.items():
        english, portuguese = ("\n".join(words(figure, code)) for code in ("en", "pt"))
        assert "n = 4.569 (participantes)" in portuguese
        mixed = re.search(r"\d\.\d(?!\d\d)|\b(the|of|and|points|School)\b", portuguese)
        assert not mixed, (name, mixed)
        mixed = re.search(r"\d,\d(?!\d\d)|\b(de|das|pontos|Escola)\b", english)
        assert not mixed, (name, mixed)
    assert {"0,25", "0,5"} <= set(words(figures["score_by_income"], "pt"))


def test_density_follows_the_distribution_of_the_draws():
    draws = np.random.default_rng(5).normal(10.0, 2.0, 40_000)
    grid, height = density(draws)
    np.testing.assert_allclose(height, stats.norm.pdf(grid, 10.0, 2.0), atol=0.01)
    assert np.quantile(draws, TAIL) <= grid[0] < grid[-1] <= np.quantile(draws, 1 - TAIL)


def test_points_are_the_means_of_cells_that_may_be_shown(normal, figures):
    axes = figures["score_by_income"].findobj(mpl.axes.Axes)[0]
    cells = normal.cells.merge(normal.income[["income_bracket", "x"]])
    shown = cells[cells["n"] >= 10]
    drawn = {a.get_label(): a for a in axes.findobj(PathCollection)}
    assert set(drawn) == {f"_points-{t}" for t in ("federal", "estadual", "privada")}
    for name, own in shown.groupby("school_type"):
        points = drawn[f"_points-{name}"].get_offsets()
        np.testing.assert_allclose(points, own[["x", "mean"]].to_numpy())
        sizes = drawn[f"_points-{name}"].get_sizes()
        assert list(np.argsort(sizes, kind="stable")) == list(np.argsort(own["n"], kind="stable"))


def test_expected_scores_of_cells_are_those_of_schools_like_these(normal, figures):
    axes = figures["score_by_income"].findobj(mpl.axes.Axes)[0]
    draws = normal.expected("school_type")["schools_like_these"].mean(("chain", "draw"))
    shown = normal.cells[normal.cells["n"] >= 10]
    for name, own in shown.groupby("school_type"):
        ticks = artist(axes, f"expected-{name}").get_ydata()
        means = draws.sel(school_type=name, income_bracket=own["income_bracket"].to_numpy())
        np.testing.assert_allclose(ticks, means)


def _line_of(axes, name):
    own = [line for line in axes.lines if line.get_color() == MARKS[name].dark]
    [line] = [line for line in own if line.get_linestyle() != "None" and len(line.get_xdata()) > 2]
    return line.get_data()


def _fitted_lines(made, name):
    """Intercept and slope of each draw, (draws, 2)."""
    draws = made.expected("school_type").sel(school_type=name).stack(s=("chain", "draw"))
    score, people = (draws[of].transpose("s", ...) for of in ("schools_like_these", "participants"))
    at = made.income.set_index("income_bracket")["x"][draws["income_bracket"].to_numpy()]
    fitted = []
    for scores, n in zip(score.to_numpy(), people.to_numpy(), strict=True):
        there = np.isfinite(scores) & (n > 0)
        design = sm.add_constant(at.to_numpy()[there])
        fitted.append(sm.WLS(scores[there], design, weights=n[there]).fit().params)
    return np.array(fitted)


def test_lines_are_least_squares_through_what_is_expected_of_participants(normal, figures):
    x, y = _line_of(figures["score_by_income"].findobj(mpl.axes.Axes)[0], "privada")
    intercept, slope = _fitted_lines(normal, "privada").mean(axis=0)
    np.testing.assert_allclose(y, intercept + slope * x)
    assert x[0] == pytest.approx(np.log2(0.25 / 2))
    assert x[-1] == pytest.approx(np.log2(25 / 2))


def test_a_group_at_a_single_income_has_a_level_line(normal):
    cells = normal.cells.merge(normal.income[["income_bracket", "x"]])
    one = cells[(cells["school_type"] == "privada") & (cells["income_bracket"] == "E")]
    expected = normal.expected("school_type")
    [line] = participants_lines(one, expected, normal.analysis, by_school_type=True)
    drawn = expected["schools_like_these"].sel(school_type="privada", income_bracket="E")
    np.testing.assert_allclose(line.mean, float(drawn.mean()))


def test_bands_are_the_interval_asked_for(normal):
    expected = _fitted_lines(normal, "estadual")[:, 0]
    at_two = {}
    for mass in (0.5, 0.9):
        own = replace(normal, analysis=replace(normal.analysis, mass=mass))
        axes = drawn(FigureName("score_by_income"), own).findobj(mpl.axes.Axes)[0]
        color = to_hex(MARKS["estadual"].color)
        [band] = [b for b in axes.findobj(FillBetweenPolyCollection) if face(b) == color]
        outline = band.get_paths()[0].vertices
        near = outline[np.abs(outline[:, 0]) < 0.06, 1]
        at_two[mass] = near.min(), near.max()
        ends = np.quantile(expected, [0.5 - mass / 2, 0.5 + mass / 2])
        np.testing.assert_allclose(at_two[mass], ends, atol=1.5)
    assert at_two[0.9][0] < at_two[0.5][0] < at_two[0.5][1] < at_two[0.9][1]


def gaps_of(artefacts):
    return gap_by_income.table(artefacts)


def gap_panels(figure):
    return {title_of(axes): axes for axes in figure.findobj(mpl.axes.Axes)}


def test_gaps_of_each_public_type_are_the_table(normal, figures):
    panels = gap_panels(figures["gap_by_income"])
    # too few are at municipal schools
    assert list(panels) == [f"Private minus {o}" for o in ("federal", "state", "all public")]
    gap = normal.table("gap.csv")
    own = gap[(gap["model"] == "school_type") & (gap["contrast"] == "privada - federal")]
    axes = panels["Private minus federal"]
    x, y = artist(axes, "gap-line").get_data()
    known = np.isfinite(y)
    np.testing.assert_allclose(np.c_[x, y][known], own[["x", "mean"]])
    outline = np.vstack([path.vertices for path in artist(axes, "gap-band").get_paths()])
    corners = {(round(x, 6), round(y, 6)) for x, y in outline}
    for column in ("interval_low", "interval_high"):
        assert {(round(x, 6), round(y, 6)) for x, y in own[["x", column]].to_numpy()} <= corners


def test_a_gap_is_not_drawn_through_an_income_where_a_side_has_nobody(normal):
    gap = gaps_of(normal)
    hole = gap["income_bracket"] == "E"
    figure = gap_by_income.draw(normal, gap[~hole])
    y = artist(figure.findobj(mpl.axes.Axes)[0], "gap-line").get_ydata()
    assert [i for i, value in enumerate(y) if np.isnan(value)] == [4]


def test_observed_gaps_are_differences_of_the_means_of_an_income(normal, figures):
    rows = normal.cells.dropna(subset="mean")
    scores = rows.loc[rows.index.repeat(rows["n"])]
    here = scores[scores["income_bracket"] == "C"]
    private = here["school_type"] == "privada"
    expected = here.loc[private, "mean"].mean() - here.loc[~private, "mean"].mean()
    axes = gap_panels(figures["gap_by_income"])["Private minus all public"]
    assert artist(axes, "gap-observed").get_ydata()[2] == pytest.approx(expected)
    # one of federal schools has this income
    table = gaps_of(normal).set_index(["contrast", "income_bracket"])
    assert np.isnan(table.loc[("privada - federal", "O"), "observed"])
    assert np.isnan(table.loc[("privada - publica", "A"), "observed"])


def test_mixed_schooling_is_on_neither_side_of_a_gap(tmp_path):
    analysis = Analysis("2016", "SE", "MT")
    made = made_artefacts(tmp_path, ["school_type"], REPORTED, analysis)
    figure = drawn(FigureName("gap_by_income"), made)
    assert list(gap_panels(figure)) == ["Private minus only public"]
    assert "Public and private: on neither side." in note_of(figure)
    means = made.cells.set_index(["school_type", "income_bracket"])["mean"]
    observed = gaps_of(made).set_index("income_bracket")["observed"]
    assert observed["C"] == pytest.approx(means["privada", "C"] - means["publica", "C"])


def test_a_gap_with_a_side_that_is_too_small_is_not_drawn(normal):
    few = normal.cells.assign(n=normal.cells["n"].where(normal.cells["school_type"] != "privada"))
    few.loc[few["school_type"] == "privada", "n"] = [4, *[0] * 16]
    fewer = replace(normal)
    fewer.__dict__["cells"] = few
    table = gaps_of(fewer)
    assert table.empty
    figure = gap_by_income.draw(fewer, table)
    assert "Not shown: fewer than 10 private or public participants." in words(figure)
    assert not figure.findobj(FillBetweenPolyCollection)


@pytest.mark.parametrize("sheet", [WIDE, NARROW, FEED], ids=lambda sheet: sheet.name or "wide")
@pytest.mark.parametrize("subject", ["gap_at_incomes", "gap_by_model", "gap_by_income"])
def test_words_in_place_of_a_gap_leave_room_for_axes(normal, subject, sheet):
    name = FigureName(subject)
    nothing = figure_table(name, normal).iloc[:0]
    figure = draw_figure(name, normal, nothing, sheet)
    (axes,) = figure.get_axes()
    with drawn_on(sheet):
        lay_out(figure)
    frame = axes.get_window_extent()
    assert frame.width > 0.5 * figure.bbox.width
    for language in LANGUAGES:
        with speaking(figure, language):
            (sentence,) = (text.get_window_extent() for text in axes.texts if text.get_text())
            assert sentence.width > 0.2 * frame.width
            assert sentence.x1 < frame.x1


def test_schools_are_drawn_by_size_without_their_names(normal, figures):
    groups = normal.table("groups.csv")
    shown = groups[groups["n"] >= 10]
    panels = figures["schools"].findobj(mpl.axes.Axes)
    drawn = 0
    for axes in panels:
        [points] = [a for a in axes.lines if str(a.get_label()).startswith("_effect-")]
        own = shown[shown["school_type"] == points.get_label().removeprefix("_effect-")]
        assert sorted(points.get_xdata()) == sorted(own["n"])
        assert set(points.get_ydata()) == set(own["effect_mean"])
        drawn += len(own)
    assert drawn == (shown["school_type"] != "municipal").sum() > 50
    said = " ".join(words(figures["schools"]))
    assert not any(code in said for code in groups["school"])


def test_of_many_schools_some_are_drawn_and_it_is_said(normal):
    groups = schools.table(normal)
    many = pd.concat([groups] * 30, ignore_index=True)
    figure = schools.draw(normal, many)
    points = [a for a in figure.findobj(Line2D) if str(a.get_label()).startswith("_effect-")]
    assert sum(len(a.get_xdata()) for a in points) < 1.1 * schools.MOST
    every = -(-len(many) // schools.MOST)
    assert f"One in {every} is drawn." in note_of(figure)
    count = (many["school_type"] == "estadual").sum()
    assert f"State  (schools: {count:,})" in words(figure)


def test_a_file_without_schools_says_what_stands_for_them(normal):
    for of in (schools, variance_shares):
        notes = []
        for named in (True, False):
            own = replace(normal)
            own.__dict__["schools_named"] = named
            notes.append(note_of(of.draw(own, of.table(own))))
        assert ["names no schools" in note for note in notes] == [False, True]


def test_numbers_of_ticks_out_of_view_are_not_drawn(normal):
    figure = drawn(FigureName("energy"), normal)
    lay_out(figure)
    out = []
    for axes in figure.get_axes():
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = axis.get_major_ticks()
            out += [t.label1 for t in ticks if not low - 1e-9 <= t.get_loc() <= high + 1e-9]
    assert out
    assert not [label for label in out if label.get_visible()]


def test_shares_of_variance_are_drawn_without_and_with_variables(figures):
    [axes] = figures["variance_shares"].findobj(mpl.axes.Axes)
    marks = {line.get_marker(): line.get_xdata() for line in axes.lines if len(line.get_xdata())}
    np.testing.assert_allclose(marks["o"], [4, 28, 68])
    np.testing.assert_allclose(marks["s"], [2, 10, 88])


def test_every_interval_says_whom_it_is_about(figures):
    whom = {
        "score_by_income": "Intervals are of schools like these",
        "gap_by_income": "Intervals are of schools like these",
        "schools": "Intervals are of these schools, as they are.",
        "variance_shares": "of these schools, as they are. Filled: of schools like these",
        "estimates_school_type": "Intervals are of a typical school",
        "estimates_pooled": "Textbook model: intervals take participants as independent",
        "sample_size": "Textbook model: intervals take participants as independent",
        "chebyshev": "Textbook model: intervals take participants as independent",
    }
    for name, words_of_note in whom.items():
        assert words_of_note in note_of(figures[name]), name
    for name in ("pooling", "predictive_by_school_type"):
        note = note_of(figures[name])
        assert "Textbook model, participants taken as independent" in note
        assert note.index("One line") > note.index("Textbook model")


WITHOUT_MODELS = (
    *("sample_flow", "presence", "score_distribution", "sensitivity", "municipalities"),
    *POOLED,
)


def test_a_model_of_any_name_is_shown_by_it_and_by_its_formula(tmp_path):
    analysis = Analysis("2019", "AC", "MT")
    made = made_artefacts(tmp_path, ["covariates"], NORMAL, analysis)
    formula = FORMULAS["covariates"]
    for name in figures_of(made.specs):
        if name.subject in WITHOUT_MODELS:
            continue
        figure = drawn(name, made)
        assert f"Model “covariates”: {formula}." in note_of(figure), name
    titles = words(drawn(FigureName("estimates", "covariates"), made))
    assert "Variation: Colour or race" in " ".join(t.replace("\n", " ") for t in titles)
    assert "Variation: Slope by Colour or race" in " ".join(t.replace("\n", " ") for t in titles)


def test_parameters_of_factors_have_words():
    def english(name):
        return spoken(parameter_name(name), "en")

    assert english("cell[privada, C]") == "Deviation, Private, bracket C"
    assert english("race_slope[parda]") == "Slope by Colour or race, Brown"
    assert spoken(parameter_name("sex[F]"), "pt") == "Sexo, Feminino"
    assert english("school_type_sex[privada, M]") == "School type × Sex, Private, Male"
    assert english("sex_income_bracket[F, F]").endswith("Female, bracket F")
    assert english("state[AC]") == "State, Acre"
    assert spoken(parameter_name("age_band[>70]"), "pt") == "Idade, >70"
    per_doubling = {unit(name) for name in ("tau_race_slope", "context[privada]", "tau_context")}
    assert {spoken(name, "en") for name in per_doubling} == {"points per doubling"}
    assert {spoken(unit(name), "en") for name in ("tau_school", "race[parda]")} == {"points"}


def test_ten_models_have_a_panel_each(normal):
    names = [f"model_{i}" for i in range(10)]
    specs = {name: replace(specification("school_type"), name=name) for name in names}
    draws = np.random.default_rng(1).normal(size=(2, 99))
    energies = xr.Dataset({"energy": (("chain", "draw"), draws)})
    ten = replace(normal, analysis=replace(normal.analysis, specs=specs))
    for name in names:
        path = ten.folder / ten.analysis.outcome / name / "posterior.nc"
        ten.loaded[path, "sample_stats"] = energies
    figure = energy.draw(ten, pd.DataFrame())
    lay_out(figure)
    assert len(figure.get_axes()) == 10
    profiles = pd.concat([_profile(spec).assign(model=name) for name, spec in specs.items()])
    figure = tau_profile.draw(ten, profiles)
    lay_out(figure)
    assert len(figure.get_axes()) == 40


def test_a_scale_without_a_maximum_is_not_drawn(normal):
    profile = normal.table("school_type/tau_profile.csv")
    gone = profile.assign(log_marginal=np.nan, log_joint=np.nan)
    figure = tau_profile.draw(normal, gone.assign(model="school_type"))
    assert any("Not defined" in each for each in words(figure))
    some = pd.concat([profile, gone.assign(parameter="tau_school")]).assign(model="school_type")
    figure = tau_profile.draw(normal, some)
    assert len(figure.get_axes()) == profile["parameter"].nunique()


def test_models_are_compared_by_participants_and_schools_left_out(normal, figures):
    table = normal.table("comparison.csv")
    for axes, column in zip(
        figures["model_comparison"].findobj(mpl.axes.Axes),
        ("elpd_diff", "elpd_diff_group"),
        strict=True,
    ):
        [points] = [line for line in axes.lines if line.get_marker() == "o"]
        assert list(points.get_xdata()) == list(table[column])
    assert "−40.0 ± 9.0" in words(figures["model_comparison"])
    assert "10.0 ± 11.0" in words(figures["model_comparison"])


def test_pooling_marks_are_the_table(normal, figures):
    left, right = figures["pooling"].findobj(mpl.axes.Axes)
    table = normal.table("pooling.csv")
    for axes, parameter in ((left, "intercept"), (right, "slope")):
        own = table[(table["parameter"] == parameter) & (table["pooling"] == "partial")]
        own = own[own["school_type"] != "municipal"]
        drawn = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"]
        np.testing.assert_allclose(drawn, own["mean"])
    assert len([line for line in left.lines if line.get_marker() == "o"]) == 3


def test_pooling_names_what_is_undefined(normal):
    table = normal.table("pooling.csv")
    alone = (table["school_type"] == "federal") & (table["pooling"] == "none")
    numbers = ["mean", "sd", "interval_low", "interval_high"]
    table.loc[alone & (table["parameter"] == "slope"), numbers] = np.nan
    assert words(pooling.draw(normal, table)).count("not defined: no pooling") == 1


def test_estimates_are_marked_where_the_table_has_them(normal, figures):
    table = normal.table("school_type/estimates.csv").set_index("parameter")
    panels = {
        title_of(axes): axes for axes in figures["estimates_school_type"].findobj(mpl.axes.Axes)
    }
    assert len(panels) == len(table) - 3 == 15
    private = panels["Slope\nPrivate\nn = 332"]
    for kind in ("mle", "map", "posterior_mean"):
        assert artist(private, kind).get_xdata()[0] == table.loc["slope[privada]", kind]
    [scale] = (panel for name, panel in panels.items() if "slopes" in name)
    boundary = [spoken(t.get_text(), "en") for t in scale.texts]
    assert boundary == ["at 0", "at 0"]


def test_three_participants_of_one_school_type_draw_and_say_what_is_undefined(tmp_path):
    analysis = Analysis("2017", "RS", "MT")
    tiny = made_artefacts(tmp_path, ["school_type_income"], TINY, analysis)
    made = {name.stem: drawn(name, tiny) for name in figures_of(tiny.specs)}
    said = words(made["estimates_school_type_income"])
    assert said.count("MLE not defined") == 9
    note = note_of(made["score_by_income"])
    assert "No participants: Federal, Municipal, Private." in note


def test_words_of_assumptions_stand_where_the_main_analysis_has_no_number(normal):
    table = sensitivity.table(normal)
    table[["mean", "sd", "interval_low", "interval_high"]] = np.nan
    figure = sensitivity.draw(normal, table)
    stand = [text for axes in figure.findobj(mpl.axes.Axes) for text in axes.texts]
    assert {text.get_position()[0] for text in stand} == {0.5}


def test_where_the_likelihood_has_no_maximum_no_mode_is_drawn_beside_it(normal):
    figure = prior_and_maximum.draw(normal, prior_and_maximum.table(normal).head(0))
    assert words(figure).count("Not shown: the likelihood has no maximum.") == 2


def test_small_groups_have_no_distribution(figures):
    titles = [title_of(a) for a in figures["score_distribution"].findobj(mpl.axes.Axes)]
    assert [title.partition("  ")[0] for title in titles] == [
        "Federal",
        "State",
        "Private",
        "All participants",
    ]
    note = note_of(figures["score_distribution"])
    assert "fewer than 10 participants: Municipal." in note


def test_no_figure_shows_a_group_that_is_too_small(figures):
    named = set()
    for name, figure in figures.items():
        notes = set(figure.foot)
        for language in LANGUAGES:
            said = [t for t in figure.findobj(Text) if t not in notes]
            body = [spoken(t.get_text(), language) for t in said]
            assert not [w for w in body if "Municipal" in w or re.search(r"\bn = 7\b", w)], name
        named |= {name} if "10 participan" in note_of(figure) else set()
    assert named >= {"score_by_income", "pooling", "predictive_by_school_type", "disagreement"}
    assert named >= {"score_distribution", "estimates_school_type", "ranks_school_type"}


@pytest.mark.parametrize("models", [["pooled"], ["school_type", "school_type_income"]])
def test_figures_where_every_group_is_too_small_draw(models, tmp_path):
    counts = {name: [1, 2, 1, 0] for name in NORMAL}
    few = made_artefacts(tmp_path, models, counts, Analysis("2017", "RS", "mean"))
    assert few.analysis.school_types == ()
    for name in figures_of(few.specs):
        figure = drawn(name, few)
        assert not any("n = 4" in w for w in words(figure)), name.stem


def test_shares_add_up_to_all_participants(normal):
    bins = score_distribution.table(normal)
    for factor in (1, 2, 5):
        share, edges = score_distribution.shares(bins, 10, factor)
        assert share.sum() * factor == pytest.approx(100)
        assert edges[0] <= bins["score_low"].min()
        assert edges[-1] >= bins["score_high"].max()


def test_flow_bars_and_numbers_are_the_table(normal, figures):
    flow = normal.sample_flow()
    axes = figures["sample_flow"].findobj(mpl.axes.Axes)[0]
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == [*flow["rows"], *flow["excluded"]]
    assert "4,569 left, 21 excluded" in words(figures["sample_flow"])


def test_presence_is_the_share_of_known_school_types(normal, figures):
    table, counts = normal.presence(), NORMAL["estadual"]
    axes = figures["presence"].findobj(mpl.axes.Axes)[0]
    drawn = {line.get_gid(): line for line in axes.lines}
    line = drawn["present-estadual"]
    sizes = [n + n // 4 for n in counts]
    shown = [100 * n / size for n, size in zip(counts, sizes, strict=True) if size >= 10]
    np.testing.assert_allclose(line.get_ydata(), shown)
    assert table["school_type"].isna().any()
    assert "present-municipal" not in drawn
    assert f"State (n = {sum(s for s in sizes if s >= 10):,})" in words(figures["presence"])


def test_flow_of_another_outcome_is_left_out(normal, tmp_path):
    flow = normal.sample_flow()
    both = pd.concat([flow.assign(outcome=["", *["MT"] * 5]), flow.iloc[1:].assign(outcome="CN")])
    both.to_csv(tmp_path / "sample_flow.csv", index=False)
    read = replace(normal, folder=tmp_path).sample_flow()
    assert list(read["rows"]) == list(flow["rows"])
    assert sample_flow.draw(normal, read).title


def test_predictive_marks_the_observed_values(normal, figures):
    table = normal.table("pooled/predictive.csv").set_index(["group", "statistic"])
    mean = figures["predictive_by_school_type"].findobj(mpl.axes.Axes)[0]
    observed = artist(mean, "observed-privada").get_xdata()
    assert list(observed) == [table.loc[("privada", "mean"), "observed"]] * 2


def test_a_school_type_looks_the_same_everywhere(figures):
    scatter = artist(figures["score_by_income"].findobj(mpl.axes.Axes)[0], "points-privada")
    areas = [
        artist(a, "privada")
        for a in figures["score_distribution"].findobj(mpl.axes.Axes)
        if "Private" in title_of(a)
    ]
    pooled = [
        line
        for line in figures["pooling"].findobj(mpl.axes.Axes)[0].lines
        if line.get_marker() == "D"
    ]
    colors = [scatter.get_facecolor()[0], areas[0].get_facecolor()[0], pooled[-1].get_color()]
    assert {to_hex(c) for c in colors} == {to_hex(MARKS["privada"].color)}


@pytest.mark.parametrize("types", [SCHOOL_TYPES, REPORTED_SCHOOL_TYPES])
def test_school_types_differ_in_lightness_marker_and_line(types):
    rgb = np.array([mpl.colors.to_rgb(MARKS[t].color) for t in types])
    light = np.sort((rgb**2.2 @ [0.2126, 0.7152, 0.0722]) ** (1 / 2.2))
    assert np.diff(light).min() > 0.05
    assert (
        len({MARKS[t].marker for t in types})
        == len({str(MARKS[t].line) for t in types})
        == len(types)
    )


@pytest.mark.parametrize("model", ["income", "school_type_income"])
def test_self_reported_types_and_single_models_draw(model, tmp_path):
    analysis = Analysis("2016", "SE", "REDACAO")
    artefacts = made_artefacts(tmp_path, [model], REPORTED, analysis)
    for name in figures_of(artefacts.specs):
        assert drawn(name, artefacts).findobj(mpl.axes.Axes), name


def test_tau_curves_are_the_profile_shifted(normal, figures):
    axes = figures["tau_profile"].findobj(mpl.axes.Axes)[0]
    table = normal.table("school_type/tau_profile.csv")
    table = table[table["parameter"] == "tau_intercept"]
    marginal = artist(axes, "marginal").get_ydata()
    assert marginal.max() == 0
    np.testing.assert_allclose(np.diff(marginal), np.diff(table["log_marginal"]), atol=1e-9)
    np.testing.assert_allclose(
        np.diff(artist(axes, "joint").get_ydata()), np.diff(table["log_joint"]), atol=1e-9
    )


def test_the_same_inputs_give_the_same_bytes(normal, tmp_path):
    name = FigureName("variance_shares")
    for folder in (tmp_path / "first", tmp_path / "again"):
        folder.mkdir()
        write_figure(name, normal, folder)
    for file in files_of(name):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_drawing_leaves_the_settings_of_matplotlib_alone(normal):
    before = dict(mpl.rcParams)
    drawn(FigureName("sample_flow"), normal)
    assert dict(mpl.rcParams) == before


def test_ranks_of_a_displaced_chain_leave_the_band():
    draws = np.random.default_rng(5).normal(size=(4, 1000))
    assert np.abs(rank_counts(draws) - 1).max() < 0.5
    np.testing.assert_allclose(rank_counts(draws).mean(axis=1), 1)
    draws[0] += 3
    assert rank_counts(draws)[0, -1] > 2


def test_bfmi_of_independent_and_of_sticky_energy():
    noise = np.random.default_rng(6).normal(size=(2, 4000))
    assert lowest_bfmi(noise) == pytest.approx(2, abs=0.1)
    noise[1] = np.cumsum(noise[1])
    assert lowest_bfmi(noise) < 0.05


def test_labels_are_spread_as_little_as_possible():
    np.testing.assert_allclose(spread([0.0, 10.0, 0.2], 1.0), [-0.4, 10.0, 0.6])
    np.testing.assert_allclose(spread([1.0, 1.0, 1.0], 2.0), [-1.0, 1.0, 3.0])


def test_a_missing_artefact_is_named(normal, tmp_path):
    with pytest.raises(InputError, match=r"cells\.csv is missing.*run the stage that writes it"):
        draw_figures(tmp_path, "MT", specs_of(*MODELS), normal.analysis, tmp_path / "figures")


def test_names_of_lines_keep_clear_of_each_other(figures):
    figure = figures["score_by_income"]
    lay_out(figure)
    names = [t for t in figure.findobj(Annotation) if "n = " in t.get_text()]
    boxes = [Text.get_window_extent(t) for t in names]
    assert len(boxes) == 3
    for i, box in enumerate(boxes):
        assert box.x1 <= figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:i])


# --- what travels


def test_the_story_is_declared_by_its_figures():
    assert {subject for subject, own in manifests().items() if own.get("story")} == STORY


def test_every_module_of_the_gallery_declares_itself_and_sorts(tmp_path, monkeypatch):
    orders = [own["order"] for own in manifests().values()]
    assert orders == sorted(set(orders))
    (tmp_path / "silent.py").write_text("X = 1\n", encoding="utf-8")
    monkeypatch.setattr("enem.figures.names.GALLERY", tmp_path)
    manifests.cache_clear()
    with pytest.raises(ValueError, match=r"silent\.py declares no FIGURE"):
        manifests()
    manifests.cache_clear()


def test_shapes_that_travel_have_their_sizes(written):
    folder = written[0].parent
    for code in LANGUAGES:
        image = imread(folder / f"score_by_income.feed.{code}.png")
        assert image.shape[:2] == (675, 1200)
        narrow = (folder / f"score_by_income.narrow.{code}.svg").read_text(encoding="utf-8")
        assert re.search(r'viewBox="0 0 320 ', narrow)
        sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", narrow)]
        assert min(sizes) >= 11


def test_the_page_shows_other_figures_on_a_phone_as_large_as_their_words_need(written):
    style = (Path(report.__file__).parent / "templates/style.css").read_text(encoding="utf-8")
    shown = 16 * float(re.search(r":not\(:checked\)\) \.card svg \{ width: (\d+)rem", style)[1])
    wide = [path for path in written if re.fullmatch(r"\w+\.(pt|en)\.svg", path.name)]
    assert wide
    for path in wide:
        svg = path.read_text(encoding="utf-8")
        width = float(re.search(r'viewBox="0 0 ([\d.]+) ', svg)[1])
        # a subscript is smaller than the letter that it belongs to
        sizes = [float(size) for size in re.findall(r"<text style=\"font-size: ([\d.]+)px", svg)]
        assert min(sizes) * shown / width >= 11, path.name


def test_a_phone_and_a_feed_have_no_smaller_letters_than_can_be_read():
    assert NARROW.small >= 11
    # 1200 pixels shown as wide as a phone, 390
    assert FEED.small * FEED.scale * 390 / 1200 >= 8


def test_the_list_of_figures_names_titles_captions_and_files(written):
    folder = written[0].parent
    entries = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert [entry["stem"] for entry in entries] == names_of(specs_of("income"))
    for entry in entries:
        for said in (entry["title"], entry["caption"]):
            assert set(said) == set(LANGUAGES)
            assert said["pt"] != said["en"]
        files = [f for kind in entry["files"].values() for f in _names(kind)]
        assert all((folder / file).is_file() for file in files)
        assert (entry["story"]) == ("feed" in entry["files"])


def _names(kind):
    return [kind] if isinstance(kind, str) else list(kind.values())


def test_titles_are_findings_made_from_the_numbers(figures):
    titles = {name: spoken(figure.title, "en") for name, figure in figures.items()}
    begin = (
        "In state schools, students from families with twice the income score 14.0 points higher"
    )
    assert titles["score_by_income"].startswith(begin)
    assert titles["gap_at_incomes"].endswith("score 88 points more than those of state schools")
    assert titles["variance_shares"].startswith("68% of the variation in scores")
    portuguese = spoken(figures["score_by_income"].title, "pt")
    assert portuguese.startswith("Na rede estadual, quem vem de família com o dobro da renda tira")


def test_a_title_is_plain_where_the_interval_says_nothing(normal):
    effects = normal.table("school_type/effects.csv")
    unsure = effects.assign(interval_low=-5.0)
    own = replace(normal)
    name = FigureName("gap_at_incomes")
    table = figure_table(name, normal)
    object.__setattr__(
        own, "table", lambda file: unsure if "effects" in file else normal.table(file)
    )
    figure = draw_figure(name, own, table)
    assert spoken(figure.title, "en") == "Private minus public at the same family income"


def test_essays_are_counted_in_steps_of_their_scale(tmp_path):
    made = made_artefacts(tmp_path, ["pooled"], NORMAL, Analysis("2019", "AC", "REDACAO"))
    table = score_distribution.table(made)
    assert set(table["score_high"] - table["score_low"]) == {20}
    assert set(table["score_low"] % 20) == {0}
    counted = made.table("score_distribution.csv")
    counted = counted[~counted["school_type"].isin(made.analysis.hidden)]
    assert table["n"].sum() == counted["n"].sum()
    figure = drawn(FigureName("score_distribution"), made)
    assert "Share per 20 points (%)" in words(figure)


def test_a_gap_with_other_characteristics_equal_is_told(tmp_path):
    analysis = Analysis("2019", "AC", "MT")
    made = made_artefacts(tmp_path, ["school_type", "covariates"], NORMAL, analysis)
    name = FigureName("gap_by_model")
    assert name in figures_of(made.specs)
    table = figure_table(name, made)
    assert list(table["model"]) == ["school_type", "covariates"]
    title = spoken(drawn(name, made).title, "en")
    assert title.startswith("The gap to state schools at equal income is 88 points, and 88 when")


def test_the_context_of_schools_is_drawn_beside_families_incomes(tmp_path):
    made = made_artefacts(tmp_path, ["school_context"], NORMAL, Analysis("2019", "AC", "MT"))
    figure = drawn(FigureName("school_context"), made)
    [axes] = figure.findobj(mpl.axes.Axes)
    marks = {line.get_marker(): line.get_xdata() for line in axes.lines if len(line.get_xdata())}
    np.testing.assert_allclose(marks["o"], 11)
    np.testing.assert_allclose(marks["s"], 23)
    rows = [spoken(label.get_text(), "en") for label in axes.get_yticklabels()]
    assert rows == ["Federal", "State", "Private"]


def test_shares_above_the_threshold_that_people_quote(normal):
    table = figure_table(FigureName("share_above"), normal)
    assert set(table["threshold"]) == {600}
    assert "municipal" not in set(table["school_type"])
    own = table[(table["school_type"] == "privada") & (table["income_min_wages"] == 4.5)]
    np.testing.assert_allclose(own[["mean", "interval_low", "interval_high"]], [[30, 20, 40]])
    bins = normal.table("score_distribution.csv")
    [bracket] = normal.income.query("lower_min_wages < 4.5 <= upper_min_wages")["income_bracket"]
    held = bins[(bins["school_type"] == "privada") & (bins["income_bracket"] == bracket)]
    reached = held[held["score_low"] >= 600]["n"].sum()
    assert own["n"].item() == held["n"].sum()
    assert own["observed"].item() == pytest.approx(100 * reached / held["n"].sum())


def test_a_share_that_the_counts_refute_is_no_title(normal):
    table = figure_table(FigureName("share_above"), normal)
    agreeing = table.assign(n=400.0, observed=table["mean"])
    agreeing.loc[agreeing["school_type"] == "estadual", ["mean", "observed"]] = 9.0
    agreeing.loc[agreeing["school_type"] == "estadual", "interval_high"] = 12.0
    said = share_above.finding(normal, agreeing)
    assert spoken(said, "en").startswith("With a family income of 4.5 minimum wages, 30% of")
    # a standard error of sqrt(1 + 9 * 91 / 400) = 1.75 points
    for observed, told in ((12.0, True), (13.0, False)):
        there = (agreeing["school_type"] == "estadual") & (agreeing["income_min_wages"] == 4.5)
        agreeing.loc[there, "observed"] = observed
        said = spoken(share_above.finding(normal, agreeing) or "", "en")
        assert ("4.5 minimum wages" in said) is told
