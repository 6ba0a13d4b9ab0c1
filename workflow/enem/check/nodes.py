"""Scores at which a smooth function of a kind of participants is computed, and those between them.

Participants of one kind (one group and one profile) differ in their score alone.  Where their
scores are few the function is computed at each; else at Chebyshev's extreme points across their
range, where the polynomial through a smooth function is close to the best one (Trefethen,
Approximation Theory and Approximation Practice, 2013, chapters 2 and 8), and in between by the
barycentric formula.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import BarycentricInterpolator

FEW = 8
"""A kind with no more distinct scores is computed at each of them."""

NODES = 5
"""Nodes of a kind with more."""

PLACES = (np.sin(np.pi * (np.arange(NODES) / (NODES - 1) - 0.5)) + 1) / 2
"""Chebyshev's extreme points on (0, 1)."""

# Values of the polynomials that are 1 at one node and 0 at the others.  Their weights are known
# (Trefethen, chapter 5); SciPy would work them out in an order drawn anew by each process.
WEIGHTS = (-1.0) ** np.arange(NODES)
WEIGHTS[[0, -1]] /= 2
BETWEEN = BarycentricInterpolator(PLACES, np.eye(NODES), wi=WEIGHTS)


@dataclass(frozen=True)
class Nodes:
    """Where a function is computed.

    Attributes
    ----------
    kind, score
        Of each node, (N,).
    first
        The node that a participant's own value stands at, or the first of their kind's, (I,).
    between, weight
        Index of participants who have no node of their own, and the weights of their kind's nodes,
        (J,) and (J, NODES).
    """

    kind: np.ndarray
    score: np.ndarray
    first: np.ndarray
    between: np.ndarray
    weight: np.ndarray

    def at_participants(self, values: np.ndarray) -> np.ndarray:
        """Evaluate a function of nodes (N,) at every participant's score, (I,)."""
        found = values[self.first]
        of_kind = values[self.first[self.between][:, None] + np.arange(NODES)]
        found[self.between] = (self.weight * of_kind).sum(axis=1)
        return found


def place_nodes(kind: np.ndarray, score: np.ndarray, few: int = FEW) -> Nodes:
    """Place nodes among the scores of participants of each kind, counted from 0."""
    table = pd.DataFrame({"kind": kind, "score": score})
    of_kinds = table.groupby("kind")["score"].agg(["nunique", "min", "max"])
    many, low, high = (of_kinds["nunique"] > few).to_numpy(), *of_kinds[["min", "max"]].to_numpy().T
    spread = low[many, None] + (high - low)[many, None] * PLACES
    shared = {"kind": np.repeat(np.flatnonzero(many), NODES), "score": spread.ravel()}
    own = table[~many[kind]].drop_duplicates()
    placed = pd.concat([own, pd.DataFrame(shared)]).sort_values(["kind", "score"])
    first = np.searchsorted(placed["kind"], kind)
    alone = ~many[kind]
    first[alone] = pd.MultiIndex.from_frame(placed).get_indexer(
        pd.MultiIndex.from_frame(table[alone])
    )
    who = np.flatnonzero(many[kind])
    position = (score[who] - low[kind[who]]) / (high - low)[kind[who]]
    at = placed["kind"].to_numpy(), placed["score"].to_numpy()
    return Nodes(*at, first, who, BETWEEN(position))
