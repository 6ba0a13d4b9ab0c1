"""Mean, sd and interval of draws, under the names of the tables."""

import numpy as np

STATISTICS = ("mean", "sd", "interval_low", "interval_high")


def describe(draws: np.ndarray, mass: float) -> dict[str, float]:
    """Mean, sd and equal-tailed interval of draws, shape (draws,)."""
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2])
    values = (draws.mean(), draws.std(ddof=1), low, high)
    return dict(zip(STATISTICS, map(float, values), strict=True))


def alone(value: float) -> dict[str, float]:
    """One number, such as a probability, that has no sd or interval of its own."""
    return {**dict.fromkeys(STATISTICS, np.nan), "mean": float(value)}
