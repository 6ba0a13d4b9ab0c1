"""Marks in place of references, lines and looks in a row said once: the same picture in less."""

import re
from xml.etree import ElementTree

import pytest

from enem.report.compact_svg import compact
from enem.report.joined_svg import draw_marks, group_looks, join_lines
from enem.report.packed_sources import pack_sources
from report_fixtures import traced

GREY = "stroke:#888;stroke-width:2"


def svg(inside):
    return ElementTree.fromstring(f"<svg>{inside}</svg>")


def lines(root):
    """Ends of every line that is drawn, in order, with its look."""
    found = []
    for path in root.iter("path"):
        at = [0.0, 0.0]
        for command, rest in re.findall(r"([Mmhv])([^Mmhv]*)", path.get("d")):
            numbers = [float(each) for each in re.findall(r"-?\d*\.?\d+", rest)]
            begun = at
            if command in "Mm":
                at = (
                    numbers if command == "M" else [a + b for a, b in zip(at, numbers, strict=True)]
                )
                continue
            at = [at[0] + numbers[0], at[1]] if command == "h" else [at[0], at[1] + numbers[0]]
            found.append((*(round(each, 6) for each in (*begun, *at)), path.get("style")))
    return found


def line(place, style=GREY):
    return f'<path d="{place}" style="{style}"/>'


def test_lines_in_a_row_are_one_path_with_the_same_ends():
    root = svg(line("M52 350.7v-295.2") + line("M101.4 350.7v-295.2") + line("M150.8-2.5v.25"))
    before = lines(root)
    join_lines(root)
    assert len(root) == 1
    assert lines(root) == before
    assert len(before) == 3


@pytest.mark.parametrize(
    "second",
    [
        line("M12 0v50"),  # their paint would touch
        line("M0 20h50"),
        line("M90 0v50", "stroke:#777;stroke-width:2"),
        line("M90 0l5 50"),
        '<path id="named" d="M90 0v50" style="stroke:#888;stroke-width:2"/>',
        f"<text>0</text>{line('M90 0v50')}",
    ],
)
def test_lines_that_meet_or_look_otherwise_stay_apart(second):
    root = svg(line("M10 0v50") + second)
    before = ElementTree.tostring(root)
    join_lines(root)
    assert ElementTree.tostring(root) == before


MARK = "M0 0c1 0 2 1 2 2z"


@pytest.mark.parametrize(("mark", "uses", "drawn"), [(MARK, 1, 1), (MARK, 2, 0), ("M0 0v3", 2, 2)])
def test_a_mark_is_drawn_where_that_is_shorter(mark, uses, drawn):
    places = "".join(f'<use href="#m" x="{x}.5" y="7" style="fill:red"/>' for x in range(uses))
    root = svg(f'<defs><path id="m" d="{mark}" style="stroke:blue"/></defs><g>{places}</g>')
    draw_marks(root)
    assert len(root.findall("g/path")) == drawn
    assert len(root.findall("defs/path")) == (drawn == 0)
    for x, path in enumerate(root.findall("g/path")):
        start = f"M{x}.5 7".replace("M0.", "M.")
        expected = {"d": mark.replace("M0 0", start), "style": "fill:red;stroke:blue"}
        assert path.attrib == expected


def test_looks_in_a_row_are_said_once_but_those_that_a_group_does_not_hand_on():
    clear, round_ended = "fill:red;opacity:.5", "stroke:red;stroke-linecap:butt"
    texts = "".join(f'<text style="{look}">a</text>' for look in 2 * ["fill:red"] + 2 * [clear])
    root = svg(f"{texts}{line('M0 0v1', round_ended)}{line('M9 0v1', round_ended)}")
    group_looks(root)
    assert [child.tag for child in root] == ["g", "text", "text", "path", "path"]
    assert root[0].attrib == {"style": "fill:red"}
    assert [text.attrib for text in root[0]] == [{}, {}]


def test_an_axis_has_its_lines_before_its_words():
    ticks = "".join(
        f'<g id="xtick_{x}"><path d="M {x} 0 L {x} 9" style="stroke:red"/><g><use href="#t" x="{x}"'
        f' y="9"/></g><text x="{x}" y="12">{x}</text></g>'
        for x in (10, 20, 30)
    )
    mark = '<defs><path id="t" d="M 0 0 L 0 3" style="stroke:blue"/></defs>'
    root = svg(f'<g id="one-matplotlib.axis_1">{mark}{ticks}</g>')
    compact(root)
    assert [(e.tag, e.get("style")) for e in root] == [
        *(("path", "stroke:red"), ("path", "stroke:blue")),
        *[("text", None)] * 3,
    ]
    assert [ends[:4] for ends in lines(root)] == [
        *[(x, 0, x, 9) for x in (10, 20, 30)],
        *[(x, 9, x, 12) for x in (10, 20, 30)],
    ]


def test_sources_of_numbers_stand_in_the_page_once():
    sources = ["a.csv:n=1;k=\N{GREEK SMALL LETTER TAU}:mean", "b&amp;c.csv::n"] * 40
    page = "".join(f'<data value="1" data-source="{source}">1</data>' for source in sources)
    page += "<footer></footer>"
    short = pack_sources(page)
    assert "csv" not in short
    whole = re.sub("<script.*?</script>", "", traced(short)).replace("\n", "")
    assert whole == page
