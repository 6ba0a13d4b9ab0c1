"""Versions of a figure in one: each version can be read out of it again."""

import copy
import re
from xml.etree import ElementTree

import pytest

from enem.errors import InputError
from enem.report.inline_svg import inline_svg
from enem.report.merged_svg import merge

START = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
MARKS = '<defs><path id="mark" d="M1 1"/></defs><use href="#mark"/>'


def parsed(content, start="<svg>"):
    return ElementTree.fromstring(f"{start}{content}</svg>")


def version(merged, tag):
    """Leave out what another language says, as the page does, and what only marks languages."""
    seen = copy.deepcopy(merged)
    for parent in list(seen.iter()):
        parent[:] = [child for child in parent if child.get("lang") in (None, tag)]
        if len(parent) == 1 and parent[0].tag == "tspan" and "lang" in parent[0].attrib:
            parent.text = parent[0].text
            del parent[0]
    for element in seen.iter():
        element.attrib.pop("lang", None)
    return written(seen)


def written(root):
    """Write a figure without what it refers to, which stands elsewhere when merged."""
    plain = copy.deepcopy(root)
    for parent in list(plain.iter()):
        for definitions in parent.findall("defs"):
            parent.remove(definitions)
    return ElementTree.tostring(plain, encoding="unicode")


@pytest.mark.parametrize(
    ("portuguese", "english", "longest"),
    [
        ("<g><path d='M0 0'/><text x='1'>renda</text></g>",) * 2 + (0,),
        (
            "<g><path d='M0 0'/><text x='1'>renda</text></g>",
            "<g><path d='M0 0'/><text x='1'>income</text></g>",
            2,
        ),
        ("<g><text x='1'>renda</text></g>", "<g><text x='2'>income</text></g>", 2),
        (
            "<path d='M0'/><text>uma</text><text>duas</text><path d='M9'/>",
            "<path d='M0'/><text>one</text><path d='M9'/>",
            3,
        ),
        ("<g><text>uma</text></g><g/>", "<g/><g><text>one</text></g>", 2),
        ("<text>a</text><text>a</text><text>a</text>", "<text>a</text><text>a</text>", 1),
        ("<text>de <tspan>1</tspan></text>", "<text>from <tspan>1</tspan></text>", 2),
        ("<text><tspan>1</tspan> uma</text>", "<text><tspan>1</tspan> one</text>", 2),
        ("<g><title>uma</title></g>", "<g><title>one</title></g>", 2),
        (f"<g>{MARKS}</g><text>uma</text>", f"<g>{MARKS}</g><g><text>one</text></g>", 2),
    ],
    ids=[
        "equal",
        "words",
        "places",
        "lines",
        "order",
        "fewer",
        "parts",
        "tails",
        "titles",
        "references",
    ],
)
def test_each_version_can_be_read_out_again(portuguese, english, longest):
    versions = {"pt-BR": parsed(portuguese), "en": parsed(english)}
    before = {tag: written(root) for tag, root in versions.items()}
    merged = merge(versions)
    assert {tag: version(merged, tag) for tag in versions} == before
    assert sum("lang" in element.attrib for element in merged.iter()) == longest


def test_what_versions_refer_to_is_there_once_and_whatever_is_hidden():
    spaced = MARKS.replace("</defs>", "\n  </defs>")
    merged = merge({"pt-BR": parsed(f"<text/>{MARKS}"), "en": parsed(f"<g>{spaced}</g>")})
    assert [element.get("id") for element in merged.find("defs")] == ["mark"]
    assert len(merged.findall(".//path")) == 1


def test_versions_that_refer_to_different_things_by_one_name_keep_both():
    other = MARKS.replace("M1 1", "M2 2")
    versions = {
        "pt-BR": f"{START}<g>{MARKS}</g></svg>",
        "en": f"{START}<g>{other}</g></svg>",
    }
    markup = str(inline_svg(versions, "figure", "caption"))
    paths = dict(re.findall(r'<path id="([^"]+)" d="([^"]+)"', markup))
    used = re.findall(r'<use href="#([^"]+)" lang="([^"]+)"', markup)
    assert {tag: paths[name] for name, tag in used} == {"pt-BR": "M1 1", "en": "M2 2"}


def test_what_refers_to_different_things_is_told_apart_too():
    nested = '<defs><g id="a"><use href="#b"/></g><path id="b" d="{}"/></defs><use href="#a"/>'
    versions = {"pt-BR": parsed(nested.format("M1")), "en": parsed(nested.format("M2"))}
    merged = merge(versions)
    ids = [element.get("id") for element in merged.find("defs")]
    assert sorted(ids) == ["a-en", "a-pt-BR", "b-en", "b-pt-BR"]
    for tag, path in (("pt-BR", "M1"), ("en", "M2")):
        [used] = [element for element in merged.findall("use") if element.get("lang") == tag]
        inner = merged.find(f".//*[@id='{used.get('href')[1:]}']/use").get("href")
        assert merged.find(f".//*[@id='{inner[1:]}']").get("d") == path


def test_versions_of_different_size_are_refused_by_name():
    versions = {"pt-BR": f"{START}</svg>", "en": f"{START.replace('9 9', '9 8')}</svg>"}
    with pytest.raises(InputError, match=r"figure one cannot be shown: .* differ in size; draw"):
        inline_svg(versions, "one", "caption")
