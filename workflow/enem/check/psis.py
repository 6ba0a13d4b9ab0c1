"""Pareto-smoothed importance sampling of many means over the same draws, compiled.

Vehtari, Simpson, Gelman, Yao & Gabry (JMLR 25(72), 2024), algorithm 1; the generalised Pareto
distribution of the largest weights is estimated as Zhang & Stephens do (Technometrics 51, 2009),
its shape drawn towards 1/2 as if by ten more weights.
"""

from math import exp, expm1, inf, isnan, log, log1p, nan, sqrt

import numpy as np
from numba import njit

from enem.fit.machine_code import kept_as_long_as


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
    draws = log_density.shape[1]
    tail = int(min(0.2 * draws, 3 * sqrt(draws / relative_efficiency)))
    return _smoothed(np.ascontiguousarray(log_density, float), tail)


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _smoothed(log_density: np.ndarray, tail: int) -> np.ndarray:
        count, draws = log_density.shape
        found, weight = np.empty((2, count)), np.empty(draws)
        for i in range(count):
            highest = -np.min(log_density[i])
            for s in range(draws):
                weight[s] = -log_density[i, s] - highest
            order = np.argsort(weight)
            found[1, i] = _smooth_tail(weight, order, tail)
            total = weighted = 0.0
            reference = np.max(log_density[i])
            for s in range(draws):
                w = exp(weight[s])
                total += w
                weighted += w * exp(log_density[i, s] - reference)
            found[0, i] = reference + log(weighted / total)
        return found

    @njit(nogil=True, cache=True, error_model="numpy")
    def _smooth_tail(weight: np.ndarray, order: np.ndarray, tail: int) -> float:
        """Replace the largest log weights, at most 0, by expected order statistics; return k."""
        draws = len(weight)
        if tail < 5 or tail >= draws:
            return inf
        lowest = weight[order[draws - tail - 1]]
        if weight[order[draws - tail]] == weight[order[draws - 1]]:
            # nothing to smooth: the largest weights are one weight
            return -inf
        floor = exp(lowest)
        excess = np.empty(tail)
        for j in range(tail):
            excess[j] = exp(weight[order[draws - tail + j]]) - floor
        k, scale = _pareto(excess)
        if not scale > 0:
            return k
        for j in range(tail):
            rest = log1p(-(j + 0.5) / tail)
            # the limit as k goes to 0
            quantile = -scale * rest if abs(k) < 1e-12 else scale * expm1(-k * rest) / k
            weight[order[draws - tail + j]] = min(log(floor + quantile), 0.0)
        return k

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
