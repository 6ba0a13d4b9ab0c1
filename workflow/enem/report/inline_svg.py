"""Figures inside the page: no ids or styles that another figure could meet."""

import re
from xml.etree import ElementTree

from markupsafe import Markup

from enem.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
LEFT_OUT = {"metadata", "script", "foreignObject", "a"}
LOCAL_ADDRESS = re.compile(r"url\(#([^)]+)\)")
LONG_DECIMAL = re.compile(r"(\.\d{2})\d+")
ANY_ADDRESS = re.compile(r"url\((?!#)|@import")


def inline_svg(text: str, identifier: str, caption_id: str) -> Markup:
    """Prepare an SVG file's text to stand inside HTML.

    Parameters
    ----------
    text
        Content of the file.
    identifier
        The figure's own id, prefixed to every id inside it.
    caption_id
        Id of the element that says what the figure shows.

    Returns
    -------
    markupsafe.Markup
        The figure without declaration, metadata, scripts and addresses outside itself.

    Raises
    ------
    InputError
        When the text is no SVG, or asks for something outside the page.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"The figure {identifier} is no SVG ({error}); draw it again.") from None
    _tidy(root, f"{identifier}-")
    root.set("id", identifier)
    root.set("role", "img")
    root.set("aria-labelledby", caption_id)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    markup = ElementTree.tostring(root, encoding="unicode")
    if ANY_ADDRESS.search(markup):
        raise InputError(f"The figure {identifier} loads something from outside; draw it again.")
    return Markup(markup)


def _tidy(element: ElementTree.Element, prefix: str) -> None:
    """Drop what a page does not need, prefix ids, and write coordinates to a hundredth."""
    element.tag = element.tag.removeprefix(SVG)
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag.removeprefix(SVG) in LEFT_OUT:
            element.remove(child)
        else:
            _tidy(child, prefix)
    if element.tag == "style" and element.text:
        # "*{...}" would otherwise reach the whole page
        element.text = element.text.replace("*{", f"#{prefix.removesuffix('-')} *{{")
    element.attrib = {
        name.replace(LINK, "href"): _attribute(name, value, prefix)
        for name, value in element.attrib.items()
        if not name.startswith("on") and (name in ("href", LINK) or not name.startswith("{"))
    }


def _attribute(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name in ("href", LINK):
        return f"#{prefix}{value.removeprefix('#')}" if value.startswith("#") else "#"
    if name in ("d", "x", "y", "points"):
        return LONG_DECIMAL.sub(r"\1", value)
    return LOCAL_ADDRESS.sub(rf"url(#{prefix}\1)", value)
