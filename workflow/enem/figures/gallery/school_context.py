"""What the mean income of a school goes with, beside a family's own."""

import pandas as pd

from enem.compare.quantities import TYPICAL, headline
from enem.figures.about import association, described, framed, hidden_note, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import name_rows, padded
from enem.figures.findings import AT_SCHOOLS, effect, largest
from enem.figures.frame import FramedFigure
from enem.figures.names import context_model
from enem.figures.pairs import draw_pairs, name_versions
from enem.figures.palette import INK
from enem.figures.style import sheet
from enem.figures.vocabulary import school_type
from enem.figures.words import say

FIGURE = {"order": 90, "needs": ("income", "context"), "story": True}

EFFECTS = {"without": "slope_within_school", "with": "context"}
"""Effects by the looks of `enem.figures.pairs`."""
COLUMNS = ["effect", "group", "scope", "mean", "sd", "interval_low", "interval_high"]

CAPTION = (
    "Points per doubling of the family’s income inside a school, and per doubling of the mean "
    "income of the school, by school type, with their credible intervals."
)


def finding(a: Artefacts, slopes: pd.DataFrame) -> str | None:
    """Say what a school's mean income goes with where most participants are."""
    where = largest(a)
    found = where and effect(slopes, effect="context", group=where)
    if not found or found.sign != "more":
        return None
    sentence = (
        "{where} whose families earn twice as much, students of the same income score {points} "
        "points more"
    )
    return say(sentence, where=say(AT_SCHOOLS[where]), points=found.size())


def table(a: Artefacts) -> pd.DataFrame:
    """Take slopes within schools and of their mean income, of school types that are shown.

    ``effect, group, scope, mean, sd, interval_low, interval_high``, points per doubling.
    """
    model = context_model(a.specs)
    effects = a.table(f"{model}/effects.csv")
    scope = TYPICAL if a.specs[model].levels else headline(a.specs[model])
    own = effects[effects["effect"].isin(EFFECTS.values()) & (effects["scope"] == scope)]
    counts = a.participants()
    types = [t for t in a.analysis.school_types if not a.analysis.few(counts.get(t, 0))]
    return own.loc[own["group"].isin(types), COLUMNS].reset_index(drop=True)


def draw(a: Artefacts, slopes: pd.DataFrame) -> FramedFigure:
    """Draw a row a school type, a mark each income."""
    model = context_model(a.specs)
    types = list(slopes["group"].unique())
    body = framed(
        a.analysis,
        finding(a, slopes) or say("A family’s income and the mean income of its school"),
        *described(a.analysis, model),
        whom=[
            *scopes(a.analysis, "typical_school", model),
            *hidden_note(a.analysis),
            association(),
        ],
        height=0.9 + 0.6 * max(len(types), 1),
    )
    axes = body.subplots()
    versions = {
        look: slopes[slopes["effect"] == name].set_index("group").reindex(types)
        for look, name in EFFECTS.items()
    }
    draw_pairs(axes, versions, 0)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    # under the last row's mark stands its number
    name_rows(axes, [school_type(name) for name in types], 0.85 if sheet().short else 0.6)
    ends = slopes[["interval_low", "interval_high"]].to_numpy().ravel()
    axes.set_xlim(*padded([0.0, *ends], 0.08))
    axes.set_xlabel(say("Points per doubling of income"))
    names = "the family’s income, inside a school", "the school’s mean income"
    name_versions(axes, [say(words) for words in names])
    return body.figure
