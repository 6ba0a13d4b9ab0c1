import gzip
import json
import re
from base64 import b64decode
from html import unescape
from itertools import product
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from axe_playwright_python.sync_playwright import Axe
from scipy.stats import norm

from enem.names import OUTCOMES
from enem.report.page import STORY, TECHNICAL
from report_fixtures import COUNTS, build, made_settings, traced, write_artefacts, write_pages

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
NAMES = {
    "pt-BR": {"privada": "Privada", "estadual": "Estadual", "federal": "Federal"},
    "en": {"privada": "Private", "estadual": "State", "federal": "Federal"},
}
HOSTILE = "<script>alert(1)</script>"
WIDTHS = (360, 1280)
WIDE = {"width": 1280, "height": 800}
PAPER = 718
"""Pixels of an A4 page between margins of a centimetre."""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM.is_file():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("browser")
    build(root, counts={**COUNTS, "municipal": 7})
    return root


class Visit:
    """A page opened from its file with the network off; what it asked for and complained of."""

    def __init__(self, browser, file, query="", script="", **options):
        self.context = browser.new_context(offline=True, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.page.add_init_script(script)
        self.asked, self.complaints = [], []
        self.page.route("**/*", self._answer)
        self.page.on("console", lambda said: self.complaints.append((said.type, said.text)))
        self.page.on("pageerror", lambda error: self.complaints.append(("error", str(error))))
        self.page.on("dialog", lambda dialog: self.complaints.append(("dialog", dialog.message)))
        self.page.goto(file.as_uri() + query)

    def _answer(self, route):
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            self.asked.append(route.request.url)
            route.abort()

    def __enter__(self):
        return self.page

    def __exit__(self, *failure):
        self.context.close()
        if failure == (None, None, None):
            assert self.asked == []
            assert self.complaints == []


def drawn(page):
    """Wait until the chart shows what was chosen."""
    page.locator("#explore-chart[aria-busy=false] svg.marks").wait_for()


def choose(page, name, option):
    """Click a control, which opens its list, and take an option of it."""
    control = page.get_by_role("combobox", name=name, exact=True)
    control.click()
    control.select_option(option)
    page.keyboard.press("Escape")


def said(page):
    return page.locator("#explore-said").inner_text()


def tell(number, tag):
    text = f"{number:,.1f}".replace("-", "\N{MINUS SIGN}")
    return text.translate(str.maketrans(",.", ".,")) if tag == "pt-BR" else text


@pytest.fixture(scope="module")
def draws(made):
    path = made / "results/2019/AC/mean/school_type/posterior.nc"
    groups = ("posterior", "expected")
    return xr.merge(xr.open_dataset(path, group=g, engine="h5netcdf").load() for g in groups)


def predicted(draws, school_type, bracket):
    """Expected score at schools like these; sd of a participant of a school drawn anew."""
    own = draws.sel(school_type=school_type)
    expected = own["schools_like_these"].sel(income_bracket=bracket)
    levels = own["tau_municipality"] ** 2 + own["tau_school"] ** 2
    return expected.to_numpy().ravel(), np.sqrt(own["sigma"] ** 2 + levels).to_numpy().ravel()


def spread(values):
    return [values.mean(), *np.quantile(values, [0.05, 0.95])]


def assert_said(page, draws, school_type, bracket, other, tag):
    expected, sigma = predicted(draws, school_type, bracket)
    text = said(page)
    shown = re.findall(r"\N{MINUS SIGN}?\d+[.,]\d", text)
    facts = [tell(number, tag) for number in spread(expected)]
    assert shown[:3] == facts
    # where the sentence says that 90 % and 50 % of participants are predicted, they are
    low, high, q25, q75 = (float(part.replace(",", ".")) for part in shown[3:7])
    for (start, end), share in (((low, high), 0.9), ((q25, q75), 0.5)):
        inside = norm.cdf(end, expected, sigma) - norm.cdf(start, expected, sigma)
        assert inside.mean() == pytest.approx(share, abs=0.001)
    assert str(COUNTS[school_type] // 2) in text
    if other:
        gap = expected - predicted(draws, other, bracket)[0]
        assert shown[7:] == [tell(number, tag) for number in spread(gap)]
        names = NAMES[tag]
        assert re.search(rf"{names[school_type]} (minus|menos) {names[other]}", text)
    else:
        assert len(shown) == 7


# --- the chart


def test_chart_starts_with_private_beside_the_largest_other_type(browser, made, draws):
    with Visit(browser, made / TECHNICAL) as page:
        drawn(page)
        assert_said(page, draws, "privada", "A", "estadual", "pt-BR")
        assert page.locator("#explore-said").get_attribute("aria-live") == "polite"


def test_mouse_changes_the_chart(browser, made, draws):
    with Visit(browser, made / TECHNICAL, "?lang=en") as page:
        drawn(page)
        before = page.locator("#explore-chart").inner_html()
        choose(page, "School type", "State")
        choose(page, "Family income", "B")
        choose(page, "Compare with", "Federal")
        drawn(page)
        assert_said(page, draws, "estadual", "B", "federal", "en")
        assert page.locator("#explore-chart").inner_html() != before
        assert "State (n = 150)" in page.locator("#explore-chart").inner_text()


def test_keyboard_changes_the_chart(browser, made, draws):
    with Visit(browser, made / TECHNICAL, "?lang=en") as page:
        drawn(page)
        page.locator("#explore-type").focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "explore-bracket"
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Home")
        drawn(page)
        assert_said(page, draws, "estadual", "B", None, "en")


def test_a_type_is_not_compared_with_itself(browser, made, draws):
    with Visit(browser, made / TECHNICAL, "?lang=en") as page:
        drawn(page)
        page.locator("#explore-type").select_option("estadual")
        drawn(page)
        assert page.locator("#explore-other option[value=estadual]").is_disabled()
        assert_said(page, draws, "estadual", "A", None, "en")


def test_hover_tells_participants_and_interval(browser, made, draws):
    with Visit(browser, made / TECHNICAL, "?lang=en") as page:
        drawn(page)
        page.locator("#explore-chart").scroll_into_view_if_needed()
        page.locator("#explore-chart .mark-symbol path").first.hover()
        tip = page.locator("#chart-tip")
        tip.wait_for(state="visible")
        mean, low, high = spread(predicted(draws, "privada", "A")[0])
        assert f"{mean:.1f} points (90% credible interval: {low:.1f} to {high:.1f})" in (
            tip.inner_text()
        )
        assert "Participants of this profile in the sample: 30." in tip.inner_text()


def test_small_groups_cannot_be_chosen(browser, made):
    with Visit(browser, made / TECHNICAL) as page:
        packed = page.locator("#explore-data").text_content()
        data = json.loads(gzip.decompress(b64decode(packed)))
        assert data["outcomes"]["mean"]["types"] == ["federal", "estadual", "privada"]
        assert "municipal" not in json.dumps(data)
        for name in ("type", "other"):
            assert page.locator(f"#explore-{name} option[value=municipal]").count() == 0


# --- the page


def test_language_switch_keeps_place_and_choice(browser, made, draws):
    with Visit(browser, made / TECHNICAL) as page:
        drawn(page)
        page.locator("#explore-type").select_option("federal")
        page.locator("#limits").evaluate("e => e.scrollIntoView()")
        before = page.locator("#limits").bounding_box()["y"]
        # where the reader is, the switch is out of sight
        page.locator("#language-en").evaluate("input => input.click()")
        drawn(page)
        assert page.locator("#limits").bounding_box()["y"] == pytest.approx(before, abs=40)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.title().startswith("Family income, school and ENEM scores")
        assert_said(page, draws, "federal", "A", "estadual", "en")


def test_figures_follow_the_language(browser, made):
    with Visit(browser, made / TECHNICAL) as page:
        # what is drawn: Chromium's inner text has the words of hidden groups too
        drawn_words = page.locator("#figure-mean-score_by_income svg tspan:visible")
        assert drawn_words.all_text_contents() == ["A < B nota"]
        page.locator("label[lang=en]").click()
        assert drawn_words.all_text_contents() == ["A < B score"]


def test_numbers_say_their_source_to_whoever_inspects_them(browser, made):
    html = traced((made / TECHNICAL).read_text(encoding="utf-8"))
    whole = {unescape(source) for source in re.findall(r'data-source="([^"]*)"', html)}
    with Visit(browser, made / TECHNICAL) as page:
        page.wait_for_function("!document.querySelector('[data-s]:not([data-source])')")
        found = page.evaluate("[...document.querySelectorAll('data')].map((e) => e.dataset.source)")
        assert set(found) == whole


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def show(page, tag, width, scheme, media="screen"):
    """Change what the open page is shown in, and wait for its chart."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(media=media, color_scheme=scheme)
    if media == "screen":
        page.locator(f"label[lang={tag}]").click()
        drawn(page)


def serious(page):
    """What axe-core finds of serious or critical impact."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert {"color-contrast", "html-has-lang"} <= {rule["id"] for rule in found["passes"]}
    return [
        (rule["id"], [node["html"] for node in rule["nodes"]][:3])
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def in_figure(page, words):
    """How often the figure itself, not its caption, is seen to say something."""
    figure = page.locator("#figure-mean-profiles svg")
    return figure.get_by_text(words).filter(visible=True).count()


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def test_page_is_accessible_and_fits_in_every_way_it_is_shown(browser, made):
    with Visit(browser, made / TECHNICAL) as page:
        drawn(page)
        unfold(page)
        for tag, width, scheme in product(NAMES, WIDTHS, ("light", "dark")):
            show(page, tag, width, scheme)
            where = (tag, width, scheme)
            assert overflow(page) <= 0, where
            assert page.locator("#answer p").first.is_visible()
            assert page.locator("#explore-chart svg").is_visible()
            assert not page.locator("#figure-mean-profiles").is_visible()
            assert cut_figures(page) == [], where
            assert serious(page) == [], where


def cut_figures(page):
    """Ids of figures that do not fit their card, but for those that offer to be seen whole."""
    return page.evaluate("""() => [...document.querySelectorAll(".card")]
        .filter((card) => card.offsetParent && card.scrollWidth > card.clientWidth)
        .filter((card) => !card.parentElement.querySelector(".whole")?.offsetParent)
        .map((card) => card.parentElement.id || card.id)""")


def test_figure_is_read_or_seen_whole_on_a_phone(browser, made):
    with Visit(browser, made / TECHNICAL, viewport={"width": 360, "height": 800}) as page:
        drawn(page)
        figure = page.locator("#figure-mean-score_by_income")
        assert figure.locator("svg:visible").bounding_box()["width"] == pytest.approx(704)
        figure.get_by_label("Mostrar a figura inteira").check()
        assert figure.locator("svg:visible").bounding_box()["width"] < 360
        assert overflow(page) <= 0
        page.set_viewport_size({"width": 1280, "height": 800})
        assert not figure.locator(".whole").is_visible()


def test_print_is_light_and_shows_the_static_figure(browser, made):
    words = {"pt-BR": "renda familiar", "en": "family income"}
    with Visit(browser, made / TECHNICAL) as page:
        drawn(page)
        unfold(page)
        for tag, scheme in product(NAMES, ("light", "dark")):
            where = (tag, scheme)
            show(page, tag, PAPER, scheme)
            show(page, tag, PAPER, scheme, "print")
            colors = page.evaluate(
                "[getComputedStyle(document.body).backgroundColor, "
                "getComputedStyle(document.body).color, "
                "getComputedStyle(document.documentElement).colorScheme]"
            )
            assert colors == ["rgb(255, 255, 255)", "rgb(0, 0, 0)", "light"], where
            assert not page.locator("#explore-live").is_visible()
            assert page.locator("#figure-mean-profiles svg:visible").count() == 1
            assert {other for other, said in words.items() if in_figure(page, said)} == {tag}
            assert not page.locator(".switch").is_visible()
            assert not page.locator(".whole:visible").count()
            assert overflow(page) <= 0, where
        assert serious(page) == []


def test_page_reads_without_scripts(browser, made):
    with Visit(browser, made / TECHNICAL, java_script_enabled=False) as page:
        assert not page.locator("#explore-live").is_visible()
        assert page.locator("#figure-mean-profiles svg:visible").count() == 1
        assert in_figure(page, "renda familiar")
        assert not in_figure(page, "family income")
        page.locator("label[lang=en]").click()
        assert in_figure(page, "family income")
        assert not in_figure(page, "renda familiar")
        assert page.locator("h1").inner_text().startswith("Family income")
        # a frame needs scripts, and so no code for one is offered
        assert not page.locator(".embed").filter(visible=True).count()
        page.locator("#explore summary").click()
        assert "Private minus State" in page.locator("#explore details").inner_text()


def test_static_figure_stays_where_the_chart_cannot_be_unpacked(browser, made):
    with Visit(browser, made / TECHNICAL, script="delete globalThis.DecompressionStream") as page:
        page.locator("#explore-failed").wait_for()
        assert "não mostra o gráfico interativo" in page.locator("#explore-failed").inner_text()
        assert not page.locator("#explore-live").is_visible()
        assert page.locator("#figure-mean-profiles svg:visible").count() == 1


# --- the story


SCREENS = ((1280, 900), (390, 844))


@pytest.mark.parametrize("tag", NAMES)
@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("scores", ["made", "every_score"])
def test_first_screen_holds_answer_population_and_caveat(
    browser, request, scores, width, height, tag
):
    story, seen = request.getfixturevalue(scores) / STORY, {"width": width, "height": height}
    with Visit(browser, story, f"?lang={tag[:2]}", viewport=seen) as page:
        assert overflow(page) <= 0
        assert page.locator(".big:visible").count() == 4
        for part in page.locator(":is(.big, .about p):visible").all():
            box = part.bounding_box()
            assert box["y"] + box["height"] <= height


def test_story_is_accessible_and_fits_in_every_way_it_is_shown(browser, made):
    with Visit(browser, made / STORY) as page:
        unfold(page)
        for tag, width, scheme in product(NAMES, (360, 768, 1280), ("light", "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            page.locator(f"label[lang={tag}]").click()
            assert overflow(page) <= 0, (tag, width, scheme)
            assert serious(page) == [], (tag, width, scheme)


def test_pages_lead_to_each_other_in_the_language_that_is_read(browser, made):
    with Visit(browser, made / STORY) as page:
        page.locator("label[lang=en]").click()
        place = page.locator(".pages").bounding_box()
        page.get_by_role("link", name="Technical page").click()
        page.wait_for_url(f"**/{TECHNICAL}?lang=en")
        assert page.evaluate("document.documentElement.lang") == "en"
        there = page.locator(".pages").bounding_box()
        assert (there["x"], there["y"]) == (place["x"], place["y"])
        page.locator(".pages").get_by_role("link", name="In short").click()
        assert page.url.endswith(f"{STORY}?lang=en")


SECTIONS_OF_BOTH = ["answer", "checks", "limits", "reproduce"]


def sections(page):
    return page.evaluate("[...document.querySelectorAll('main section')].map((s) => s.id)")


@pytest.mark.parametrize("name", [STORY, TECHNICAL])
def test_between_the_pages_a_reader_stays_in_the_section(browser, made, name):
    other = {STORY: TECHNICAL, TECHNICAL: STORY}[name]
    link = ".pages a:not([aria-current], .atlas)"
    with Visit(browser, made / name, "?lang=en") as page:
        there = sections(page)
        assert [s for s in there if s in SECTIONS_OF_BOTH] == SECTIONS_OF_BOTH
        # the top of the page leads to the top of the other
        assert page.locator(link).get_attribute("href").endswith(f"/{other}?lang=en")
        for section in SECTIONS_OF_BOTH[:-1]:
            page.evaluate(f"location.hash = '#{section}'")
            page.locator(f'{link}[href$="/{other}?lang=en#{section}"]').wait_for(state="attached")
        page.locator(link).evaluate("way => way.click()")
        page.wait_for_url(f"**/{other}?lang=en#limits")
        page.wait_for_function("Math.abs(limits.getBoundingClientRect().top) < 150")
        both = [s for s in sections(page) if s in there]
        assert both == SECTIONS_OF_BOTH


def test_the_contents_lead_to_the_same_section_of_the_story(browser, made):
    with Visit(browser, made / TECHNICAL, "#limits", viewport=WIDE) as page:
        page.locator(".contents").get_by_role("link", name="Em resumo").click()
        page.wait_for_url(f"**/{STORY}?lang=pt#limits")


OTHER_PAGE = ".pages a:not([aria-current], .atlas)"
ELSEWHERE = "[...document.links].map((way) => way.href).filter((to) => to.includes('.html?'))"


@pytest.mark.parametrize("name", [STORY, TECHNICAL])
def test_links_to_the_other_page_keep_language_and_score(browser, every_score, name):
    with Visit(browser, every_score / name) as page:
        assert all("?lang=pt&score=mean" in href for href in page.evaluate(ELSEWHERE))
        page.locator("label[lang=en]").click()
        page.locator(".tabs label").filter(has_text="human sciences").click()
        links = page.evaluate(ELSEWHERE)
        assert all("?lang=en&score=CH" in href for href in links)
        page.locator({STORY: "#limits a", TECHNICAL: OTHER_PAGE}[name]).click()
        page.wait_for_url("**?lang=en&score=CH*")
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.locator("#outcome-CH").is_checked()
        assert page.locator(".of-CH:visible").count()
        assert not page.locator(".of-mean:visible").count()


@pytest.mark.parametrize(("tag", "seen"), [("pt-BR", "ταum"), ("en", "ταone")])
def test_symbols_of_figures_are_whole_in_both_languages(browser, made, tag, seen):
    """A letter and its subscript stand in one text as words of both languages do, but at places."""
    symbol = '<text><tspan x="0">τ</tspan><tspan x="5">α</tspan></text>'
    words = "<text><tspan>um</tspan><tspan>one</tspan></text>"
    shown = "all => all.filter((t) => getComputedStyle(t).display !== 'none').map(t => t.innerHTML)"
    with Visit(browser, made / TECHNICAL, f"?lang={tag[:2]}") as page:
        page.locator("svg").first.evaluate(
            "(svg, made) => { svg.innerHTML = made; }", symbol + words
        )
        assert "".join(page.locator("svg").first.locator("tspan").evaluate_all(shown)) == seen


def test_who_comes_from_the_atlas_is_shown_the_way_back(browser, every_score):
    with Visit(browser, every_score / STORY) as page:
        assert page.locator(".pages .atlas").is_hidden()
    with Visit(browser, every_score / STORY, "?score=CH&from=atlas&lang=en") as page:
        # also on the other page of the state
        page.locator(OTHER_PAGE).click()
        page.wait_for_url(f"**/{TECHNICAL}?*score=CH*")
        way = page.get_by_role("link", name="Atlas")
        where = (every_score.parents[1] / "atlas/index.html").as_uri()
        assert way.evaluate("way => way.href").partition("?")[0] == where
        assert "lang=en" in way.evaluate("way => way.search")


def test_links_inside_the_story_lead_to_their_section_in_its_language(browser, made):
    with Visit(browser, made / STORY, "?lang=pt") as page:
        page.locator("label[lang=en]").click()
        page.get_by_role("link", name="Every check").click()
        page.wait_for_url(f"**/{TECHNICAL}?lang=en#checks")
        assert page.evaluate("document.documentElement.lang") == "en"


def test_address_and_link_of_a_figure_say_the_language_seen(browser, every_score):
    with Visit(browser, every_score / STORY, "?lang=pt") as page:
        page.locator("label[lang=en]").click()
        assert page.url.endswith("?lang=en&score=mean")
        link = page.locator("#figure-mean-score_by_income .link")
        link.click()
        page.wait_for_url("**?lang=en&score=mean#figure-mean-score_by_income")
        address = link.evaluate("way => way.href")
        assert address == page.url
        page.locator(".tabs label").filter(has_text="Mathematics").click()
        assert "score=MT" in page.url
    with Visit(browser, every_score / STORY, f"?{address.partition('?')[2]}") as page:
        assert page.evaluate("document.documentElement.lang") == "en"


def test_chart_follows_the_tab_of_the_score(browser, every_score):
    with Visit(browser, every_score / TECHNICAL, "?lang=en&score=MT") as page:
        drawn(page)
        chosen = page.locator("#explore-outcome")
        assert chosen.input_value() == "MT"
        page.locator("#explore-type").select_option("federal")
        page.locator(".tabs label").filter(has_text="human sciences").click()
        drawn(page)
        assert chosen.input_value() == "CH"
        assert page.locator("#explore-type").input_value() == "federal"
        page.evaluate("location.hash = '#figure-LC-score_by_income'")
        page.wait_for_function("document.getElementById('explore-outcome').value === 'LC'")


def test_terms_open_by_keyboard_and_by_touch(browser, made):
    with Visit(browser, made / STORY, "?lang=en", has_touch=True) as page:
        meaning = page.locator("#term-interval")
        term = page.get_by_role("button", name="credible interval").first
        assert not meaning.is_visible()
        term.focus()
        page.keyboard.press("Enter")
        assert "the value lies between its two ends" in meaning.inner_text()
        page.keyboard.press("Escape")
        assert not meaning.is_visible()
        term.tap()
        assert meaning.is_visible()


def test_downloads_are_the_files_of_the_results(browser, made):
    folder = made / "results/2019/AC/mean/figures"
    with Visit(browser, made / STORY) as page:
        bar = page.locator("#figure-mean-score_by_income .bar")
        for kind, name in (
            ("PNG", "score_by_income.feed.pt.png"),
            ("CSV", "score_by_income.csv"),
        ):
            with page.expect_download() as started:
                bar.get_by_role("link", name=kind, exact=True).click()
            found = started.value
            assert found.suggested_filename == f"enem-2019-AC-mean-{name}"
            assert Path(found.path()).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("name", [STORY, TECHNICAL])
def test_embed_code_shows_the_figure_alone(browser, made, tmp_path, name):
    with Visit(browser, made / name, "?lang=en") as page:
        code = page.locator("[data-figure=figure-mean-score_by_income]").input_value()
    assert (made / name).as_uri() in code
    other = tmp_path / "other.html"
    other.write_text(f"<!DOCTYPE html><title>another page</title>{code}", encoding="utf-8")
    with Visit(browser, other) as page:
        frame = page.frame_locator("iframe")
        assert frame.locator("#figure-mean-score_by_income svg").first.is_visible()
        assert "A < B score" in frame.locator("body").inner_text()
        assert frame.locator("figure:visible").count() == 1
        assert not frame.locator("h1").is_visible()


# of the drawings of the published pages, for a screen and for a phone
BOXES = {r'(<div class="narrow"><svg[^>]*viewBox=)"[^"]*"': r'\1"0 0 320 729"'}
BOXES = {r'(<svg[^>]*viewBox=)"[^"]*"': r'\1"0 0 504 440"', **BOXES}
CUT = """() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    const svg = [...document.querySelectorAll("svg")].find((each) => each.checkVisibility());
    const parts = [...document.querySelectorAll(".kept :is(figcaption, .bar, .card)"), svg];
    const low = Math.max(...parts.map((part) => part.getBoundingClientRect().bottom));
    return [scrollWidth > innerWidth, scrollHeight > innerHeight, low > innerHeight,
            svg.getBoundingClientRect().width < Math.min(0.85 * innerWidth, 600)];
}"""


@pytest.mark.parametrize("name", [STORY, TECHNICAL])
def test_embed_code_cuts_nothing_of_the_figure(browser, made, tmp_path, name):
    html = (made / name).read_text(encoding="utf-8")
    for box, other in BOXES.items():
        html = re.sub(box, other, html)
    html = html.replace("Legenda de score_by_income", "Legenda de uma figura. " * 13)
    (tmp_path / name).write_text(html, encoding="utf-8")
    with Visit(browser, tmp_path / name) as page:
        code = page.locator("[data-figure=figure-mean-score_by_income]").input_value()
    other = tmp_path / "other.html"
    page = '<!DOCTYPE html><title>another page</title><body style="margin:0">'
    other.write_text(page + code, encoding="utf-8")
    for width in (360, 400, 600, 800, 1280):
        with Visit(browser, other, viewport={"width": width, "height": 1400}) as page:
            page.frame_locator("iframe").locator("figure.kept").wait_for()
            assert page.frames[1].evaluate(CUT) == [False] * 4, width


def test_a_figure_of_the_story_is_drawn_for_the_width_it_is_seen_in(browser, made):
    with Visit(browser, made / STORY) as page:
        card = page.locator("#figure-mean-score_by_income .card")
        for width, narrow in ((360, True), (1280, False)):
            page.set_viewport_size({"width": width, "height": 800})
            assert card.locator(".narrow svg").is_visible() == narrow
            assert card.locator("> svg").is_visible() != narrow


def test_story_prints_on_at_most_six_sheets(browser, made):
    with Visit(browser, made / STORY) as page:
        sheets = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left"), "1cm"))
    assert 1 <= len(re.findall(rb"/Type ?/Page\b", sheets)) <= 6


@pytest.mark.parametrize(("name", "printed"), [(STORY, 1), (TECHNICAL, len(OUTCOMES))])
def test_story_prints_the_score_chosen_alone_and_the_technical_page_all(
    browser, every_score, name, printed
):
    with Visit(browser, every_score / name, "?lang=en&score=CH") as page:
        page.emulate_media(media="print")
        shown = page.locator("#answer .outcome").filter(visible=True)
        assert shown.count() == printed
        assert page.locator("#answer .of-CH").is_visible()
        if name == STORY:
            meaning = page.locator("#term-interval")
            assert "the value lies between its two ends" in meaning.inner_text()
            page.emulate_media(media="screen")
            assert not meaning.is_visible()


def test_story_says_where_the_files_are_that_it_does_not_carry(
    browser, every_score, monkeypatch, tmp_path
):
    folder = every_score / "results/2019/AC"
    monkeypatch.setattr("enem.report.page._bytes_of_files", lambda *_: 1)
    monkeypatch.setattr("enem.report.page.ROOM", 1)
    files = (every_score / "record.json", every_score / "conversion.json")
    write_pages(folder, *files, made_settings(outcomes=["mean", "CH"]), tmp_path)
    told = "in the folder of the results, beside this page"
    with Visit(browser, tmp_path / STORY, "?lang=en") as page:
        assert told not in page.locator("main").inner_text()
        page.locator(".tabs label").filter(has_text="human sciences").click()
        assert told in page.locator("main").inner_text()


def test_touch_explains_a_mark_of_the_chart(browser, made):
    with Visit(browser, made / TECHNICAL, "?lang=en", has_touch=True) as page:
        drawn(page)
        page.locator("#explore-chart").scroll_into_view_if_needed()
        page.locator("#explore-chart .mark-symbol path").first.tap()
        page.locator("#chart-tip").wait_for(state="visible")
        assert "credible interval" in page.locator("#chart-tip").inner_text()


@pytest.fixture(scope="module")
def every_score(tmp_path_factory):
    root = tmp_path_factory.mktemp("every-score")
    folder = write_artefacts(root)
    others = [name for name in OUTCOMES if name != "mean"]
    for name in others:
        copytree(folder / "mean", folder / name)
    flow, presence = (folder / name for name in ("sample_flow.csv", "presence.csv"))
    for path in (flow, presence):
        one = pd.read_csv(path)
        pd.concat([one, *(one.assign(outcome=name) for name in others)]).to_csv(path, index=False)
    settings = made_settings(outcomes=["mean", *others])
    write_pages(folder, root / "record.json", root / "conversion.json", settings, root)
    return root


@pytest.mark.parametrize("name", [STORY, TECHNICAL])
def test_tabs_choose_a_score_by_mouse_and_keyboard(browser, every_score, name):
    with Visit(browser, every_score / name, "?lang=en") as page:
        mean, maths = (page.locator(f"#figure-{o}-score_by_income") for o in ("mean", "MT"))
        assert mean.is_visible()
        assert not maths.is_visible()
        page.locator(".tabs label").filter(has_text="Mathematics").click()
        assert maths.is_visible()
        assert not mean.is_visible()
        page.locator("#outcome-CN").check(force=True)
        page.keyboard.press("ArrowLeft")
        assert mean.is_visible()
        # who comes for a figure of the other score finds it
        page.evaluate("location.hash = '#figure-MT-score_by_income'")
        maths.wait_for(state="visible")
        assert page.locator("#outcome-MT").is_checked()


LIGHT = """() => [...document.querySelectorAll("#explore-chart svg text")].map((text) => {
    const [r, g, b] = getComputedStyle(text).fill.match(/\\d+/g).map(Number);
    return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
})"""


def test_words_of_the_chart_are_light_on_a_dark_page(browser, made):
    with Visit(browser, made / TECHNICAL) as page:
        drawn(page)
        assert max(page.evaluate(LIGHT)) < 0.5
        page.emulate_media(color_scheme="dark")
        assert min(page.evaluate(LIGHT)) > 0.25


# --- names from data


def test_hostile_names_show_as_text(browser, tmp_path):
    hostile = '"><img src=x onerror=alert(2)>'
    folder = write_artefacts(tmp_path, edition="2019", state=hostile)
    record = json.loads((tmp_path / "record.json").read_text())
    record["source"] = HOSTILE
    (tmp_path / "record.json").write_text(json.dumps(record))
    flow = folder / "sample_flow.csv"
    flow.write_text(flow.read_text().replace("a step <i>unknown</i>", f"{HOSTILE} in Xapuri"))
    page = tmp_path / TECHNICAL
    files = (tmp_path / "record.json", tmp_path / "conversion.json")
    write_pages(folder, *files, made_settings(), tmp_path)
    with Visit(browser, page, "?lang=en") as page:
        drawn(page)
        assert hostile in page.locator("h1").inner_text()
        assert page.locator("img").count() == 0
        page.locator("#sample details:has(table) > summary").click()
        assert f"{HOSTILE} in Xapuri" in page.locator("#sample").inner_text()
        assert HOSTILE in page.locator("#reproduce").inner_text()
