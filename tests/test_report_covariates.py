import pandas as pd

from enem.report.page import build_report
from report_fixtures import MODELS, SVG, made_settings, write_artefacts


def effect(name, group, mean, **more):
    low, high = mean - 2, mean + 2
    numbers = {"mean": mean, "sd": 1.0, "interval_low": low, "interval_high": high}
    return {"effect": name, "group": group, "unit": "points", **numbers, **more}


def write_covariates(outcome):
    inside = outcome / "covariates"
    (inside / "figures").mkdir(parents=True)
    for code in ("pt", "en"):
        (inside / "figures" / f"adjustment.{code}.svg").write_text(SVG)
    levels = [
        effect("race", "preta", -12.5, contrast="preta minus branca", n=120),
        effect("race", "indigena", -77.7, contrast="indigena minus branca", n=4),
    ]
    rows = []
    for model in MODELS:
        (inside / model).mkdir()
        pd.DataFrame(levels).to_csv(inside / model / "effects.csv", index=False)
        for version, gap, slope in (("without", 81.5, 16.5), ("with", 64.5, 9.5)):
            both = {"model": model, "covariates": version}
            rows.append(both | effect("gap_at_equal_income", "all", gap))
            rows.append(both | effect("income_doubling", "estadual", slope))
    pd.DataFrame(rows).to_csv(inside / "adjustment.csv", index=False)


def page(root, **settings):
    folder = write_artefacts(root)
    write_covariates(folder / "mean")
    made = made_settings(MODELS, **settings)
    destination = root / "page.html"
    build_report(folder, root / "record.json", root / "conversion.json", made, destination)
    return destination.read_text(encoding="utf-8")


def test_the_section_tells_both_versions_in_both_languages(tmp_path):
    html = page(tmp_path, covariates=["race"])
    section = html.partition('<section id="covariates"')[2].partition("</section>")[0]
    for number in ("81,5", "81.5", "64,5", "64.5", "16,5", "9,5"):
        assert f">{number}</data>" in section
    for number in ("−12,5", "−12.5"):
        assert f">{number}</span>" in section
    assert "77" not in section, "a level of four participants is not shown"
    assert "Preta" in section
    assert "Black" in section
    assert 'href="#covariates"' in html


def test_without_covariates_there_is_no_section(tmp_path):
    html = page(tmp_path)
    assert 'id="covariates"' not in html
    assert 'href="#covariates"' not in html
