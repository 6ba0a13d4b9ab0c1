"""Titles of the atlas' figures made from numbers; None where a plain title serves."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from enem.atlas.measures import SHOWN
from enem.atlas.places import CERTAIN
from enem.atlas.subject import Subject
from enem.figures.words import number, say
from enem.names import BRAZIL


def highest(table: pd.DataFrame, subject: Subject) -> str | None:
    """Name the state that is surely the highest; else say what all states have in common.

    Parameters
    ----------
    table
        ``state, mean, interval_low, interval_high, place``, the highest first.
    subject
        What the numbers are.
    """
    first = table.iloc[0]
    if surely_first(table):
        return say(
            "{measure}: {state} is the highest, with {value}",
            measure=subject.title,
            state=say(f"state.{first['state']}"),
            value=subject.value(first["mean"]),
        )
    if subject.measure.is_share:
        return None
    signs = {"more": (table["interval_low"] > 0).all(), "less": (table["interval_high"] < 0).all()}
    for sign, found in signs.items():
        if found:
            words = {"count": number(len(table)), "other": subject.other}
            return subject.within(say(f"atlas.all.{subject.measure.kind}.{sign}", **words))
    return None


def farthest(table: pd.DataFrame, subject: Subject) -> str | None:
    """Name the state that is surely the highest over all editions.

    Parameters
    ----------
    table
        ``state, mean, place``, points above or below the mean of the states, the highest first.
    subject
        What the numbers are.
    """
    first = table.iloc[0]
    if not surely_first(table):
        return None
    return say(
        "{measure}, over all editions: {state} is the highest, {value} above the mean",
        measure=subject.title,
        state=say(f"state.{first['state']}"),
        value=subject.plain(first["mean"]),
    )


def changed(table: pd.DataFrame, subject: Subject) -> str | None:
    """Count the states in which the last edition is surely above or below the first one.

    Only editions that know the school type of the same participants are compared, those like the
    last one.

    Parameters
    ----------
    table
        ``edition, state, status, mean, sd`` of editions that are years.
    subject
        What the numbers are; in its `matched` editions the school type is known of fewer.
    """
    shown = table[(table["status"] == SHOWN) & (table["state"] != BRAZIL)]
    matched = shown["edition"].isin(subject.matched)
    last = shown["edition"].max()
    alike = shown[matched == (last in subject.matched)]
    first = alike["edition"].min()
    before, after = (
        alike[alike["edition"] == edition].set_index("state") for edition in (first, last)
    )
    both = before.index.intersection(after.index)
    if first == last or both.empty:
        return None
    before, after = before.loc[both], after.loc[both]
    # editions share no participants
    rises = ndtr((after["mean"] - before["mean"]) / np.hypot(after["sd"], before["sd"]))
    up, down = (rises >= CERTAIN).sum(), (rises <= 1 - CERTAIN).sum()
    if not up and not down:
        return None
    return say(
        "{measure}, {first} to {last}: up in {up}, down in {down}, unclear in {rest}",
        measure=subject.title,
        first=first,
        last=last,
        up=number(up),
        down=number(down),
        rest=number(len(both) - up - down),
    )


def surely_first(table: pd.DataFrame) -> bool:
    """Whether the first row has the first place, rather than none."""
    place = table["place"].iloc[0]
    return not pd.isna(place) and place == 1


def told_apart(shades: Sequence[int], neutral: int, subject: Subject) -> str | None:
    """Count the states that are surely above or below their average."""
    below, above = (sum(s < neutral for s in shades), sum(s > neutral for s in shades))
    if not below and not above:
        return None
    return say(
        "{measure}: states above the average {above}, below {below}, unclear {rest}",
        measure=subject.title,
        above=number(above),
        below=number(below),
        rest=number(len(shades) - above - below),
    )


def moved(table: pd.DataFrame, subject: Subject) -> str | None:
    """Name the state whose number pooling moves the most, where that is more than its sd.

    Parameters
    ----------
    table
        ``state, mean, pooled_mean, pooled_sd`` of those with data.
    subject
        What the numbers are.
    """
    moves = (table["pooled_mean"] - table["mean"]).abs()
    moves = moves[moves > table["pooled_sd"]]
    if moves.empty:
        return None
    row = table.loc[moves.idxmax()]
    return say(
        "{measure}: together with the others, {state} moves from {own} to {pooled}",
        measure=subject.title,
        state=say(f"state.{row['state']}"),
        own=subject.plain(row["mean"]),
        pooled=subject.plain(row["pooled_mean"]),
    )
