"""Versions of one figure in one: shapes once, words in every language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from xml.etree.ElementTree import Element, tostring

REFERENCE = re.compile(r"#([\w-]+)")


def merge(versions: Mapping[str, Element]) -> Element:
    """Put versions of a figure together.

    Parameters
    ----------
    versions
        ``svg`` elements of the same attributes, their tags without namespace, by the language tag
        of their words.  Elements that stand alike in all of them are taken once, their words from
        each; where they do not, each version's own is taken, with its ``lang``.

    Returns
    -------
    xml.etree.ElementTree.Element
        One ``svg``.
    """
    roots = list(versions.values())
    for definition in (one for root in roots for one in root.iterfind(".//defs/*")):
        # white space after it depends on where it stood
        definition.tail = None
    _tell_apart(versions)
    definitions = _shared_definitions(versions)
    merged = Element(roots[0].tag, roots[0].attrib)
    merged.extend([definitions, *_Merger(roots).children(versions)])
    return merged


def _tell_apart(versions: Mapping[str, Element]) -> None:
    """Rename, in each version, what others know by the same id and is another thing there."""
    # a new name makes what refers to it another thing too
    while several := _ambiguous(versions.values()):
        for tag, root in versions.items():
            _rename(root, {name: f"{name}-{tag}" for name in several})


def _ambiguous(roots: Iterable[Element]) -> set[str]:
    """Ids under which definitions of different content are known."""
    contents: dict[str, set[bytes]] = {}
    for root in roots:
        for definition in root.iterfind(".//defs/*[@id]"):
            contents.setdefault(definition.attrib["id"], set()).add(tostring(definition))
    return {name for name, found in contents.items() if len(found) > 1}


def _rename(root: Element, names: Mapping[str, str]) -> None:
    def renamed(reference: re.Match[str]) -> str:
        return f"#{names.get(reference[1], reference[1])}"

    for element in root.iter():
        if element.get("id") in names:
            element.set("id", names[element.attrib["id"]])
        for key, value in element.attrib.items():
            element.set(key, REFERENCE.sub(renamed, value))


def _shared_definitions(versions: Mapping[str, Element]) -> Element:
    """Take out what a part of a figure refers to: it must be there whatever part is hidden."""
    found: dict[bytes, Element] = {}
    for root in versions.values():
        for parent in list(root.iter()):
            for child in parent.findall("defs"):
                found |= {tostring(definition): definition for definition in child}
                parent.remove(child)
    shared = Element("defs")
    shared.extend(found.values())
    return shared


class _Merger:
    """Merges elements whose content is known by a number, the same for equal content."""

    def __init__(self, roots: Sequence[Element]) -> None:
        self.contents: dict[tuple, int] = {}
        self.numbers: dict[Element, int] = {}
        for root in roots:
            self._number(root)

    def _number(self, element: Element) -> int:
        inside = tuple((self._number(child), _words(child.tail)) for child in element)
        content = (element.tag, *element.attrib.items(), element.text, inside)
        number = self.contents.setdefault(content, len(self.contents))
        self.numbers[element] = number
        return number

    def children(self, versions: Mapping[str, Element]) -> list[Element]:
        """Merge the children of elements."""
        children = {tag: list(element) for tag, element in versions.items()}
        if len({tuple(child.tag for child in each) for each in children.values()}) == 1:
            rows = zip(*children.values(), strict=True)
            return [one for row in rows for one in self._one(dict(zip(versions, row, strict=True)))]
        numbers = [[self.numbers[child] for child in each] for each in children.values()]
        start, end = _equal_ends(numbers)
        first = next(iter(children.values()))
        between = {tag: each[start : len(each) - end] for tag, each in children.items()}
        own = [_spoken(child, tag) for tag, each in between.items() for child in each]
        return [*first[:start], *own, *first[len(first) - end :]]

    def _one(self, versions: Mapping[str, Element]) -> list[Element]:
        """Merge elements of one tag into one, or else give every version its own."""
        elements = list(versions.values())
        first = elements[0]
        if len({self.numbers[element] for element in elements}) == 1:
            return [first]
        if not _mergeable(elements):
            return [_spoken(element, tag) for tag, element in versions.items()]
        merged = Element(first.tag, first.attrib)
        if any(map(len, elements)):
            merged.extend(self.children(versions))
            return [merged]
        for tag, element in versions.items():
            part = Element("tspan", {"lang": tag})
            part.text = element.text
            merged.append(part)
        return [merged]


def _mergeable(versions: Sequence[Element]) -> bool:
    """Whether elements are alike but for their children, or but for the words of a text."""
    first = versions[0]
    if any(element.attrib != first.attrib for element in versions):
        return False
    if any(map(len, versions)):
        # words between children can not be hidden by themselves
        between = [part.tail for element in versions for part in element]
        return not any(map(_words, [*between, *(element.text for element in versions)]))
    return first.tag == "text"


def _words(text: str | None) -> str:
    return (text or "").strip()


def _equal_ends(versions: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Count the elements that all versions start with, and those that they all end with."""
    shortest = min(map(len, versions))

    def same(ends: Sequence[Sequence[int]]) -> int:
        rows = zip(*ends, strict=False)
        return sum(1 for _ in takewhile(lambda row: len(set(row)) == 1, rows))

    start = same(versions)
    return start, min(same([each[::-1] for each in versions]), shortest - start)


def _spoken(element: Element, tag: str) -> Element:
    element.set("lang", tag)
    return element
