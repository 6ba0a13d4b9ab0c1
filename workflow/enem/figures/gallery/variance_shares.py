"""How the variance of scores divides between municipalities, schools and participants."""

import pandas as pd

from enem.figures.about import described, framed, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import name_rows
from enem.figures.findings import effect
from enem.figures.frame import FramedFigure
from enem.figures.gallery.schools import unnamed_note
from enem.figures.pairs import draw_pairs, name_versions
from enem.figures.style import sheet
from enem.figures.words import number, say

FIGURE = {"order": 80, "needs": ("levels",), "story": True}

PARTS = {
    "share_between_municipalities": "Between municipalities",
    "share_between_schools": "Between schools\nof a municipality",
    "share_within": "Within schools",
}
NOTHING = "nothing given"
"""Contrast of the shares that take no variable into account."""

WIDEST = 0.2
"""Interval of a share that a title may still give as one number."""

VERSIONS = {"without": "all differences", "with": "among students alike in what the model knows"}
"""Words of each version, by its look."""

NUMBERS = ["mean", "interval_low", "interval_high"]

CAPTION = (
    "Shares of the variation in scores between municipalities, between schools and within schools, "
    "with their credible intervals."
)


def finding(a: Artefacts, shares: pd.DataFrame) -> str | None:
    """Say how much of the differences lies within schools, where that is known well enough."""
    found = effect(shares, effect="share_within", contrast=NOTHING)
    if found is None or found.high - found.low > WIDEST:
        return None
    named = "{share}% of the variation in scores is between students of the same school"
    unnamed = (
        "{share}% of the variation in scores is between students of one school type in one "
        "municipality"
    )
    return say(named if a.schools_named else unnamed, share=number(100 * found.mean))


def table(a: Artefacts) -> pd.DataFrame:
    """Take the shares of variance out of the model's effects.

    ``effect, contrast, scope, mean, sd, interval_low, interval_high``.
    """
    effects = a.table(f"{a.model_of_groups()}/effects.csv")
    columns = ["effect", "contrast", "scope", "mean", "sd", "interval_low", "interval_high"]
    return effects.loc[effects["effect"].isin(PARTS), columns].reset_index(drop=True)


def draw(a: Artefacts, shares: pd.DataFrame) -> FramedFigure:
    """Draw a row a part, with nothing given and given the model's variables."""
    model = a.model_of_groups()
    parts = [part for part in PARTS if (shares["effect"] == part).any()]
    plain = say("Where scores differ: between municipalities, between schools, within schools")
    body = framed(
        a.analysis,
        finding(a, shares) or plain,
        say("Shares sum to 100%."),
        *described(a.analysis, model),
        whom=[*unnamed_note(a), *scopes(a.analysis, "shares", model)],
        height=0.9 + 0.6 * len(parts),
    )
    axes = body.subplots()
    nothing = shares["contrast"] == NOTHING
    of_versions = zip(VERSIONS, (shares[nothing], shares[~nothing]), strict=True)
    versions = {
        version: 100 * own.set_index("effect")[NUMBERS].reindex(parts)
        for version, own in of_versions
        if len(own)
    }
    draw_pairs(axes, versions, 1)
    name_rows(axes, [say(PARTS[part]) for part in parts])
    # room for marks and numbers at either end
    room = 9 if sheet().columns == 1 else 3
    axes.set_xlim(-room, 100 + room)
    axes.set_xlabel(say("Share of the variation in scores (%)"))
    name_versions(axes, [say(words) for words in VERSIONS.values()])
    return body.figure
