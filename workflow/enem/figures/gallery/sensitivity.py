"""Slope and gap under every assumption that was tried, beside the main analysis."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.about import framed
from enem.figures.artefacts import Artefacts
from enem.figures.axes import draw_interval, padded
from enem.figures.frame import FramedFigure
from enem.figures.palette import CONTRAST, INK, MUTED, PALE, PLAIN
from enem.figures.style import SMALL
from enem.figures.words import say, short

FIGURE = {"order": 190, "needs": ("income",)}

SLOPE, GAP, MAIN = "slope", "gap_at_equal_income", "main"
AXES = {SLOPE: "Slope (points per doubling)", GAP: "Gap, private minus public (points)"}
NAMES = {
    "population.school_type.enrolled": "School type of enrolment",
    "population.school_type.self_reported": "School type as reported",
    "population.zero_essays.keep": "Zero essays kept",
    "population.zero_essays.exclude": "Zero essays left out",
    "population.blank_answer_sheets.keep": "Blank answer sheets kept",
    "population.blank_answer_sheets.exclude": "Blank answer sheets left out",
    "population.trainees.keep": "Trainees kept",
    "population.trainees.exclude": "Trainees left out",
    "presence.weighted": "Weighted for those who stayed away",
    "matching.weighted": "Weighted for school types not known",
    "levels.none": "Without levels (participants as independent)",
    "errors.student_t": "Student-t errors, without levels",
    "sigma.one_for_all": "One sigma for all school types",
}
OF_INCOME = {
    "income.none": "No income = {value} × minimum wage",
    "income.open_ended_factor": "Open bracket = {value} × its floor",
}
NOTES = {
    "not_available": "this edition does not have it",
    "nobody": "nobody is left",
    "same_participants": "the same participants",
}

CAPTION = (
    "Slope and gap under every assumption, with their intervals; the band is the main analysis."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take slope, and gap where both of its sides may be shown.

    ``assumption, alternative, parameter, mean, interval_low, interval_high, note`` and more;
    the main analysis first.
    """
    assumptions = a.table("sensitivity/assumptions.csv")
    shown = [SLOPE, GAP] if a.comparable() else [SLOPE]
    # rows without a parameter say why there is no alternative
    kept = assumptions["parameter"].isna() | assumptions["parameter"].isin(shown)
    return assumptions[kept]


def draw(a: Artefacts, assumptions: pd.DataFrame) -> FramedFigure:
    """Draw a row for each alternative, slopes on the left and gaps on the right."""
    keys = ["assumption", "alternative"]
    rows = assumptions[[*keys, "note"]].drop_duplicates(keys).reset_index(drop=True)
    parameters = [p for p in AXES if p == SLOPE or (assumptions["parameter"] == p).any()]
    of_gap = "Gap: at the incomes of private-school participants."
    body = framed(
        a.analysis,
        say("Slope and gap under other assumptions"),
        say(
            "Diamond, line and band: the main analysis. Hollow: an alternative that changes "
            "nothing here. Slope: average over the school types by their participants."
        ),
        *([say(of_gap)] if GAP in parameters else []),
        height=0.7 + 0.27 * len(rows),
    )
    panels = body.subplots(1, len(parameters), sharey=True, squeeze=False)[0]
    for axes, parameter in zip(panels, parameters, strict=True):
        own = assumptions[assumptions["parameter"] == parameter]
        values = rows.merge(own, how="left", on=keys)
        _panel(axes, values.assign(note=rows["note"]))
        axes.set_xlabel(say(AXES[parameter]))
    names = [alternative_name(*pair) for pair in zip(*(rows[k] for k in keys), strict=True)]
    panels[0].set_yticks(range(len(rows)), names)
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    return body.figure


def _panel(axes: Axes, values: pd.DataFrame) -> None:
    main = values.iloc[0]
    axes.set_xlim(*padded([*values["interval_low"], *values["interval_high"]], 0.08))
    axes.axvspan(main["interval_low"], main["interval_high"], color=PALE, lw=0, zorder=0)
    blank = values.index[values["mean"].isna()]
    # the main analysis's line stops where words stand
    through = [y for y in values.index if y not in blank]
    axes.vlines(
        [main["mean"]] * len(through),
        [y - 0.5 for y in through],
        [y + 0.5 for y in through],
        color=INK,
        lw=0.9,
        zorder=1,
    )
    for y, row in values.iterrows():
        if y in blank:
            words = say(NOTES[row["note"]]) if isinstance(row["note"], str) else "–"
            place = {"ha": "center", "va": "center", "size": SMALL, "color": MUTED}
            axes.text(0.5, y, words, transform=axes.get_yaxis_transform(), **place)
            continue
        color, marker = (INK, "D") if row["assumption"] == MAIN else (PLAIN, "o")
        # an alternative that concerns nobody here is hollow: it is the main analysis again
        same = isinstance(row["note"], str)
        color = CONTRAST if same else color
        draw_interval(axes, row["interval_low"], row["interval_high"], y, color, lw=1.6, zorder=2)
        face = "white" if same else color
        axes.plot(row["mean"], y, marker, color=color, mfc=face, ms=5, zorder=3)
    axes.grid(visible=False, axis="y")


def alternative_name(assumption: str, alternative: str) -> str:
    """Name an alternative; those of incomes are numbers."""
    if assumption == MAIN:
        return say("Main analysis")
    if assumption in OF_INCOME:
        return say(OF_INCOME[assumption], value=short(float(alternative)))
    return say(NAMES[f"{assumption}.{alternative}"])
