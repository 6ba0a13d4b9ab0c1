"""The models as their user wrote them, and in mathematics."""

from dataclasses import dataclass

from markupsafe import Markup

from enem.language import named
from enem.language.catalogue import has_name
from enem.language.phrases import Listing, Message, Phrase, message
from enem.mixed.mathematics import as_html, mathematics
from enem.report.artefacts import ModelArtefacts


@dataclass(frozen=True)
class FormulaRow:
    """One model.

    Attributes
    ----------
    model
        Its name.
    meaning
        What it is for; None for a model of the user's own.
    formula
        As in config.yaml.
    levels
        Its levels in words.
    equation, distributions
        In mathematics, as HTML.
    symbols
        What its indices and variables stand for: symbol as HTML, and words.
    """

    model: str
    meaning: Message | None
    formula: str
    levels: Message
    equation: Markup
    distributions: tuple[Markup, ...]
    symbols: tuple[tuple[Markup, Phrase], ...]


def formula_row(model: ModelArtefacts) -> FormulaRow:
    """Write one model down."""
    spec = model.spec
    found = mathematics(spec.formula, spec.levels)
    return FormulaRow(
        model=model.name,
        meaning=_meaning(model),
        formula=spec.formula.text,
        levels=levels_in_words(spec.levels),
        equation=_html(found.equation),
        distributions=tuple(map(_html, found.distributions)),
        symbols=tuple((_html(symbol), _words(name)) for symbol, name in found.symbols.items()),
    )


SHIPPED = {
    "pooled": "score ~ income",
    "school_type": "score ~ income + (income | school_type)",
    "income": "score ~ income + (1 | income_bracket)",
    "school_type_income": "score ~ income + (income | school_type)"
    " + (1 | school_type:income_bracket)",
    "school_context": "score ~ income + school_income + (income | school_type)"
    " + (school_income | school_type)",
    "one_mean": "score ~ 1",
    "school_type_means": "score ~ 1 + (1 | school_type)",
}
"""Formulas that the sentences on what a model is for describe."""


def _meaning(model: ModelArtefacts) -> Message | None:
    """Describe a model that still is what config.yaml ships under its name."""
    key = f"model.{model.name}.meaning"
    same = SHIPPED.get(model.name) == model.spec.formula.text
    return message(key) if same and has_name(key) else None


def levels_in_words(levels: tuple[str, ...]) -> Message:
    """Name the levels of a model; none makes it the textbook regression."""
    if not levels:
        return message(
            "No levels, as in the textbook regression: participants are taken as independent,"
            " and intervals are too narrow where schools differ."
        )
    return message(
        "Levels, with intercepts of their own: {levels}.",
        levels=Listing(tuple(named("variable", n) for n in levels)),
    )


def _words(name: str) -> Phrase:
    """Name a variable, or the combinations of several."""
    parts = tuple(named("variable", part) for part in name.split(":"))
    return parts[0] if len(parts) == 1 else Listing(parts)


def _html(text: str) -> Markup:
    return Markup(as_html(text))
