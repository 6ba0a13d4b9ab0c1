"""Numbers of figures: in the order of the page, one for a figure of several scores."""

import re

import pytest

from enem.report.numbering import number_of, numbered
from enem.report.page import STORY, TECHNICAL
from report_fixtures import build
from test_report import two_outcomes

FIGURE = re.compile(r'<figure id="figure-(mean|MT)-([^"]+)".*?</figure>', re.DOTALL)
WRITTEN = r'<strong><i lang="pt-BR">Figura (\d+)</i><i lang="en">Figure (\d+)</i></strong>'
SCORE = r" \(<i lang=\"pt-BR\">.+?</i><i lang=\"en\">(.+?)</i>\)"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = tmp_path_factory.mktemp("numbers")
    two_outcomes(made)
    return made


@pytest.mark.parametrize("page", [STORY, TECHNICAL])
def test_caption_and_bar_of_the_story_have_the_number_and_the_score(page, root):
    html = (root / page).read_text(encoding="utf-8")
    numbers = {}
    for found in FIGURE.finditer(html):
        said = re.findall(WRITTEN + SCORE, found[0])
        # the story's captions are heard and not seen, so that its bars say it too
        assert len(said) == (2 if page == STORY else 1), found[2]
        [(portuguese, english, score)] = set(said)
        assert portuguese == english
        assert score == {"mean": "mean of the five scores", "MT": "mathematics score"}[found[1]]
        numbers.setdefault(found[2], {})[found[1]] = int(english)
    order = [next(iter(of.values())) for of in numbers.values()]
    assert order == list(range(1, len(order) + 1))
    assert len(order) > 3
    assert all(len(set(of.values())) == 1 for of in numbers.values())
    assert any(len(of) == 2 for of in numbers.values())
    assert not re.search("[\ue000\ue001]", html)


def test_the_page_speaks_of_its_figures_by_their_numbers(root):
    html = (root / TECHNICAL).read_text(encoding="utf-8")
    energy, scale = (
        set(re.findall(rf'<i lang="en">Figure (\d+): {words}', html))
        for words in ("energy of the sampler", "log density along each scale")
    )
    for name, [number] in (("energy", energy), ("tau_profile", scale)):
        own = html.partition(f'<figure id="figure-mean-{name}"')[2].partition("</figure>")[0]
        assert f"Figure {number}</i></strong>" in own


def test_speaking_of_a_figure_that_is_not_there_is_refused():
    page = f'<figure id="a" data-name="energy">{number_of("energy").text}</figure>'
    assert numbered(page).endswith(">1</figure>")
    with pytest.raises(KeyError, match="ranks"):
        numbered(page + number_of("ranks").text)


def test_a_page_of_one_score_does_not_name_it(tmp_path):
    said = re.findall(WRITTEN + "(.)", build(tmp_path))
    assert said
    assert {after for _, _, after in said} == {"."}
