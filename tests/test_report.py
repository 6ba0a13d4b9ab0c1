import gzip
import json
import re
import shutil
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import brentq
from scipy.stats import norm

from enem.check.sentences import sentences
from enem.errors import InputError
from enem.figures.names import main_model
from enem.language import TAGS, language
from enem.language.parameters import parameter_label
from enem.mixed.maximum import PROBLEMS
from enem.names import PUBLIC
from enem.netcdf import write_tree
from enem.report.artefacts import read_artefacts
from enem.report.compact_svg import shorten_path
from enem.report.groups import groups_of
from enem.report.inline_svg import inline_svg, share_styles, shorten_identifiers
from enem.report.page import STORY, TECHNICAL
from enem.report.sections.answer import answer
from enem.report.sections.checklist import ITEMS
from enem.report.sections.explore import predict
from enem.report.sections.explore.chart_data import SENTENCES
from enem.report.sections.explore.profile_tables import bracket_label
from enem.report.sections.methods.formulas import SHIPPED
from enem.report.sections.models import comparison_messages, comparison_rows
from enem.report.tables import Table
from enem.report.templates import SECTIONS
from report_fixtures import (
    BRACKETS,
    COUNTS,
    GROUPS,
    MODELS,
    SVG,
    build,
    made_settings,
    made_specs,
    shipped_formulas,
    traced,
    write_artefacts,
    write_pages,
)

# --- reading a page


VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.links, self.data, self.headings = [], [], [], [], []
        self.text = {"pt-BR": [], "en": []}
        self.rows = []
        self.feed(traced(html))
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
        if tag in ("data", "text"):
            self.versions = 0
        if tag not in VOID:
            self.open.append((tag, self.language_of(tag, attrs)))

    def language_of(self, tag, attrs):
        if self.open and self.open[-1][0] in ("data", "text"):  # the first is Portuguese
            self.versions += 1
            return list(self.text)[self.versions - 1]
        in_figure = any(opened == "svg" for opened, _ in self.open)
        return attrs.get("lang") if tag == "i" or in_figure else None

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
    mantissa, _, exponent = text.replace("\xa0", "").partition("×10")
    power = int(exponent.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    return float(f"{mantissa}e{power}"), len(mantissa.partition(".")[2]) - power


def look_up(source, root, folder, settings):
    file, selector, column = source.split(":")
    if file.endswith(".nc"):
        return predicted(
            folder, file, dict(part.split("=") for part in selector.split(";")), column
        )
    if file.endswith(".csv"):
        table = pd.read_csv(folder / file)
        for condition in filter(None, selector.split(";")):
            name, _, value = condition.partition("=")
            table = table[table[name].astype(str) == value]
        if aggregate := re.fullmatch(r"(sum|count|mean|distinct)\((\w+)\)", column):
            names = {"distinct": "nunique"}
            return getattr(table[aggregate[2]], names.get(aggregate[1], aggregate[1]))()
        if ratio := re.fullmatch(r"ratio\((\w+),(\w+)\)", column):
            return table[ratio[1]].sum() / table[ratio[2]].sum()
        if sides := re.fullmatch(r"difference\((\w+),(\w+)\)", column):
            one, other = (
                table[table["school_type"].isin(PUBLIC if name == "publica" else [name])]
                for name in sides.groups()
            )
            return (one["n"] * one["mean"]).sum() / one["n"].sum() - (
                other["n"] * other["mean"]
            ).sum() / other["n"].sum()
        if column == "tried(mean)":
            return (~table["assumption"].isin(["main", "levels"]) & table["mean"].notna()).sum()
        if column == "least_squares(slope)":
            x = table["income_bracket"].map(
                pd.read_csv(folder / "income.csv").set_index("income_bracket")["x"]
            )
            return np.polyfit(x, table["mean"], 1, w=np.sqrt(table["n"]))[0]
        if "tau_profile" in file:
            return profiled(table.set_index("value"), column)
        assert len(table) == 1
        return table[column].iloc[0]
    places = {"config.yaml": None, "conversion.json": root, "record.json": root}
    if codes := re.fullmatch(r"sum\(unknown_codes\.(\w+)\)", column):
        found = json.loads((places[file] / file).read_text())
        return sum(found["unknown_codes"][codes[1]].values())
    if counted := re.fullmatch(r"(judged|failed)\(checks\)", column):
        documents = [json.loads(path.read_text()) for path in folder.glob(file)]
        verdicts = {"judged": (True, False), "failed": (False,)}[counted[1]]
        return sum(c["passed"] in verdicts for made in documents for c in made["checks"])
    place = places.get(file, folder)
    found = settings if place is None else json.loads((place / file).read_text())
    for key in column.split("."):
        found = found[int(key)] if isinstance(found, list) else found[key]
    return re.search(r"\d+(\.\d+)?", found)[0] if selector == "number_in_words" else found


def profiled(table, column):
    low = table.index.min()
    tenfold = table.index[np.argmin(abs(table.index - 10 * low))]
    places = {
        "min(value)": low,
        "ten_times_min(value)": tenfold,
        "most_marginal(value)": table["log_marginal"].idxmax(),
    }
    if column in places:
        return places[column]
    name = column.removeprefix("last_tenfold(").removesuffix(")")
    return table[name].loc[low] - table[name].loc[tenfold]


@cache
def draws_of(path, group="posterior"):
    return xr.open_dataset(path, group=group, engine="h5netcdf").load()


def school_of(own, levels):
    """Sd of one participant around the expected score, draw by draw."""
    variance = own["sigma"] ** 2 + sum(own[f"tau_{level}"] ** 2 for level in levels)
    return np.sqrt(variance).to_numpy().ravel()


def expected_of(folder, file, name, bracket):
    """Draws of the expected score of a cell; of ``all``, over the participants of the income."""
    expected = draws_of(folder / file, "expected").sel(income_bracket=bracket)
    scope = "these_schools" if "pooled" in file else "schools_like_these"
    if name == "all":
        n = pd.read_csv(folder / "mean/cells.csv").query("income_bracket == @bracket")
        weights = xr.DataArray(n["n"].to_numpy(), {"school_type": n["school_type"].to_numpy()})
        scores = expected[scope].weighted(weights).mean("school_type")
        return scores.to_numpy().ravel()
    return expected[scope].sel(school_type=name).to_numpy().ravel()


def predicted(folder, file, where, column, mass=0.9):
    parts = [
        expected_of(folder, file, name, where["income_bracket"])
        for name in where["school_type"].split(" - ")
    ]
    expected = parts[0] - parts[1] if len(parts) == 2 else parts[0]
    if column == "mean":
        return expected.mean()
    if column.startswith("interval"):
        return np.quantile(expected, {"low": (1 - mass) / 2, "high": (1 + mass) / 2}[column[9:]])
    own = draws_of(folder / file)
    own = own if where["school_type"] == "all" else own.sel(school_type=where["school_type"])
    levels = () if "pooled" in file else ("municipality", "school")
    sigma, level = school_of(own, levels), float(column.split()[1])
    return brentq(lambda y: norm.cdf(y, expected, sigma).mean() - level, 0, 1000, xtol=1e-9)


def without_scripts(html):
    return re.sub(r"<script[ >].*?</script>", "", html, flags=re.DOTALL)


# --- the page as a whole


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    root = tmp_path_factory.mktemp("usual")
    return root, build(root)


def story_of(root):
    return (root / STORY).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "limit"), [(STORY, 3_000_000), (TECHNICAL, 6_000_000)])
def test_pages_are_well_formed_and_ask_for_nothing(name, limit, usual):
    root, folder = usual[0], usual[0] / "results/2019/AC"
    html = (root / name).read_text(encoding="utf-8")
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    others = {"story": STORY, "technical": TECHNICAL}
    ids = {other: set(Page((root / other).read_text()).ids) for other in others.values()}
    for _, _, link in page.links:
        file, _, fragment = link.partition("#")
        if file.startswith("data:"):
            assert name == STORY
        elif file in ids or not file:
            assert not fragment or fragment in ids[file or name], link
        else:
            assert (folder / file).is_file(), link
    assert {link for _, _, link in page.links if link in ids} == set(others.values())
    shown = without_scripts(html)
    assert "unsafe-inline" not in shown
    assert "@import" not in shown
    assert not re.search(r"url\((?!#)", shown)
    assert "http:" not in shown.replace("http://www.w3.org/2000/svg", "")
    assert len(html.encode()) < limit


def test_the_policy_allows_what_the_page_has_and_nothing_else(usual):
    html = usual[1]
    stated = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    for kind, text in re.findall(r"<(script|style)>(.*?)</\1>", html, re.DOTALL):
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in re.search(rf"{kind}-src ([^;]*);", stated)[1]
    assert " style=" not in without_scripts(html)


def test_the_story_carries_the_files_of_its_figures(usual):
    folder = usual[0] / "results/2019/AC/mean/figures"
    carried = re.findall(
        r'download="enem-2019-AC-mean-([^"]+)" href="data:([\w/+]+);base64,([^"]*)"',
        story_of(usual[0]),
    )
    assert len({name for name, _, _ in carried}) == len(carried) >= 15
    for name, _, content in carried:
        assert b64decode(content) == (folder / name).read_bytes(), name


@pytest.mark.parametrize("name", [STORY, TECHNICAL])
def test_headings_descend_one_level_at_a_time(name, usual):
    headings = Page((usual[0] / name).read_text(encoding="utf-8")).headings
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))


@pytest.mark.parametrize(("name", "least"), [(STORY, 20), (TECHNICAL, 100)])
def test_every_number_equals_its_artefact(name, least, usual):
    root = usual[0]
    page, settings = Page((root / name).read_text(encoding="utf-8")), made_settings()
    assert len(page.data) > least
    for value, source, shown in page.data:
        expected = float(look_up(source, root, root / "results/2019/AC", settings))
        # the page says nine digits
        assert value == pytest.approx(expected, rel=1e-8), source
        for tag, text in shown.items():
            number, digits = parse_number(text, tag)
            scale = 100 if text.endswith("%") else 1
            assert abs(number - scale * expected) <= 0.5001 * 10**-digits, (source, text)


def test_every_number_in_prose_names_its_source(usual):
    answer = usual[1].partition('<div class="answer">')[2].partition("</div>")[0]
    prose = re.sub(r"<data .*?</data>", "", answer)
    assert not re.search(r"\d", re.sub(r"<[^>]*>", "", prose))


def test_estimates_stand_under_their_headings(usual):
    after = traced(usual[1]).partition('id="estimates-mean-school_type"')[2]
    table = after.partition("</table>")[0]
    head, _, body = table.partition("</thead>")
    english = re.sub(r'<i lang="pt-BR">.*?</i>', "", head)
    names = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<th .*?</th>", english)]
    assert names == [
        *("Parameter", "MLE", "MAP", "Laplace SD", "Posterior mean", "Posterior SD", "Interval"),
        "MAP minus mean, in SDs",
    ]
    row = next(row for row in body.split("<tr") if "Privada</i>" in row and "(β)" in row)
    columns = re.findall(r'data-source="[^"]*:parameter=slope\[privada\]:(\w+)"', row)
    assert list(dict.fromkeys(columns)) == [
        *("mle", "map", "laplace_sd", "posterior_mean", "posterior_sd"),
        *("interval_low", "interval_high", "map_minus_mean_in_sd"),
    ]


@pytest.mark.parametrize("name", [STORY, TECHNICAL])
def test_both_languages_hold_the_same_numbers(name, usual):
    html = (usual[0] / name).read_text(encoding="utf-8")
    page = Page(html)
    for value, source, shown in page.data:
        said = {parse_number(text, tag)[0] for tag, text in shown.items()}
        assert len(said) == 1, (source, value, shown)
    versions = re.findall(r'<i lang="([\w-]+)">', html)
    assert versions.count("pt-BR") == versions.count("en") > 30


def test_answer_is_said_in_both_languages(usual):
    page = Page(usual[1])
    portuguese, english = ("".join(page.text[tag]) for tag in ("pt-BR", "en"))
    assert "Na rede estadual, quem vem de família com o dobro da renda tira" in portuguese
    assert "tira, em média, 16,0 pontos a mais" in portuguese
    assert "those from families with twice the income score 16.0 points higher" in english
    assert "81,4 pontos a mais que os da rede federal" in portuguese
    assert "83.4 points more than participants from state schools" in english
    assert "87.4 points more than participants from public schools as a whole" in english
    assert "at their incomes the other group has nobody" in english
    assert "a diferença entre a rede privada e a pública é de 119,3 pontos" in portuguese
    assert "accounts statistically for 31% of it" in english
    assert (
        "come to 79.0 points (90% interval: 55.0 to 103.0). Their standard error, 14.6 points"
        in english
    )
    assert "about schools like these" in english
    assert "For the schools of this file, as they are" in english
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


def test_words_of_figures_stand_in_the_part_of_their_language(usual):
    text = {tag: "".join(parts) for tag, parts in Page(usual[1]).text.items()}
    assert "A < B nota" in text["pt-BR"]
    assert "A < B score" in text["en"]
    assert "A < B score" not in text["pt-BR"]
    assert "A < B nota" not in text["en"]


def test_checklist_links_every_item_to_its_section(usual):
    items = usual[1].partition('<ol class="items">')[2].partition("</ol>")[0].split("<li>")[1:]
    assert len(items) == len(ITEMS) == 12
    for row in items:
        (section,) = re.findall(r'<a href="#(\w+)">', row)
        assert f'<section id="{section}"' in usual[1]


def chart_json(html):
    found = re.search(r'<script type="application/gzip" id="explore-data">(.*?)</script>', html)
    return json.loads(gzip.decompress(b64decode(found[1], validate=True)))


def test_chart_holds_the_posterior_s_predictions(usual):
    root, html = usual
    made = chart_json(html)["outcomes"]["mean"]
    folder, file = root / "results/2019/AC", "mean/school_type/posterior.nc"
    assert made["types"] == list(COUNTS)
    assert made["n"] == [[n // 2] * 2 for n in COUNTS.values()]
    levels = ("municipality", "school")
    for g, group in enumerate(made["types"]):
        for b, bracket in enumerate("AB"):
            where = {"school_type": group, "income_bracket": bracket}
            for column, value in zip(
                ("mean", "interval_low", "interval_high"), made["expected"][g][b], strict=True
            ):
                assert value == pytest.approx(predicted(folder, file, where, column), abs=1e-4)
            own = draws_of(folder / file).sel(school_type=group)
            mu = expected_of(folder, file, group, bracket)
            sigma = school_of(own, levels)
            below = [norm.cdf(edge, mu, sigma).mean() for edge in made["edges"]]
            np.testing.assert_allclose(made["shares"][g][b], np.diff(below), atol=1e-6)
            assert sum(made["shares"][g][b]) == pytest.approx(1, abs=0.002)
            assert made["gaps"][g][g][b] == [0, 0, 0]


def test_chart_keeps_small_cells_and_groups_to_itself(tmp_path):
    html = build(tmp_path, counts={**COUNTS, "municipal": 9, "federal": 18})
    made = chart_json(html)["outcomes"]["mean"]
    assert made["types"] == ["federal", "estadual", "privada"]
    assert made["n"] == [[None, None], [150, 150], [30, 30]]
    assert made["first"] == {"type": "privada", "other": "estadual", "bracket": "A"}
    assert "fewer than 10" in "".join(Page(html).text["en"])


def test_chart_of_a_model_without_school_types_shows_all_together(tmp_path):
    html = build(tmp_path, models=["pooled"])
    made = chart_json(html)["outcomes"]["mean"]
    assert made["types"] == ["all"]
    assert made["first"]["other"] is None
    assert 'id="gaps-mean"' not in html


def test_no_chart_where_every_group_is_small(tmp_path):
    html = build(tmp_path, counts=dict.fromkeys(COUNTS, 4))
    assert "explore-data" not in html
    assert "drawing-library" not in html
    assert "No school type has 10 participants or more" in "".join(Page(html).text["en"])


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
    assert "from simulated data in the format" in english


def test_real_data_carry_no_banner(usual):
    assert 'class="banner"' not in usual[1]
    assert "known truth" not in "".join(Page(usual[1]).text["en"])


def test_pooled_model_alone(tmp_path):
    page = Page(build(tmp_path, models=["pooled"]))
    english = "".join(page.text["en"])
    assert "All school types taken together" in english
    assert "score 23.2 points higher on average" in english
    assert (
        "as in the textbook regression: its intervals take participants as independent" in english
    )
    assert "nothing is said here about private and public schools" in english
    assert "None of the models asked for has schools or municipalities as levels" in english
    assert "Only one model was fitted" in english


def two_outcomes(root):
    folder = write_artefacts(root)
    shutil.copytree(folder / "mean", folder / "MT")
    flow = pd.read_csv(folder / "sample_flow.csv")
    both = pd.concat([flow, flow.assign(outcome="MT")])
    both.to_csv(folder / "sample_flow.csv", index=False)
    settings = made_settings(outcomes=["mean", "MT"])
    write_pages(folder, root / "record.json", root / "conversion.json", settings, root)
    return tuple(Page((root / name).read_text()) for name in (STORY, TECHNICAL))


def test_every_outcome_is_on_the_page(tmp_path):
    _, page = two_outcomes(tmp_path)
    assert len(page.ids) == len(set(page.ids))
    assert all(b - a <= 1 for a, b in pairwise(page.headings))
    assert {"figure-mean-score_by_income", "figure-MT-score_by_income"} <= set(page.ids)
    assert "".join(page.text["en"]).count("the largest of the sample") == 2


@pytest.mark.parametrize("carried", [2, 1, 0])
def test_the_story_carries_the_files_of_as_many_outcomes_as_have_room(
    carried, tmp_path, monkeypatch
):
    def files(page):
        links = [link for _, _, link in page.links]
        beside = [link for link in links if "/figures/" in link]
        return sum(len(link) for link in links if link.startswith("data:")), beside

    size, beside = files(two_outcomes(tmp_path / "all")[0])
    assert size > 0
    assert not beside
    monkeypatch.setattr("enem.report.page.ROOM", size * carried // 2)
    found, beside = files(two_outcomes(tmp_path / "some")[0])
    assert found == pytest.approx(size * carried / 2, rel=0.01)
    outcomes = {link.split("/")[0] for link in beside}
    assert outcomes == {2: set(), 1: {"MT"}, 0: {"mean", "MT"}}[carried]


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
    # slopes between municipalities are of another kind of place
    sources = [source for _, source, _ in page.data if "/municipal/" not in source]
    assert not any(re.search("[=\\[]municipal\\b|- municipal", source) for source in sources)


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
    destination = tmp_path / TECHNICAL
    record, conversion = tmp_path / "record.json", tmp_path / "conversion.json"
    write_pages(folder, record, conversion, made_settings(), tmp_path)
    english = "".join(Page(destination.read_text()).text["en"])
    assert "Some check failed." in english
    assert "Convergence of chains (R-hat), model “One line”." in english


def test_hostile_words_show_as_text(tmp_path):
    hostile = "<img src=x onerror=alert(1)>"
    settings = made_settings()
    settings["priors"]["slope"]["reason"] = hostile
    html = build(tmp_path, settings, edition=hostile, state="<b>XX")
    page = Page(html)
    assert "<img" not in without_scripts(html)
    assert "<b>" not in without_scripts(html)
    assert html.count("<script>") == 2
    english = "".join(page.text["en"])
    assert "<b>XX, <img src=x onerror=alert(1)>" in english
    assert "DADOS/<script>alert(1)</script>.csv" in english
    assert "a step <i>unknown</i>" in english
    assert "What the <b>program</b> says." in english


def test_what_is_odd_about_the_file_stands_with_the_data(usual):
    _, page = usual
    data = page[page.index('id="sample"') : page.index('id="groups-')]
    assert "which this analysis does not read" in data
    assert "Na coluna Q027, que esta análise não usa" in data
    assert "“&lt;b&gt;F”" in data
    assert "outros valores" in data
    assert "another program saved it again" in data
    assert "rows that appear twice would not be noticed" in data
    assert "last line of the file breaks off" in data


def test_folders_of_one_computer_are_not_told(tmp_path):
    html = build(tmp_path, made_settings(source="/home/maria/microdados_enem_2019.zip"))
    assert "/home" not in html
    assert "microdados_enem_2019.zip" in html


@pytest.mark.parametrize(
    "name",
    ["mean/school_type/effects.csv", "mean/pooled/posterior.nc", "mean/figures/pooling.en.svg"],
)
def test_missing_artefact_is_named(name, tmp_path):
    folder = write_artefacts(tmp_path)
    (folder / name).unlink()
    destination = tmp_path / TECHNICAL
    with pytest.raises(InputError, match=rf"{Path(name).name} is missing.*run the stage"):
        write_pages(
            folder,
            tmp_path / "record.json",
            tmp_path / "conversion.json",
            made_settings(),
            tmp_path,
        )
    assert not destination.exists()


# --- pieces


def test_the_chart_script_has_the_sentences_that_it_says():
    script = (SECTIONS / "explore/explore.js").read_text(encoding="utf-8")
    assert set(re.findall(r'"(explore\.\w+)"', script)) == set(SENTENCES)


def test_svg_is_made_fit_for_a_page():
    markup = str(inline_svg({"pt-BR": SVG, "en": SVG}, "one", "caption"))
    assert 'clip-path="url(#one-clip)"' in markup
    assert 'href="#one-mark"' in markup
    assert 'aria-labelledby="caption"' in markup
    assert ":where(#one *){" in markup
    assert "M1.23 2.5" in markup
    for unwanted in ("metadata", "onclick", "example.org", "DOCTYPE", "xlink"):
        assert unwanted not in markup


def test_shortened_paths_pass_where_the_long_ones_did():
    x = np.linspace(0, 400, 300)
    y = 100 * np.exp(-(((x - 200) / 60) ** 2))
    long = "M " + " L ".join(f"{a:.6f} {b:.6f} \n" for a, b in zip(x, y, strict=True)) + "z"
    short = shorten_path(long, 1)
    assert len(short) < len(long) / 10
    assert short.endswith("z")
    numbers = np.array(re.findall(r"-?\d*\.?\d+", short), float).reshape(-1, 2)
    corners = np.cumsum(numbers, axis=0)
    np.testing.assert_allclose(np.interp(x, *corners.T), y, atol=0.2)


def test_curves_and_marks_keep_their_shape():
    assert shorten_path("M 1.5 0 \nC 2.25 0 3 0.75 3 1.5 \nL 3 9 \nL 3 1.5 \nz", 2) == (
        "M1.5 0c.75 0 1.5 .75 1.5 1.5v7.5v-7.5z"
    )


def test_intervals_of_tables_hold_each_number_once(usual):
    page = traced(usual[1])
    table = page.partition('id="estimates-mean-school_type"')[2].partition("</table>")[0]
    assert table.count("parameter=slope[privada]:interval_low") == 1
    row = next(row for row in Page(usual[1]).rows if "(\u03b2)" in row and "Priva" in row)
    assert " a " in row
    assert " to " in row


def test_styles_are_said_once_for_all_figures():
    plain = SVG.replace(' style="fill: url(#hatch)"', "")
    text = plain.replace("<text>", '<text style="fill: red">')
    shared, rules = share_styles(
        [inline_svg({"en": text}, name, "caption") for name in ("one", "two")]
    )
    sheets = [f":where(#{name} *){{stroke-linejoin: round}}" for name in ("one", "two")]
    assert rules.split("\n")[2:] == [*sheets, ".s0{fill:red}"]
    assert "<style" not in "".join(shared)
    assert all('<text class="s0">' in figure for figure in shared)
    assert not any("fill" in figure for figure in shared)


def test_colours_of_figures_follow_the_scheme_of_the_page():
    path = '<path style="fill: #222222; stroke: #ffffff"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{path}</svg>'
    _, rules = share_styles([inline_svg({"en": svg}, "one", "caption")])
    day, night, own = rules.split("\n")
    assert own == ".s0{fill:var(--f222222);stroke:var(--paper)}"
    assert "--f222222:#222222;" in day
    assert night.startswith("@media screen and (prefers-color-scheme:dark)")
    assert "--f222222:#E6E8EA;" in night


def test_what_a_figure_refers_to_is_in_the_page(usual):
    """Hatches are patterns that styles name; a style that names none draws nothing."""
    named = set(re.findall(r"url\(#([^)]+)\)", usual[1]))
    assert len(named) > 3
    assert named <= set(Page(usual[1]).ids)


def test_identifiers_are_renamed_for_all_figures_alike():
    figures = [inline_svg({"pt-BR": SVG, "en": SVG}, name, "caption") for name in ("one", "two")]
    short = shorten_identifiers(figures)
    ids = [re.findall(r'\bid="([^"]+)"', figure) for figure in short]
    assert all(len(name) <= 3 for own in ids for name in own)
    assert not set(ids[0]) & set(ids[1])
    for figure, own in zip(short, ids, strict=True):
        assert set(re.findall(r"#([\w-]+)", figure)) <= set(own)
        assert 'aria-labelledby="caption"' in figure


SAID = {
    "closed_form": [
        ("worst", {"parameter": "sigma", "exact": 69.131, "sampled": 69.2}),
        ("undefined", {"parameter": "sigma"}),
    ],
    "pareto_k": [
        (
            "worst",
            {"high": 2, "points": 694, "high_in_small_groups": 1, "points_in_small_groups": 7}
            | {"participants": 10, "refitted": 3},
        ),
        ("not_judged", {"participants": 10}),
    ],
    "optimum_map": [("problem", {"problem": problem}) for problem in PROBLEMS],
    "income_sensitivity": [
        ("moved", {"assumption": assumption, "before": 1.0, "after": 2.0})
        for assumption in ("none=0.5", "open_ended_factor=2.0")
    ],
    "posterior_predictive": [
        ("sd", {"group": "privada"}),
        ("mean", {"group": "all"}),
        ("not_judged", {"participants": 9}),
    ],
    "group_predictive": [
        ("worst", GROUPS),
        ("no_levels", GROUPS),
        ("not_judged", {}),
    ],
    "group_predictive_by_school_type": [("information", GROUPS | {"group": "privada"})],
    "direct_gap": [
        ("gap", {"other": "estadual", "scope": "these_schools", "model": 8, "direct": 9, "sd": 1}),
        ("no_gap", {}),
    ],
    "pareto_k_group": [("groups", {"high": 2, "points": 178})],
    "groups_without_data": [("empty", {"groups": ["federal", "municipal"]})],
    "e_bfmi": [("undefined", {"chain": 2}), ("worst", {})],
    "divergences": [("counted", {})],
}


@pytest.mark.parametrize(
    ("name", "case", "details"),
    [(name, case, details) for name, said in SAID.items() for case, details in said],
)
def test_checks_speak_both_languages_and_hold_the_same_numbers(name, case, details):
    check = {"name": name, "value": 1.5, "threshold": 5, "details": {**details, "case": case}}
    said = sentences(check, "checks.json", "checks.0")
    assert said
    portuguese, english = (
        " ".join(language(code).plain(sentence) for sentence in said) for code in ("pt", "en")
    )
    assert portuguese != english
    for value in details.values():
        if isinstance(value, str) and " " in value:
            assert value not in portuguese
    digits = [re.findall(r"\d+", text) for text in (portuguese, english)]
    assert sorted(digits[0]) == sorted(digits[1])


def test_checks_of_the_page_say_what_they_found(usual):
    text = {tag: "".join(parts) for tag, parts in Page(usual[1]).text.items()}
    assert "O maior R-hat é 1,0038: Pontos a cada duplicação da renda (β), Privada" in text["pt-BR"]
    assert "The largest R-hat is 1.0038: Points per doubling of income (β), Private" in text["en"]
    assert "“sem renda” corresponde ao salário mínimo vezes 0,125" in text["pt-BR"]
    assert "What the <b>program</b> says." in text["pt-BR"]
    assert text["pt-BR"].count("What the") == len(MODELS)


def test_svg_that_loads_something_is_refused():
    hostile = SVG.replace("*{stroke-linejoin: round}", "@import 'x.css'")
    with pytest.raises(InputError, match="figure one loads something from outside"):
        inline_svg({"pt-BR": SVG, "en": hostile}, "one", "caption")


# --- what the answer says


def read(root, folder, settings=None):
    settings = settings or made_settings()
    return read_artefacts(folder, root / "record.json", root / "conversion.json", settings)


def changed_effects(folder, where, low, mean, high):
    path = folder / "mean/school_type/effects.csv"
    table = pd.read_csv(path)
    chosen = (table[list(where)] == pd.Series(where)).all(axis=1)
    assert chosen.any()
    table.loc[chosen, ["interval_low", "mean", "interval_high"]] = [low, mean, high]
    table.to_csv(path, index=False)


def said(root, folder, settings=None):
    artefacts = read(root, folder, settings)
    outcome, settings = artefacts.outcomes[0], artefacts.settings
    found = answer(outcome, groups_of(outcome, settings), settings)
    sentences = [found.slope, *(each for gap in found.equal for each in gap), *found.said]
    return " ".join(language("en").plain(sentence) for sentence in sentences)


GAP = {"effect": "gap_at_equal_income", "contrast": "privada - federal"}
RAW = {"effect": "raw_gap", "contrast": "privada - publica"}
SLOPE = {"effect": "slope", "group": "estadual"}
EXPLAINED = {"effect": "gap_explained_by_income", "contrast": "privada - publica"}


@pytest.mark.parametrize(
    ("where", "numbers", "words"),
    [
        (GAP, (-4.0, 3.1, 9.0), "neither clearly more nor clearly less than participants from fed"),
        (GAP, (-9.0, -5.1, -1.0), "5.1 points less than participants from federal schools (90% "),
        (GAP, (-9.0, -5.1, -1.0), "interval: 1.0 to 9.0)"),
        (
            SLOPE,
            (-9.0, -5.1, -1.0),
            "score 5.1 points lower on average. That group is the largest of the sample; the 90% "
            "credible interval runs from 1.0",
        ),
        (SLOPE, (-9.0, 5.1, 20.0), "the data do not settle whether scores rise or fall"),
        (RAW, (-2.0, 3.1, 8.0), "cannot be divided reliably between income and the rest"),
        (EXPLAINED, (-0.2, 0.3, 0.9), "cannot be divided reliably"),
    ],
)
def test_answer_follows_the_intervals(where, numbers, words, tmp_path):
    folder = write_artefacts(tmp_path)
    changed_effects(folder, where, *numbers)
    assert words in said(tmp_path, folder)


@pytest.mark.parametrize(
    ("p", "observed", "words"),
    [
        (0.002, 48.05, "differ more than the model expects"),
        (0.002, 8.05, "differ less than the model expects"),
        (0.3, 48.05, None),
    ],
)
def test_answer_warns_where_schools_of_a_type_differ_otherwise(p, observed, words, tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/school_type/checks.json"
    record = json.loads(path.read_text())
    details = {**GROUPS, "case": "information", "group": "privada", "observed": observed}
    check = {"name": "group_predictive_by_school_type", "passed": None, "value": p}
    record["checks"].append({**check, "threshold": None, "details": details, "message": "x"})
    path.write_text(json.dumps(record))
    text = said(tmp_path, folder)
    assert (words in text) if words else ("than the model expects" not in text)


def test_gap_with_a_small_school_type_is_left_out_of_the_answer(tmp_path):
    folder = write_artefacts(tmp_path, counts={**COUNTS, "municipal": 4})
    text = said(tmp_path, folder)
    assert "from federal schools" in text
    assert "municipal schools" not in text


def test_the_answer_comes_from_school_type_however_models_rank(tmp_path):
    models = ["school_context", "school_type", "pooled"]
    folder = write_artefacts(tmp_path, models=models)
    settings = made_settings(models)
    assert read(tmp_path, folder, settings).outcomes[0].main.name == "school_type"
    typed = {"typed": "score ~ income + (income | school_type) + (1 | sex)"}
    specs = made_specs(["pooled", "income", "typed"], typed)
    assert main_model(specs) == "typed"
    assert main_model(made_specs(["pooled", "income"])) == "income"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slope[privada]", "Points per doubling of income (β), Private"),
        ("tau_slope", "Variation of slopes between school types (τβ)"),
        ("tau_school", "Standard deviation of schools (τv)"),
        ("bracket[Q]", "Difference by income bracket, bracket Q"),
        ("cell[privada, Q]", "Difference by school type and income bracket, Private and bracket Q"),
        ("race[parda]", "Difference by colour or race, Brown"),
        (
            "race_slope[parda]",
            "Difference by colour or race in points per doubling of income, Brown",
        ),
        ("tau_race_slope", "Standard deviation of slopes by colour or race"),
        (
            "mother_education_sex[superior, F]",
            "Difference by mother’s education and sex, Degree and Female",
        ),
    ],
)
def test_parameters_are_named(name, words):
    assert language("en").plain(parameter_label(name)) == words


@pytest.mark.parametrize(
    ("lower", "upper", "portuguese", "english"),
    [
        (0, 0, "sem renda", "no income"),
        (0, 1, "até 1 salário mínimo", "up to 1 minimum wage"),
        (1, 1.5, "mais de 1 até 1,5 salário mínimo", "above 1 up to 1.5 minimum wages"),
        (0, 1.5, "até 1,5 salário mínimo", "up to 1.5 minimum wages"),
        (5, 6, "mais de 5 até 6 salários mínimos", "above 5 up to 6 minimum wages"),
        (20, None, "mais de 20 salários mínimos", "above 20 minimum wages"),
    ],
)
def test_brackets_are_described(lower, upper, portuguese, english):
    row = {"income_bracket": "C", "lower_min_wages": lower, "upper_min_wages": upper}
    label = bracket_label(Table("income.csv", (row,)), "C")
    assert language("pt").plain(label) == portuguese
    assert language("en").plain(label) == english


def test_notes_of_the_comparison_are_translated(tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/comparison.csv"
    table = pd.read_csv(path).astype({"note": object})
    table.loc[1, "note"] = "groups < 100"
    table.to_csv(path, index=False)
    outcome = read(tmp_path, folder).outcomes[0]
    first, second = (row.note for row in comparison_rows(outcome))
    assert first is None
    assert language("pt").plain(second).startswith("grupos de menos")


@pytest.mark.parametrize(
    ("next_diff", "error", "words"),
    [
        (-20.0, 5.0, "more than twice its standard error"),
        (-20.0, 12.0, "about equally well"),
        (-3.0, 0.1, "about"),
    ],
)
def test_comparison_needs_a_clear_difference(next_diff, error, words, tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/comparison.csv"
    table = pd.read_csv(path).assign(elpd_diff=[0, next_diff], diff_se=[0, error])
    table.to_csv(path, index=False)
    sentence = language("en").plain(comparison_messages(read(tmp_path, folder).outcomes[0])[0])
    assert words in sentence


def test_comparison_names_who_predicts_whole_schools_best(tmp_path):
    folder = write_artefacts(tmp_path)
    participants, schools = comparison_messages(read(tmp_path, folder).outcomes[0])
    assert language("en").plain(participants).startswith("Of participants left out, “School type”")
    text = language("en").plain(schools)
    assert text.startswith("Of whole schools left out, “One line” predicts best")
    assert "between it and “School type” is 15.5 (standard error 7.2)" in text


def test_an_error_of_few_groups_is_not_relied_on(tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/comparison.csv"
    table = pd.read_csv(path).astype({"note": object})
    table.loc[1, "note"] = "groups < 100"
    table.to_csv(path, index=False)
    sentences = comparison_messages(read(tmp_path, folder).outcomes[0])
    texts = [language("en").plain(sentence) for sentence in sentences]
    assert all("too few schools to be relied on" in text for text in texts)


def test_a_single_group_gives_no_standard_error(tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/comparison.csv"
    pd.read_csv(path).assign(diff_se=np.nan, diff_se_group=np.nan).to_csv(path, index=False)
    sentences = comparison_messages(read(tmp_path, folder).outcomes[0])
    assert all(
        "no standard error" in language("en").plain(s)
        or "without a standard error" in language("en").plain(s)
        for s in sentences
    )


# --- models of any name, schools


MINE = {"mine": "score ~ income + (1 | sex) + (income | race)"}


def test_a_model_of_the_user_s_own_is_in_every_table(tmp_path):
    html = build(tmp_path, models=["pooled", "mine"], formulas=MINE)
    page = Page(html)
    english = "".join(page.text["en"])
    assert "mine: score ~ income + (1 | sex) + (income | race)" in english
    assert "β<sub>h</sub> x<sub>i</sub>" in html
    for table in ("effects", "estimates", "checks"):
        assert f'id="{table}-mean-mine"' in html
    assert "Checks of the model “mine”" in english
    assert "Difference by colour or race, Brown" in english
    assert any(row.startswith("mine") and "No levels" not in row for row in page.rows)
    assert "Level of a covariate of two levels" in section_of(html, "methods")
    assert "Standard deviation of slopes by colour or race" in english


def test_sentences_on_shipped_models_are_of_the_shipped_formulas():
    shipped = shipped_formulas(made_settings()["formulas"] | dict.fromkeys(SHIPPED, 0))
    assert {name: of["formula"] for name, of in shipped.items()} == SHIPPED


def section_of(html, name):
    return html.partition(f'<section id="{name}"')[2].partition("</section>")[0]


def test_schools_of_the_file_are_counted_and_their_spread_told(usual):
    english = re.sub(
        r"<[^>]*>", "", re.sub(r'<i lang="pt-BR">.*?</i>', "", section_of(usual[1], "schools"))
    )
    assert "Participants: 430; schools: 8; municipalities: 4" in english
    assert "It is not a ranking" in english
    assert "figure-mean-schools" in usual[1]
    for share in ("4%", "26%", "69%"):
        assert share in english


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (["school"], "Schools are not named."),
        (["school", "municipality"], "Neither schools nor municipalities are named."),
        ([], "A school is a level, not a cause."),
    ],
)
def test_limits_name_the_level_that_the_file_names(lost, words, tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/groups.csv"
    table = pd.read_csv(path)
    table[lost] = np.nan
    table.to_csv(path, index=False)
    destination = tmp_path / TECHNICAL
    write_pages(
        folder, tmp_path / "record.json", tmp_path / "conversion.json", made_settings(), tmp_path
    )
    html = destination.read_text(encoding="utf-8")
    assert words in section_of(html, "limits")


def test_context_stands_beside_the_slope_within_schools(tmp_path):
    html = traced(build(tmp_path, models=["pooled", "school_type", "school_context"]))
    table = html.partition('id="context-mean"')[2].partition("</table>")[0]
    assert table.count("contrast=twice the school&#39;s mean income") >= 4
    assert ">11.0<" in table or ">11,0<" in table


def test_every_interval_of_a_model_without_levels_is_marked(usual):
    mark = "intervals take participants as independent and are too narrow where schools differ"
    sections = ("models", "estimates")
    assert all(mark in section_of(usual[1], name) for name in sections)
    marked = re.findall(r"<h3>[^\n]*Model: One line[^\n]*</h3>", section_of(usual[1], "estimates"))
    assert marked
    assert all(mark in each for each in marked)
    assert "Model: School type (no levels" not in usual[1]


def test_what_levels_change_is_told_where_it_was_tried(tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/sensitivity/assumptions.csv"
    table = pd.read_csv(path)
    without = table[table["assumption"] == "sigma"].assign(assumption="levels", alternative="none")
    pd.concat([table, without]).to_csv(path, index=False)
    destination = tmp_path / TECHNICAL
    record, conversion = tmp_path / "record.json", tmp_path / "conversion.json"
    write_pages(folder, record, conversion, made_settings(), tmp_path)
    english = "".join(Page(destination.read_text(encoding="utf-8")).text["en"])
    assert "as they were before schools entered the models. The slope would be" in english
    assert "Without levels (participants as independent)" in english


def test_a_difference_whose_error_is_not_known_is_not_told(tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/sensitivity/predictions.csv"
    pd.read_csv(path).assign(diff_se=np.nan).to_csv(path, index=False)
    record, conversion = tmp_path / "record.json", tmp_path / "conversion.json"
    write_pages(folder, record, conversion, made_settings(), tmp_path)
    english = "".join(Page((tmp_path / TECHNICAL).read_text(encoding="utf-8")).text["en"])
    assert "With Student-t errors the degrees of freedom are estimated" in english
    assert "In predicting participants left out they differ" not in english


def test_cells_without_participants_are_predicted_along_the_line(tmp_path):
    folder = write_artefacts(tmp_path)
    path = folder / "mean/school_type/posterior.nc"
    expected = draws_of(path, "expected").copy(deep=True)
    lost = {"school_type": "privada", "income_bracket": "A"}
    for name in ("these_schools", "schools_like_these"):
        expected[name].loc[lost] = np.nan
    expected["participants"].loc[lost] = 0.0
    posterior = draws_of(path).copy(deep=True)
    moved = tmp_path / "moved.nc"
    tree = xr.DataTree.from_dict({"posterior": posterior, "expected": expected})
    write_tree(tree, moved, {})
    found = predict(moved, np.array(list(BRACKETS.values()))).expected[:, -1, 0]
    there = expected["schools_like_these"].sel(school_type="privada", income_bracket="B")
    slope = posterior["slope_school_type"].sel(school_type="privada")
    line = there + slope * (BRACKETS["A"] - BRACKETS["B"])
    np.testing.assert_allclose(found, line.to_numpy().ravel())
