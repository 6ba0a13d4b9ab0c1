"""Figures inside the page: no ids or styles that another figure could meet."""

import html
import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

from markupsafe import Markup

from enem.errors import InputError
from enem.figures.palette import in_scheme, themed
from enem.report.compact_svg import compact
from enem.report.merged_svg import merge

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
LEFT_OUT = {"metadata", "script", "foreignObject", "a"}
UNSAID = ("role", "class", "pointer-events")
"""A figure is one image to whoever hears the page: Vega's words on its parts are never said."""
LOCAL_ADDRESS = re.compile(r"url\(#([^)]+)\)")
LONG_DECIMAL = re.compile(r"(\.\d{2})\d+")
ANY_ADDRESS = re.compile(r"url\((?!#)|@import")


def inline_svg(versions: Mapping[str, str], identifier: str, caption_id: str) -> Markup:
    """Prepare a figure's SVG files to stand inside HTML as one.

    Parameters
    ----------
    versions
        Content of each file, by the language tag of its words.
    identifier
        The figure's own id, prefixed to every id inside it.
    caption_id
        Id of the element that says what the figure shows.

    Returns
    -------
    markupsafe.Markup
        The figure without declaration, metadata, scripts and addresses outside itself; what
        differs between the versions has their ``lang``.

    Raises
    ------
    InputError
        When a text is no SVG, or asks for something outside the page, or the versions differ in
        size.
    """
    roots = {tag: _read(text, identifier) for tag, text in versions.items()}
    first, *others = roots.values()
    if any(root.attrib != first.attrib for root in others):
        raise InputError(
            "The figure {identifier} cannot be shown: its versions differ in size; draw them "
            "again.",
            identifier=identifier,
        )
    root = merge(roots)
    compact(root)
    root.set("id", identifier)
    root.set("role", "img")
    root.set("aria-labelledby", caption_id)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    markup = ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")
    if ANY_ADDRESS.search(markup):
        raise InputError(
            "The figure {identifier} loads something from outside; draw it again.",
            identifier=identifier,
        )
    return Markup(markup)


def _read(text: str, identifier: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(
            "The figure {identifier} is no SVG ({error}); draw it again.",
            identifier=identifier,
            error=error,
        ) from None
    _tidy(root, f"{identifier}-")
    return root


STYLE = re.compile(r' style="([^"]*)"')
SHEET = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


def share_styles(figures: Iterable[Markup]) -> tuple[list[Markup], Markup]:
    """Say each style once for all figures of a page.

    Parameters
    ----------
    figures
        Figures as `inline_svg` prepares them.

    Returns
    -------
    tuple
        The figures with classes in place of styles and without sheets of their own, and the rules
        of both, in the colours of the page's scheme.
    """
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return f' class="{names.setdefault(found[1], f"s{len(names)}")}"'

    texts = [str(figure) for figure in figures]
    of_figures = [html.unescape(rule) for text in texts for rule in SHEET.findall(text)]
    shared = [Markup(_painted(STYLE.sub(name, SHEET.sub("", text)))) for text in texts]
    rules = "\n".join(f".{own}{{{html.unescape(style)}}}" for style, own in names.items())
    rules = "\n".join([*of_figures, rules])
    return shared, Markup(themed(rules))


PAINT = re.compile(r' (?:fill|stroke)="#[^"]*"')


def _painted(figure: str) -> str:
    """Put what a figure paints without a style, such as hatches, into the colours of the scheme."""
    return PAINT.sub(lambda found: in_scheme(found[0]), figure)


def styles_shared(html: str) -> str:
    """Say each style of a page's figures once, in the page's first sheet."""
    (shared,), rules = share_styles([Markup(html.partition("</style>")[2])])
    head = html.partition("</style>")[0]
    return f"{head}\n{rules}\n</style>{shared}"


IDENTIFIER = re.compile(r'(\bid="|#)([\w-]+)')
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def shorten_identifiers(figures: Iterable[Markup]) -> list[Markup]:
    """Rename every id inside the figures of a page to a few characters of its own.

    Parameters
    ----------
    figures
        Figures as `inline_svg` prepares them, no id in two of them.
    """
    texts = [str(figure) for figure in figures]
    own = (found[2] for text in texts for found in IDENTIFIER.finditer(text) if found[1] != "#")
    names = {name: f"_{_digits(i)}" for i, name in enumerate(own)}

    def rename(found: re.Match[str]) -> str:
        return found[1] + names.get(found[2], found[2])

    return [Markup(IDENTIFIER.sub(rename, text)) for text in texts]


def _digits(number: int) -> str:
    rest, last = divmod(number, len(DIGITS))
    return (_digits(rest) if rest else "") + DIGITS[last]


def _tidy(element: ElementTree.Element, prefix: str) -> None:
    """Drop what a page does not need, prefix ids, and write coordinates to a hundredth."""
    element.tag = element.tag.removeprefix(SVG)
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag.removeprefix(SVG) in LEFT_OUT:
            element.remove(child)
        else:
            _tidy(child, prefix)
    if element.tag == "style" and element.text:
        # "*{...}" would otherwise reach the whole page; "where" lets every class override it
        element.text = element.text.replace("*{", f":where(#{prefix.removesuffix('-')} *){{")
    element.attrib = {
        name.replace(LINK, "href"): _attribute(name, value, prefix)
        for name, value in element.attrib.items()
        if not name.startswith(("on", "aria-"))
        and name not in UNSAID
        and (name in ("href", LINK) or not name.startswith("{"))
    }


def _attribute(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name in ("href", LINK):
        return f"#{prefix}{value.removeprefix('#')}" if value.startswith("#") else "#"
    if name in ("d", "x", "y", "points", "transform"):
        return LONG_DECIMAL.sub(r"\1", value)
    return LOCAL_ADDRESS.sub(rf"url(#{prefix}\1)", value)
