"""Marks of a figure drawn where they stand, and what stands in a row and looks alike as one."""

import re
from collections import defaultdict
from itertools import groupby, pairwise
from xml.etree.ElementTree import Element

RELATIVE = re.compile(r"M[Mhvlcqz\d\s.-]+")
"""A path as `enem.report.compact_svg.shorten_path` writes it: only its starts are places."""
PLACE = r"(-?\d*\.?\d+) ?(-?\d*\.?\d+)"
START = re.compile(f"M{PLACE}")
LINE = re.compile(rf"M{PLACE}([hv])(-?\d*\.?\d+)")
WIDTH = re.compile(r"stroke-width:([\d.]+)")
LEAST = 2
"""Elements in a row from which on a group is shorter than a style of each."""
OWN = re.compile(r"(?:^|;)(?:opacity|stroke-line)")
"""Properties that a group does not hand on, or that a figure's sheet sets for every element."""

Line = tuple[float, float, float, float]
"""Where a line begins and ends: x, y, x, y."""


def draw_marks(root: Element) -> None:
    """Draw a mark in place of its references, if it has one alone or is a line as short as one."""
    uses: defaultdict[str, list[Element]] = defaultdict(list)
    for use in root.iter("use"):
        uses[use.get("href", "").removeprefix("#")].append(use)
    for defs in root.iter("defs"):
        for mark in defs.findall("path"):
            of, data = uses[mark.get("id", "")], mark.get("d", "")
            known = RELATIVE.fullmatch(data) and mark.attrib.keys() <= {"id", "d", "style"}
            if known and (len(of) == 1 or LINE.fullmatch(data)):
                defs.remove(mark)
                for use in of:
                    _draw(use, data, mark.get("style"))
    for parent in root.iter():
        parent[:] = [child for child in parent if child.tag != "defs" or len(child)]


def _draw(use: Element, data: str, style: str | None) -> None:
    """Turn a reference into the path that it refers to."""
    x, y = (float(use.attrib.pop(axis, 0)) for axis in ("x", "y"))
    del use.attrib["href"]
    use.tag = "path"
    use.set("d", START.sub(lambda at: "M" + _pair(x + float(at[1]), y + float(at[2])), data))
    # of two rules for one property the later holds, as the mark's own does
    if styles := [each for each in (use.get("style"), style) if each]:
        use.set("style", ";".join(styles))


def join_lines(root: Element) -> None:
    """Draw lines across or down that look the same as one path, where none is near another."""
    for parent in root.iter():
        joined: list[Element] = []
        lines: list[Line] = []
        for child in parent:
            line = _line(child)
            if line and lines and _look(child) == _look(joined[-1]) and _apart(child, line, lines):
                lines.append(line)
                continue
            _write(joined, lines)
            joined.append(child)
            lines = [line] if line else []
        _write(joined, lines)
        parent[:] = joined


def _line(element: Element) -> Line | None:
    found = LINE.fullmatch(element.get("d", "")) if element.tag == "path" else None
    if found is None or "id" in element.attrib:
        return None
    x, y, length = (float(found[group]) for group in (1, 2, 4))
    return x, y, *((x + length, y) if found[3] == "h" else (x, y + length))


def _look(element: Element) -> dict[str, str]:
    return element.attrib | {"d": ""}


def _apart(element: Element, line: Line, others: list[Line]) -> bool:
    """Whether a line's paint touches that of no other."""
    width = WIDTH.search(element.get("style", ""))
    room = 1 + (float(width[1]) if width else 1)
    return all(
        any(
            max(one[i], one[i + 2]) + room < min(two[i], two[i + 2])
            for one, two in ((line, other), (other, line))
            for i in (0, 1)
        )
        for other in others
    )


def _write(joined: list[Element], lines: list[Line]) -> None:
    """Add lines after the first to the path that was drawn last."""
    for last, line in pairwise(lines):
        x, y, *end = line
        length = f"h{_short(end[0] - x)}" if end[0] != x else f"v{_short(end[1] - y)}"
        joined[-1].attrib["d"] += f"m{_pair(x - last[2], y - last[3])}{length}"


def _pair(x: float, y: float) -> str:
    across, down = _short(x), _short(y)
    return across + (down if down.startswith("-") else f" {down}")


def _short(value: float) -> str:
    """Write a number to a hundredth as briefly as SVG allows."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    text = "0" if text in ("-0", "") else text
    return re.sub(r"^(-?)0\.", r"\1.", text)


def group_looks(root: Element) -> None:
    """Say once how texts or paths in a row are painted."""
    for parent in [*root.iter()]:
        children: list[Element] = []
        for look, run in groupby(parent, key=_painted):
            same = list(run)
            if look and len(same) >= LEAST:
                group = Element("g", style=same[0].attrib["style"])
                for each in same:
                    del each.attrib["style"]
                group.extend(same)
                same = [group]
            children += same
        parent[:] = children


def _painted(element: Element) -> str | None:
    """Return the style of a text or path, if what is inside a group with it looks the same."""
    style = element.get("style", "")
    plain = element.tag in ("text", "path") and style and not OWN.search(style)
    return style if plain and "id" not in element.attrib else None
