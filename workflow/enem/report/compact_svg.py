"""Figures in fewer bytes that look the same: what six outcomes need to fit into one page."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element

import numpy as np

from enem.report.joined_svg import draw_marks, group_looks, join_lines

MARK_LENGTH = 500
"""Characters of the longest path in ``defs`` that is a mark, whose shape needs hundredths of a
point; elsewhere a tenth is a fifth of a pixel where a figure is widest."""
TOLERANCE = 0.12
"""Points by which a line may leave the one drawn: about a tenth of its width."""
KNOWN_PATH = re.compile(r"[MLQCzZ\d\s.,e-]*")
COMMAND = re.compile(r"([MLQCzZ])([^MLQCzZ]*)")
NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
REFERENCE = re.compile(r"(?:url\(#|^#)([^)]+)")
NO_TURN = re.compile(r"rotate\(-?0(?:[ ,][^)]*)?\)")
MOVED = re.compile(r"translate\((\S+) (\S+)\)")
TEXTS = ("text", "tspan", "style")
PLACED = ("text", "use")
"""Elements whose place a tenth of a point says."""
AXIS = "matplotlib.axis_"
LAYERS = {"defs": 0, "path": 1, "use": 2}
"""Of an axis, whose ticks' lines, marks and words do not lie over each other: words come last."""


def compact(root: Element) -> None:
    """Shorten an SVG's paths, styles and nesting in place, to look the same.

    Parameters
    ----------
    root
        The ``svg`` element, its tags without namespace.
    """
    _unclip(root)
    referenced = {found for element in root.iter() for found in _references(element)}
    _compact(root, referenced, "plain")
    draw_marks(root)
    _style_marks(root)
    join_lines(root)
    _share_family(root)
    group_looks(root)


def _unclip(root: Element) -> None:
    """Drop the frames of paths that lie inside them."""
    frames = {f"url(#{clip.get('id')})": clip.find("rect") for clip in root.iter("clipPath")}
    for path in root.iter("path"):
        frame, data = frames.get(path.get("clip-path", "")), path.get("d", "")
        if frame is None or "transform" in path.attrib or not KNOWN_PATH.fullmatch(data):
            continue
        points = np.array(NUMBER.findall(data), float).reshape(-1, 2)
        start, size = (
            np.array([float(frame.get(name)) for name in names])
            for names in (("x", "y"), ("width", "height"))
        )
        if (points >= start).all() and (points <= start + size).all():
            del path.attrib["clip-path"]


def _references(element: Element) -> Iterator[str]:
    for value in element.attrib.values():
        yield from REFERENCE.findall(value)


def _compact(element: Element, referenced: set[str], kind: str) -> None:
    for child in element:
        _compact(child, referenced, "mark" if child.tag == "defs" else kind)
    is_axis = AXIS in element.get("id", "")
    if element.get("id") not in referenced:
        element.attrib.pop("id", None)
    _shorten_attributes(element, kind)
    _lift_children(element)
    if is_axis:
        element[:] = sorted(element, key=lambda child: LAYERS.get(child.tag, len(LAYERS)))
    if element.tag not in TEXTS:
        element.text = None
    if element.tag != "tspan":
        element.tail = None


def _shorten_attributes(element: Element, kind: str) -> None:
    place = element.attrib
    if element.tag == "path" and KNOWN_PATH.fullmatch(data := place.get("d", "")):
        small = kind == "mark" and len(data) < MARK_LENGTH
        place["d"] = shorten_path(data, 2 if small else 1)
    if "style" in place:
        parts = [part.strip() for part in place["style"].split(";") if part.strip()]
        place["style"] = ";".join(re.sub(r"([:,])\s+", r"\1", part) for part in parts)
    if "transform" in place:
        place["transform"] = NO_TURN.sub("", place["transform"]).strip()
        moved = MOVED.fullmatch(place["transform"])
        if moved and element.tag == "text" and "x" not in place:
            place["x"], place["y"], place["transform"] = *moved.groups(), ""
        if not place["transform"]:
            del place["transform"]
    if element.tag in PLACED:
        for axis in place.keys() & {"x", "y"}:
            place[axis] = _written(round(10 * float(place[axis])), 1)


def _lift_children(element: Element) -> None:
    """Put what groups without attributes hold in their place; drop what nobody sees."""
    children: list[Element] = []
    for child in element:
        plain = child.tag == "g" and not child.attrib
        empty = child.tag in ("g", "defs") and not len(child)
        empty |= child.tag == "clipPath" and "id" not in child.attrib
        unseen = child.tag == "path" and (
            child.attrib.get("style") == "fill:none" or child.attrib.get("d") == "M0,0h0v0h0Z"
        )
        if plain:
            children += child
        elif not empty and not (unseen and "id" not in child.attrib):
            children.append(child)
    element[:] = children


def _style_marks(root: Element) -> None:
    """Let a mark say how it is painted where it is painted alike everywhere."""
    uses: defaultdict[str, list[Element]] = defaultdict(list)
    for use in root.iter("use"):
        uses[use.get("href", "").removeprefix("#")].append(use)
    for mark in root.iter("path"):
        of = uses[mark.get("id", "")]
        alike = {use.get("style", "") for use in of}
        if len(alike) == 1 and alike != {""}:
            # of two rules for one property the later holds, as the mark's own does now
            mark.set("style", ";".join([*alike, mark.get("style", "")]).strip(";"))
            for use in of:
                del use.attrib["style"]


def _share_family(root: Element) -> None:
    """Say the font's family once where all texts have the same."""
    texts = [e for e in root.iter("text") if "font-family:" in e.get("style", "")]
    families = {re.search(r"font-family:([^;]+)", e.attrib["style"])[1] for e in texts}
    if len(families) != 1:
        return
    family = families.pop()
    root.set("font-family", family)
    # letters of mathematics name the first font alone, without what stands for it elsewhere
    letters = [
        e for e in root.iter("tspan") if f"font-family:{family.split(',')[0]}" in e.get("style", "")
    ]
    for each in texts + letters:
        each.set("style", re.sub(r"font-family:[^;]+;?", "", each.attrib["style"]))


@cache
def shorten_path(data: str, decimals: int) -> str:
    """Write a path relatively, in few decimals, without points that its line passes anyway."""
    scale, written, at, run = 10**decimals, [], np.zeros(2), []

    def flush() -> None:
        nonlocal at
        for point in _thinned(np.array([at / scale, *run])) if run else []:
            target = np.round(point * scale)
            if (target != at).any():
                written.append(_line(target - at, decimals))
            at = target
        run.clear()

    for command, rest in COMMAND.findall(data):
        points = np.array([float(n) for n in NUMBER.findall(rest)]).reshape(-1, 2)
        if command == "L":
            run.extend(points)
            continue
        flush()
        if command in "zZ":
            written.append("z")
            continue
        targets = np.round(points * scale)
        if command == "M":
            written.append("M" + _pair(targets[0], decimals))
        else:
            written.append(command.lower() + _joined([_pair(t - at, decimals) for t in targets]))
        at = targets[-1]
    flush()
    return _merged("".join(written))


def _line(by: np.ndarray, decimals: int) -> str:
    for command, along, across in zip("hv", by, by[::-1], strict=True):
        if not across:
            return command + _written(int(along), decimals)
    return "l" + _pair(by, decimals)


def _merged(path: str) -> str:
    """Write a command once for all points in a row."""
    parts = re.findall(r"([A-Za-z])([^A-Za-z]*)", path)
    out, last = [], ""
    for command, rest in parts:
        if command == last and command in "lcq":
            out.append(rest if rest.startswith("-") else " " + rest)
        else:
            out.append(command + rest)
        last = command
    return "".join(out)


def _thinned(points: np.ndarray) -> np.ndarray:
    """Drop points within `TOLERANCE` of the line (Douglas and Peucker 1973); without the first."""
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    stack = [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        between = points[first + 1 : last]
        distance = _distance(between, points[first], points[last])
        worst = int(distance.argmax())
        if distance[worst] > TOLERANCE:
            middle = first + 1 + worst
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return points[keep][1:]


def _distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distance of points from the segment between two others."""
    along = end - start
    length = along @ along
    share = np.clip((points - start) @ along / length, 0, 1) if length else np.zeros(len(points))
    return np.linalg.norm(points - start - share[:, None] * along, axis=1)


def _pair(point: np.ndarray, decimals: int) -> str:
    return _joined([_written(int(value), decimals) for value in point])


def _joined(parts: list[str]) -> str:
    return parts[0] + "".join(p if p.startswith("-") else f" {p}" for p in parts[1:])


def _written(units: int, decimals: int) -> str:
    """Write a whole number of units of the last decimal as briefly as SVG allows."""
    text = f"{units / 10**decimals:.{decimals}f}".rstrip("0").rstrip(".")
    text = text.replace("-0.", "-.") if text.startswith("-0.") else text
    return text.removeprefix("0") if text.startswith("0.") else "0" if text == "-0" else text
