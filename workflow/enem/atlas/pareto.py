"""Shape of the tail of importance weights, without the import that ArviZ costs.

Vehtari, Simpson, Gelman, Yao & Gabry (JMLR 25(72), 2024): the largest weights follow a generalised
Pareto distribution whose shape k says whether means over the weights can be trusted.  Its estimate
is that of Zhang & Stephens (Technometrics 51, 2009), drawn towards 1/2 as if by ten more weights.
"""

import numpy as np

DRAWN_TO, AS_IF = 0.5, 10
"""The weak prior on the shape, and how many weights it counts for."""


def pareto_shape(log_weight: np.ndarray) -> float:
    """Estimate the shape k of the tail of weights.

    Parameters
    ----------
    log_weight
        Logarithms of importance weights, shape (S,), up to a constant.

    Returns
    -------
    float
        k; above 0.7 means are not to be trusted.
    """
    weight = np.sort(np.exp(log_weight - np.max(log_weight)))
    count = int(np.ceil(min(0.2 * len(weight), 3 * np.sqrt(len(weight)))))
    excess = weight[-count:] - weight[-count - 1]
    k = _shape_of_excesses(excess)
    return (count * k + AS_IF * DRAWN_TO) / (count + AS_IF)


def _shape_of_excesses(excess: np.ndarray) -> float:
    """Mean of the profile posterior of k, over a grid of k / scale; excesses ascending."""
    n = len(excess)
    quartile = excess[int(n / 4 + 0.5) - 1]
    points = 30 + int(np.sqrt(n))
    theta = 1 / excess[-1] + (1 - np.sqrt(points / (np.arange(points) + 0.5))) / (3 * quartile)
    k = np.log1p(-theta[:, None] * excess).mean(axis=1)
    profile = n * (np.log(-theta / k) - k - 1)
    share = np.exp(profile - profile.max())
    best = (theta * share).sum() / share.sum()
    return float(np.log1p(-best * excess).mean())
