"""The page's templates, style and script, and what templates can say."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from string import Formatter

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from enem.language import TAGS, language, tagged
from enem.language.phrases import Message, Number, Phrase
from enem.report.numbering import number_of

FOLDER = Path(__file__).parent
SECTIONS = FOLDER.parent / "sections"


@cache
def environment() -> Environment:
    """Return the page's Jinja environment."""
    return strict_environment(
        [FOLDER, SECTIONS],
        say=say,
        say_once=say_once,
        show=show,
        file=read_file,
        number_of=number_of,
    )


def strict_environment(folders: list[Path], **names: Callable[..., Markup]) -> Environment:
    """Make an environment over `folders`: escaping on, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= names
    return made


def say(key: str, **values: Phrase) -> Markup:
    """Write a message of the catalogues in every language of the page."""
    return show(Message(key, values))


def say_once(key: str, **numbers: Number) -> Markup:
    """Write a message of numbers in every language, its words in each and its numbers once.

    For tables, where many numbers stand.

    Raises
    ------
    ValueError
        When the languages do not name the numbers in the same order.
    """
    parts = [list(Formatter().parse(language(code).sentence(key))) for code in TAGS]
    names = [[name for _, name, _, _ in each if name] for each in parts]
    if any(each != names[0] for each in names):
        raise ValueError(f"The sentence “{key}” has its numbers in another order in one language.")
    written = []
    for pieces in zip(*parts, strict=True):
        words = [
            (language(code), escape(piece[0])) for code, piece in zip(TAGS, pieces, strict=True)
        ]
        same = len({text for _, text in words}) == 1
        written.append(words[0][1] if same else _versions(words))
        written += [show(numbers[pieces[0][1]])] if pieces[0][1] else []
    return Markup("").join(written)


def show(phrase: Phrase) -> Markup:
    """Write a phrase in every language, once where all write it alike."""
    written = [(language(code), language(code).write(phrase)) for code in TAGS]
    if len({html for _, html in written}) == 1:
        return written[0][1]
    if isinstance(phrase, Number):
        return _number(phrase)
    return _versions(written)


def _number(number: Number) -> Markup:
    """Write a number that the languages write differently: most of a page's bytes are these."""
    return tagged(number, both_numbers(language(code).number(number) for code in TAGS))


def both_numbers(written: Iterable[str]) -> Markup:
    """Write a number in the languages of the page in their order, which the style relies on."""
    return Markup("").join(map(Markup("<i>{}</i>").format, written))


def _versions(written: list[tuple]) -> Markup:
    frame = Markup('<i lang="{}">{}</i>')
    return Markup("").join(frame.format(each.tag, html) for each, html in written)


def read_file(name: str) -> Markup:
    """Return a style or script as it is, of this folder or of a section's: ours, so trusted."""
    own = FOLDER / name
    return Markup((own if own.is_file() else SECTIONS / name).read_text(encoding="utf-8"))
