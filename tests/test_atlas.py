import json
import re
import unicodedata
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from babel.numbers import parse_decimal
from PIL import Image
from playwright.sync_api import sync_playwright

from enem.atlas.analyses import asked, finished, reported
from enem.atlas.layout import TILES
from enem.atlas.measures import measures_of
from enem.atlas.page import TABLES, build_atlas
from enem.atlas.places import above_average, order_probabilities, places
from enem.atlas.ranking import ranked
from enem.atlas.tiles import NEUTRAL, PAINT, PAINT_IN_THE_DARK, _shades, _Value
from enem.errors import InputError
from enem.language import language
from enem.language.catalogue import names
from enem.language.phrases import Number, message
from enem.names import BRAZIL, STATES
from made import REPOSITORY
from reading import long_ones, spoken
from report_fixtures import shipped_formulas

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)
EDITIONS, PLACES = ("2017", "2019"), ("AC", "RS", "SP")
MODELS = ("pooled", "school_type")
MISSING = ("2019", "SP")
EMPTY = ("2017", "RS")
"""Without participants of private schools."""
SMALL = ("2019", "AC")
"""With 4 participants of private schools."""
KEYS = ["edition", "state", "outcome", "model"]


# --- made artefacts


def settings(**changes):
    made = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    made |= {"editions": list(EDITIONS), "states": list(PLACES), "outcomes": ["mean"]}
    made = made | {"models": list(MODELS)} | changes
    models_of = dict.fromkeys(made["editions"], made["models"])
    return made | {"formulas": shipped_formulas(made["models"]), "models_of": models_of}


def numbers(mean, sd):
    return {"mean": mean, "sd": sd, "interval_low": mean - 2 * sd, "interval_high": mean + 2 * sd}


def counts(edition, state):
    """Participants by school type; there are no federal schools in Rio Grande do Sul."""
    private = {EMPTY: 0, SMALL: 4}.get((edition, state), 50)
    federal = 0 if state == "RS" else 30
    return {"federal": federal, "estadual": 200, "municipal": 3, "privada": private}


def write_model(folder, model, centre, groups):
    folder.mkdir(parents=True)
    parameters = [("intercept", None), ("slope", None), ("sigma", None)]
    if model == "school_type":
        parameters += [(f"slope[{group}]", n) for group, n in groups.items()]
    summary = [{"parameter": p, **numbers(centre + i, 1.5), "r_hat": 1.0, "n": n}
               for i, (p, n) in enumerate(parameters)]  # fmt: skip
    pd.DataFrame(summary).to_csv(folder / "summary.csv", index=False)
    scope = "independent_participants" if model == "pooled" else "schools_like_these"
    words = {"scope": scope, "unit": "points", "definition": "a, b"}
    slope = {"effect": "slope", "contrast": "twice the income", **words}
    if model == "pooled":
        rows = [{**slope, "group": "all", **numbers(centre, 0.5)}]
    else:
        shown = [group for group, n in groups.items() if n]
        rows = [{**slope, "group": g, **numbers(centre - 5, 2.0)} for g in shown]
        # what another scope or contrast has must not be shown
        rows += [{**row, "scope": "these_schools", "sd": 1.5} for row in rows]
        rows += [{**row, "scope": "typical_school", **numbers(-999.0, 1.0)} for row in rows]
        if groups["privada"]:
            named = {"effect": "gap_at_equal_income", "group": "all", **words}
            rows.append({**named, "contrast": "privada - publica", **numbers(-999.0, 1.0)})
            gaps = [{**named, "contrast": "privada - estadual", **numbers(60 + centre, 3.0)}]
            if groups["federal"]:
                gaps.append(
                    {**named, "contrast": "privada - federal", **numbers(-60 - centre, 3.0)}
                )
            rows += [*gaps, *({**gap, "scope": "these_schools", "sd": 2.5} for gap in gaps)]
        rows += share_rows(centre)
    pd.DataFrame(rows).to_csv(folder / "effects.csv", index=False)
    checks = [
        {"name": "r_hat", "passed": True, "value": 1.001, "threshold": 1.01, "message": "Fine."},
        {"name": "info", "passed": None, "value": None, "threshold": None, "message": "Says."},
    ]
    record = {"passed": True, "checks": checks}
    (folder / "checks.json").write_text(json.dumps(record), encoding="utf-8")


def share_rows(centre):
    """Shares of the variance: with nothing given, and given variables, which is not shown."""
    of_effects = {"share_between_schools": centre / 100, "share_between_municipalities": 0.04}
    cases = [("nothing given", "these_schools", 1.0), ("given income", "schools_like_these", 0.5)]
    return [
        {"effect": effect, "group": "all", "contrast": contrast, "scope": scope, "unit": "share",
         "definition": "a", **numbers(times * mean, 0.01)}
        for effect, mean in of_effects.items()
        for contrast, scope, times in cases
    ]  # fmt: skip


def write_grid(folder, groups):
    cells = [(g, b, n // 2, 500.0, 9.0) for g, n in groups.items() for b in ("A", "B")]
    names = ["school_type", "income_bracket", "n", "mean", "ss"]
    (folder / "mean").mkdir(parents=True)
    pd.DataFrame(cells, columns=names).to_csv(folder / "mean/cells.csv", index=False)
    income = pd.DataFrame({"income_bracket": ["A", "B"], "x": [-1.0, 0.5]})
    income.to_csv(folder / "income.csv", index=False)


def write_analysis(results, edition, state, centre):
    folder = results / edition / state
    groups = counts(edition, state)
    write_grid(folder, groups)
    for model in MODELS:
        write_model(folder / "mean" / model, model, centre, groups)
    flow = [("file", 1000, 0), ("school_type_enrolled", sum(groups.values()), 1)]
    table = pd.DataFrame(flow, columns=["step", "rows", "excluded"]).assign(outcome="mean")
    table.to_csv(folder / "sample_flow.csv", index=False)
    (folder / "report.html").write_text("<title>report</title>", encoding="utf-8")


def write_results(root):
    results = root / "results"
    for i, edition in enumerate(EDITIONS):
        for j, state in enumerate(PLACES):
            if (edition, state) != MISSING:
                write_analysis(results, edition, state, 20.125 + 4 * i + 7 * j)
    return results


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    results = write_results(tmp_path_factory.mktemp("atlas"))
    build_atlas(results, finished(results, settings()), settings(), results / "atlas")
    return results / "atlas"


class Page(HTMLParser):
    """Text by language, numbers with their source, rows, links."""

    def __init__(self, path):
        super().__init__()
        self.text = {"pt-BR": [], "en": []}
        self.languages, self.open, self.data, self.links, self.ids = [None], [], [], [], []
        self.source = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in ("meta", "input", "br"):
            self.languages.append(attrs.get("lang", self.languages[-1]) if tag != "html" else None)
        if tag == "i" and self.source:  # of a number the first is Portuguese
            self.languages[-1] = "en" if self.seen else "pt-BR"
            self.seen = True
        if tag == "data":
            self.seen = False
            self.source = (attrs["data-source"], float(attrs["value"]))
        if "href" in attrs:
            self.links.append(attrs["href"])
        if "id" in attrs:
            self.ids.append(attrs["id"])

    def handle_endtag(self, tag):
        self.languages.pop()
        if tag == "data":
            self.source = None

    def handle_data(self, data):
        spoken = [self.languages[-1]] if self.languages[-1] else list(self.text)
        for tag in spoken:
            self.text[tag].append(data)
            if self.source:
                self.data.append((*self.source, tag, data))

    def said(self, tag):
        return re.sub(r"\s+", " ", "".join(self.text[tag]))


# --- which analyses


def test_only_whole_analyses_are_finished(tmp_path):
    results = write_results(tmp_path)
    assert len(asked(settings())) == 6
    present = {(a.edition, a.state) for a in finished(results, settings())}
    assert present == {(e, s) for e in EDITIONS for s in PLACES} - {MISSING}
    (results / "2017/AC/mean/pooled/effects.csv").unlink()
    assert len(finished(results, settings())) == 4


def test_a_report_is_linked_only_when_every_outcome_is_there():
    two = settings(outcomes=["mean", "MT"])
    analyses = asked(two)
    assert "2017/AC/report.html" in reported(analyses, two)
    assert "2017/AC/report.html" not in reported(analyses[1:], two)


def test_nothing_finished_is_an_error(tmp_path):
    with pytest.raises(InputError, match="None of the analyses asked for has finished"):
        build_atlas(tmp_path, [], settings(), tmp_path / "atlas")


def test_a_broken_table_is_named(tmp_path):
    results = write_results(tmp_path)
    (results / "2017/AC/mean/pooled/checks.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"pooled/checks\.json holds no checks"):
        build_atlas(results, finished(results, settings()), settings(), tmp_path / "atlas")


# --- tables


@pytest.mark.parametrize(
    ("table", "source"), [("parameters", "summary.csv"), ("effects", "effects.csv")]
)
def test_tables_hold_every_row_of_their_sources(built, table, source):
    whole = pd.read_csv(built / f"{table}.csv", dtype={"edition": str})
    assert list(whole.columns[:4]) == KEYS
    rows = 0
    for keys, part in whole.groupby(KEYS):
        original = pd.read_csv(built.parent.joinpath(*keys) / source)
        assert list(part.columns[4:]) == list(original.columns)
        found = part.drop(columns=KEYS).reset_index(drop=True)
        pd.testing.assert_frame_equal(found, original, check_dtype=False)
        rows += len(original)
    assert len(whole) == rows
    assert whole.groupby(KEYS).ngroups == 5 * 2


def test_checks_and_samples(built):
    checks = pd.read_csv(built / "checks.csv", dtype=str, keep_default_na=False)
    assert list(checks.columns) == [*KEYS, "name", "passed", "value", "threshold", "message"]
    assert checks.groupby("name")["passed"].unique().map(list).to_dict() == {
        "r_hat": ["True"],
        "info": [""],
    }
    samples = pd.read_csv(built / "samples.csv", dtype={"edition": str})
    assert list(samples.columns) == [*KEYS[:3], "step", "rows", "excluded"]
    assert len(samples) == 5 * 2


@pytest.mark.parametrize("name", TABLES)
def test_parquet_holds_what_csv_holds(built, name):
    parquet = pd.read_parquet(built / f"{name}.parquet")
    csv = pd.read_csv(built / f"{name}.csv", dtype={"edition": str})
    if "edition" in parquet:
        assert parquet["edition"].map(type).eq(str).all()
    pd.testing.assert_frame_equal(
        parquet.astype(object).where(parquet.notna(), None),
        csv.astype(object).where(csv.notna(), None),
        check_dtype=False,
    )


# --- measures and places


def shares_of(model):
    return [("school", model, "all"), ("municipality", model, "all")]


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (["pooled"], [("slope", "pooled", "all")]),
        # levels before the textbook regression
        (["pooled", "income"], [("slope", "income", "all"), *shares_of("income")]),
        (
            ["school_type_income"],
            [
                ("slope", "school_type_income", "estadual"),
                ("gap", "school_type_income", "all"),
                ("federal_gap", "school_type_income", "all"),
                *shares_of("school_type_income"),
            ],
        ),
    ],
)
def test_measures_follow_the_models(models, expected):
    found = measures_of(settings(models=models))
    assert [(m.name, m.model, m.group) for m in found] == expected


@pytest.mark.parametrize("levels", [[], ["school"], ["municipality", "school"]])
def test_shares_are_of_the_levels_that_every_model_has(levels):
    formulas = settings()["formulas"]
    formulas["school_type"]["levels"] = levels
    found = [measure.name for measure in measures_of(settings() | {"formulas": formulas})]
    assert found == ["slope", "gap", "federal_gap", *reversed(levels)]


def test_shares_are_percent_with_nothing_given_and_stay_out_of_the_pooled_model(built):
    page = Page(built / "index.html")
    where = "effects.csv:edition=2017;state=AC;outcome=mean;model=school_type;"
    where += "effect=share_between_schools;group=all;contrast=nothing given;scope=these_schools:"
    told = {said for source, _, tag, said in page.data if source == f"{where}mean" and tag == "en"}
    assert told == {"20%"}
    assert not any("given income" in source for source, *_ in page.data)
    assert set(pd.read_csv(built / "pooled.csv")["measure"]) == {"slope", "gap", "federal_gap"}
    assert "Shares of the variance are not part of this model" in page.said("en")
    assert {"ranking-mean-school-2017", "trends-mean-municipality"} <= set(page.ids)


def test_order_probability_agrees_with_draws():
    rng = np.random.default_rng(3)
    mean, sd = np.array([3.0, 2.0, 1.5]), np.array([1.0, 0.5, 2.0])
    draws = rng.normal(mean, sd, (200_000, 3))
    found = order_probabilities(mean, sd)
    for i, j in combinations(range(3), 2):
        assert found[i, j] == pytest.approx((draws[:, i] > draws[:, j]).mean(), abs=0.004)
        assert found[i, j] + found[j, i] == pytest.approx(1)


@pytest.mark.parametrize(
    ("mean", "sd", "expected"),
    [
        ([30, 20, 10], [1, 1, 1], [1, 2, 3]),
        ([10, 30, 20], [1, 1, 1], [3, 1, 2]),
        ([30, 10.1, 10], [1, 1, 1], [1, None, None]),
        # clear of its neighbour, but not of the uncertain one behind it
        ([10, 9, 8.9], [0.1, 0.1, 5], [None, None, None]),
        ([10, 10], [1, 1], [None, None]),
    ],
)
def test_places_only_where_the_order_is_sure(mean, sd, expected):
    assert places(mean, sd) == expected


def test_ranking_leaves_out_the_whole_country_and_what_is_hidden():
    table = pd.DataFrame(
        {
            "state": ["AC", BRAZIL, "SP", "RS"],
            "status": ["shown", "shown", "few", "shown"],
            "mean": [1.0, 5.0, None, 9.0],
            "sd": [0.1, 0.1, None, 0.1],
        }
    )
    found = ranked(table)
    assert found["state"].tolist() == ["RS", "AC"]
    assert found["place"].tolist() == [1, 2]


# --- the map


def test_every_state_has_a_tile_of_its_own():
    assert set(TILES) == {*STATES, BRAZIL}
    assert len(set(TILES.values())) == 28


def test_compass_of_the_map():
    west, north = (lambda s: TILES[s][0]), (lambda s: TILES[s][1])
    assert west("AC") < west("MT") < west("BA") < west("SE")
    assert north("RR") < north("AM") < north("GO") < north("SP") < north("PR") < north("RS")
    for one, other in [("RS", "SC"), ("SP", "PR"), ("MG", "ES"), ("MG", "BA"), ("CE", "RN")]:
        assert abs(west(one) - west(other)) + abs(north(one) - north(other)) == 1


def test_text_on_every_colour_of_the_map_is_readable():
    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])

    for ground, ink in (*PAINT, *PAINT_IN_THE_DARK):
        lights = sorted(luminance(color) + 0.05 for color in (ground, ink))
        assert lights[1] / lights[0] >= 4.5


def valued(means, above):
    """Values of states as the map has them: what is not sure has a probability near a half."""
    return {
        state: _Value(*(Number(mean + end, "") for end in (0, -1, 1)), probability)
        for state, mean, probability in zip(STATES, means, above, strict=False)
    }


def test_only_what_is_surely_off_the_average_has_a_colour():
    shades = _shades(valued([10.0, 20.0, 21.0, 29.0], [0.01, 0.45, 0.6, 0.95]))
    assert [shade - NEUTRAL for shade in shades.values()] == [-3, 0, 0, 3]
    # far from the average but not surely, and near it but surely
    shades = _shades(valued([10.0, 20.0, 21.0, 29.0], [0.2, 0.01, 0.99, 0.85]))
    assert [shade - NEUTRAL for shade in shades.values()] == [0, -1, 1, 0]
    assert set(_shades(valued([20.0], [0.5])).values()) == {NEUTRAL}
    # what is not compared counts for no average
    shades = _shades(valued([20.0, 10.0, 60.0], [0.99, 0.01, np.nan]))
    assert [shade - NEUTRAL for shade in shades.values()] == [3, -3, 0]
    rng = np.random.default_rng(8)
    for means in rng.normal(50, 8, (200, 5)):
        assert set(_shades(valued(means, [0.01, 0.99, 0.01, 0.99, 0.99])).values()) <= set(range(7))


def test_probability_of_being_above_the_average_is_that_of_draws():
    rng = np.random.default_rng(5)
    mean, sd = np.array([3.0, 2.0, 1.5, 0.0]), np.array([1.0, 0.5, 2.0, 1.0])
    draws = rng.normal(mean, sd, (200_000, 4))
    found = (draws > draws.mean(axis=1, keepdims=True)).mean(axis=0)
    assert above_average(mean, sd) == pytest.approx(found, abs=0.004)
    assert above_average([3.0], [1.0]).tolist() == [0.5]


def test_tiles_hold_pooled_numbers_and_lead_to_their_states(built):
    html = (built / "index.html").read_text(encoding="utf-8")
    tiles = re.findall(r'<li class="c\d r\d [^"]*">.*?</li>', html, re.DOTALL)
    ways = dict(re.findall(r'<a href="(\.\./[^"]*)"><abbr title="([^"]*)"', "".join(tiles)))
    assert ways["../2017/RS/report.html?score=mean&amp;from=atlas"] == "Rio Grande do Sul"
    sources = re.findall(r'data-source="(\w+)\.csv:[^"]*:pooled_mean"', "".join(tiles))
    assert set(sources) == {"pooled"}
    assert len(sources) >= 8


# --- the page


def test_headline_names_population_and_interval(built):
    page = Page(built / "index.html")
    portuguese, english = page.said("pt-BR"), page.said("en")
    assert "Na rede estadual, quem vem de família com o dobro da renda tira" in portuguese
    pattern = (
        r"score ([\d.]+) points more than those of state schools \(([\d.]+) to ([\d.]+)\) and "
    )
    pattern += r"([\d.]+) points less than those of federal schools \(([\d.]+) to ([\d.]+)\)\."
    (found,) = re.findall(pattern, english)
    scales = pd.read_csv(built / "scales.csv").set_index(["measure", "parameter"])
    told = [scales.loc[(name, "centre"), "mean"] for name in ("gap", "federal_gap")]
    assert [float(found[0]), -float(found[3])] == pytest.approx(told, abs=0.05)
    assert "in brackets, the 90% credible interval." in english
    assert "The intervals are about schools like these" in english


def test_every_figure_has_a_number_in_the_order_of_the_page(built):
    html = (built / "index.html").read_text(encoding="utf-8")
    captions = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", html, re.DOTALL)
    numbers = [re.search(r"Figura (\d+)<.*Figure (\d+)<", caption).groups() for caption in captions]
    assert numbers == [(str(i), str(i)) for i in range(1, len(captions) + 1)]


def test_every_figure_names_its_source(built):
    html = (built / "index.html").read_text(encoding="utf-8")
    figures = re.findall(r"<figure\b.*?</figure>", html, re.DOTALL)
    assert len(figures) > 6
    for figure in figures:
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", figure))
        assert re.search(r"Fonte: Inep, Microdados do Enem 20\d\d", text), text[-300:]
        assert re.search(r"Source: Inep, ENEM 20\d\d", text)


@pytest.mark.parametrize(
    ("state", "said"), [("AC", "do Acre"), ("SP", "de São Paulo"), ("BA", "da Bahia")]
)
def test_states_have_the_article_that_brazilians_give_them(state, said):
    portuguese = language("pt")
    assert portuguese.plain(message(f"of_state.{state}")) == said
    assert {f"of_state.{each}" for each in STATES} <= set(names())


def rounded(said):
    """Whether a number is written without decimals."""
    return not re.search(r"[.,]\d(?:\D|\d\b|$)", said)


def test_every_number_is_in_the_tables(built):
    tables = {
        name: pd.read_csv(built / f"{name}.csv", dtype={"edition": str})
        for name in ("effects", "samples", "pooled", "scales", "pooled_checks")
    }
    page = Page(built / "index.html")
    checked = {}
    for source, value, tag, said in page.data:
        locale = "pt_BR" if tag == "pt-BR" else "en"
        name, _, rest = source.partition(".csv:")
        if name not in tables:
            continue
        where, column = rest.rsplit(":", 1)
        rows = tables[name]
        for key, wanted in (pair.split("=") for pair in where.split(";")):
            rows = rows[rows[key] == wanted]
        if column == "count(state)":
            assert value == len(rows)
        elif column == "last(rows)":
            assert value == rows["rows"].iloc[-1]
        else:
            assert len(rows) == 1
            assert value == pytest.approx(rows[column].iloc[0], rel=1e-8)
        written = said.replace("−", "-")
        percent = 100 if written.endswith("%") else 1
        number = float(parse_decimal(written.rstrip("%").strip(), locale=locale))
        # words say “less” of some numbers, which then have no sign
        expected = value * percent if number < 0 else abs(value) * percent
        assert number == pytest.approx(expected, abs=0.501 if rounded(said) else 0.0501)
        checked[name] = checked.get(name, 0) + 1
    # participants, slope, two shares and, where both sides are large enough, gaps; the maps have
    # the shares again; two languages
    assert checked["effects"] + checked["samples"] == 2 * (5 * (1 + 3 * 3) + 5 * 3 + 5 * 2 * 3)
    # centre and three scales with intervals, for slope and gap; federal gaps are of one edition;
    # the headline's three intervals and spreads
    assert checked["scales"] == 2 * (2 * 4 * 3 + 2 * 3 + 3 * 3 + 3)
    # the analyses that are shrunken most, how many gaps are predicted, and the maps' tiles
    assert checked["pooled"] == 2 * (3 + 2 + 3 * (5 + 3 + 2))
    assert checked["pooled_checks"] == 2 * 3 * 6


def test_page_says_what_is_missing_and_what_is_hidden(built):
    page = Page(built / "index.html")
    portuguese, english = page.said("pt-BR"), page.said("en")
    assert "Análises aqui: 5 das 6 pedidas." in portuguese
    assert "2019, mean of the five scores: São Paulo" in english
    assert "one side has no participants" in english
    assert "um dos lados tem menos de 10 participantes" in portuguese
    assert "a side < 10" in english
    assert "não terminou" in portuguese
    assert "não pedido" in portuguese
    gap_of_small = [s for s, *_ in page.data if "AC" in s and "2019" in s and "gap" in s]
    assert gap_of_small == []


def test_page_names_units_and_marks_matched_editions(built):
    english = Page(built / "index.html").said("en")
    assert "Points per doubling of income" in english
    assert "Income is measured in minimum wages of the edition" in english
    assert "(2019)" in english
    assert "school type known only for those whom INEP found" in english
    assert "with probability at least 90%" in english
    assert "Simulated data" not in english


def test_pooled_section_says_what_is_predicted_and_what_differs(built):
    page = Page(built / "index.html")
    english, portuguese = page.said("en"), page.said("pt-BR")
    assert "a number of their own (nobody, or too few to be shown): 2" in english
    assert "a number of their own (nobody, or too few to be shown): 3" in english
    assert "Rio Grande do Sul (predicted)" not in english  # 2017, and the figure is of 2019
    assert "Acre (predicted)" in english
    assert "Acre (previsto)" in portuguese
    assert "O desvio-padrão entre os estados é de" in portuguese
    assert "school type known only for matched participants" in english
    pooled = pd.read_csv(built / "pooled.csv", dtype={"edition": str})
    gaps = pooled[pooled["measure"] == "gap"].set_index(["edition", "state"])["basis"]
    assert gaps[gaps == "predicted"].index.tolist() == [EMPTY, SMALL]
    assert MISSING not in gaps.index


@pytest.mark.parametrize("tag", ["pt-BR", "en"])
def test_no_sentence_of_the_atlas_is_long(tag, built):
    text = spoken((built / "index.html").read_text(encoding="utf-8"), tag)
    assert len(text.split()) > 500
    assert long_ones(text) == []


def test_nothing_to_pool_is_said(tmp_path):
    results = write_results(tmp_path)
    one = settings(states=["AC"], editions=["2017"], models=["pooled"])
    build_atlas(results, finished(results, one), one, results / "atlas")
    assert "there is nothing to pool" in Page(results / "atlas/index.html").said("en")
    assert list(pd.read_csv(results / "atlas/scales.csv"))[:3] == [
        "measure",
        "outcome",
        "parameter",
    ]


def test_without_pages_of_states_there_is_no_column_of_links(tmp_path):
    results = write_results(tmp_path)
    report = settings()["report"] | {"each_state": False}
    one = settings(states=["AC"], editions=["2017"], models=["pooled"], report=report)
    build_atlas(results, finished(results, one), one, results / "atlas")
    page = Page(results / "atlas/index.html")
    assert not [link for link in page.links if "report.html" in link]
    assert "no report" not in page.said("en")


def test_links_lead_to_files_beside_the_page(built):
    links = [link for link in Page(built / "index.html").links if not link.startswith("#")]
    assert "../2017/RS/report.html?score=mean&from=atlas" in links
    assert not [link for link in links if "2019/SP" in link]
    for link in links:
        assert (built / link.partition("?")[0]).is_file(), link


def test_page_is_whole_by_itself(built):
    text = (built / "index.html").read_text(encoding="utf-8")
    for name in ("src", "href", "xlink:href"):
        for address in re.findall(rf'\b{name}="([^"]+)"', text):
            assert not re.match(r"(https?:)?//", address), address
    ids = Page(built / "index.html").ids
    assert len(ids) == len(set(ids))
    assert "<text" in text


def test_the_same_artefacts_give_the_same_bytes(tmp_path):
    results = write_results(tmp_path)
    few = settings(editions=["2017"], models=["pooled"])
    folders = [results / "atlas", results / "again"]
    for folder in folders:
        build_atlas(results, finished(results, few), few, folder)
    paths = [path.relative_to(folders[0]) for path in folders[0].rglob("*.*")]
    assert {".svg", ".png", ".csv", ".html"} <= {path.suffix for path in paths}
    for path in paths:
        assert (folders[1] / path).read_bytes() == (folders[0] / path).read_bytes(), path


def test_simulated_data_carry_a_banner(tmp_path):
    results = tmp_path / "results"
    for state in ("AC", "RS"):
        write_analysis(results, "simulated", state, 20.0)
    made = settings(editions=["simulated"], states=["AC", "RS"], models=["pooled"])
    build_atlas(results, finished(results, made), made, results / "atlas")
    page = Page(results / "atlas/index.html")
    assert "the numbers say nothing about Brazil" in page.said("en")
    assert not any(identifier.startswith("trends") for identifier in page.ids)


def test_a_failed_check_is_marked(tmp_path):
    results = write_results(tmp_path)
    path = results / "2017/AC/mean/pooled/checks.json"
    path.write_text(path.read_text().replace("true", "false"), encoding="utf-8")
    one = settings(states=["AC"], editions=["2017"], models=["pooled"])
    build_atlas(results, finished(results, one), one, results / "atlas")
    assert 'class="failed"' in (results / "atlas/index.html").read_text(encoding="utf-8")


# --- in a browser


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.is_file():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def opened(browser, built):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    said = []
    page.on("console", lambda entry: said.append(entry.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    folder = built.parent.as_uri()
    address = (built / "index.html").as_uri()
    page.goto(f"{address}?lang=en")
    yield page
    assert [entry for entry in said if not entry.startswith(folder)] == []
    context.close()


def column(page, index):
    return page.locator(f"#analyses tbody tr:visible > :nth-child({index})").all_inner_texts()


def plain(words):
    return [unicodedata.normalize("NFC", word.strip()) for word in words]


def test_table_sorts_by_keyboard(opened):
    slope = opened.locator("#analyses thead button").nth(3)
    slope.focus()
    opened.keyboard.press("Enter")
    # 15.125 + 4 for the second edition + 7 for each state, 2019 SP missing
    assert plain(column(opened, 4)) == ["29.1", "26.1", "22.1", "19.1", "15.1"]
    assert slope.locator("xpath=..").get_attribute("aria-sort") == "descending"
    opened.keyboard.press("Space")
    assert plain(column(opened, 4)) == ["15.1", "19.1", "22.1", "26.1", "29.1"]


def test_blank_values_sort_last_both_ways(opened):
    gap = opened.locator("#analyses thead button").nth(5)
    for _ in range(2):
        gap.click()
        assert "one side" in column(opened, 6)[-1]
        assert "one side" in column(opened, 6)[-2]


def test_search_ignores_accents_and_case_and_follows_the_language(opened):
    opened.locator("#search").fill("sao PAULO")
    assert plain(column(opened, 2)) == ["2017"]
    assert opened.locator("#found").inner_text() == "1"
    opened.locator("#search").fill("passed")
    assert len(column(opened, 2)) == 5
    opened.locator("label", has_text="Português").click()
    assert column(opened, 2) == []


def test_language_switch_changes_figures_and_title(opened):
    words = opened.locator(".tiles").get_by_text("not finished").filter(visible=True)
    assert opened.title() == "Atlas: income, school and scores in ENEM"
    assert words.count() == 4  # a map of each measure
    opened.locator("label", has_text="Português").click()
    assert opened.title() == "Atlas: renda, escola e nota no Enem"
    assert words.count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(opened, width, scheme):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.emulate_media(color_scheme=scheme)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(opened, width, scheme):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.emulate_media(color_scheme=scheme)
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(opened, options={"resultTypes": ["violations"]}).response
    assert {"color-contrast", "html-has-lang"} <= {rule["id"] for rule in found["passes"]}
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_first_screen_holds_answer_and_caveat(opened, size):
    opened.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    assert opened.locator(".headline").count() == 2
    for part in opened.locator(":is(.headline, .top .aside)").all():
        box = part.bounding_box()
        assert box["y"] + box["height"] <= size[1]


def test_two_states_stand_side_by_side(opened):
    def shown():
        rows = opened.locator("#beside-table tbody tr")
        return [(row.split("\t")[0], row.split("\t")[1]) for row in rows.all_inner_texts()]

    assert shown() == [(f"{name}", year) for name in ("Acre AC", "Rio Grande do Sul RS")
                       for year in ("2017", "2019")]  # fmt: skip
    # also with a table that shows only what is searched for
    opened.locator("#search").fill("acre")
    opened.get_by_label("First state").select_option("SP")
    assert shown()[0] == ("São Paulo SP", "2017")
    assert not opened.locator("#beside-table button").count()
    opened.get_by_label("Second state").focus()
    opened.keyboard.press("ArrowUp")
    assert {name for name, _ in shown()} == {"São Paulo SP", "Acre AC"}


def test_a_state_is_found_by_its_name_and_by_its_code(opened):
    for words in ("rio grande", "RS"):
        opened.locator("#search").fill(words)
        assert plain(column(opened, 1)) == ["Rio Grande do Sul RS"] * 2


def test_editions_stand_on_one_time_line_and_older_ones_are_folded(opened):
    for name in ("slope", "gap", "school", "municipality"):
        drawing = opened.locator(f"#drawing-trends-mean-{name}")
        years = {"2017", "2019"}
        assert years <= set(drawing.locator("text:visible").all_text_contents())
    older = opened.locator("#slope > details")
    assert not older.locator(".tiles").is_visible()
    older.locator("> summary").click()
    assert older.locator(".tiles").is_visible()


def test_a_tile_opens_the_page_of_its_state_and_edition(opened):
    newest = opened.locator("#gap > .map .tiles")
    assert not newest.get_by_role("link", name="SP").count()  # did not finish
    newest.get_by_role("link", name="RS").click()
    # in the language that the atlas is read in
    assert opened.url.endswith("/2019/RS/report.html?score=mean&from=atlas&lang=en")
    assert opened.title() == "report"


def test_on_a_phone_stands_the_drawing_made_for_it(opened):
    opened.set_viewport_size({"width": 360, "height": 800})
    for name in ("ranking-mean-slope-2019", "trends-mean-slope", "levels-mean-slope"):
        svg = opened.locator(f"#figure-{name} svg:visible")
        assert svg.bounding_box()["width"] < 360
        scale = svg.evaluate("s => s.getBoundingClientRect().width / s.viewBox.baseVal.width")
        size = "t => parseFloat(getComputedStyle(t).fontSize)"
        sizes = f"s => [...s.querySelectorAll('text')].map({size})"
        assert min(svg.evaluate(sizes)) * scale >= 11 - 0.3


def test_an_older_figure_is_read_or_seen_whole_on_a_phone(opened):
    opened.set_viewport_size({"width": 360, "height": 800})
    opened.locator("#slope > details > summary").click()
    figure = opened.locator("#figure-ranking-mean-slope-2017")
    before = figure.locator("svg:visible").bounding_box()["width"]
    figure.get_by_label("Show the whole figure").check()
    assert before > 360 > figure.locator("svg:visible").bounding_box()["width"]
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_figure_has_files_link_and_code_for_other_pages(opened, built):
    opened.locator("#figure-map-mean-slope-2019 details.embed > summary").click()
    code = opened.locator("#figure-map-mean-slope-2019 textarea").input_value()
    assert "?figure=figure-map-mean-slope-2019&amp;lang=en" in code
    opened.goto((built / "index.html").as_uri() + "?figure=figure-map-mean-slope-2019&lang=en")
    assert opened.locator("figure:visible").count() == 1
    assert opened.locator(".tiles:visible").count() == 1
    for name in ("map-mean-gap-2019", "ranking-mean-slope-2017", "trends-mean-gap"):
        for ending in ("pt.png", "en.png", "pt.svg", "en.svg", "csv"):
            assert (built / "figures" / f"{name}.{ending}").stat().st_size > 100
    with Image.open(built / "figures/map-mean-gap-2019.pt.png") as picture:
        assert picture.size == (1200, 675)
    data = pd.read_csv(built / "figures/map-mean-gap-2019.csv").set_index("state")
    pooled = pd.read_csv(built / "pooled.csv", dtype={"edition": str})
    mine = pooled[(pooled["measure"] == "gap") & (pooled["edition"] == "2019")].set_index("state")
    for state, row in data.iterrows():
        assert row["mean"] == pytest.approx(mine.loc[state, "pooled_mean"])


def test_without_scripts_the_table_is_plain_and_the_switch_works(browser, built):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((built / "index.html").as_uri())
    assert page.locator("#search").is_hidden()
    assert page.locator("#analyses tbody tr").count() == 5
    assert page.locator("h1").inner_text() == "Atlas: renda, escola e nota no Enem"
    page.locator("#language-en").check(force=True)
    assert page.locator("h1").inner_text() == "Atlas: income, school and scores in ENEM"
    context.close()
