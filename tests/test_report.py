import json
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import h5netcdf
import pandas as pd
import pytest
import yaml
from babel.messages.pofile import read_po

from enem.errors import InputError
from enem.figures.names import figure_names
from enem.report import build_report
from enem.report.artefacts import read_artefacts
from enem.report.findings import answer, comparison_message
from enem.report.groups import groups_of
from enem.report.inline_svg import inline_svg
from enem.report.locale import FOLDER, TAGS, language
from enem.report.phrases import PERCENT, Number
from enem.report.sample import STEPS

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = ["pooled", "school_type"]
COUNTS = {"federal": 40, "estadual": 300, "municipal": 30, "privada": 60}
SVG = """<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"
 "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt"
 viewBox="0 0 9 9"><metadata><a href="http://example.org/"/></metadata>
<defs><style>*{stroke-linejoin: round}</style><clipPath id="clip"><rect width="9"/></clipPath>
<path id="mark" d="M 1.23456 2.5"/></defs>
<g clip-path="url(#clip)" onclick="alert(1)"><use xlink:href="#mark"/><text>A &lt; B</text></g>
</svg>
"""


# --- made artefacts


def made_settings(models=MODELS, **changes):
    settings = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    settings |= {"editions": ["2019"], "states": ["AC"], "outcomes": ["mean"]}
    return settings | {"models": list(models), "sources": {"2019": "x"}} | changes


def made_cells(counts):
    rows = [
        (group, bracket, n // 2, 500.125, 9.0)
        for group, n in counts.items()
        for bracket in ("A", "B")
    ]
    return pd.DataFrame(rows, columns=["school_type", "income_bracket", "n", "mean", "ss"])


def made_parameters(model, counts):
    names = ["intercept", "slope"]
    if model == "pooled":
        return [*names, "sigma"]
    groups = [f"{kind}[{group}]" for kind in (*names, "sigma") for group in counts]
    return [*names, "tau_intercept", "tau_slope", *groups]


def interval(mean, half):
    return {
        "mean": mean,
        "sd": half / 1.645,
        "interval_low": mean - half,
        "interval_high": mean + half,
    }


def made_effects(model, counts):
    row = {"contrast": "c", "unit": "points", "definition": "d"}
    if model == "pooled":
        slope = interval(23.19479, 1.5)
        return pd.DataFrame([{"effect": "income_doubling", "group": "all", **row, **slope}])
    rows = [
        {"effect": "income_doubling", "group": group, **row, **interval(14.92372 + i, 2)}
        for i, (group, n) in enumerate(counts.items())
        if n > 0
    ]
    if counts.get("privada"):
        for effect, numbers in (
            ("raw_gap", interval(116.29545, 7)),
            ("gap_at_equal_income", interval(80.44014, 7)),
            ("gap_explained_by_income", interval(0.30867, 0.03)),
        ):
            rows.append({"effect": effect, "group": "all", **row, **numbers})
    return pd.DataFrame(rows)


def write_model(folder, model, counts):
    folder.mkdir(parents=True)
    names = made_parameters(model, counts)
    summary = [{"parameter": p, **interval(100.37 + i, 5.5)} for i, p in enumerate(names)]
    pd.DataFrame(summary).to_csv(folder / "summary.csv", index=False)
    columns = ["mle", "map", "laplace_sd", "posterior_mean", "posterior_sd", "map_minus_mean_in_sd"]
    estimates = pd.DataFrame(
        [[99.11 + i, 98.22 + i, 4.33, 100.37 + i, 3.34, -0.0012] for i in range(len(names))],
        columns=columns,
    )
    estimates.insert(0, "parameter", names)
    estimates.loc[0, "laplace_sd"] = None
    estimates.to_csv(folder / "estimates.csv", index=False)
    made_effects(model, counts).to_csv(folder / "effects.csv", index=False)
    observed = [
        {"group": group, "statistic": statistic, "observed": value if n else None}
        for i, (group, n) in enumerate({**counts, "all": sum(counts.values())}.items())
        for statistic, value in (("mean", 612.34 + i), ("sd", 71.23 + i))
    ]
    pd.DataFrame(observed).to_csv(folder / "predictive.csv", index=False)
    checks = [
        ("r_hat", True, 1.00377, 1.01, "The largest R-hat is 1.0038."),
        ("prior_predictive", True, 0.9973, 0.9, "100% of <b>scores</b>."),
        ("optimum_mle", None, 1.3e-13, None, "A gradient."),
    ]
    keys = ("name", "passed", "value", "threshold", "message")
    record = {"passed": True, "checks": [dict(zip(keys, c, strict=True)) for c in checks]}
    (folder / "checks.json").write_text(json.dumps(record))
    with h5netcdf.File(folder / "posterior.nc", "w") as file:
        file.attrs["data_sha256"] = "d" * 64
        file.attrs["config_sha256"] = "c" * 64
        file.attrs["sampler"] = json.dumps({"seed": 1})
        file.attrs["versions"] = json.dumps({"pymc": "6.4.0"})


def write_artefacts(root, *, edition="2019", state="AC", counts=COUNTS, models=MODELS, truths=None):
    folder = root / "results" / edition / state
    for model in models:
        write_model(folder / "mean" / model, model, counts)
    outcome = folder / "mean"
    made_cells(counts).to_csv(outcome / "cells.csv", index=False)
    comparison = {
        "model": list(reversed(models)),
        "rank": range(len(models)),
        "elpd": -25522.94,
        "se": 47.65,
        "elpd_diff": [-245.89 * i for i in range(len(models))],
        "diff_se": [23.56 * i for i in range(len(models))],
        "weight": 0.5,
        "pareto_k_max": 0.19,
        "note": None,
    }
    pd.DataFrame(comparison).to_csv(outcome / "comparison.csv", index=False)
    columns = ["model", "parameter", "truth", "mean", "interval_low", "interval_high", "covered"]
    pd.DataFrame(truths or [], columns=columns).to_csv(outcome / "recovery.csv", index=False)
    (outcome / "figures").mkdir()
    for name in figure_names(models):
        (outcome / "figures" / f"{name}.svg").write_text(SVG)
    flow = [
        ("rows in the file", 38229, 0),
        (f"exam in {state}", 38043, 186),
        ("a step <i>unknown</i>", 430, 37613),
    ]
    table = pd.DataFrame(flow, columns=["step", "rows", "excluded"]).assign(outcome="mean")
    table.to_csv(folder / "sample_flow.csv", index=False)
    income = [("A", 0, 0, 0.25, 249.5, -3.0), ("B", 0, None, 1.25, 1247.5, -0.678)]
    columns = ["income_bracket", "lower_min_wages", "upper_min_wages", "value_min_wages"]
    columns += ["value_brl", "x"]
    pd.DataFrame(income, columns=columns).to_csv(folder / "income.csv", index=False)
    record = {"edition": edition, "source": "/home/a/enem.zip", "pinned": False}
    record["last_modified"] = "Tue, 15 Nov 2022 12:45:26 GMT"
    (root / "record.json").write_text(json.dumps(record))
    conversion = {
        "zip_sha256": "a" * 64,
        "zip_bytes": 3927945,
        "member": "DADOS/<script>alert(1)</script>.csv",
        "layout": "first_release",
        "rows": 38229,
        "expected_rows": 5095171,
        "income_column": "Q006",
    }
    (root / "conversion.json").write_text(json.dumps(conversion))
    return folder


def build(root, settings=None, **made):
    folder = write_artefacts(root, **made)
    settings = settings or made_settings(made.get("models", MODELS))
    page = root / "page.html"
    build_report(folder, root / "record.json", root / "conversion.json", settings, page)
    return page.read_text(encoding="utf-8")


# --- reading a page


VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.links, self.data, self.headings = [], [], [], [], []
        self.text = {"pt-BR": [], "en": []}
        self.rows = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [(tag, k, v) for k, v in attrs.items() if k in ("src", "href", "action")]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "tr":
            self.rows.append("")
        if tag == "data":
            self.data.append([float(attrs["value"]), attrs["data-source"], {}])
        if tag not in VOID:
            self.open.append((tag, attrs.get("lang") if attrs.get("class") == "l" else None))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag, (opened, tag)

    def handle_data(self, text):
        tags = [tag for tag, _ in self.open]
        if "style" in tags or "script" in tags:
            return
        language = next((lang for _, lang in reversed(self.open) if lang), None)
        for tag in [language] if language else list(self.text):
            self.text[tag].append(text)
            if "data" in tags:
                shown = self.data[-1][2]
                shown[tag] = shown.get(tag, "") + text
        if "tr" in tags:
            self.rows[-1] += text


def parse_number(text, tag):
    text = text.replace("\N{MINUS SIGN}", "-").removesuffix("%").replace("\xa0", "")
    text = text.replace(".", "").replace(",", ".") if tag == "pt-BR" else text.replace(",", "")
    mantissa, _, exponent = text.partition("E")
    digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return float(text), digits


def look_up(source, root, folder, settings):
    file, selector, column = source.split(":")
    if file.endswith(".csv"):
        table = pd.read_csv(folder / file)
        for condition in filter(None, selector.split(";")):
            name, _, value = condition.partition("=")
            table = table[table[name].astype(str) == value]
        if aggregate := re.fullmatch(r"(sum|count|mean)\((\w+)\)", column):
            return getattr(table[aggregate[2]], aggregate[1])()
        assert len(table) == 1
        return table[column].iloc[0]
    places = {"config.yaml": None, "conversion.json": root, "record.json": root}
    place = places.get(file, folder)
    found = settings if place is None else json.loads((place / file).read_text())
    for key in column.split("."):
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found


# --- the page as a whole


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    root = tmp_path_factory.mktemp("usual")
    return root, build(root)


def test_page_is_well_formed_and_asks_for_nothing(usual):
    html = usual[1]
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert all(v.startswith("#") for _, _, v in page.links)
    assert {v[1:] for _, _, v in page.links} <= set(page.ids)
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    assert "http:" not in html.replace("http://www.w3.org/2000/svg", "")
    assert len(html.encode()) < 6_000_000


def test_headings_descend_one_level_at_a_time(usual):
    headings = Page(usual[1]).headings
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))


def test_every_number_equals_its_artefact(usual):
    root, html = usual
    page, settings = Page(html), made_settings()
    assert len(page.data) > 100
    for value, source, shown in page.data:
        expected = float(look_up(source, root, root / "results/2019/AC", settings))
        assert value == pytest.approx(expected, rel=1e-12), source
        for tag, text in shown.items():
            number, digits = parse_number(text, tag)
            scale = 100 if text.endswith("%") else 1
            assert abs(number - scale * expected) <= 0.5001 * 10**-digits, (source, text)


def test_every_number_in_prose_names_its_source(usual):
    answer = usual[1].partition('<div class="answer">')[2].partition("</div>")[0]
    prose = re.sub(r"<data .*?</data>", "", answer)
    assert not re.search(r"\d", re.sub(r"<[^>]*>", "", prose))


def test_estimates_stand_under_their_headings(usual):
    table = usual[1].partition('id="estimates-mean-school_type"')[2].partition("</table>")[0]
    head, _, body = table.partition("</thead>")
    english = re.sub(r'<span class="l" lang="pt-BR">.*?</span>', "", head)
    names = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<th .*?</th>", english)]
    assert names == [
        *("Parameter", "MLE", "MAP", "Laplace SD", "Posterior mean", "Posterior SD", "Interval"),
        "MAP minus mean, in SDs",
    ]
    row = next(row for row in body.split("<tr>") if "parameter=slope[privada]" in row)
    columns = re.findall(r'data-source="[^"]*:(\w+)"', row)
    assert list(dict.fromkeys(columns)) == [
        *("mle", "map", "laplace_sd", "posterior_mean", "posterior_sd"),
        *("interval_low", "interval_high", "map_minus_mean_in_sd"),
    ]


def test_both_languages_hold_the_same_numbers(usual):
    page = Page(usual[1])
    for value, source, shown in page.data:
        said = {parse_number(text, tag)[0] for tag, text in shown.items()}
        assert len(said) == 1, (source, value, shown)
    spans = re.findall(r'<span class="l" lang="([\w-]+)">', usual[1])
    assert spans.count("pt-BR") == spans.count("en")


def test_answer_is_said_in_both_languages(usual):
    page = Page(usual[1])
    portuguese, english = ("".join(page.text[tag]) for tag in ("pt-BR", "en"))
    assert "acompanha 15,9 pontos a mais na rede estadual" in portuguese
    assert "goes with 15.9 more points in state schools" in english
    assert "intervalo de credibilidade de 90%: de 73,4 a 87,4" in portuguese
    assert "accounts for 31% of the raw gap of 116.3 points" in english
    assert "38.229" in portuguese
    assert "38,229" in english
    assert "15 de novembro de 2022" in portuguese
    assert "November 15, 2022" in english


def test_same_artefacts_give_the_same_bytes(usual, tmp_path):
    assert build(tmp_path) == usual[1]


@pytest.mark.parametrize(("code", "tag"), TAGS.items())
def test_first_language_is_a_setting(code, tag, tmp_path):
    settings = made_settings(report={"smallest_group": 10, "language": code})
    html = build(tmp_path, settings)
    assert f'<html lang="{tag}">' in html
    assert re.search(rf'id="language-{code}" [^>]* checked>', html)
    assert html.count(" checked>") == 1


# --- cases


def test_simulated_data_carry_a_banner_and_their_recovery(tmp_path):
    truths = [
        ("school_type", "slope[estadual]", 14.5, 14.9, 13.0, 16.0, True),
        ("school_type", "slope[privada]", 20.5, 14.9, 13.0, 16.0, False),
    ]
    page = Page(build(tmp_path, edition="simulated", truths=truths))
    english = "".join(page.text["en"])
    assert "No number on this page says anything about Brazil." in english
    assert "hold 1 of the 2 true values (50%)" in english
    assert "A test of the method on simulated data" in english


def test_real_data_carry_no_banner(usual):
    assert 'class="banner"' not in usual[1]
    assert "known truth" not in "".join(Page(usual[1]).text["en"])


def test_pooled_model_alone(tmp_path):
    page = Page(build(tmp_path, models=["pooled"]))
    english = "".join(page.text["en"])
    assert "23.2 more points, all school types taken together" in english
    assert "nothing is said here about private and public schools" in english
    assert "Only one model was fitted" in english


def test_every_outcome_is_on_the_page(tmp_path):
    folder = write_artefacts(tmp_path)
    shutil.copytree(folder / "mean", folder / "MT")
    flow = pd.read_csv(folder / "sample_flow.csv")
    both = pd.concat([flow, flow.assign(outcome="MT")])
    both.to_csv(folder / "sample_flow.csv", index=False)
    destination = tmp_path / "page.html"
    record, conversion = tmp_path / "record.json", tmp_path / "conversion.json"
    settings = made_settings(outcomes=["mean", "MT"])
    build_report(folder, record, conversion, settings, destination)
    page = Page(destination.read_text())
    assert len(page.ids) == len(set(page.ids))
    assert all(b - a <= 1 for a, b in pairwise(page.headings))
    assert {"figure-mean-score_by_income", "figure-MT-score_by_income"} <= set(page.ids)
    assert "".join(page.text["en"]).count("Twice the family income goes with") == 2


@pytest.mark.parametrize(
    ("size", "words"), [(0, "no participants"), (3, "fewer than 10 participants")]
)
def test_small_groups_have_no_numbers(size, words, tmp_path):
    html = build(tmp_path, counts={**COUNTS, "municipal": size})
    page = Page(html)
    rows = [row for row in page.rows if "Municipal" in row]
    assert len(rows) >= 4
    assert all(words in row for row in rows)
    assert all(not re.search(r"\d", row.replace("10 participan", "")) for row in rows)
    sources = [source for _, source, _ in page.data]
    assert not any("municipal" in source for source in sources)


def test_gap_is_not_shown_when_one_side_is_small(tmp_path):
    page = Page(build(tmp_path, counts={**COUNTS, "privada": 4}))
    english = "".join(page.text["en"])
    assert "one side has fewer than 10 participants" in english
    assert not any("gap" in source for _, source, _ in page.data)
    assert "figure-mean-gap_by_income" not in page.ids


def test_failed_check_is_said_first(tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/pooled/checks.json"
    record = json.loads(path.read_text())
    record["passed"] = record["checks"][0]["passed"] = False
    path.write_text(json.dumps(record))
    destination = tmp_path / "page.html"
    record, conversion = tmp_path / "record.json", tmp_path / "conversion.json"
    build_report(folder, record, conversion, made_settings(), destination)
    english = "".join(Page(destination.read_text()).text["en"])
    assert "Some check failed." in english
    assert "Convergence of chains (R-hat), model “One line”." in english


def test_hostile_words_show_as_text(tmp_path):
    hostile = "<img src=x onerror=alert(1)>"
    settings = made_settings()
    settings["priors"]["slope"]["reason"] = hostile
    html = build(tmp_path, settings, edition=hostile, state="<b>XX")
    page = Page(html)
    assert "<img" not in html
    assert "<b>" not in html
    assert html.count("<script>") == 1
    english = "".join(page.text["en"])
    assert "<b>XX, <img src=x onerror=alert(1)>" in english
    assert "DADOS/<script>alert(1)</script>.csv" in english
    assert "a step <i>unknown</i>" in english
    assert "100% of <b>scores</b>." in english


def test_folders_of_one_computer_are_not_told(tmp_path):
    html = build(tmp_path, made_settings(source="/home/maria/microdados_enem_2019.zip"))
    assert "/home" not in html
    assert "microdados_enem_2019.zip" in html


@pytest.mark.parametrize(
    "name", ["mean/school_type/effects.csv", "mean/pooled/posterior.nc", "mean/figures/pooling.svg"]
)
def test_missing_artefact_is_named(name, tmp_path):
    folder = write_artefacts(tmp_path)
    (folder / name).unlink()
    destination = tmp_path / "page.html"
    with pytest.raises(InputError, match=rf"{Path(name).name} is missing.*run the stage"):
        build_report(
            folder,
            tmp_path / "record.json",
            tmp_path / "conversion.json",
            made_settings(),
            destination,
        )
    assert not destination.exists()


# --- pieces


def catalogue(code):
    with (FOLDER / f"{code}.po").open("rb") as file:
        return [entry for entry in read_po(file) if entry.id]


def test_catalogues_are_complete_and_alike():
    entries = {code: catalogue(code) for code in TAGS}
    for code, found in entries.items():
        assert all(entry.string.strip() and not entry.fuzzy for entry in found), code
    placeholders = {
        code: {e.id: sorted(set(re.findall(r"\{(\w*)\}", e.string))) for e in found}
        for code, found in entries.items()
    }
    assert placeholders["pt"] == placeholders["en"]


def test_every_key_of_the_templates_is_in_the_catalogues():
    keys = set(language("en").messages)
    assert set(STEPS.values()) <= keys
    for path in (FOLDER.parent / "templates").glob("*.jinja"):
        used = re.findall(r'say\("([\w.]+)"[,)]', path.read_text(encoding="utf-8"))
        used += re.findall(r'"(column\.\w+)"', path.read_text(encoding="utf-8"))
        assert set(used) <= keys, path.name


def test_shipped_reasons_of_priors_are_translated():
    priors = made_settings()["priors"]
    said = {name: language("en").messages[f"prior.{name}.reason"] for name in priors}
    assert said == {name: prior["reason"] for name, prior in priors.items()}


@pytest.mark.parametrize(
    ("value", "pattern", "portuguese", "english"),
    [
        (12345.67, "#,##0.0", "12.345,7", "12,345.7"),
        (-0.001, "0.00", "0,00", "0.00"),
        (-3.14, "0.00", "−3,14", "−3.14"),
        (0.3386, PERCENT, "34%", "34%"),
        (1.3e-13, "0.0E0", "1,3E−13", "1.3E−13"),
    ],
)
def test_numbers_follow_the_language(value, pattern, portuguese, english):
    number = Number(value, "source", pattern)
    assert language("pt").number(number) == portuguese
    assert language("en").number(number) == english


def test_svg_is_made_fit_for_a_page():
    markup = str(inline_svg(SVG, "one", "caption"))
    assert 'clip-path="url(#one-clip)"' in markup
    assert 'href="#one-mark"' in markup
    assert 'aria-labelledby="caption"' in markup
    assert "#one *{" in markup
    assert "1.23 2.5" in markup
    for unwanted in ("metadata", "onclick", "example.org", "DOCTYPE", "xlink"):
        assert unwanted not in markup


def test_svg_that_loads_something_is_refused():
    hostile = SVG.replace("*{stroke-linejoin: round}", "@import 'x.css'")
    with pytest.raises(InputError, match="figure one loads something from outside"):
        inline_svg(hostile, "one", "caption")


# --- what the answer says


def read(root, folder):
    return read_artefacts(folder, root / "record.json", root / "conversion.json", made_settings())


def changed_effects(folder, effect, low, mean, high):
    path = folder / "mean/school_type/effects.csv"
    table = pd.read_csv(path)
    chosen = table["effect"] == effect
    table.loc[chosen, ["interval_low", "mean", "interval_high"]] = [low, mean, high]
    table.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("effect", "numbers", "words"),
    [
        ("gap_at_equal_income", (-4.0, 3.1, 9.0), "the data do not settle who scores higher"),
        ("gap_at_equal_income", (-9.0, -5.1, -1.0), "−5.1 points, in favour of public schools"),
        ("income_doubling", (-9.0, -5.1, -1.0), "a change of −5.1 points in state schools"),
        ("income_doubling", (-9.0, 5.1, 20.0), "The data do not settle whether scores rise"),
        ("raw_gap", (-2.0, 3.1, 8.0), "cannot be divided reliably between income and the rest"),
        ("gap_explained_by_income", (-0.2, 0.3, 0.9), "cannot be divided reliably"),
    ],
)
def test_answer_follows_the_intervals(effect, numbers, words, tmp_path):
    folder = write_artefacts(tmp_path)
    changed_effects(folder, effect, *numbers)
    artefacts = read(tmp_path, folder)
    outcome, settings = artefacts.outcomes[0], artefacts.settings
    sentences = answer(outcome, groups_of(outcome, settings), settings)
    assert len(sentences) == 3
    assert words in " ".join(language("en").plain(sentence) for sentence in sentences)


@pytest.mark.parametrize(
    ("next_diff", "error", "words"),
    [(-20.0, 5.0, "a clear difference"), (-20.0, 12.0, "about equally well"), (-3.0, 0.1, "about")],
)
def test_comparison_needs_a_clear_difference(next_diff, error, words, tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/comparison.csv"
    table = pd.read_csv(path).assign(elpd_diff=[0, next_diff], diff_se=[0, error])
    table.to_csv(path, index=False)
    sentence = language("en").plain(comparison_message(read(tmp_path, folder).outcomes[0]))
    assert words in sentence
