"""The one array of numbers that compiled functions read, in its parts."""

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as

HEAD = 12
"""Numbers at the head of packed data: see `unpack`."""


def outcomes_of(packed: np.ndarray) -> int:
    """How many outcomes packed data hold."""
    return int(packed[11])


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True)
    def unpack(packed: np.ndarray) -> tuple:
        """Give the parts of packed data their shapes.

        The head: length, G sigmas, K scales, P coefficients, C of them common ones (the last),
        pairs, leaves and municipalities of the second table, index of the leaves' scale and of
        the municipalities' (-1: absent), constant of the log likelihood, m outcomes.

        Shapes are those of one outcome.  Of several, what holds scores has m numbers, squares m m,
        in place of one: products are (G, P m), squares of pairs the last m m of 4 + m m rows.

        Returns
        -------
        tuple
            Priors and coordinates (5, D): G m sigmas, K m scales, and m (m - 1) / 2 partial
            correlations of errors and of each level; column's scale (P,), -1 for a known sd; that
            sd (P,); degrees of freedom, sum of squares (G,), products (G, P), matrices (G, U)
            within leaves, U = P (P + 1) / 2; of pairs: sigma, size, whether alone in their
            municipality, count, squares (5, pairs), products (pairs, P), matrices (pairs, U); of
            leaves that share a municipality: pair, mean (leaves,), columns (leaves, P); where each
            municipality starts (municipalities + 1,).
        """
        groups, scales, size = int(packed[1]), int(packed[2]), int(packed[3])
        pairs, leaves, places = int(packed[5]), int(packed[6]), int(packed[7])
        m = int(packed[11])
        upper, wide, square = size * (size + 1) // 2, size * m, m * m
        correlated = 1 + int(packed[8] >= 0) + int(packed[9] >= 0)
        free = (groups + scales) * m + correlated * (m * (m - 1) // 2)
        at = HEAD
        coordinates, at = packed[at : at + 5 * free].reshape(5, free), at + 5 * free
        column_scale, at = packed[at : at + size], at + size
        column_sd, at = packed[at : at + size], at + size
        freedom, at = packed[at : at + groups], at + groups
        squares, at = packed[at : at + groups * square], at + groups * square
        products, at = packed[at : at + groups * wide].reshape(groups, wide), at + groups * wide
        matrices, at = packed[at : at + groups * upper].reshape(groups, upper), at + groups * upper
        rows = 4 + square
        of_pairs, at = packed[at : at + rows * pairs].reshape(rows, pairs), at + rows * pairs
        pair_h, at = packed[at : at + pairs * wide].reshape(pairs, wide), at + pairs * wide
        pair_s, at = packed[at : at + pairs * upper].reshape(pairs, upper), at + pairs * upper
        leaf_pair, at = packed[at : at + leaves], at + leaves
        leaf_y, at = packed[at : at + leaves * m], at + leaves * m
        leaf_x, at = packed[at : at + leaves * size].reshape(leaves, size), at + leaves * size
        starts = packed[at : at + places + 1]
        return (
            coordinates,
            column_scale,
            column_sd,
            freedom,
            squares,
            products,
            matrices,
            of_pairs,
            pair_h,
            pair_s,
            leaf_pair,
            leaf_y,
            leaf_x,
            starts,
        )
