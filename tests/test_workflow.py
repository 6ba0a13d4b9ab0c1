import csv
import json
import re
import zipfile

import pandas as pd
import pytest

import enem
from effect_fixtures import STATISTICS
from enem.report.sections.checklist import ITEMS
from made import REPOSITORY, shipped_config
from workflow_copy import copy_project, digests, outputs, planned, snakemake

OWN = "score ~ income + (1 | sex) + (income | race)"
"""A user's own model: one line of the configuration."""

MODELS = ("pooled", "school_type", "school_context", "mine")
SMALL = (
    "editions=simulated",
    "states=RS",
    "simulated={participants: 60000, seed: 7}",
    f'formulas={{mine: "{OWN}"}}',
    f"models=[{','.join(MODELS)}]",
)
STUDIED = {"study_estimators", "study_sensitivity", "study_municipalities"}
COLLECTED = {"collect_results", "draw_figures", *STUDIED}
AFTER_FIT = {"fit_models", "estimate_models", "check_models", "compare_models", *COLLECTED}
AFTER_TABULATE = {"tabulate_cells", "profile_scales", *AFTER_FIT}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    project = copy_project(tmp_path_factory.mktemp("finished") / "project")
    run = snakemake(project, config=SMALL)
    assert run.returncode == 0, run.stdout + run.stderr
    return project


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("untouched") / "project")


def edit(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return text


def test_every_artefact_of_the_contract_is_there(finished):
    state = finished / "results/simulated/RS"
    with (state / "sample_flow.csv").open() as file:
        flow = list(csv.DictReader(file))
    assert int(flow[0]["rows"]) == 60000
    assert int(flow[-1]["rows"]) == 60000 - sum(int(row["excluded"]) for row in flow)
    for name in ("cells.csv", "comparison.csv", "recovery.csv", "score_distribution.csv"):
        assert (state / "mean" / name).stat().st_size > 0
    with (state / "mean/effects_recovery.csv").open() as file:
        recovered = list(csv.DictReader(file))
    # intervals hold nine truths in ten, and those of one state's effects stand or fall together
    assert sum(row["covered"] == "True" for row in recovered) > 0.5 * len(recovered) > 20
    with (state / "mean/sensitivity/assumptions.csv").open() as file:
        main = {r["parameter"]: r for r in csv.DictReader(file) if r["assumption"] == "main"}
    with (state / "mean/school_type/effects.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["scope"] == "schools_like_these"]
    effects = {(r["effect"], r["contrast"]): r for r in rows if r["group"] == "all"}
    # one quantity by two ways through the library
    for name, key in (
        ("slope", ("slope", "twice the income")),
        ("gap_at_equal_income", ("gap_at_equal_income", "privada - publica")),
    ):
        away = abs(float(main[name]["mean"]) - float(effects[key]["mean"]))
        assert away < 0.15 * float(effects[key]["sd"])
        assert float(main[name]["sd"]) == pytest.approx(float(effects[key]["sd"]), rel=0.1)
    for name in ("presence.csv", "mean/groups.csv"):
        assert (state / name).stat().st_size > 0
    for model in MODELS:
        folder = state / "mean" / model
        for name in ("posterior.nc", "summary.csv", "estimates.csv", "effects.csv"):
            assert (folder / name).stat().st_size > 0
        checks = json.loads((folder / "checks.json").read_text())
        divergences = [c for c in checks["checks"] if c["name"] == "divergences"]
        assert checks["passed"], [c for c in checks["checks"] if c["passed"] is False]
        assert divergences[0]["value"] == 0
    for page, limit in (("report.html", 3_000_000), ("report_technical.html", 6_000_000)):
        assert 100_000 < (state / page).stat().st_size < limit
    figures = {path.name for path in (state / "mean/figures").iterdir()}
    for language in ("pt", "en"):
        names = {f"score_by_income.{language}.svg", f"score_by_income.{language}.png"}
        assert names <= figures


def test_every_result_is_the_output_of_a_rule(finished):
    results = digests(finished).keys()
    assert len(results) > 100
    assert results <= outputs(finished, config=SMALL)


def test_a_model_of_ones_own_is_in_every_table_and_on_the_page(finished):
    state = finished / "results/simulated/RS"
    with (state / "mean/mine/summary.csv").open() as file:
        names = {row["parameter"] for row in csv.DictReader(file)}
    assert {"intercept", "slope", "tau_race", "tau_race_slope", "tau_school", "sex[F]"} <= names
    for name in ("comparison.csv", "estimation/scales.csv"):
        with (state / "mean" / name).open() as file:
            assert "mine" in {row["model"] for row in csv.DictReader(file)}
    with (state / "mean/mine/estimates.csv").open() as file:
        found = {row["parameter"]: row for row in csv.DictReader(file)}
    assert float(found["slope"]["mle"]) == pytest.approx(float(found["slope"]["map"]), abs=2)
    page = (state / "report_technical.html").read_text(encoding="utf-8")
    assert OWN in page.replace("&#124;", "|")
    assert page.count("mine") > 20


@pytest.mark.parametrize(
    ("name", "formula", "away"),
    [
        ("mine", OWN, 1e-12),
        # the workflow adds its sums up from those by sex and race: other last digits, which ratios
        # to a gap near 0 in some draw make much of
        ("school_type", shipped_config()["formulas"]["school_type"], 1e-4),
    ],
)
def test_python_gives_what_the_workflow_wrote(finished, name, formula, away):
    table = enem.participants(finished / "data/participants/simulated", edition="simulated")
    found = enem.model(formula, name=name).fit(table, state="RS").effects()
    written = pd.read_csv(finished / f"results/simulated/RS/mean/{name}/effects.csv")
    # in posterior standard deviations
    unit = written["sd"].where(written["sd"] > 0, 1.0)
    for effects in (found, written):
        effects[STATISTICS] = effects[STATISTICS].div(unit, axis=0)
    pd.testing.assert_frame_equal(found, written, check_dtype=False, rtol=1e-9, atol=away)


def test_every_file_that_the_checklist_names_is_there(finished):
    state = finished / "results/simulated/RS"
    for _, artefact in ITEMS.values():
        if artefact and artefact != "config.yaml":
            assert (state / artefact.format(outcome="mean", model="pooled")).is_file()


def test_snakemakes_report_is_made_by_the_command_of_the_readme(finished):
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^uv run snakemake (.*) --report report.zip$", text, re.M)
    assert command == "--cores 2 --config editions=simulated"
    # the same configuration as the run's; the smaller one of these tests in place of that
    run = snakemake(finished, "--report", "report.zip", config=SMALL)
    assert run.returncode == 0, run.stdout + run.stderr
    with zipfile.ZipFile(finished / "report.zip") as archive:
        names = archive.namelist()
    assert any(name.endswith("report.html") for name in names)
    assert sum(name.endswith(".svg") for name in names) > 20


def test_a_second_run_does_nothing(finished):
    assert planned(snakemake(finished, "-n", config=SMALL)) == set()


def test_one_prior_refits_without_converting_again(finished):
    config = finished / "config.yaml"
    text = edit(config, "    sd: 50\n    reason: doubling", "    sd: 60\n    reason: doubling")
    rules = planned(snakemake(finished, "-n", config=SMALL))
    config.write_text(text, encoding="utf-8")
    assert rules == {*AFTER_FIT, "profile_scales", "build_report", "all"}


def test_a_prior_on_the_command_line_counts_too(finished):
    rules = planned(snakemake(finished, "-n", config=[*SMALL, "priors={slope: {sd: 60}}"]))
    assert rules == {*AFTER_FIT, "profile_scales", "build_report", "all"}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("check/loo.py", {"check_models", "compare_models", "profile_scales", *COLLECTED}),
        ("tabulate/cells.py", AFTER_TABULATE),
        ("convert/parse.py", {"convert_release", "count_incomes", *AFTER_TABULATE}),
    ],
)
def test_touching_the_library_reruns_what_depends_on_it(finished, module, expected):
    path = finished / "workflow/enem" / module
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\nADDED = 1\n", encoding="utf-8")
    rules = planned(snakemake(finished, "-n", config=SMALL))
    path.write_text(text, encoding="utf-8")
    assert rules == {*expected, "build_report", "all"}


def test_a_new_state_leaves_the_finished_one_alone(finished):
    run = snakemake(finished, "-n", config=[SMALL[0], "states=[RS,AC]", *SMALL[2:]])
    text = run.stdout + run.stderr
    assert planned(run) >= {"tabulate_cells", "fit_models"}
    assert "convert_release" not in planned(run)
    assert not re.search(r"(Drawing|Trying|Studying|results of|report of) .*RS", text)
    assert "Sampling AC-RS, edition simulated" in text, "which finds RS done"
    # of which a prior on the command line leaves nothing
    both = [*SMALL, "priors={slope: {sd: 60}}"]
    run = snakemake(finished, "-n", config=[both[0], "states=[RS,AC]", *both[2:]])
    assert re.search(r"Drawing .*RS", run.stdout + run.stderr)


def test_without_network_settings_the_default_names_inep(untouched):
    run = snakemake(untouched, "-n")
    text = run.stdout + run.stderr
    assert "download_release" in planned(run)
    assert "Tabulating RS, edition 2017" in text


def test_two_editions_never_share_a_file(untouched, shared_microdata):
    config = ["editions=[2018,2019]", "states=RJ", f"source={shared_microdata / 'first_rows'}"]
    run = snakemake(untouched, "-n", "--summary", config=config)
    paths = [line.split("\t")[0] for line in run.stdout.splitlines()[1:]]
    ours = [path for path in paths if "2018" in path]
    assert len(ours) > 20
    assert not set(ours) & {path for path in paths if "2019" in path}
    assert {path.replace("2018", "2019") for path in ours} <= set(paths)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        # one of each way in which a value comes; test_config.py has the sentences of all keys
        ("edition=2019", ["edition", "did you mean editions"]),
        ("state_by=residence", ["state_by", "SG_UF_RESIDENCIA", "state_by: exam"]),
        ("source=nowhere.zip", ["nowhere.zip"]),
        ("priors={slope: {family: flat}}", ["priors.slope.family", "proper prior", "normal"]),
        ("effects={profiles: [{school_type: privda, income: 1}]}", ["profiles", "privada"]),
    ],
)
def test_bad_config_is_refused_before_any_job(untouched, config, words):
    run = snakemake(untouched, "-n", config=[config])
    text = re.sub(r"\s+", " ", run.stdout + run.stderr)
    assert run.returncode != 0
    assert "Job stats" not in text
    assert "Traceback" not in text
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (
            "results/2017/SP/report.html",
            "SP: config key states is RS. Add --config states=SP, or",
        ),
        (
            "results/2019/RS/mean/cells.csv",
            "2019: config key editions is 2017. Add --config editions=2019, or",
        ),
        ("results/2017/RS/MT/cells.csv", "MT: config key outcomes is mean."),
        ("./results/2017/XX/report.html", "XX: config key states is RS."),
    ],
)
def test_a_file_that_the_configuration_does_not_analyse_is_refused(untouched, target, words):
    run = snakemake(untouched, target, "-n")
    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert f"Nothing makes {target}, of {words}" in said
    assert "KeyError" not in said


def test_a_file_of_a_configured_state_is_planned(untouched):
    target = "results/2017/SP/report.html"
    rules = planned(snakemake(untouched, target, "-n", config=["states=RS,SP"]))
    assert "build_report" in rules


def test_a_second_configfile_overrides_the_first(untouched, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("editions: simulated\nstates: [AC, SE]\n", encoding="utf-8")
    run = snakemake(untouched, "-n", "--configfile", "config.yaml", str(mine))
    text = run.stdout + run.stderr
    assert "simulate_release" in planned(run)
    assert "Tabulating AC-SE, edition simulated" in text


def test_a_state_without_participants_says_why(untouched, shared_microdata):
    source = shared_microdata / "microdados_enem_2019_AC.zip"
    config = ["editions=2019", "states=RR", f"source={source}"]
    run = snakemake(untouched, "results/2019/RR/sample_flow.csv", config=config)
    text = run.stdout + run.stderr
    assert run.returncode != 0
    assert "nobody is left to analyse in RR" in text
    assert not (untouched / "results/2019/RR/sample_flow.csv").exists()


def test_a_killed_stage_refits_only_what_was_not_done(finished):
    store = finished / "data/analyses/simulated"
    fits = store / "RS/mean"
    before = {model: (fits / model / "posterior.nc").stat().st_mtime_ns for model in MODELS}
    # as a stage that was killed after its second model leaves it: not through, two records
    for model in MODELS[2:]:
        (fits / model / "fit_models.json").unlink()
    for through in (store / "stages", store / "RS/stages"):
        (through / "fit_models.json").unlink()
    target = "data/analyses/simulated/stages/fit_models.json"
    run = snakemake(finished, target, config=SMALL)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "fit_models: 2 kept, 2 made" in run.stdout + run.stderr
    after = {model: (fits / model / "posterior.nc").stat().st_mtime_ns for model in MODELS}
    assert [model for model in MODELS if after[model] != before[model]] == list(MODELS[2:])


def test_without_a_server_the_sentence_names_the_url_and_two_ways_on(tmp_path):
    project = copy_project(tmp_path / "project")
    table = project / "data/sources.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace(
            "https://download.inep.gov.br/", "http://127.0.0.1:9/"
        ),
        encoding="utf-8",
    )
    run = snakemake(project, config=["retrieve={retries: 0, timeout: 2}"])
    text = run.stdout + run.stderr
    assert run.returncode != 0
    assert "http://127.0.0.1:9/microdados/microdados_enem_2017.zip" in text
    assert "--config source=" in text
    assert "--config editions=simulated" in text
    assert not (project / "data/raw/microdados_enem_2017.zip").exists()
