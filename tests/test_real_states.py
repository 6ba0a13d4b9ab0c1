import csv
import json
import re
from collections import Counter

import pytest

from reading import long_ones, spoken
from workflow_copy import copy_project, planned, snakemake

MODELS = ("pooled", "school_type", "income", "school_type_income", "school_context")
AC = "microdados_enem_2019_AC.zip"
RS = "microdados_enem_2017_RS_sample.zip"


def analyse(project, source, edition, state, *more, targets=()):
    config = [f"editions={edition}", f"states={state}", f"source={source}", *more]
    run = snakemake(project, *targets, config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    assert planned(snakemake(project, *targets, "-n", config=config)) == set()
    return project / "results" / str(edition) / state


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def checks(folder):
    return {c["name"]: c for c in json.loads((folder / "checks.json").read_text())["checks"]}


def test_a_whole_state_passes_every_check(tmp_path, shared_microdata):
    state = analyse(copy_project(tmp_path / "project"), shared_microdata / AC, 2019, "AC")
    assert read(state / "sample_flow.csv")[-1]["rows"] == "4569"
    for model in MODELS:
        verdicts = checks(state / "mean" / model)
        failed = {c["name"] for c in verdicts.values() if c["passed"] is False}
        # `income` knows no school types, which make municipalities differ
        assert failed <= ({"group_predictive"} if model == "income" else set())
        assert verdicts["divergences"]["value"] == 0
    slopes = {r["parameter"]: float(r["mean"]) for r in read(state / "mean/pooled/summary.csv")}
    # ordinary least squares on the same rows, by an independent reading of the file: 23.197
    assert slopes["slope"] == pytest.approx(23.197, abs=0.1)
    notes = {r["assumption"]: r["note"] for r in read(state / "mean/sensitivity/assumptions.csv")}
    assert notes["population.school_type"] == "not_available"
    assert notes["population.trainees"] == "same_participants"
    binned = read(state / "mean/sensitivity/binning.csv")
    moved = [r for r in binned if r["rows"] == "sample" and float(r["width"]) == 5]
    assert max(abs(float(r["difference_in_sd"])) for r in moved) < 0.02
    for page in ("report.html", "report_technical.html"):
        html = (state / page).read_text(encoding="utf-8")
        assert [long for tag in ("pt-BR", "en") for long in long_ones(spoken(html, tag))] == []
    # and with a fourth school type
    assert WIDER * size_with_outcomes(state / "report_technical.html", 6) < 6_000_000


WIDER = 1.15
"""Bytes of a page of four school types (SP, simulated) over those of this one, of six scores."""
OF_OUTCOMES = ("answer", "sample", "explore", "models", "estimates", "checks")
OF_OUTCOMES += ("sensitivity", "schools", "municipal")


def size_with_outcomes(page, outcomes):
    """Bytes of a page of one outcome if it had so many: sections of outcomes that often."""
    html = page.read_text(encoding="utf-8")
    found = dict(re.findall(r'<section id="(\w+)"(.*?)</section>', html, re.DOTALL))
    of_one = sum(len(found[name].encode()) for name in OF_OUTCOMES)
    return len(html.encode()) + (outcomes - 1) * of_one


@pytest.mark.parametrize(
    ("state_by", "participants", "models", "targets"),
    [
        ("residence", 56, MODELS, ()),
        # the tables alone, of which pages are made as of the first
        ("exam", 56, MODELS[1:2], ("results/2017/RS/mean/sensitivity/assumptions.csv",)),
    ],
)
def test_groups_of_three_do_not_break_a_tiny_sample(
    tmp_path, shared_microdata, state_by, participants, models, targets
):
    project = copy_project(tmp_path / "project")
    asked = (f"state_by={state_by}", f"models=[{','.join(models)}]")
    state = analyse(project, shared_microdata / RS, 2017, "RS", *asked, targets=targets)
    assert int(read(state / "sample_flow.csv")[-1]["rows"]) == participants
    for model in models:
        verdicts = checks(state / "mean" / model)
        assert [c for c in verdicts.values() if c["passed"] is False] == []
        assert verdicts["divergences"]["value"] == 0
    others = read(state / "mean/sensitivity/assumptions.csv")
    reported = [r for r in others if r["alternative"] == "self_reported"]
    # graduates, too, say where they attended school
    assert max(int(r["n"]) for r in reported) > 2 * participants
    summary = {r["parameter"]: r for r in read(state / "mean/school_type/summary.csv")}
    empty, full = summary["slope[municipal]"], summary["slope[estadual]"]
    assert float(empty["n"]) == 0
    assert float(empty["sd"]) > float(full["sd"])
    estimates = {r["parameter"]: r for r in read(state / "mean/school_type/estimates.csv")}
    assert estimates["sigma[municipal]"]["mle"] == ""
    counts = Counter()
    for row in read(state / "mean/cells.csv"):
        counts[row["school_type"]] += int(row["n"])
    small = [name for name, n in counts.items() if 0 < n < 10]
    assert small
    drawn = list((state / "mean/figures").glob("*.csv"))
    assert bool(drawn) == (not targets)
    for path in drawn:
        assert not [name for name in small if name in path.read_text(encoding="utf-8")], path.name
