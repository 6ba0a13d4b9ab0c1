"""Who sat every exam, of those who finish school: by school type and family income."""

import pandas as pd

from enem.figures.about import framed, hidden_cells, hidden_note
from enem.figures.artefacts import Artefacts
from enem.figures.axes import income_axis, padded, say_not_shown
from enem.figures.frame import FramedFigure
from enem.figures.palette import MARKS
from enem.figures.vocabulary import school_type
from enem.figures.words import count, put, say

FIGURE = {"order": 20, "needs": ("income",)}

HEIGHT = 4.0
COLUMNS = ["school_type", "income_bracket", "x", "matched", "present", "share_present"]

CAPTION = (
    "Of those who finish school that year and whose school type is known, who sat every exam of "
    "the score, by school type and family income."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Compute shares of cells that are large enough, of school types that are shown.

    ``school_type, income_bracket, x, matched, present, share_present`` (percent), by income.
    """
    presence, types = a.presence(), a.analysis.school_types
    known = presence["school_type"].isin(types)
    shown = presence[known & (presence["matched"] >= a.analysis.smallest_group)]
    shown = shown.merge(a.income[["income_bracket", "x"]], on="income_bracket")
    shown = shown.assign(share_present=100 * shown["present"] / shown["matched"])
    order = pd.Categorical(shown["school_type"], types)
    return shown.assign(order=order).sort_values(["order", "x"], ignore_index=True)[COLUMNS]


def draw(a: Artefacts, shown: pd.DataFrame) -> FramedFigure:
    """Draw the share of those with a known school type that sat every exam, over income.

    Without any row the figure says that none is shown.
    """
    body = framed(
        a.analysis,
        say("Who sat every exam, by family income and school type"),
        say(
            "Of those who finish school that year and whose school type is known: the share that "
            "sat every exam of the score. n: those whose school type is known, in the cells shown."
        ),
        whom=[hidden_cells(a.analysis), *hidden_note(a.analysis)],
        height=HEIGHT,
        intervals=False,
    )
    axes = body.subplots()
    income_axis(axes, a.income["x"].to_numpy())
    axes.set_ylabel(say("Sat every exam (% of participants)"))
    axes.set_ylim(*padded([*shown["share_present"], 100.0]))
    for name, own in shown.groupby("school_type", sort=False):
        mark = MARKS[str(name)]
        look = {"color": mark.dark, "ls": mark.line, "lw": 1.4, "ms": 4.5, "marker": mark.marker}
        counted = count(own["matched"].sum())
        words = put("{name} ({count})", name=school_type(str(name)), count=counted)
        axes.plot(own["x"], own["share_present"], label=words, gid=f"present-{name}", **look)
    if shown.empty:
        sentence = "Not shown: fewer than {smallest} participants in every cell."
        say_not_shown(axes, a.analysis.smallest_group, sentence)
    else:
        # most of those who stay away are poor, so this corner is the emptiest
        axes.legend(loc="lower right")
    return body.figure
