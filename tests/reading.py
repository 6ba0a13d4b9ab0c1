"""Pages read aloud: what they say in one language, sentence by sentence."""

import re
from html.parser import HTMLParser

LONGEST = 30
"""Words of a sentence at most."""

UNSAID = {"svg", "math", "pre", "script", "style"}
"""Elements that nobody reads as a sentence: drawings, mathematics, commands and settings."""
FORMULA = "formula"
"""Class of mathematics that is written in letters."""
VOID = {"br", "input", "meta", "link", "hr", "img"}
INLINE = {"a", "b", "button", "cite", "code", "data", "dfn", "em", "i", "span", "strong", "sub"}
INLINE |= {"sup", "time"}
"""Elements inside a sentence; any other ends it."""


class Reader(HTMLParser):
    """Reads what stands for one language; `UNSAID`, `FORMULA` and `passed` are passed over."""

    def __init__(self, tag, passed):
        super().__init__()
        self.tag, self.passed = tag, {*UNSAID, *passed}
        self.said, self.open, self.silent, self.numbers = [], [], 0, 0

    def handle_starttag(self, name, attributes):
        if name not in INLINE:
            self.said.append("\n")
        if name in VOID:
            return
        given = dict(attributes)
        foreign = given.get("lang", self.tag) != self.tag or self._other_number(name, given)
        silent = foreign or name in self.passed or FORMULA in (given.get("class") or "").split()
        self.open.append((name, silent))
        self.silent += silent

    def _other_number(self, name, given):
        """A number that languages write differently stands in each, Portuguese first."""
        if name == "data":
            self.numbers = 0
        if name != "i" or given or not self.open or self.open[-1][0] != "data":
            return False
        self.numbers += 1
        return self.numbers != {"pt-BR": 1, "en": 2}[self.tag]

    def handle_endtag(self, name):
        while self.open and name not in VOID:
            closed, silent = self.open.pop()
            self.silent -= silent
            if closed == name:
                break
        if name not in INLINE:
            self.said.append("\n")

    def handle_data(self, data):
        if not self.silent:
            self.said.append(re.sub(r"\s+", " ", data))


def spoken(html, tag, passed=()):
    """Words of a page's content in one language; what stands by itself is a line."""
    reader = Reader(tag, passed)
    reader.feed(re.search(r"<main.*?</main>", html, re.DOTALL)[0])
    return "".join(reader.said)


def sentences(text):
    """Split lines into sentences; a colon or a semicolon ends none."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.split("\n"))
    return [said for line in lines for said in re.split(r"(?<=[.!?])\s", line) if said]


def long_ones(text):
    """Sentences that are too long to be read aloud."""
    return [said for said in sentences(text) if len(said.split()) > LONGEST]
