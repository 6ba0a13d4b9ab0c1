"""Mean, sd and interval of draws, under the names of the tables."""

from typing import Any

import numpy as np

STATISTICS = ("mean", "sd", "interval_low", "interval_high")


def describe(draws: np.ndarray, mass: float) -> dict[str, Any]:
    """Mean, sd and equal-tailed interval over the first axis of draws."""
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2], axis=0)
    values = (draws.mean(axis=0), draws.std(axis=0, ddof=1), low, high)
    return dict(zip(STATISTICS, values, strict=True))


def alone(value: float) -> dict[str, float]:
    """One number, such as a probability, that has no sd or interval of its own."""
    return {**dict.fromkeys(STATISTICS, np.nan), "mean": float(value)}
