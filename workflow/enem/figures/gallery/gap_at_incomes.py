"""The gap between private and public schools at a few family incomes that people quote."""

from collections.abc import Mapping

import pandas as pd

from enem.figures.about import association, described, framed, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded, say_not_shown
from enem.figures.findings import effect, headline, probability, schools_of
from enem.figures.frame import FramedFigure, small_font, text_width
from enem.figures.gallery.gap_by_income import first_contrast, shown_contrasts
from enem.figures.palette import INK, MARKS
from enem.figures.style import SMALL, sheet
from enem.figures.words import capitalised, joined, number, say, short

FIGURE = {"order": 50, "needs": ("income", "school_type"), "story": True}

SIZE = 50
"""Points that the gap may exceed."""
AT = r"^(?P<contrast>.+) at (?P<income_min_wages>[\d.]+) minimum wages?$"
HEIGHT = 3.2
APART = 0.8
"""Of the distance between two incomes, that the contrasts at one share."""
AXIS_ROOM = 0.8
"""Inches that the vertical axis takes, about."""
GAP = 0.04
"""Inches between the numbers of neighbours at least."""
NUMBER = 0.08
"""Height that a number beyond an interval takes, of that of all intervals, about."""
ABOVE = {"xytext": (0, 2), "textcoords": "offset points", "ha": "center", "va": "bottom"}
BELOW = {"xytext": (0, -3), "textcoords": "offset points", "ha": "center", "va": "top", "zorder": 5}
BELOW |= {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.5}}
"""Where a number stands beyond its interval; under it, zero's line may pass behind."""
COLUMNS = ["contrast", "income_min_wages", "scope", "mean", "sd", "interval_low", "interval_high"]

EQUAL = {
    "more": "At the same income, private-school students score {points} points more than those of "
    "{other}",
    "less": "At the same income, private-school students score {points} points less than those of "
    "{other}",
}
"""What is found, by its sign."""

CAPTION = (
    "Difference in expected score between private schools and each kind of public school at some "
    "family incomes, with its credible interval."
)


def finding(a: Artefacts, gaps: pd.DataFrame) -> str | None:
    """Say how large the gap to state schools, or else to all public ones, is at equal income."""
    return told(headline(a, effect="gap_at_equal_income"), gaps, EQUAL)


def told(effects: pd.DataFrame, gaps: pd.DataFrame, sentences: Mapping[str, str]) -> str | None:
    """Say the first one of the gaps that are shown, where its interval leaves out 0."""
    contrast = first_contrast(set(gaps["contrast"]))
    found = contrast and effect(effects, contrast=contrast)
    if not found or not found.sign:
        return None
    other = schools_of(contrast.partition(" - ")[2])
    return say(sentences[found.sign], points=found.size(), other=other)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the gaps at some incomes of contrasts whose sides are large enough.

    ``contrast, income_min_wages, scope, mean, sd, interval_low, interval_high``, points.
    """
    own = headline(a, effect="gap_at_income")
    found = own.assign(**own["contrast"].str.extract(AT))
    found["income_min_wages"] = found["income_min_wages"].astype(float)
    return found.loc[found["contrast"].isin(shown_contrasts(a)), COLUMNS].reset_index(drop=True)


def draw(a: Artefacts, gaps: pd.DataFrame) -> FramedFigure:
    """Draw a group of marks an income, a mark and its interval a contrast.

    Without any row the figure says that no difference is shown.
    """
    model = a.main_model()
    body = framed(
        a.analysis,
        finding(a, gaps) or say("Private minus public at the same family income"),
        *described(a.analysis, model),
        whom=[
            *([] if sheet().short else _exceeding(a, gaps)),
            *scopes(a.analysis, "schools_like_these", model),
            association(),
        ],
        height=HEIGHT,
    )
    axes = body.subplots()
    axes.set_ylabel(say("Private schools\nminus others (points)"))
    axes.set_xlabel(say("Family income (minimum wages)"))
    if gaps.empty:
        say_not_shown(axes, a.analysis.smallest_group)
        axes.set(xticks=[], yticks=[])
        return body.figure
    incomes, contrasts = (list(gaps[name].unique()) for name in ("income_min_wages", "contrast"))
    crowded = _crowded(gaps["mean"], len(incomes), len(contrasts))
    for i, contrast in enumerate(contrasts):
        other = contrast.partition(" - ")[2]
        mark = MARKS[other if other in a.analysis.school_types else "all"]
        own = gaps[gaps["contrast"] == contrast]
        shift = APART * (i - (len(contrasts) - 1) / 2) / len(contrasts)
        x = own["income_min_wages"].map(incomes.index) + shift
        axes.vlines(x, own["interval_low"], own["interval_high"], color=mark.color, lw=1.8)
        name = capitalised(schools_of(other))
        look = {"color": mark.dark, "ms": 6, "ls": "", "label": name}
        axes.plot(x, own["mean"], mark.marker, **look)
        end, place = ("interval_low", BELOW) if crowded and i % 2 else ("interval_high", ABOVE)
        for at, mean, y in zip(x, own["mean"], own[end], strict=True):
            axes.annotate(number(mean), (at, y), size=SMALL, color=mark.dark, **place)
    axes.axhline(0.0, color=INK, lw=0.9, zorder=1.5)
    axes.set_xticks(range(len(incomes)), [short(income) for income in incomes])
    axes.set_xlim(-0.5, len(incomes) - 0.4)
    low, high = min(0.0, gaps["interval_low"].min()), max(0.0, gaps["interval_high"].max())
    room = NUMBER * (high - low)
    axes.set_ylim(*padded([low - crowded * room, high + room]))
    axes.grid(visible=False, axis="x")
    columns = 1 if sheet().columns == 1 else len(contrasts)
    body.legend(loc="outside upper left", ncols=columns, columnspacing=1.2, handletextpad=0.2)
    return body.figure


def _crowded(means: pd.Series, incomes: int, contrasts: int) -> bool:
    """Whether numbers above neighbouring intervals would lie over each other."""
    widest = max(text_width(number(mean), small_font()) for mean in means)
    return widest + GAP > APART * (sheet().width - AXIS_ROOM) / (incomes * contrasts)


def _exceeding(a: Artefacts, gaps: pd.DataFrame) -> list[str]:
    """Say how probable it is that the gap at equal income exceeds `SIZE`."""
    exceeding, found = headline(a, effect="gap_exceeds"), []
    for contrast in gaps["contrast"].unique():
        row = effect(exceeding, contrast=f"{contrast}, above {SIZE} points")
        if row is not None:
            other = schools_of(contrast.partition(" - ")[2])
            chance = probability(row.mean)
            found.append(say("{chance} against {other}", chance=chance, other=other))
    if not found:
        return []
    sentence = (
        (
            "Probability that the gap, averaged over the incomes of private-school participants, "
            "exceeds {size} points: {chances}."
        )
        if finding(a, gaps) is None
        else (
            "Title: average over the incomes of private-school participants. Probability that this "
            "average exceeds {size} points: {chances}."
        )
    )
    return [say(sentence, size=SIZE, chances=joined("; ", found))]
