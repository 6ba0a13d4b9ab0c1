"""The gap between private and public schools where nobody's income is known."""

import numpy as np
import pandas as pd

from enem.figures.about import association, described, framed, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import name_rows, padded, say_not_shown
from enem.figures.findings import headline, schools_of
from enem.figures.frame import FramedFigure
from enem.figures.gallery.gap_at_incomes import told
from enem.figures.gallery.gap_by_income import observed_gaps
from enem.figures.pairs import draw_pairs, name_versions
from enem.figures.palette import INK
from enem.figures.words import capitalised, changed, say

FIGURE = {"order": 45, "needs": ("no_income", "school_type"), "story": True}

COLUMNS = ["contrast", "scope", "mean", "sd", "interval_low", "interval_high", "observed"]

FINDINGS = {
    "more": "Private-school students score {points} points more than those of {other}, income not "
    "taken into account",
    "less": "Private-school students score {points} points less than those of {other}, income not "
    "taken into account",
}

CAPTION = (
    "Difference in mean score between private schools and each kind of public school, income not "
    "taken into account: as the model has it, with its credible interval, and as observed."
)


def finding(a: Artefacts, gaps: pd.DataFrame) -> str | None:
    """Say how large the gap to state schools, or else to all public ones, is."""
    del a
    return told(gaps, gaps, FINDINGS)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the raw gaps of contrasts whose sides are large enough.

    ``contrast, scope, mean, sd, interval_low, interval_high, observed``, points.
    """
    gaps = headline(a, effect="raw_gap")
    observed = {name: observed_gaps(name, a) for name in gaps["contrast"]}
    # without incomes all are of one bracket
    known = {name: next(iter(found.values())) for name, found in observed.items() if found}
    found = gaps.assign(observed=gaps["contrast"].map(known))
    return found.loc[found["contrast"].isin(known), COLUMNS].reset_index(drop=True)


def draw(a: Artefacts, gaps: pd.DataFrame) -> FramedFigure:
    """Draw a row a contrast.

    Without any row the figure says that no difference is shown.
    """
    model = a.main_model()
    body = framed(
        a.analysis,
        finding(a, gaps) or say("section.raw_gap"),
        *described(a.analysis, model),
        whom=[*scopes(a.analysis, "schools_like_these", model), association()],
        height=0.9 + 0.6 * max(len(gaps), 1),
    )
    axes = body.subplots()
    direction = say("Private schools\nminus others (points)")
    axes.set_xlabel(changed(direction, lambda own: own.replace("\n", " ")))
    if gaps.empty:
        say_not_shown(axes, a.analysis.smallest_group)
        axes.set(xticks=[], yticks=[])
        return body.figure
    observed = gaps.assign(mean=gaps["observed"], interval_low=np.nan, interval_high=np.nan)
    draw_pairs(axes, {"without": observed, "with": gaps}, 0)
    others = gaps["contrast"].str.partition(" - ")[2]
    name_rows(axes, [capitalised(schools_of(other)) for other in others], below=0.9)
    axes.axvline(0.0, color=INK, lw=0.9, zorder=1)
    ends = gaps[["interval_low", "interval_high", "observed"]].to_numpy().ravel()
    axes.set_xlim(*padded([0.0, *ends]))
    name_versions(axes, [say("observed"), say("expected by the model")])
    return body.figure
