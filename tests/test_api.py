"""`import enem`: the stages' functions from Python, without the workflow."""

import doctest
import json
import re
import subprocess
import sys
from importlib import import_module
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
import xarray as xr

import enem
from enem.simulate import simulate_release
from made import REPOSITORY, shipped_config

LINES = "score ~ income + (income | school_type)"
WIDE = {
    "intercept": {"family": "normal", "mean": 0, "sd": 1000},
    "slope": {"family": "normal", "mean": 0, "sd": 1000},
    "tau_school": {"family": "half_normal", "sd": 100},
    "sigma": {"family": "log_normal", "median": 10, "log_sd": 2},
}
DIETOX = {"score": "Weight", "income": "Time", "school": "Pig", "municipality": "Litter"}


@pytest.fixture(scope="module")
def table():
    return enem.simulated(participants=12_000, seed=3)


@pytest.fixture(scope="module")
def fit(table):
    return enem.model(LINES).fit(table, state="SP")


@pytest.fixture(scope="module")
def pooled():
    return enem.model("score ~ income", levels=[])


@pytest.fixture(scope="module")
def pigs():
    """Weekly weights of 72 pigs, kg: package data of statsmodels (from R's geepack)."""
    folder = files("statsmodels") / "regression/tests/results"
    with (folder / "dietox.csv").open() as file:
        return pd.read_csv(file)


def test_importing_loads_no_numerical_library():
    code = "import sys, enem; dir(enem); print({'numpy', 'pandas', 'pymc'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_fitting_loads_no_pymc():
    code = (
        "import sys, enem; table = enem.simulated(participants=3_000, seed=3); "
        f"fit = enem.model({LINES!r}).fit(table, state='SP'); "
        "print(fit.name, 'pymc' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "False"]


@pytest.mark.parametrize(
    "name", ["enem", *(f"enem.api.{m}" for m in ("participants", "model", "fit"))]
)
def test_examples_of_docstrings(name):
    found = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.attempted
    assert not found.failed


def test_every_public_name_has_an_example_with_its_docstring():
    for name in enem.__all__:
        assert getattr(enem, name).__doc__
    assert not hasattr(enem, "participant")


def test_a_fit_is_a_tree_for_arviz_and_a_copy_is_draws_alone(fit, tmp_path):
    assert isinstance(fit, xr.DataTree)
    assert type(fit["posterior"]) is xr.DataTree
    # nothing of xarray's is hidden by a name of ours
    assert not {name for name in vars(enem.Fit) if name[0] != "_"} & set(dir(xr.DataTree))
    fit.to_netcdf(tmp_path / "fit.nc")
    with xr.open_datatree(tmp_path / "fit.nc") as read:
        assert read.attrs["state"] == "SP"
        np.testing.assert_array_equal(read["posterior"]["slope"], fit["posterior"]["slope"])
    with pytest.raises(enem.InputError, match="ask the fit itself"):
        fit.copy().effects()


def test_tables_are_those_of_the_workflow(fit):
    assert fit.check()["passed"].ne(False).all()
    effects = fit.effects(mass=0.5).set_index(["effect", "group", "scope"])
    wide = fit.effects().set_index(["effect", "group", "scope"])
    at = ("slope", "all", "schools_like_these")
    assert wide.loc[at, "interval_low"].item() < effects.loc[at, "interval_low"].item()
    asked = fit.effects(asked={"incomes": [3]})
    assert "privada - publica at 3 minimum wages" in set(asked["contrast"])
    assert set(fit.estimates()["parameter"]) == set(fit.summary()["parameter"])
    few, many = (fit.group_effects(smallest=n)["effect_mean"].count() for n in (30, 5))
    assert 0 < few < many
    assert set(fit.gaps()["scope"]) == {"schools_like_these"}


def test_models_are_compared_on_the_same_participants_alone(table, fit, pooled):
    found = fit.compare(pooled.fit(table, state="SP"))
    assert found["model"].tolist() == [LINES, "score ~ income"]
    assert found["elpd_diff"].iloc[1] < 0
    with pytest.raises(enem.InputError, match="other participants"):
        fit.compare(pooled.fit(table, state="RJ"))
    with pytest.raises(enem.InputError, match=r"give one another name"):
        fit.compare(fit)


@pytest.mark.parametrize("tag", ["", ".pt-BR"])
def test_a_public_notebooks_question_is_answered_in_a_few_lines(table, monkeypatch, tag):
    page = (REPOSITORY / f"docs/how-to/public-notebook{tag}.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) < 10
    if tag:
        english = (REPOSITORY / "docs/how-to/public-notebook.md").read_text(encoding="utf-8")
        assert code in english
        return
    monkeypatch.setattr(enem, "participants", lambda *_, **__: table, raising=False)
    names = {}
    exec(code, names)
    parameters = set(names["fits"][1].summary()["parameter"])
    assert {"sex[F]", "race[preta]", "slope[privada]"} <= parameters


def test_small_groups_are_left_out_of_trees_for_plots(fit):
    counts = fit.made.data.sample["school_type"].value_counts()
    kept = fit.without_small_groups(int(counts["federal"]) + 1)["posterior"]
    assert "federal" not in kept["slope_school_type"]["school_type"]
    assert set(counts[counts > counts["federal"]].index) == set(kept["school_type"].to_numpy())


def test_replicated_scores_spread_as_the_participants_do(fit):
    tree = fit.predict(draws=40)
    observed = tree["observed_data"]["score"].to_numpy()
    replicated = tree["posterior_predictive"]["score"].to_numpy()[0]
    assert replicated.shape == (40, len(observed))
    assert replicated.mean() == pytest.approx(observed.mean(), abs=3)
    assert replicated.std() == pytest.approx(observed.std(), rel=0.05)
    # each is replicated with the school and the income of that participant
    assert np.corrcoef(replicated.mean(axis=0), observed)[0, 1] > 0.4


def test_a_sample_can_be_changed_and_fitted_as_a_data_frame(table, fit):
    rows = table.sample("SP")
    again = enem.model(LINES).fit(rows)
    whole, part = (
        f.effects().set_index(["effect", "group", "contrast", "scope"]) for f in (fit, again)
    )
    common = part.index.intersection(whole.index)
    assert len(common) > 20
    away = (whole.loc[common, "mean"] - part.loc[common, "mean"]) / whole.loc[common, "sd"]
    # the same draws but for the empty school types and brackets, which a data frame has not
    assert away.abs().median() < 0.1
    without = enem.model("score ~ income", levels=["school"]).fit(
        rows[rows.school_type != "privada"]
    )
    assert int(without["observed_data"]["n"].sum()) == (rows.school_type != "privada").sum()


def test_maximum_likelihood_of_another_kind_of_data_is_that_of_statsmodels(pigs):
    fit = enem.model("score ~ income", levels=["school"], priors=WIDE).fit(pigs, columns=DIETOX)
    oracle = smf.mixedlm("Weight ~ Time", pigs, groups="Pig").fit(reml=False)
    found = fit.estimates().set_index("parameter")
    expected = {
        "intercept": oracle.params["Intercept"],
        "slope": oracle.params["Time"],
        "tau_school": float(oracle.cov_re.iloc[0, 0]) ** 0.5,
        "sigma": oracle.scale**0.5,
    }
    for name, value in expected.items():
        assert found.loc[name, "mle"] == pytest.approx(value, rel=1e-4)
    restricted = smf.mixedlm("Weight ~ Time", pigs, groups="Pig").fit()
    for name, of in (("intercept", "Intercept"), ("slope", "Time")):
        sd = found.loc[name, "posterior_sd"]
        assert found.loc[name, "posterior_mean"] == pytest.approx(
            restricted.params[of], abs=0.1 * sd
        )
        assert sd == pytest.approx(restricted.bse[of], rel=0.06)
    assert "mean_income" not in fit.group_effects()
    assert set(fit.effects()["effect"]) >= {"slope", "share_between_schools"}


def test_nested_groups_of_another_kind_of_data(pigs):
    nested = enem.model("score ~ income", levels=["municipality", "school"], priors=WIDE)
    fit = nested.fit(pigs, columns=DIETOX)
    formula = {"Pig": "0 + C(Pig)"}
    oracle = smf.mixedlm(
        "Weight ~ Time", pigs, groups="Litter", re_formula="1", vc_formula=formula
    ).fit(reml=False, method="cg")
    found = fit.estimates().set_index("parameter")["mle"]
    assert found["sigma"] == pytest.approx(oracle.scale**0.5, rel=1e-3)
    assert found["tau_school"] == pytest.approx(oracle.vcomp[0] ** 0.5, rel=1e-3)
    between = float(np.asarray(oracle.cov_re)[0, 0])
    assert found["tau_municipality"] == pytest.approx(between**0.5, rel=1e-3)


def test_what_was_converted_is_used_again_while_the_file_is_the_same(tmp_path, monkeypatch):
    file, kept = tmp_path / "microdados_enem_2017.zip", tmp_path / "kept"
    simulate_release(file, tmp_path / "truth.csv", participants=2000, seed=1)
    first = enem.participants(tmp_path, edition=2017, folder=kept)
    inode = first.path.stat().st_ino
    assert enem.participants(file, 2017, folder=kept).path.stat().st_ino == inode
    simulate_release(file, tmp_path / "truth.csv", participants=2000, seed=2)
    assert enem.participants(file, 2017, folder=kept).path != first.path
    # the workflow's own folder is read as it is
    monkeypatch.setattr("enem.api.participants.convert_release", None)
    assert enem.participants(first.path.parent, 2017).conversion == first.conversion
    with pytest.raises(enem.InputError, match="edition='2017'"):
        enem.participants(first.path.parent, 2019)


def test_a_temporary_folder_goes_with_its_table():
    table = enem.simulated(participants=1000, seed=1)
    place = table.path
    assert place.is_file()
    del table
    assert not place.parent.parent.exists()


def test_settings_are_those_of_the_configuration(table):
    lines = enem.model(LINES)
    config = shipped_config()
    assert list(lines.spec.levels) == config["levels"]
    assert lines.sampler.seed == config["sampler"]["seed"]
    assert lines.priors["slope"].arguments["sd"] == config["priors"]["slope"]["sd"]
    assert table.settings["population"] == config["population"]
    kept = enem.simulated(1000, 1, population={"trainees": "keep"})
    steps = [set(each.flow("SP")["step"]) for each in (table, kept)]
    assert steps[0] - steps[1] == {"not_trainee"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda _: enem.model("score ~ incme"), "use one of income"),
        (lambda _: enem.model(LINES, levels=["class"]), "levels"),
        (lambda _: enem.model(LINES, priors={"slop": {}}), "did you mean priors.slope"),
        (lambda _: enem.model(LINES, sampler={"drews": 1}), "did you mean sampler.draws"),
        (lambda _: enem.simulated(1000, population={"trainees": "yes"}), "exclude, keep"),
        (lambda _: enem.participants("nowhere.zip", 2019), "no file or folder"),
        (lambda _: enem.participants("nowhere.zip", 1999), "1999"),
        (lambda t: t.sample("sp"), "Did you mean SP"),
        (lambda t: t.sample("SP", "MATH"), "outcome is 'MATH'"),
        (lambda t: enem.model(LINES).fit(t, columns={"score": "x"}), "columns is for data frames"),
        (lambda t: enem.model("score ~ municipality_income").fit(t), "run it with this formula"),
        (lambda _: enem.model(LINES).fit("table"), "table is a str"),
        (lambda t: enem.model(LINES).fit(t.sample("SP"), state="SP"), "state and outcome"),
        (lambda t: enem.model(LINES).fit(t.sample("SP").drop(columns="income")), "needs income"),
        (
            lambda t: enem.model(LINES).fit(t.sample("SP"), columns={"score": "points"}),
            "is 'points', but the data frame has",
        ),
        (
            lambda t: enem.model(LINES).fit(t.sample("SP").assign(score=np.nan)),
            "score is missing in",
        ),
        (
            lambda t: enem.model(LINES).fit(t.sample("SP").assign(income_bracket="A")),
            "more than one income",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(table, call, message):
    with pytest.raises(enem.InputError, match=message):
        call(table)


@pytest.mark.parametrize(
    ("language", "warned", "said"),
    [
        ("en_US.UTF-8", "do not represent the posterior", "(at least 400 is required)"),
        ("pt_BR.UTF-8", "não representam a posteriori", "(exigem-se pelo menos 400)"),
    ],
)
def test_poor_draws_are_reported(table, monkeypatch, language, warned, said):
    monkeypatch.setenv("LANGUAGE", language)
    short = enem.model("score ~ income", sampler={"draws": 100, "tune": 100, "chains": 2})
    with pytest.warns(UserWarning, match=warned) as caught:
        made = short.fit(table, state="SP")
    checks = made.check()
    small = checks[checks["name"] == "ess_bulk"]["message"].item()
    assert small in str(caught[0].message)
    assert said in small


def test_the_report_of_the_conversion_is_at_hand(table):
    assert table.conversion == json.loads(table.report.read_text())
    assert len(table.to_pandas("AC", ["MT"])) == table.flow("AC")["rows"].iloc[1]
