"""The atlas' template, table script and what it adds to the report's style."""

from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from enem.report import templates
from enem.report.numbering import number_of
from enem.report.templates import say, show

FOLDER = Path(__file__).parent
REPORT = Path(templates.__file__).parent


@cache
def environment() -> Environment:
    """Return the atlas' Jinja environment, as strict as the report's."""
    names = {"say": say, "show": show, "file": read_file, "number_of": number_of}
    return templates.strict_environment([FOLDER, REPORT], **names)


def read_file(name: str) -> Markup:
    """Return a style or script as it is: our own, or the report's, whose look the atlas shares."""
    own = FOLDER / name
    return Markup((own if own.is_file() else REPORT / name).read_text(encoding="utf-8"))
