"""Versions of a figure in one: words of each language, shapes once."""

from xml.etree import ElementTree

import pytest

from enem.errors import InputError
from enem.report.inline_svg import inline_svg
from enem.report.merged_svg import merge

START = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
SHAPES = '<defs><path id="mark" d="M1 1"/></defs><g id="axes"><use href="#mark"/>{}</g>'


def parsed(words, start="<svg>", shapes=SHAPES):
    return ElementTree.fromstring(f"{start}{shapes.format(words)}</svg>")


def spoken(merged, tag):
    """Words that a reader of one language sees, in order."""
    seen = []

    def walk(element):
        if element.get("lang") in (None, tag):
            words = list(element) if element.tag == "text" else []
            here = words[("pt-BR", "en").index(tag)] if words else element
            seen.extend([here.text] if element.tag == "text" else [])
            for child in element:
                walk(child)

    walk(merged)
    return seen


def test_shapes_stand_once_and_words_in_each_language():
    group = '<g id="f-words-0"><text>{}</text></g>'
    versions = {
        "pt-BR": parsed(group.format("renda</text><text>familiar")),
        "en": parsed(group.format("income")),
    }
    merged = merge(versions)
    assert spoken(merged, "pt-BR") == ["renda", "familiar"]
    assert spoken(merged, "en") == ["income"]
    assert len(merged.findall(".//use")) == len(merged.findall(".//path")) == 1
    assert [e.get("lang") for e in merged.iter("g")] == [None, "pt-BR", "en"]


def test_words_that_are_alike_stay_in_their_place():
    group = '<text>0</text><g id="words-3"><text>{}</text></g><text>1</text>'
    merged = merge({"pt-BR": parsed(group.format("a")), "en": parsed(group.format("b"))})
    assert spoken(merged, "pt-BR") == ["0", "a", "1"]
    assert spoken(merged, "en") == ["0", "b", "1"]


def test_only_what_differs_is_said_in_each_language():
    merged = merge({"pt-BR": parsed("<text>renda</text>"), "en": parsed("<text>income</text>")})
    assert [(e.tag, e.get("lang")) for e in merged.find("g")] == [("use", None), ("text", None)]
    assert [e.text for e in merged.findall("g/text/tspan")] == ["renda", "income"]
    moved = {
        "pt-BR": parsed('<text y="1">renda</text>'),
        "en": parsed('<text y="2">income</text>'),
    }
    assert [(e.tag, e.get("lang")) for e in merge(moved).find("g")] == [
        *(("use", None), ("text", "pt-BR"), ("text", "en"))
    ]


def test_parts_that_are_not_laid_out_alike_are_taken_whole():
    more = "<g><path id='own' d='M0'/><use href='#own' fill='#888'/><use href='#mark'/></g>"
    merged = merge({"pt-BR": parsed(f"{more}<text/>"), "en": parsed(more)})
    for part, tag in zip(merged.findall("g"), ("pt-BR", "en"), strict=True):
        assert part.get("lang") == tag
        own, mark = part.findall("g/use")
        assert own.get("href") == f"#own-{tag}" == f"#{part.find('g/path').get('id')}"
        # a colour is no id, and what stands elsewhere keeps its own
        assert (own.get("fill"), mark.get("href")) == ("#888", "#mark")
    assert merged.find("defs/path").get("id") == "mark"


def test_versions_with_definitions_of_their_own_are_taken_whole():
    other = SHAPES.replace("M1 1", "M2 2")
    merged = merge({"pt-BR": parsed(""), "en": parsed("", shapes=other)})
    for part, tag in zip(merged, ("pt-BR", "en"), strict=True):
        assert part.get("lang") == tag
        assert part.find(".//use").get("href") == f"#mark-{tag}"
        assert part.find(".//path[@id]").get("id") == f"mark-{tag}"


def test_versions_of_different_size_are_refused_by_name():
    versions = {"pt-BR": f"{START}</svg>", "en": f"{START.replace('9 9', '9 8')}</svg>"}
    with pytest.raises(InputError, match=r"figure one cannot be shown: .* differ in size; draw"):
        inline_svg(versions, "one", "caption")
