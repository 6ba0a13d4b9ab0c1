from itertools import combinations

import pandas as pd
import pytest

from enem.names import SCORES, STATES
from enem.report.characteristics import level_counts
from enem.report.files import read_table
from enem.report.page import build_report
from report_fixtures import MODELS, made_settings, write_artefacts
from wider_fixtures import PASSED, effect, write_covariates, write_figure, write_fit

FAILED = [*PASSED, {"name": "divergences", "passed": False}]


def write_joint(folder, checks=PASSED, n=5000):
    inside = folder / "joint"
    write_fit(inside, checks)
    write_figure(inside, "correlations")
    rows = [
        {
            "outcome": first,
            "other_outcome": second,
            "observed": 0.7 - i / 20,
            "n": n,
            "mean": 0.61 - i / 20,
            "interval_low": 0.5 - i / 20,
            "interval_high": 0.8 - i / 20,
        }
        for i, (first, second) in enumerate(combinations(SCORES, 2))
    ]
    pd.DataFrame(rows).to_csv(inside / "correlations.csv", index=False)


def write_states(outcome, small=()):
    inside = outcome / "states"
    few, many = {"n": 4, "n_private": 2}, {"n": 900, "n_private": 90}
    write_fit(inside)
    write_figure(inside, "states")
    rows = [
        effect(name, state, base + i / 10, **(few if state in small else many))
        for name, base in (("income_doubling", 11.0), ("gap_at_equal_income", 61.0))
        for i, state in enumerate(STATES)
    ]
    pd.DataFrame(rows).to_csv(inside / "effects.csv", index=False)
    spreads = [("tau_intercept_state", 21.7), ("tau_slope_state", 2.3)]
    summary = [
        {"parameter": name, "mean": mean, "interval_low": mean - 1, "interval_high": mean + 1}
        for name, mean in spreads
    ]
    pd.DataFrame(summary).to_csv(inside / "summary.csv", index=False)


def page(root, write=None, state="AC", **settings):
    folder = write_artefacts(root, state=state)
    write_covariates(folder / "mean")
    if write:
        write(folder)
    made = made_settings(MODELS, **settings)
    destination = root / "page.html"
    build_report(folder, root / "record.json", root / "conversion.json", made, destination)
    return destination.read_text(encoding="utf-8")


def section_of(html, name):
    return html.partition(f'<section id="{name}"')[2].partition("</section>")[0]


def test_the_section_tells_both_versions_in_both_languages(tmp_path):
    html = page(tmp_path, covariates=["race"])
    section = section_of(html, "covariates")
    for number in ("81,5", "81.5", "64,5", "64.5", "16,5", "9,5"):
        assert f">{number}</data>" in section
    for number in ("−12,5", "−12.5"):
        assert f">{number}</i>" in section
    assert "77" not in section, "a level of four participants is not shown"
    assert "Preta" in section
    assert "Black" in section
    assert "in the largest school type (State)" in section
    assert 'href="#covariates"' in html
    assert "Every check of these fits passed." in section


@pytest.mark.parametrize("name", ["covariates", "joint", "states"])
def test_what_was_not_asked_for_has_no_section(tmp_path, name):
    html = page(tmp_path)
    assert f'id="{name}"' not in html
    assert f'href="#{name}"' not in html


def test_the_five_scores_name_the_closest_pair_and_the_loosest(tmp_path):
    html = page(tmp_path, write_joint, joint=True)
    section = section_of(html, "joint")
    assert 'href="#joint"' in html
    sentences = section.partition("<figure")[0]
    for number in ("0,61", "0.61", "0.50", "0.80", "0.70", "0.16", "0,05", "0.35", "0.25"):
        assert f">{number}</data>" in sentences
    assert "nota de Ciências da Natureza" in sentences
    assert "essay score" in sentences
    assert section.count("<tr") == 11


def test_methods_state_the_priors_of_the_wider_models_that_were_fitted(tmp_path):
    def of_wider(html):
        methods = section_of(html, "methods")
        words = ("two levels", "covariate’s levels", "slopes between states", "prior LKJ(")
        return [word for word in words if word in methods]

    assert of_wider(page(tmp_path / "plain")) == []
    assert of_wider(page(tmp_path / "race", covariates=["race"])) == [
        "two levels",
        "covariate’s levels",
    ]
    joint = page(tmp_path / "joint", write_joint, joint=True)
    assert of_wider(joint) == ["prior LKJ("]
    assert 'data-source="config.yaml::wide.lkj_eta"' in joint
    country = page(tmp_path / "country", lambda f: write_states(f / "mean"), state="BR")
    assert of_wider(country) == ["slopes between states"]


def test_failed_checks_of_wider_fits_are_named(tmp_path):
    html = page(tmp_path, lambda folder: write_joint(folder, FAILED), joint=True)
    section = section_of(html, "joint")
    assert "Not every check of these fits passed" in section
    assert "Divergent transitions" in section


def test_correlations_of_few_participants_are_hidden(tmp_path):
    html = page(tmp_path, lambda folder: write_joint(folder, n=8), joint=True)
    section = section_of(html, "joint")
    assert "fewer than" in section
    assert "<table" not in section
    assert "0.61" not in section


def test_all_states_together_have_a_row_each_and_small_ones_no_numbers(tmp_path):
    html = page(tmp_path, lambda f: write_states(f / "mean", ("RR",)), state="BR")
    section = section_of(html, "states")
    assert 'href="#states"' in html
    assert section.count("<tr") == 28
    for number in ("21,7", "21.7", "2.3", "20.7", "22.7"):
        assert f">{number}</data>" in section
    (row,) = [row for row in section.split("<tr") if "Roraima" in row]
    assert "fewer than" in row
    place = STATES.index("RR") / 10
    assert f"{11 + place:.1f}" not in row
    assert f"{61 + place:.1f}" not in row
    assert "one side has fewer than" in row
    assert "n:mean" not in row
    assert 'data-source="~n"' not in row
    (row,) = [row for row in section.split("<tr") if "Rio Grande do Sul" in row]
    place = STATES.index("RS") / 10
    assert f"{11 + place:.1f}" in row
    assert f"{61 + place:.1f}" in row


def test_a_reference_level_has_the_participants_of_no_other(tmp_path):
    folder = write_artefacts(tmp_path)
    write_covariates(folder / "mean")
    effects = read_table(folder, "mean/covariates/school_type/effects.csv")
    counts = level_counts(effects, 430)
    assert counts == {("race", "branca"): 306, ("race", "preta"): 120, ("race", "indigena"): 4}
