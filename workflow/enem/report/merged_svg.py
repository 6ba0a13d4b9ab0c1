"""Versions of one figure in one: shapes once, words in every language."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

WORDS = re.compile(r"(?:^|-)words-\d+$")
"""Id of a group whose content differs between languages."""
REFERENCE = re.compile(r"#([\w-]+)(?=\)|$)")


def merge(versions: Mapping[str, Element]) -> Element:
    """Put versions of a figure together.

    Parameters
    ----------
    versions
        ``svg`` elements by the language tag of their words, as `enem.figures.writing` writes them:
        alike but for groups of words.  Versions that are not are taken whole.

    Returns
    -------
    xml.etree.ElementTree.Element
        One ``svg``; what stands for one language has its ``lang``.
    """
    found = {tag: _words(root) for tag, root in versions.items()}
    first, *others = versions.values()
    if any(_shapes(root) != _shapes(first) for root in others):
        return _side_by_side(versions)
    for parent in list(first.iter()):
        parent[:] = [own for child in parent for own in _in_each(child, found)]
    return first


def _in_each(child: Element, found: Mapping[str, Mapping[str, Element]]) -> list[Element]:
    """Give words in every language, and anything else as it is."""
    if not _is_words(child):
        return [child]
    name = child.attrib["id"]
    return [_spoken(known[name], tag) for tag, known in found.items()]


def _is_words(element: Element) -> bool:
    return bool(WORDS.search(element.get("id", "")))


def _words(root: Element) -> dict[str, Element]:
    return {element.attrib["id"]: element for element in root.iter() if _is_words(element)}


def _shapes(root: Element) -> tuple:
    """Everything outside of words."""
    if _is_words(root):
        return (root.get("id"),)
    text = (root.text or "").strip()
    return (root.tag, *sorted(root.attrib.items()), text, *map(_shapes, root))


def _side_by_side(versions: Mapping[str, Element]) -> Element:
    roots = list(versions.values())
    merged = Element(roots[0].tag, roots[0].attrib)
    for tag, root in versions.items():
        _rename(root, f"-{tag}")
        part = Element("g", {"lang": tag})
        part.extend(list(root))
        merged.append(part)
    return merged


def _rename(root: Element, ending: str) -> None:
    """Let ids differ between versions that stand in one figure."""
    for element in root.iter():
        for name, value in element.attrib.items():
            own = f"{value}{ending}" if name == "id" else value
            element.set(name, REFERENCE.sub(rf"#\1{ending}", own))


def _spoken(element: Element, tag: str) -> Element:
    element.attrib.pop("id", None)
    element.set("lang", tag)
    return element
