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

FEW = 8
"""A kind with no more distinct scores is computed at each of them."""

NODES = 5
"""Nodes of a kind with more."""

BETWEEN = np.array([0.5, -1.0, 1.0, -1.0, 0.5])
"""Barycentric weights of Chebyshev's extreme points."""


@dataclass(frozen=True)
class Nodes:
    """Where a function is computed.

    Attributes
    ----------
    kind, score
        Of each node, (N,).
    first
        The node that a participant's own value stands at, or the first of their kind's, (I,).
    between
        Of participants who have no node of their own: their index; weights of their kind's nodes,
        (J,) and (J, NODES).
    """

    kind: np.ndarray
    score: np.ndarray
    first: np.ndarray
    between: tuple[np.ndarray, np.ndarray]

    def at_participants(self, values: np.ndarray) -> np.ndarray:
        """Evaluate a function of nodes (N,) at every participant's score, (I,)."""
        found = values[self.first]
        who, weight = self.between
        steps = np.arange(NODES)
        found[who] = (weight * values[self.first[who][:, None] + steps]).sum(axis=1)
        return found


def place_nodes(kind: np.ndarray, score: np.ndarray, few: int = FEW) -> Nodes:
    """Place nodes among the scores of participants of each kind, counted from 0."""
    table = pd.DataFrame({"kind": kind, "score": score})
    distinct = table.drop_duplicates().sort_values(["kind", "score"])
    size = np.bincount(distinct["kind"], minlength=kind.max() + 1)
    own = size[distinct["kind"]] <= few
    low, high = (np.full(len(size), end) for end in (np.inf, -np.inf))
    np.minimum.at(low, kind, score)
    np.maximum.at(high, kind, score)
    many = np.flatnonzero(size > few)
    at = (np.sin(np.pi * (np.arange(NODES) / (NODES - 1) - 0.5)) + 1) / 2
    spread = low[many, None] + (high - low)[many, None] * at
    kinds = np.concatenate([distinct["kind"][own], np.repeat(many, NODES)])
    scores = np.concatenate([distinct["score"][own], spread.ravel()])
    order = np.lexsort((scores, kinds))
    kinds, scores = kinds[order], scores[order]
    first = np.searchsorted(kinds, kind)
    alone = size[kind] <= few
    keys = pd.MultiIndex.from_arrays([kinds, scores])
    if alone.any():
        first[alone] = keys.get_indexer(pd.MultiIndex.from_frame(table[alone]))
    who = np.flatnonzero(~alone)
    position = (score[who] - low[kind[who]]) / (high - low)[kind[who]]
    return Nodes(kinds, scores, first, (who, _weights(position, at)))


def _weights(position: np.ndarray, at: np.ndarray) -> np.ndarray:
    distance = position[:, None] - at
    on = np.abs(distance) < 1e-12
    terms = BETWEEN / np.where(on, 1.0, distance)
    terms[on.any(axis=1)] = 0.0
    terms[on] = 1.0
    return terms / terms.sum(axis=1, keepdims=True)
