"""Versions of one figure in one: what they share once, the rest in every language."""

import re
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement

REFERENCE = re.compile(r"#([\w-]+)(?=\)|$)")


def merge(versions: Mapping[str, Element]) -> Element:
    """Put versions of a figure together.

    Parameters
    ----------
    versions
        ``svg`` elements by the language tag of their words.

    Returns
    -------
    xml.etree.ElementTree.Element
        One ``svg``; what stands for one language has its ``lang``.
    """
    if _alike(versions.values()) and _same_definitions(versions.values()):
        (merged,) = _in_each(versions)
        return merged
    root = Element("svg", next(iter(versions.values())).attrib)
    for tag, whole in versions.items():
        part = Element("g")
        part.extend(list(whole))
        root.append(_spoken(part, tag))
    return root


def _in_each(versions: Mapping[str, Element]) -> list[Element]:
    """Give an element once, a line of text with its words in every language, or one in each."""
    first = next(iter(versions.values()))
    if not _alike(versions.values()):
        if not _differ_in_words(versions.values()):
            return [_spoken(element, tag) for tag, element in versions.items()]
        words, first.text = [each.text for each in versions.values()], None
        for text in words:
            SubElement(first, "tspan").text = text
        return [first]
    children = zip(*versions.values(), strict=True)
    first[:] = [m for each in children for m in _in_each(dict(zip(versions, each, strict=True)))]
    return [first]


def _alike(elements: Iterable[Element]) -> bool:
    """Whether elements differ in nothing but what stands in their children."""
    first, *others = (_look(each) for each in elements)
    return all(other == first for other in others)


def _differ_in_words(elements: Iterable[Element]) -> bool:
    """Whether elements that differ are lines of text in one place."""
    places = [(each.tag, each.attrib, len(each)) for each in elements]
    return places[0] == ("text", places[0][1], 0) and all(each == places[0] for each in places)


def _look(element: Element) -> tuple:
    return element.tag, element.attrib, (element.text or "").strip(), len(element)


def _same_definitions(roots: Iterable[Element]) -> bool:
    """Whether what is referred to from elsewhere is the same."""
    found = [
        [[_look(each) for each in defs.iter()] for defs in root.iter("defs")] for root in roots
    ]
    return all(other == found[0] for other in found)


def _spoken(element: Element, tag: str) -> Element:
    """Mark what stands for one language, its ids apart from those of the others."""
    own = {each.attrib["id"] for each in element.iter() if "id" in each.attrib}

    def renamed(found: re.Match) -> str:
        return f"#{found[1]}-{tag}" if found[1] in own else found[0]

    for each in element.iter():
        for name, value in each.attrib.items():
            each.set(name, f"{value}-{tag}" if name == "id" else REFERENCE.sub(renamed, value))
    element.set("lang", tag)
    return element
