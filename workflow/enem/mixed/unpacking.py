"""The one array of numbers that compiled functions read, in its parts."""

from typing import NamedTuple

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as

HEAD = 13
"""Numbers at the head of packed data: see `unpack`."""

WITHIN, SHARED, ALONE = range(3)
"""Kinds of terms: scatter within leaves; means of leaves; of leaves alone in their municipality."""


class Parts(NamedTuple):
    """Packed data of one outcome; of m, what holds scores has m numbers for one, squares m m.

    A term is what shares a precision: all scatter within the leaves of a sigma group, or the means
    of its leaves of one size.  Columns are those in which the rows of the sigma group are not 0,
    A at the most (a model of school types' cells has a fraction in each), U = A (A + 1) / 2.

    Attributes
    ----------
    coordinates
        Priors and coordinates, (5, D): G m sigmas, K m scales, and m (m - 1) / 2 partial
        correlations of errors and of each level.
    column_scale, column_sd
        Index of each coefficient's scale, -1 where its sd is known; that sd, (P,).
    columns
        Coefficients of each sigma group's columns; beyond these 0, whose columns are 0, (G, A).
    terms
        Sigma, size, kind, count (degrees of freedom, or leaves), sum of squares, (5, terms);
        those of a sigma group side by side, that within leaves first.
    products, matrices
        Of columns and scores (terms, A), and of columns, upper triangles (terms, U).
    leaf_term, leaf_y, leaf_x
        Of leaves that share a municipality: term, mean (leaves,), columns (leaves, A).
    starts
        Where each municipality's leaves start, (municipalities + 1,).
    """

    coordinates: np.ndarray
    column_scale: np.ndarray
    column_sd: np.ndarray
    columns: np.ndarray
    terms: np.ndarray
    products: np.ndarray
    matrices: np.ndarray
    leaf_term: np.ndarray
    leaf_y: np.ndarray
    leaf_x: np.ndarray
    starts: np.ndarray


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True)
    def unpack(packed: np.ndarray) -> Parts:
        """Give the parts of packed data their shapes.

        The head: length, G sigmas, K scales, P coefficients, C of them common ones (the last),
        terms, leaves that share a municipality, these municipalities, index of the leaves' scale
        and of the municipalities' (-1: absent), constant of the log likelihood, m outcomes, A.
        """
        groups, scales, size = int(packed[1]), int(packed[2]), int(packed[3])
        terms, leaves, places = int(packed[5]), int(packed[6]), int(packed[7])
        m, active = int(packed[11]), int(packed[12])
        correlated = 1 + int(packed[8] >= 0) + int(packed[9] >= 0)
        free = (groups + scales) * m + correlated * (m * (m - 1) // 2)
        rows, upper = 4 + m * m, active * (active + 1) // 2
        a = HEAD
        b = a + 5 * free
        c = b + size
        d = c + size
        e = d + groups * active
        f = e + rows * terms
        g = f + terms * active * m
        h = g + terms * upper
        i = h + leaves
        j = i + leaves * m
        k = j + leaves * active
        return Parts(
            packed[a:b].reshape(5, free),
            packed[b:c],
            packed[c:d],
            packed[d:e].reshape(groups, active),
            packed[e:f].reshape(rows, terms),
            packed[f:g].reshape(terms, active * m),
            packed[g:h].reshape(terms, upper),
            packed[h:i],
            packed[i:j],
            packed[j:k].reshape(leaves, active),
            packed[k : k + places + 1],
        )

    @njit(nogil=True, cache=True)
    def terms_of_groups(parts: Parts) -> np.ndarray:
        """Where each sigma group's terms start, and the last ones end, (G + 1,)."""
        return np.searchsorted(parts.terms[0], np.arange(len(parts.columns) + 1.0))
