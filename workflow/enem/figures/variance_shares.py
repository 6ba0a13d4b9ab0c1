"""How the variance of scores divides between municipalities, schools and participants."""

import pandas as pd

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.pairs import draw_pairs, name_versions
from enem.figures.style import styled

PARTS = ("share_between_municipalities", "share_between_schools", "share_within")
NOTHING = "nothing given"
"""Contrast of the shares that take no variable into account."""

VERSIONS = {"without": "nothing", "with": "given"}
"""Words of each version, by its look."""

NUMBERS = ["mean", "interval_low", "interval_high"]


@styled
def draw(shares: pd.DataFrame, model: str, named: bool, analysis: Analysis) -> FramedFigure:
    """Draw a row a part, with nothing given and given the model's variables.

    Parameters
    ----------
    shares
        Table of `shares_of`.
    model
        Whose shares.
    named
        Whether the file names schools; else groups are those of one type in one municipality.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    parts = [part for part in PARTS if (shares["effect"] == part).any()]
    body = framed_body(
        labels.text("shares.title"),
        subtitle(analysis),
        labels.text("shares.note", model=labels.model(model)),
        *([] if named else [labels.text("schools.unnamed")]),
        *model_notes(analysis, model, scope="shares"),
        height=0.9 + 0.6 * len(parts),
    )
    axes = body.subplots()
    nothing = shares["contrast"] == NOTHING
    of_versions = zip(VERSIONS, (shares[nothing], shares[~nothing]), strict=True)
    versions = {
        version: 100 * table.set_index("effect")[NUMBERS].reindex(parts)
        for version, table in of_versions
        if len(table)
    }
    draw_pairs(axes, versions, labels, 1)
    axes.set_yticks(range(len(parts)), [labels.text(f"shares.{part}") for part in parts])
    axes.set_ylim(len(parts) - 0.4, -0.6)
    # room for marks and numbers at either end
    axes.set_xlim(-3, 103)
    axes.set_xlabel(labels.text("shares.axis"))
    axes.grid(visible=False, axis="y")
    name_versions(axes, [labels.text(f"shares.{word}") for word in VERSIONS.values()])
    return body.figure


def shares_of(effects: pd.DataFrame) -> pd.DataFrame:
    """Take the shares of variance out of a model's effects.

    Returns
    -------
    pandas.DataFrame
        ``effect, contrast, scope, mean, sd, interval_low, interval_high``.
    """
    columns = ["effect", "contrast", "scope", "mean", "sd", "interval_low", "interval_high"]
    return effects.loc[effects["effect"].isin(PARTS), columns].reset_index(drop=True)
