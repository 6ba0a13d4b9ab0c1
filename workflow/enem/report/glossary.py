"""Terms that a page explains: buttons that open their meaning by mouse, keyboard and touch."""

import re
from collections.abc import Iterator

from markupsafe import Markup

from enem.language import TAGS, language
from enem.language.catalogue import names

MARKED = re.compile(r"<dfn>(.*?)</dfn>")
MEANING = "meaning."


def terms() -> list[str]:
    """Codes of all terms that have a meaning."""
    return [code.removeprefix(MEANING) for code in names() if code.startswith(MEANING)]


def explained(html: str) -> str:
    """Make each marked term a button, and put the meanings of those used at the page's end.

    Raises
    ------
    KeyError
        When a marked term has no meaning.
    """
    code_of = dict(_spelled())
    used: dict[str, None] = {}

    def button(found: re.Match[str]) -> str:
        code = code_of[found[1].lower()]
        used[code] = None
        return f'<button class="term" popovertarget="term-{code}">{found[1]}</button>'

    body = MARKED.sub(button, html)
    meanings = Markup("\n").join(_meaning(code) for code in used)
    return body.replace("</body>", f"{meanings}\n</body>")


def _spelled() -> Iterator[tuple[str, str]]:
    for code in terms():
        for tag in TAGS:
            for written in language(tag).sentence(f"term.{code}").split("|"):
                yield written.lower(), code


def _meaning(code: str) -> Markup:
    versions = Markup("").join(
        Markup('<i lang="{}">{}</i>').format(tag, Markup(language(key).sentence(MEANING + code)))
        for key, tag in TAGS.items()
    )
    frame = Markup('<div popover id="term-{}" class="meaning"><p>{}</p></div>')
    return frame.format(code, versions)
