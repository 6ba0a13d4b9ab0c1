import json
from itertools import combinations

import pandas as pd

from enem.names import SCORES
from enem.report.page import TECHNICAL
from report_fixtures import MODELS, SVG, made_settings, traced, write_artefacts, write_pages

PASSED = [{"name": "r_hat", "passed": True}, {"name": "groups_without_data", "passed": None}]
FAILED = [*PASSED, {"name": "divergences", "passed": False}]


def write_joint(folder, checks=PASSED, n=5000):
    inside = folder / "joint"
    (inside / "figures").mkdir(parents=True)
    (inside / "checks.json").write_text(json.dumps({"passed": True, "checks": checks}))
    for code in ("pt", "en"):
        (inside / "figures" / f"correlations.{code}.svg").write_text(SVG)
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


def page(root, write=None, **settings):
    folder = write_artefacts(root)
    if write:
        write(folder)
    made = made_settings(MODELS, **settings)
    write_pages(folder, root / "record.json", root / "conversion.json", made, root)
    return (root / TECHNICAL).read_text(encoding="utf-8")


def section_of(html, name):
    return html.partition(f'<section id="{name}"')[2].partition("</section>")[0]


def test_what_was_not_asked_for_has_no_section(tmp_path):
    html = page(tmp_path)
    assert 'id="joint"' not in html
    assert 'href="#joint"' not in html


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


def test_methods_state_the_prior_of_correlations_where_they_were_fitted(tmp_path):
    plain = page(tmp_path / "plain")
    assert "prior LKJ(" not in plain
    joint = page(tmp_path / "joint", write_joint, joint=True)
    assert "prior LKJ(" in section_of(joint, "methods")
    assert 'data-source="config.yaml::priors.correlation.eta"' in traced(joint)


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
