"""The story read aloud: short sentences, no unexplained term, the answer under every condition."""

import json
import re
from importlib.metadata import version
from itertools import product

import pandas as pd
import pytest

from enem.figures.analysis import Analysis
from enem.figures.names import figures_of, manifests
from enem.figures.style import FEED, NARROW, WIDE
from enem.language import TAGS, language
from enem.report.artefacts import read_artefacts
from enem.report.glossary import explained, terms
from enem.report.groups import groups_of
from enem.report.page import STORY, TECHNICAL
from enem.report.sections.answer.cards import cards, observed_difference
from enem.report.tables import Table
from reading import long_ones, sentences, spoken
from report_fixtures import COUNTS, GROUPS, build, made_settings, write_pages
from test_figures import NORMAL, drawn, made_artefacts, words
from test_language import paged

JARGON = {
    "pt-BR": (
        *("posteriori", "priori", "verossimilhança", "hierárquic", "logarit", "desvio-padrão"),
        *("covariá", "parâmetro", "sigma", "tau", "MLE", "MAP", "escala log", "regressão"),
    ),
    "en": (
        *("posterior", "prior ", "likelihood", "hierarchical", "logarit", "standard deviation"),
        *("covaria", "parameter", "sigma", "tau", "MLE", "MAP", "regression"),
    ),
}
DRAWN = {
    "pt-BR": ("escala log", "logarítmic", "célula", "normais em torno", "n é ", "regressão"),
    "en": ("log scale", "cell", "normal around", "n is ", "pooled", "regression"),
}
"""What figures used to say, and no reader of the story has been told."""
SHUNNED = {
    "pt-BR": ("tipo de escola", "tipos de escola", "MLE", "as demais", "acompanha", "E−"),
    "en": ("goes with", "equal-tailed", "leans on", "Pooled", "School type ×", "E−"),
}
"""Other words for what has one name on the pages, or none that a Brazilian would write."""
EXPLAINED = {
    "pt-BR": (
        "intervalo de credibilidade",
        "escolas como estas",
        "diferença bruta",
        "treineiros",
        "sha-256",
    ),
    "en": ("credible interval", "schools like these", "raw difference", "trainees", "sha-256"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = tmp_path_factory.mktemp("story")
    build(made)
    return made


def story(root, tag):
    """Words of the story in one language."""
    return spoken((root / STORY).read_text(encoding="utf-8"), tag)


@pytest.mark.parametrize("tag", TAGS.values())
@pytest.mark.parametrize("page", [STORY, TECHNICAL])
def test_no_sentence_of_a_page_is_long(page, tag, root):
    text = spoken((root / page).read_text(encoding="utf-8"), tag)
    assert len(sentences(text)) > 50
    assert long_ones(text) == []


def test_no_sentence_is_long_that_only_some_pages_and_figures_have():
    texts = [text for entry in paged() for text in (entry.id, entry.string)]
    assert len(texts) > 1000
    assert [long for text in texts for long in long_ones(re.sub(r"<[^>]*>", "", text))] == []


@pytest.mark.parametrize("tag", TAGS.values())
def test_the_story_has_no_unexplained_term(tag, root):
    text = story(root, tag)
    assert [word for word in JARGON[tag] if word in text] == []
    html = (root / STORY).read_text(encoding="utf-8")
    opened = dict(re.findall(r'<button class="term" popovertarget="term-(\w+)">(.*?)<', html))
    buttons = {found.lower() for found in re.findall(r'class="term"[^>]*>(.*?)</button>', html)}
    for term in EXPLAINED[tag]:
        assert term in text.lower()
        assert term in buttons
    for code in opened:
        assert html.count(f'id="term-{code}"') == 1


def written(artefacts, name, sheet=WIDE):
    """Words in a figure as it is drawn, by language: titles, notes, axes, keys, a text a line."""
    figure = drawn(name, artefacts, sheet)
    texts = {tag: words(figure, code) for code, tag in TAGS.items()}
    return {tag: "\n".join(t.replace("\n", " ") for t in own) for tag, own in texts.items()}


@pytest.fixture(scope="module")
def analyses(tmp_path_factory):
    """Analyses by their models: named in words or not, with and without school types."""
    made = {}
    for models in (("pooled", "school_type", "school_context"), ("pooled",), ("covariates",)):
        root = tmp_path_factory.mktemp(models[-1])
        made[models] = made_artefacts(root, models, NORMAL, Analysis("2019", "AC", "MT"))
    return made


def unexplained(text, tag):
    """Words of a figure that no reader of the story knows, and models named alone."""
    # a name and a formula that are the user's own are shown as they are
    own = re.sub(r"“covariates”: .*?\.", "", text).replace("covariates", "")
    found = [word for word in (*JARGON[tag], *DRAWN[tag]) if word in own]
    return found + re.findall(r"“[^”]+”(?!, (?:with|com) )", own.replace("“”", ""))


def test_figures_of_the_story_have_no_unexplained_term(analyses):
    seen = set()
    for artefacts in analyses.values():
        names = [name for name in figures_of(artefacts.specs) if name.story]
        seen |= {name.subject for name in names}
        for name, sheet in product(names, (WIDE, NARROW, FEED)):
            for tag, text in written(artefacts, name, sheet).items():
                assert unexplained(text, tag) == [], (name, text)
    story = {name: own["needs"] for name, own in manifests().items() if own.get("story")}
    # those of editions without income are read where they are drawn
    assert seen == {name for name, needs in story.items() if "no_income" not in needs}


def test_words_of_figures_are_those_of_the_pages(analyses):
    artefacts = analyses["pooled", "school_type", "school_context"]
    for name in figures_of(artefacts.specs):
        for tag, text in written(artefacts, name).items():
            assert [word for word in SHUNNED[tag] if word in text] == [], name
            # a letter beside a letter is no subscript
            assert re.findall(r"[αβγσμτ][αβγuv]\b", text) == [], name
            assert long_ones(text) == [], name


def test_every_term_has_a_meaning_and_a_word_without_one_is_refused():
    for code in terms():
        for each in TAGS:
            term = language(each).sentence(f"term.{code}")
            meaning = language(each).sentence(f"meaning.{code}")
            assert meaning.lower().startswith(term.lower())
    with pytest.raises(KeyError):
        explained("<dfn>homoscedastic</dfn></body>")


def change_checks(root, model, change):
    """Change the checks of a model, write the pages again, and return the story's English."""
    path = root / f"results/2019/AC/mean/{model}/checks.json"
    record = json.loads(path.read_text())
    change(record["checks"])
    path.write_text(json.dumps(record))
    files = (root / "record.json", root / "conversion.json")
    write_pages(root / "results/2019/AC", *files, made_settings(), root)
    return story(root, "en")


def fail(checks):
    checks[0]["passed"] = False


def test_failed_checks_are_counted_and_the_story_says_whether_its_model_failed(tmp_path):
    build(tmp_path)
    records = (tmp_path / "results/2019/AC/mean").glob("*/checks.json")
    checks = [check for path in records for check in json.loads(path.read_text())["checks"]]
    judged = sum(check["passed"] is not None for check in checks)
    said = change_checks(tmp_path, "pooled", fail)
    assert f"failed: 1 of {judged}, none of them in the model behind these numbers" in said
    said = change_checks(tmp_path, "school_type", fail)
    assert f"failed: 2 of {judged}, at least one of them in the model behind these" in said


@pytest.mark.parametrize(("observed", "warned"), [(48.05, True), (8.05, False)])
def test_the_story_warns_of_intervals_that_may_be_too_narrow(tmp_path, observed, warned):
    build(tmp_path)
    details = {**GROUPS, "case": "information", "group": "privada", "observed": observed}
    check = {"name": "group_predictive_by_school_type", "passed": None, "value": 0.002}
    check |= {"threshold": None, "details": details, "message": "x"}
    said = change_checks(tmp_path, "school_type", lambda checks: checks.append(check))
    assert ("private schools differ from each other more than it expects" in said) == warned


def test_the_story_says_that_a_part_of_the_file_was_read(root):
    assert "has 38,229 of the 5,095,171 rows of the whole country" in story(root, "en")


def test_the_page_is_cited_by_its_title_and_the_version(root):
    html = (root / STORY).read_text(encoding="utf-8")
    heading = re.search(r"<h1\b.*?</h1>", html, re.DOTALL)[0]
    for tag in TAGS.values():
        said = story(root, tag)
        [title] = re.findall(rf"enem-bayes {re.escape(version('enem-bayes'))}\. (.+?)\. ", said)
        assert title in re.sub(r"<[^>]*>", "", heading), tag


def test_a_figure_without_rows_is_left_out_of_the_story(tmp_path):
    build(tmp_path)
    index = tmp_path / "results/2019/AC/mean/figures/figures.json"
    listed = json.loads(index.read_text())
    for entry in listed:
        entry["empty"] = entry["stem"] == "gap_at_incomes"
    index.write_text(json.dumps(listed))
    files = (tmp_path / "record.json", tmp_path / "conversion.json")
    write_pages(tmp_path / "results/2019/AC", *files, made_settings(), tmp_path)
    story, technical = ((tmp_path / name).read_text() for name in (STORY, TECHNICAL))
    assert 'id="figure-mean-share_above"' in story
    assert 'id="figure-mean-gap_at_incomes"' not in story
    assert 'id="figure-mean-gap_at_incomes"' in technical


def cards_of(tmp_path, change=None, **made):
    build(tmp_path, **made)
    folder = tmp_path / "results/2019/AC"
    if change:
        path = folder / "mean/school_type/effects.csv"
        change(pd.read_csv(path)).to_csv(path, index=False)
    files = (tmp_path / "record.json", tmp_path / "conversion.json")
    read = read_artefacts(folder, *files, made_settings())
    outcome = read.outcomes[0]
    mass = read.settings.number("interval.mass")
    return cards(outcome, groups_of(outcome, read.settings), mass)


def test_the_raw_difference_is_that_of_the_cells():
    rows = [
        {"school_type": name, "income_bracket": bracket, "n": n, "mean": mean}
        for name, bracket, n, mean in (
            ("privada", "A", 1, 600.0), ("privada", "B", 3, 640.0), ("estadual", "A", 9, 500.0),
            ("federal", "B", 1, 550.0), ("municipal", "A", 0, None),
        )
    ]  # fmt: skip
    cells = Table("mean/cells.csv", tuple(rows))
    assert observed_difference(cells, "estadual").value == 630 - 500
    assert observed_difference(cells, "publica").value == 630 - 505


def test_three_cards_name_networks_and_agree_with_the_effects(tmp_path):
    slope, gaps, share = cards_of(tmp_path)
    effects = pd.read_csv(tmp_path / "results/2019/AC/mean/school_type/effects.csv")
    effects = effects[effects["scope"] == "schools_like_these"]

    def mean(effect, **where):
        rows = effects[effects["effect"] == effect]
        for name, value in where.items():
            rows = rows[rows[name] == value]
        assert len(rows) == 1
        return rows["mean"].iloc[0]

    assert [card.number.value for card in slope] == [mean("slope", group="estadual")]
    expected = [
        mean("gap_at_equal_income", contrast=f"privada - {o}") for o in ("estadual", "federal")
    ]
    assert [card.number.value for card in gaps] == expected
    assert [card.number.value for card in share] == [
        mean("gap_explained_by_income", contrast="privada - estadual")
    ]
    said = language("en").plain(share[0].text)
    # the fixture's cells have one mean
    assert said.startswith("of the raw difference between private and state schools (0.0 points)")


def test_a_small_network_has_no_card(tmp_path):
    counts = {**COUNTS, "federal": 6}
    _, gaps, _ = cards_of(tmp_path, counts=counts)
    assert [language("pt").plain(card.text) for card in gaps] == [
        "pontos a mais na rede privada do que na estadual, com a mesma renda familiar"
    ]


def test_without_private_schools_the_card_says_so(tmp_path):
    *_, last = cards_of(tmp_path, counts={**COUNTS, "privada": 4})
    assert last[0].number is None
    assert "one side has fewer than 10" in language("en").plain(last[0].text)


def test_an_unclear_gap_and_a_share_beyond_the_whole_are_not_claimed(tmp_path):
    def change(effects):
        gap = effects["effect"].isin(["gap_at_equal_income", "gap_explained_by_income"])
        effects.loc[gap, "interval_low"] = -1.0
        return effects

    _, gaps, share = cards_of(tmp_path, change)
    assert "no clear difference between private and state schools" in (
        language("en").plain(gaps[0].text)
    )
    assert share[0].number is None
    assert "não pode ser dividida" in language("pt").plain(share[0].text)
