"""What someone may have meant by a word that is none of those expected."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from enem.errors import Sentence, sentence


def nearest(word: object, known: Iterable[object]) -> str | None:
    """Return which known word is the most like another, or None where none is like it.

    Capitals, accents, and whether words are joined by a space, a hyphen or an underscore do not
    count.

    Examples
    --------
    >>> nearest("Self-Reported", ["enrolled", "self_reported"])
    'self_reported'
    >>> nearest("redação", ["mean", "REDACAO"])
    'REDACAO'
    >>> nearest("pt-BR", ["pt", "en"])
    'pt'
    """
    plain = {_plain(candidate): str(candidate) for candidate in known}
    given = _plain(word)
    close = get_close_matches(given, plain, n=1) or [each for each in plain if each in given]
    return plain[close[0]] if close else None


def guess(meant: object | None) -> Sentence | str:
    """Return a question to end a sentence with; nothing where nothing is likely."""
    return "" if meant is None else sentence(" Did you mean {meant}?", meant=meant)


def _plain(word: object) -> str:
    decomposed = unicodedata.normalize("NFKD", str(word).lower())
    letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    return letters.replace("-", "_").replace(" ", "_")
