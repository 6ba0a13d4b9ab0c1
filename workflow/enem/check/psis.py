"""Pareto-smoothed importance sampling of many means over the same draws, compiled.

Vehtari, Simpson, Gelman, Yao & Gabry (JMLR 25(72), 2024), algorithm 1; the generalised Pareto
distribution of the largest weights is estimated as Zhang & Stephens do (Technometrics 51, 2009),
its shape drawn towards 1/2 as if by ten more weights.
"""

from math import exp, expm1, inf, isnan, log, log1p, nan, sqrt

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as

FEWEST = 5
"""Largest weights below which no distribution is fitted to them."""


def leave_out(log_density: np.ndarray, relative_efficiency: float = 1.0) -> np.ndarray:
    """Log expected density of what draws that have seen it are weighted to leave out.

    Parameters
    ----------
    log_density
        Log density of each thing given the draws and everything else, (N, S).
    relative_efficiency
        Effective draws per draw.

    Returns
    -------
    ndarray
        Log of the mean density and the Pareto shape k of its weights, (2, N).
    """
    tail = tail_length(log_density.shape[1], relative_efficiency)
    return _leave_out(np.ascontiguousarray(log_density, float), tail)


def tail_length(draws: int, relative_efficiency: float = 1.0) -> int:
    """How many of the largest weights are smoothed."""
    return int(min(0.2 * draws, 3 * sqrt(draws / relative_efficiency)))


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _leave_out(log_density: np.ndarray, tail: int) -> np.ndarray:
        found = np.empty((2, len(log_density)))
        for i in range(len(log_density)):
            found[0, i], found[1, i] = weighted(log_density[i], tail)
        return found

    @njit(nogil=True, cache=True, error_model="numpy")
    def weighted(log_density: np.ndarray, tail: int) -> tuple[float, float]:
        """Log mean density under weights of one over it, the largest smoothed, and their k.

        Weight times density is the same in every draw but for the smoothed ones.
        """
        lowest = np.min(log_density)
        draws = len(log_density)
        weight = np.partition(lowest - log_density, max(draws - tail - 1, 0))
        largest = np.sort(weight[draws - tail :])
        smooth, k = _smoothed(largest, weight[max(draws - tail - 1, 0)])
        total = ratio = 0.0
        for s in range(draws - tail):
            total += exp(weight[s])
        for j in range(tail):
            total += exp(smooth[j])
            ratio += exp(smooth[j] - largest[j])
        return lowest + log((draws - tail + ratio) / total), k

    @njit(nogil=True, cache=True, error_model="numpy")
    def _smoothed(largest: np.ndarray, cut: float) -> tuple[np.ndarray, float]:
        """Expected order statistics of the largest log weights, at most 0, and k.

        Parameters
        ----------
        largest
            Ascending, the last of them 0.
        cut
            The largest of the other log weights.
        """
        tail = len(largest)
        if tail < FEWEST:
            return largest, inf
        if largest[0] == largest[-1]:
            # nothing to smooth: the largest weights are one weight
            return largest, -inf
        floor = exp(cut)
        k, scale = _pareto(np.exp(largest) - floor)
        if not scale > 0 or not k < inf:
            return largest, k
        smooth = np.empty(tail)
        for j in range(tail):
            rest = log1p(-(j + 0.5) / tail)
            # the limit as k goes to 0
            quantile = -scale * rest if abs(k) < 1e-12 else scale * expm1(-k * rest) / k
            smooth[j] = min(log(floor + quantile), 0.0)
        return smooth, k

    @njit(nogil=True, cache=True, error_model="numpy")
    def _pareto(excess: np.ndarray) -> tuple[float, float]:
        """Shape and scale of a generalised Pareto distribution; excesses ascending."""
        n = len(excess)
        quartile = excess[int(n / 4 + 0.5) - 1]
        if not quartile > excess[0]:
            return inf, nan
        points = 30 + int(sqrt(n))
        theta, profile = np.empty(points), np.empty(points)
        for i in range(points):
            theta[i] = 1 / excess[-1] + (1 - sqrt(points / (i + 0.5))) / (3 * quartile)
            k = _mean_log(theta[i], excess)
            profile[i] = n * (log(-theta[i] / k) - k - 1)
        share = np.exp(profile - np.max(profile))
        best = np.sum(theta * share) / np.sum(share)
        k = _mean_log(best, excess)
        scale = -k / best
        k = (n * k + 5) / (n + 10)
        return (inf, nan) if isnan(k) else (k, scale)

    @njit(nogil=True, cache=True, error_model="numpy")
    def _mean_log(theta: float, excess: np.ndarray) -> float:
        total = 0.0
        for value in excess:
            total += log1p(-theta * value)
        return total / len(excess)
