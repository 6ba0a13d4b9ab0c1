"""How many participants of some profiles reach a score that people quote."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from enem.compare.asked import bracket_of
from enem.figures.about import association, described, framed, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import name_rows
from enem.figures.findings import headline, schools_of
from enem.figures.frame import FramedFigure
from enem.figures.palette import MARKS
from enem.figures.style import SMALL
from enem.figures.words import capitalised, number, put, say, short
from enem.language.phrases import wages_code
from enem.names import PRIVATE

FIGURE = {"order": 60, "needs": ("school_type",), "story": True}

THRESHOLD = 600.0
"""Points; where it is not asked for, the threshold nearest to it."""
ABOVE = r"^score above (?P<threshold>[\d.]+) points$"
GROUP = r"^(?P<school_type>\w+)(?:, (?P<income_min_wages>[\d.]+) minimum wages?)?$"
ROW = 0.42
COLUMNS = ["school_type", "income_min_wages", "threshold", "scope", "mean", "sd", "interval_low"]
COLUMNS += ["interval_high", "n", "observed"]
AGREES = 2.0
"""Standard errors within which the model's share and the observed one are taken to agree."""

CAPTION = (
    "Share of participants who score the threshold or more, profile by profile: as the model has "
    "it, with its credible interval, and as observed."
)


def finding(a: Artefacts, shares: pd.DataFrame) -> str | None:
    """Compare private and state schools at the highest income where neither share is refuted.

    Scores are taken as normal, and their tails may not be. Without incomes, all are of one.
    """
    shares = shares if a.has_income else shares.assign(income_min_wages=0.0)
    error = np.sqrt(shares["sd"] ** 2 + shares["mean"] * (100 - shares["mean"]) / shares["n"])
    held = shares[(shares["mean"] - shares["observed"]).abs() <= AGREES * error]
    sides = {name: held[held["school_type"] == name] for name in (PRIVATE, "estadual")}
    common = set.intersection(*(set(own["income_min_wages"]) for own in sides.values()))
    if not common:
        return None
    income = max(common)
    rows = {k: own[own["income_min_wages"] == income].iloc[0] for k, own in sides.items()}
    private, state = rows[PRIVATE], rows["estadual"]
    if private["interval_low"] <= state["interval_high"]:
        return None
    sentence = (
        "With a family income of {income}, {private}% of private-school students "
        "score {threshold} or more, and {state}% of state-school students"
    )
    alone = (
        "{private}% of private-school students score {threshold} or more, and {state}% of "
        "state-school students"
    )
    return say(
        sentence if a.has_income else alone,
        income=_wages(income),
        private=_percent(private["mean"]),
        state=_percent(state["mean"]),
        threshold=short(private["threshold"]),
    )


def table(a: Artefacts) -> pd.DataFrame:
    """Take the shares of profiles whose school type is shown.

    ``school_type, income_min_wages, threshold, scope, mean, sd, interval_low, interval_high``,
    percent, ``n`` participants, and ``observed`` percent of them, blank in small groups.
    """
    own = headline(a, effect="profile_above")
    found = own.assign(**own["contrast"].str.extract(ABOVE), **own["group"].str.extract(GROUP))
    for name in ("threshold", "income_min_wages"):
        found[name] = found[name].astype(float)
    found = found[~found["school_type"].isin(a.analysis.hidden) & found["school_type"].notna()]
    distance = (found["threshold"] - THRESHOLD).abs()
    found = found[distance == distance.min()]
    ends = ["mean", "sd", "interval_low", "interval_high"]
    found = found.assign(**100 * found[ends])
    counted = [_observed(a, row) for row in found.to_dict("records")]
    found[["n", "observed"]] = pd.DataFrame(counted, found.index, ["n", "observed"], float)
    return found[COLUMNS].reset_index(drop=True)


def _observed(a: Artefacts, row: Mapping[str, Any]) -> tuple[float, float]:
    """Participants of a profile, and the percent of them at the threshold or above it."""
    bins, of = a.table("score_distribution.csv"), row["school_type"]
    if a.has_income:
        bracket = a.income["income_bracket"].iloc[bracket_of(a.income, row["income_min_wages"])]
        bins = bins[bins["income_bracket"] == bracket]
    own = bins[(bins["school_type"] == of) | (of == "all")]
    n, threshold = int(own["n"].sum()), row["threshold"]
    cut = (own["score_low"] < threshold) & (threshold < own["score_high"])
    if a.analysis.few(n) or cut.any():
        return np.nan, np.nan
    return n, 100 * own.loc[own["score_low"] >= threshold, "n"].sum() / n


def draw(a: Artefacts, shares: pd.DataFrame) -> FramedFigure:
    """Draw a row a profile, incomes together."""
    model = a.main_model()
    shown = shares.sort_values("income_min_wages", kind="stable").reset_index(drop=True)
    threshold = short(shown["threshold"].iloc[0]) if len(shown) else short(THRESHOLD)
    plain = say("Who scores {threshold} or more", threshold=threshold)
    marks = say("Filled: by the model. Hollow: observed.")
    body = framed(
        a.analysis,
        finding(a, shares) or plain,
        *described(a.analysis, model),
        say("Under it scores spread around their mean as a bell curve."),
        whom=[marks, *scopes(a.analysis, "schools_like_these", model), association()],
        height=0.7 + ROW * len(shown),
    )
    axes = body.subplots()
    for y, row in shown.iterrows():
        name = row["school_type"]
        mark = MARKS[name if name in a.analysis.school_types else "all"]
        axes.plot(row[["interval_low", "interval_high"]], [y, y], color=mark.color, lw=2.2)
        axes.plot(row["mean"], y, mark.marker, color=mark.dark, ms=6.5)
        place = {"xytext": (0, 5), "textcoords": "offset points", "ha": "left"}
        words = put("{share}%", share=_percent(row["mean"]))
        axes.plot(row["observed"], y, mark.marker, color=mark.dark, ms=6.5, mfc="none")
        axes.annotate(words, (row["mean"], y), size=SMALL, color=mark.dark, **place)
    pairs = zip(shown["school_type"], shown["income_min_wages"], strict=True)
    name_rows(axes, [_profile(*pair) for pair in pairs])
    axes.set_xlim(0, 1.18 * max([*shown["interval_high"], *shown["observed"].dropna(), 10]))
    words = say("Participants who score {threshold} or more (%)", threshold=threshold)
    axes.set_xlabel(words)
    return body.figure


def _percent(share: float) -> str:
    return number(share, int(share < 10))


def _profile(school_type: str, income: float) -> str:
    name = capitalised(schools_of(school_type))
    if np.isnan(income):
        return name
    return say("{schools},\n{income}", schools=name, income=_wages(income))


def _wages(income: float) -> str:
    return say(wages_code(income), wages=short(income))
