import arviz_stats as azs
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import optimize, stats

from enem.check.loo import leave_out_all
from enem.compare.cell_means import Cells
from enem.compare.quantities import expected_scopes, headline
from enem.editions import edition_named
from enem.mixed.fit import fit
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import Specification, lines_by_school_type
from enem.mixed.tables import Tables
from enem.sensitivity import gibbs
from enem.sensitivity.gibbs import sample_lines
from enem.sensitivity.names import MAIN, NOBODY, NOT_AVAILABLE
from enem.sensitivity.populations import (
    alternative_populations,
    read_alternatives,
    weights_of_the_missing,
)
from enem.sensitivity.predictions import leave_out_student_t, predictions_table
from enem.sensitivity.runs import (
    Run,
    assumptions_table,
    cells_of_lines,
    quantities,
    same_sums,
    summary_of,
)
from enem.sensitivity.student_t import bin_rows, binning_table, log_prior_of_log_nu, mode
from enem.tabulate.cells import collapse_to_cells
from enem.tabulate.grid import grid_from_table
from enem.tabulate.income import income_table
from enem.tabulate.population import PopulationSettings
from enem.tabulate.sums import collapse_to_sums
from made import POPULATION
from mixed_fixtures import PRIORS

INCOME = income_table(edition_named("2019"), {"none": 0.25, "open_ended_factor": 1.25})
LETTERS = INCOME["income_bracket"].tolist()
X = INCOME["x"].to_numpy()
SIZES = (60, 900, 0, 150)
TYPES = ("federal", "estadual", "municipal", "privada")
SAMPLER = SamplerSettings("nutpie", 200, 300, 4, 0.9, 8)
SPEC = lines_by_school_type({}, ("municipality", "school"))


@pytest.fixture
def rng():
    return np.random.default_rng(20190101)


def rows_of(rng, sizes=SIZES, nu=None):
    tables = []
    for g, (school_type, size) in enumerate(zip(TYPES, sizes, strict=True)):
        bracket = rng.binomial(16, 0.2 + 0.12 * g, size)
        error = rng.normal(0, 60, size) if nu is None else 60 * rng.standard_t(nu, size)
        score = 480 + 30 * g + (15 + 4 * g) * X[bracket] + error
        letters = np.array(LETTERS)[bracket]
        frame = {"school_type": school_type, "income_bracket": letters, "score": score.round(1)}
        school = rng.integers(0, 12, size)
        frame |= {"municipality": (school // 3).astype(str)}
        frame |= {"school": [f"{school_type}{k}" for k in school]}
        tables.append(pd.DataFrame(frame))
    return pd.concat(tables, ignore_index=True)


def grid_of(rows):
    return grid_from_table(collapse_to_cells(rows, TYPES, LETTERS), INCOME)


def design_of(rows, spec=SPEC):
    sums = collapse_to_sums(rows, spec.factors)
    return Tables(sums, INCOME, {"school_type": TYPES}).design(spec)


def x_of(rows):
    return X[[LETTERS.index(letter) for letter in rows["income_bracket"]]]


def test_bins_keep_cell_means_and_lose_little_spread(rng):
    rows = rows_of(rng)
    grid = grid_of(rows)
    for width, most in ((0, 1e-9), (5, 25 / 4), (20, 100)):
        bins = bin_rows(rows, grid, width)
        np.testing.assert_array_equal(bins.cell_sums(bins.n), grid.n)
        np.testing.assert_allclose(bins.cell_sums(bins.n * bins.score), grid.n * grid.mean)
        centre = grid.mean.ravel()[bins.cell]
        kept = bins.cell_sums(bins.n * (bins.score - centre) ** 2)
        lost = (grid.ss - kept).sum() / grid.n.sum()
        assert -1e-6 < lost < most
    distinct = rows.groupby(["school_type", "income_bracket", "score"]).ngroups
    assert len(bin_rows(rows, grid, 0).n) == distinct


def test_the_mode_is_scipys_on_rows(rng):
    rows = rows_of(rng, (0, 400, 0, 0), nu=5)
    grid, x = grid_of(rows), x_of(rows)
    found = mode(bin_rows(rows, grid, 0), grid)

    def negative(v):
        intercept, slope, log_sigma, log_nu = v
        density = stats.t.logpdf(
            rows["score"], np.exp(log_nu), intercept + slope * x, np.exp(log_sigma)
        )
        return -density.sum() - log_prior_of_log_nu(log_nu)

    options = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000}
    start = [500, 18, 4, 2]
    best = optimize.minimize(negative, start, method="Nelder-Mead", options=options)
    np.testing.assert_allclose(found.value, best.x, atol=2e-4)
    slope = optimize.approx_fprime(found.value, negative, 1e-5)
    assert np.abs(slope * found.sd).max() < 1e-3
    assert found.names == [
        "intercept[estadual]",
        "slope[estadual]",
        "log_sigma[estadual]",
        "log_nu",
    ]


def test_with_normal_errors_large_groups_are_least_squares(rng):
    rows = rows_of(rng, (800, 3000, 0, 1000))
    grid = grid_of(rows)
    draws = sample_lines(grid, bin_rows(rows, grid, 2), PRIORS, [1])
    for school_type in ("federal", "estadual", "privada"):
        mine = rows[rows["school_type"] == school_type]
        fitted = sm.OLS(mine["score"], sm.add_constant(x_of(mine))).fit()
        here = draws.sel(school_type=school_type)
        for name, k in (("intercept_school_type", 0), ("slope_school_type", 1)):
            assert float(here[name].mean()) == pytest.approx(
                fitted.params.iloc[k], abs=fitted.bse.iloc[k] / 2
            )
            assert float(here[name].std()) == pytest.approx(fitted.bse.iloc[k], rel=0.15)
    assert float(draws["nu"].quantile(0.1)) > 10
    empty = draws.sel(school_type="municipal")
    line = draws["intercept"] + draws["tau_intercept"] * rng.normal(size=draws["intercept"].shape)
    assert float(empty["intercept_school_type"].std()) == pytest.approx(float(line.std()), rel=0.15)


def test_student_t_draws_equal_importance_sampling_on_rows(rng):
    """One school type: lines, sigma and nu by brute force on the rows that no bin has touched."""
    rows = rows_of(rng, (0, 300, 0, 0), nu=4)
    grid, x = grid_of(rows), x_of(rows)
    draws = sample_lines(grid, bin_rows(rows, grid, 2.0), PRIORS, [3])
    found = mode(bin_rows(rows, grid, 0), grid)
    proposal = stats.multivariate_t(found.value, np.diag((1.6 * found.sd) ** 2), df=7, seed=4)
    points = proposal.rvs(40_000)
    intercept, slope, log_sigma, log_nu = points.T
    # tau integrated out of the line's prior by draws
    tau = np.abs(rng.normal(0, 1, (2, 400)) * [[50], [25]])
    wide = [np.hypot(s, t) for s, t in zip((100, 50), tau, strict=True)]
    line = np.log(np.mean(stats.norm.pdf(intercept[:, None], 500, wide[0])
                          * stats.norm.pdf(slope[:, None], 0, wide[1]), axis=1))  # fmt: skip
    density = np.array([
        stats.t.logpdf(rows["score"], np.exp(n), a + b * x, np.exp(s)).sum()
        for a, b, s, n in points[:8000]
    ])  # fmt: skip
    target = density + (line + log_prior_of_log_nu(log_nu))[:8000]
    target += stats.norm.logpdf(log_sigma[:8000], np.log(90), 0.6)
    weight = target - proposal.logpdf(points[:8000])
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    assert 1 / (weight**2).sum() > 800
    here = draws.sel(school_type="estadual")
    pairs = {
        "intercept_school_type": intercept, "slope_school_type": slope, "sigma": np.exp(log_sigma),
    }  # fmt: skip
    for name, values in [*pairs.items(), ("nu", np.exp(log_nu))]:
        mine = (draws if name == "nu" else here)[name].to_numpy().ravel()
        mean = weight @ values[:8000]
        sd = np.sqrt(weight @ (values[:8000] - mean) ** 2)
        assert mine.mean() == pytest.approx(mean, abs=0.12 * sd)
        assert mine.std() == pytest.approx(sd, rel=0.12)


def test_heavy_tails_are_found_and_predict_better(rng, monkeypatch):
    monkeypatch.setattr(gibbs, "DRAWS", 200)
    rows = rows_of(rng, (60, 900, 0, 300), nu=3)
    grid, alone = grid_of(rows), design_of(rows, Specification("lines", SPEC.formula, ()))
    student = sample_lines(grid, bin_rows(rows, grid, 5), PRIORS, [5])
    normal = fit(alone, PRIORS, SAMPLER, 1)["posterior"].to_dataset()
    low, high = student["nu"].quantile([0.01, 0.99])
    assert 2 < low < high < 6
    assert float(student["slope_school_type"].sel(school_type="estadual").std()) < float(
        normal["slope_school_type"].sel(school_type="estadual").std()
    )
    without = leave_out_all(normal, alone, PRIORS, rows).participants
    left_out = {"gaussian": without, "levels": without}
    left_out["student_t"] = leave_out_student_t(rows, grid, student)
    table = predictions_table(rows, left_out).set_index("errors")
    difference = table.loc["student_t", "elpd_diff"]
    assert difference > 3 * table.loc["student_t", "diff_se"] > 0
    # ArviZ on the densities of all rows, none interpolated
    g = xr.DataArray([TYPES.index(t) for t in rows["school_type"]], dims="row")
    names = ("intercept_school_type", "slope_school_type", "sigma")
    a, b, scale = (student[name].isel(school_type=g) for name in names)
    x, y = (xr.DataArray(np.asarray(v), dims="row") for v in (x_of(rows), rows["score"]))
    z = ((y - a - b * x) / scale).transpose("chain", "draw", "row")
    scale = scale.transpose("chain", "draw", "row")
    nu = student["nu"].to_numpy()[..., None]
    given = stats.t.logpdf(z.to_numpy(), nu) - np.log(scale.to_numpy())
    likelihood = xr.Dataset({"y": (("chain", "draw", "row"), given)})
    tree = xr.DataTree.from_dict({"posterior": student, "log_likelihood": likelihood})
    theirs = azs.loo(tree, pointwise=True)
    assert table.loc["student_t", "elpd"] == pytest.approx(theirs.elpd, abs=0.05)
    # groups of this draw share nothing, so errors by group are those of participants nearly
    assert table.loc["student_t", "se"] == pytest.approx(theirs.se, rel=0.35)
    assert table.loc["gaussian", ["elpd_diff", "diff_se"]].tolist() == [0, 0]


def test_one_sigma_is_the_same_for_all(rng):
    rows = rows_of(rng)
    spec = Specification("lines", SPEC.formula, (), one_sigma=True)
    tree = fit(design_of(rows, spec), PRIORS, SAMPLER, 1)
    assert tree["posterior"]["sigma"].dims == ("chain", "draw")
    lines = tree["posterior"].to_dataset().mean(("chain", "draw"))
    mine = lines.sel(school_type=rows["school_type"].to_numpy())
    residual = (
        rows["score"] - mine["intercept_school_type"] - mine["slope_school_type"] * x_of(rows)
    )
    assert float(lines["sigma"]) == pytest.approx(np.std(residual), rel=0.02)


def cells_of(design):
    """Expected scores of a fit."""
    return expected_scopes(fit(design, PRIORS, SAMPLER, 1), design)[headline(design.spec)]


def test_lines_without_levels_are_what_student_t_errors_differ_from(rng):
    rows = rows_of(rng)
    main, alone = design_of(rows), design_of(rows, Specification("lines", SPEC.formula, ()))
    runs = [Run(MAIN, MAIN, main), Run("levels", "none", alone), Run("errors", "student_t", alone)]
    cells = cells_of(alone)
    found = summary_of(quantities(cells, alone, (4, 200)), alone, 0.9)
    summaries = {0: found.assign(mean=found["mean"] + 5), 1: found, 2: found}
    table = assumptions_table(runs, summaries).set_index(["assumption", "parameter"])
    assert table.loc[("errors", "slope"), "difference"] == 0
    assert table.loc[("levels", "slope"), "difference"] == pytest.approx(-5)


def test_on_lines_slopes_are_their_own(rng):
    rows = rows_of(rng)
    grid, design = grid_of(rows), design_of(rows)
    draws = sample_lines(grid, bin_rows(rows, grid, 5), PRIORS, [9])
    shape = draws["nu"].shape
    found = quantities(cells_of_lines(draws, design), design, shape, draws["nu"].to_numpy())
    np.testing.assert_allclose(
        found["slope_school_type"].sel(school_type="estadual"),
        draws["slope_school_type"].sel(school_type="estadual"),
    )


def test_binning_is_compared_with_rows_that_are_not_binned(rng):
    rows = rows_of(rng, (4, 900, 0, 150))
    table = binning_table(rows, grid_of(rows), 5.0, rng)
    assert not table["parameter"].str.contains("federal|municipal").any()
    sample = table[table["rows"] == "sample"]
    assert sample["width"].unique().tolist() == [0, 2.5, 5, 10, 20]
    assert (sample.loc[sample["width"] == 0, "difference"] == 0).all()
    worst = sample["difference_in_sd"].abs().groupby(sample["width"]).max()
    assert 0 < worst[5] < 0.02
    assert worst[5] < worst[20]
    none = binning_table(rows[rows["school_type"] == "federal"], grid_of(rows), 5.0, rng)
    assert none.empty
    assert none.columns.tolist() == table.columns.tolist()


def test_assumptions_stand_beside_the_main_analysis(rng):
    rows = rows_of(rng)
    moved = rows.assign(score=rows["score"] + 7 * x_of(rows))
    main, other = design_of(rows), design_of(moved)
    runs = [Run(MAIN, MAIN, main), Run("a", "b", other), Run("c", "d", None, note=NOBODY)]
    assert same_sums(main, design_of(rows.sample(frac=1, random_state=1)))
    assert not same_sums(main, other)
    summaries = {}
    for k, run in enumerate(runs[:2]):
        cells = cells_of(run.design)
        summaries[k] = summary_of(quantities(cells, run.design, (4, 200)), run.design, 0.9)
    table = assumptions_table(runs, summaries)
    slope = table[table["parameter"] == "slope"].set_index("assumption")
    assert slope.loc["a", "difference"] == pytest.approx(7, abs=1.5)
    assert slope.loc["a", "difference_in_sd"] == pytest.approx(
        slope.loc["a", "difference"] / slope.loc[MAIN, "sd"]
    )
    assert np.isnan(slope.loc[MAIN, "difference"])
    gaps = table[table["parameter"] == "gap_at_equal_income"].set_index("assumption")
    assert gaps.loc["a", "difference"] == pytest.approx(0, abs=5)
    assert not table["parameter"].eq("slope[municipal]").any()
    assert table.set_index("parameter").loc["slope[privada]", "n"].tolist() == [150, 150]
    last = table.iloc[-1]
    assert last["note"] == NOBODY
    assert np.isnan(last["mean"])


def presence_of(rows, rng):
    """Who of those that finish school is missing, in the documented columns, and by rows."""
    people = rows[["school_type", "income_bracket"]].assign(present=1, matched=1)
    away = people.sample(frac=0.4, random_state=2, weights=1 + x_of(people) - X.min())
    unmatched = people.sample(frac=0.3, random_state=3, weights=1 + X.max() - x_of(people))
    away = away.assign(present=0)
    unmatched = unmatched.assign(school_type=None, matched=0)
    unmatched["present"] = rng.integers(0, 2, len(unmatched))
    everybody = pd.concat([people, away, unmatched], ignore_index=True)
    everybody["analysed"] = everybody["matched"] * everybody["present"]
    keys = ["school_type", "income_bracket"]
    counts = everybody.assign(finishing=1).groupby(keys, dropna=False)
    return counts[["finishing", "matched", "present", "analysed"]].sum().reset_index(), everybody


def weighted_by_hand(rows, weight):
    """Slope of everybody and gap at the incomes of private schools, from weighted rows."""
    table = rows.assign(w=weight, x=x_of(rows))
    slopes, sizes = {}, {}
    for name, mine in table.groupby("school_type"):
        slopes[name] = (
            sm.WLS(mine["score"], sm.add_constant(mine["x"]), mine["w"]).fit().params["x"]
        )
        sizes[name] = mine["w"].sum()
    total = sum(slopes[k] * sizes[k] for k in slopes) / sum(sizes.values())
    table["side"] = np.where(table["school_type"] == "privada", "private", "public")
    table["scored"] = table["w"] * table["score"]
    cells = table.groupby(["side", "income_bracket"])[["w", "scored"]].sum()
    means = (cells["scored"] / cells["w"]).unstack("side").dropna()
    at = cells.loc["private", "w"][means.index]
    return total, ((means["private"] - means["public"]) * at).sum() / at.sum()


def test_weights_make_each_cell_stand_for_all_whom_it_stands_for(rng):
    rows = rows_of(rng, (300, 3000, 0, 900))
    design = design_of(rows)
    presence, everybody = presence_of(rows, rng)
    weights = dict(weights_of_the_missing(presence, design))
    assert list(weights) == ["presence", "matching"]
    keys = ["school_type", "income_bracket"]
    known = everybody[everybody["matched"] == 1]
    there = known.groupby(keys)["present"].mean().to_dict()
    named = everybody.groupby("income_bracket")["matched"].mean()
    cells_of_rows = rows[keys].itertuples(index=False, name=None)
    by_row = {
        "presence": np.array([1 / there[cell] for cell in cells_of_rows]),
        "matching": 1 / rows["income_bracket"].map(named).to_numpy(),
    }
    observed = rows.groupby(keys)["score"].mean().unstack().reindex(TYPES, columns=LETTERS)
    cells = Cells(observed.to_numpy()[None], design.cell_sums(design.n)[None])
    plain = weighted_by_hand(rows, 1.0)
    for name, of_cells in {"nobody": 1.0, **weights}.items():
        found = quantities(cells, design, (1, 1), weights=of_cells)
        expected = weighted_by_hand(rows, by_row.get(name, 1.0))
        assert found["slope"].item() == pytest.approx(expected[0])
        assert found["gap_at_equal_income"].item() == pytest.approx(expected[1])
        if name in weights:
            assert np.abs(np.subtract(expected, plain)).min() > 0.01


def test_weights_that_cannot_be_known_are_none(rng):
    rows = rows_of(rng)
    presence, _ = presence_of(rows, rng)
    unknown = presence.assign(finishing=pd.NA)
    weights = dict(weights_of_the_missing(unknown, design_of(rows)))
    assert weights["matching"] is None
    # nobody of municipal schools is there, so nothing is divided by nothing
    assert (weights["presence"][TYPES.index("municipal")] == 1).all()
    all_there = presence.dropna().assign(present=presence["matched"], finishing=presence["matched"])
    for of_cells in dict(weights_of_the_missing(all_there, design_of(rows))).values():
        assert (of_cells == 1).all()


RULES = {"state": "AC", "state_by": "exam", **POPULATION}


def participants_of(rng, size=600):
    score = rng.uniform(300, 800, size)
    table = pd.DataFrame(
        {name: score + rng.normal(0, 5, size) for name in ("CN", "CH", "LC", "MT")}
    )
    table["REDACAO"] = np.where(rng.uniform(size=size) < 0.1, 0.0, 560.0)
    table.loc[rng.uniform(size=size) < 0.1, "MT"] = 0.0
    for area in ("CN", "CH", "LC", "MT"):
        table[f"presence_{area}"] = 1
    table["state_exam"] = rng.choice(["AC", "RS"], size)
    table["is_trainee"] = rng.uniform(size=size) < 0.2
    table["school_type"] = rng.choice([*TYPES, None], size)
    table["income_bracket"] = rng.choice(LETTERS, size)
    table["municipality"] = 1200401
    table["municipality_exam"] = "Rio Branco"
    return table


@pytest.mark.parametrize("asked", [False, True])
def test_each_rule_selects_whom_a_plain_filter_selects(rng, tmp_path, asked):
    table = participants_of(rng)
    if asked:
        table["school_type_reported"] = rng.choice(["publica", "mista", "privada"], len(table))
    path = tmp_path / "participants.parquet"
    table.to_parquet(path)
    settings = PopulationSettings(**RULES)
    edition = edition_named("2019")
    known = read_alternatives(path, settings, ["mean", "MT"], edition, INCOME)
    populations = {p.rule: p for p in alternative_populations(settings)}
    here = table[table["state_exam"] == "AC"]
    sheets, trainee = here["MT"] > 0, here["is_trainee"]
    enrolled, essay = here["school_type"].notna(), here["REDACAO"] > 0
    expected = {
        "zero_essays": sheets & ~trainee & enrolled & essay,
        "blank_answer_sheets": ~trainee & enrolled,
        "trainees": sheets & enrolled,
        "school_type": sheets & ~trainee,
    }
    for rule, kept in expected.items():
        design = known.design(populations[rule].settings, "mean", SPEC)
        if rule == "school_type" and not asked:
            assert design == NOT_AVAILABLE
            continue
        assert design.n.sum() == kept.sum()
        scores = here.loc[kept, ["CN", "CH", "LC", "MT", "REDACAO"]].mean(axis=1)
        assert (design.n * design.mean).sum() == pytest.approx(scores.sum())
    # the essay does not enter the score of mathematics
    of_main = known.design(PopulationSettings(**RULES), "MT", SPEC)
    assert same_sums(known.design(populations["zero_essays"].settings, "MT", SPEC), of_main)
    nobody = PopulationSettings(**RULES | {"state": "SP"})
    empty = read_alternatives(path, nobody, ["mean"], edition, INCOME)
    assert empty.design(populations["trainees"].settings, "mean", SPEC) == NOBODY
