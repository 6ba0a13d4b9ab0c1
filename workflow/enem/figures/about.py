"""What every figure says of the analysis it belongs to: data, sample, source, models, scopes."""

from collections.abc import Sequence

from matplotlib.figure import SubFigure

from enem.figures.analysis import SIMULATED, Analysis
from enem.figures.frame import framed_body, unbroken
from enem.figures.style import sheet
from enem.figures.vocabulary import has_words, model_name, outcome, school_type, state
from enem.figures.words import joined, number, say, short
from enem.mixed.specification import Specification

SCOPES = {
    "typical_school": "Intervals are of a typical school, each school counting once.",
    "these_schools": "Intervals are of these schools, as they are.",
    "schools_like_these": "Intervals are of schools like these, as if schools were drawn anew.",
    "shares": "Hollow: of these schools, as they are. Filled: of schools like these.",
    "predictive": "Replicated in these schools.",
    "independent": (
        "Intervals take participants as independent, as if they shared no schools, and are too "
        "narrow."
    ),
    "textbook": (
        "Textbook model: intervals take participants as independent, as if they shared no "
        "schools, and are too narrow."
    ),
}
"""Whom the intervals of a figure are about, where its models have one scope."""

SCOPES_OF_MODELS = {
    "typical_school": "Of a typical school, each counting once: {models}.",
    "these_schools": "Of these schools, as they are: {models}.",
    "schools_like_these": "Of schools like these, drawn anew: {models}.",
    "shares": "Of these schools (hollow) and of schools like these (filled): {models}.",
    "predictive": "Replicated in these schools: {models}.",
    "independent": "Participants taken as independent, intervals too narrow: {models}.",
    "textbook": (
        "Textbook model, participants taken as independent, intervals too narrow: {models}."
    ),
}
"""The same where they have several."""


SHORT_SCOPES = {
    "typical_school": "{mass}% intervals, of a typical school.",
    "these_schools": "{mass}% intervals, of these schools.",
    "schools_like_these": "{mass}% intervals, of schools like these.",
    "shares": "{mass}% intervals: hollow, of these schools; filled, of schools like these.",
    "independent": "{mass}% intervals, too narrow: participants taken as independent.",
    "textbook": "{mass}% intervals, too narrow: participants taken as independent.",
}
"""The same of the first model, on a sheet that is short."""


LINES = {
    (True, True): "Model “{model}”, with a line of scores by income for each school type.",
    (True, False): "Model “{model}”, with a mean score for each school type.",
    (False, True): "Model “{model}”, with one line of scores by income.",
    (False, False): "Model “{model}”, with one mean score.",
}
"""What a model says of scores, by whether it knows school types and income."""


def framed(
    analysis: Analysis,
    title: str,
    *notes: str,
    height: float,
    whom: Sequence[str] = (),
    intervals: bool = True,
) -> SubFigure:
    """Make a figure of an analysis; return the part for the axes.

    Parameters
    ----------
    analysis
        Named under the title.
    title
        A finding, or what the figure shows.
    *notes
        How to read it; a sheet that is short has none.
    height
        Inches for the axes and their labels.
    whom
        What no reader may miss: whom intervals are about, what is hidden, that it is no cause.
    intervals
        Whether the figure has intervals of the analysis's mass.
    """
    brief = sheet().short
    below = subtitle(analysis, intervals=intervals and not brief)
    shown = whom if brief else [*notes, *whom]
    return framed_body(title, below, *shown, height=height, source=source(analysis.edition))


def subtitle(analysis: Analysis, *, intervals: bool = True) -> str:
    """Name data, state, outcome, n and the kind of interval."""
    simulated, edition = say("simulated data"), say("ENEM {edition}", edition=analysis.edition)
    parts = [
        simulated if analysis.simulated else edition,
        state(analysis.state),
        outcome(analysis.outcome),
        say("n = {n} (participants)", n=number(analysis.participants)),
    ]
    if intervals:
        parts.append(say("{mass}% credible intervals", mass=short(100 * analysis.mass)))
    return joined(" · ", map(unbroken, parts))


def source(*editions: str) -> str:
    """Name where the numbers of some editions come from."""
    real, said = sorted(set(editions) - {SIMULATED}), []
    if real:
        years = real[0] if len(real) == 1 else f"{real[0]}–{real[-1]}"
        sentence = "Source: Inep, ENEM {edition} microdata; prepared by enem-bayes."
        said.append(say(sentence, edition=years))
    if SIMULATED in editions:
        said.append(say("Source: simulated data; prepared by enem-bayes."))
    return joined(" ", said)


def hidden_note(analysis: Analysis) -> list[str]:
    """Name the school types that are too small to be drawn; nothing where there are none."""
    groups = joined(", ", map(school_type, analysis.hidden))
    if not groups:
        return []
    sentence = "Not shown, fewer than {smallest} participants: {groups}."
    return [say(sentence, smallest=analysis.smallest_group, groups=groups)]


def hidden_cells(analysis: Analysis) -> str:
    """State from how many participants on a cell is shown."""
    sentence = (
        "School types with fewer than {smallest} participants at an income are not shown there."
    )
    return say(sentence, smallest=analysis.smallest_group)


def association() -> str:
    """State that no cause is shown."""
    return say("Association, not cause.")


def formulas(analysis: Analysis, *models: str) -> list[str]:
    """Give formulas of models that have no name in words."""
    return [
        say("Model “{model}”: {formula}.", model=name, formula=analysis.specs[name].formula.text)
        for name in models
        if not has_words(name)
    ]


def described(analysis: Analysis, model: str) -> list[str]:
    """Say what a model is to whoever knows no name of it; of one without words, its formula."""
    if not has_words(model):
        return formulas(analysis, model)
    spec = analysis.specs[model]
    return [say(LINES[spec.by_school_type, spec.formula.needs_income], model=model_name(model))]


def scopes(analysis: Analysis, scope: str, *models: str) -> list[str]:
    """State whom the intervals of these models are about.

    Parameters
    ----------
    analysis
        Holds the models.
    scope
        Of models with levels, a key of `SCOPES`.
    *models
        Those that the figure shows.
    """
    kinds = {name: _scope(analysis.specs[name], scope) for name in models}
    if sheet().short:
        # a figure that hides all it would show is about no model
        shown = list(kinds.values())[:1]
        return [say(SHORT_SCOPES[kind], mass=short(100 * analysis.mass)) for kind in shown]
    several, notes = len(set(kinds.values())) > 1, []
    for kind in dict.fromkeys(kinds.values()):
        names = joined(", ", [model_name(name) for name in models if kinds[name] == kind])
        # one kind is of all models, and needs no names
        notes.append(say(SCOPES_OF_MODELS[kind], models=names) if several else say(SCOPES[kind]))
    return notes


def _scope(spec: Specification, scope: str) -> str:
    if spec.levels:
        return scope
    return "independent" if spec.scales else "textbook"
