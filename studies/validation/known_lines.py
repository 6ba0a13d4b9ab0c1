"""Scores simulated on real participants from known lines, and what is then true of them."""

import numpy as np
import pandas as pd

from enem.names import SCHOOL_TYPES
from studies.validation.setting import income

LINES = {
    "federal": (560.0, 15.0),
    "estadual": (495.0, 12.0),
    "municipal": (480.0, 12.0),
    "privada": (565.0, 9.0),
}
"""Intercept and slope of each school type, points: the size of what real states show."""
SCHOOL_SD, RESIDUAL_SD = 25.0, 63.0
TYPES = ("federal", "estadual", "privada")
"""School types whose lines and slopes are followed; the state has one municipal school."""


def truths(participants: pd.DataFrame) -> dict[str, float]:
    """Compute the true value of everything followed from the lines alone.

    Schools differ by nothing but chance, so that an effect among schools like these is that of
    lines in the participants of cells.
    """
    n = participants.groupby(["school_type", "income_bracket"]).size().unstack(fill_value=0)
    n = n.reindex(SCHOOL_TYPES, fill_value=0)
    x = income().set_index("income_bracket")["x"].reindex(n.columns)
    line = pd.DataFrame({name: a + b * x for name, (a, b) in LINES.items()}).T
    public = [name for name in SCHOOL_TYPES if name != "privada"]
    sides = {"publica": public} | {name: [name] for name in ("estadual", "federal")}
    found = {}
    for name, types in sides.items():
        there = n.loc[types].sum()
        other = (n.loc[types] * line.loc[types]).sum() / there.where(there > 0)
        own = n.loc["privada"].where(other.notna(), 0)
        found[f"gap privada - {name}"] = float(
            ((line.loc["privada"] - other).fillna(0) * own).sum() / own.sum()
        )
    found |= {f"slope {name}": LINES[name][1] for name in TYPES}
    for name in TYPES:
        found[f"line intercept[{name}]"], found[f"line slope[{name}]"] = LINES[name]
    return found


def draw_scores(participants: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw scores of participants whose schools are drawn anew."""
    intercept, slope = np.array([LINES[name] for name in participants["school_type"]]).T
    school, names = pd.factorize(participants["school"])
    effect = rng.normal(0.0, SCHOOL_SD, len(names))[school]
    noise = rng.normal(0.0, RESIDUAL_SD, len(participants))
    return intercept + slope * participants["x"].to_numpy() + effect + noise
