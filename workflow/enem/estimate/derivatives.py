"""Derivatives of analytic log densities by complex steps."""

from collections.abc import Callable

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


def gradient(function: Function, point: np.ndarray) -> np.ndarray:
    """Gradient at points of shape (..., P), exact to rounding.

    Notes
    -----
    Im f(x + ih) / h: Squire & Trapp, SIAM Review 40 (1998) 110-112.  No difference is taken, so
    h can be tiny.
    """
    step = 1e-30
    directions = 1j * step * np.eye(point.shape[-1])
    return function(point[..., None, :] + directions).imag / step


def hessian(
    function: Function, point: np.ndarray, scale: np.ndarray, central: bool = True
) -> np.ndarray:
    """Hessian at one point of shape (P,) by differences of the complex-step gradient.

    Parameters
    ----------
    function
        Analytic function of vectors.
    point
        Where, shape (P,).
    scale
        Length over which the function changes, per coordinate; the step is 1e-4 of it.
    central
        Else differences are one-sided, in half the time: enough to choose a Newton step by.
    """
    steps = np.diag(1e-4 * scale)
    before = point - steps if central else point
    rise = gradient(function, point + steps) - gradient(function, before)
    matrix = rise / ((2e-4 if central else 1e-4) * scale)[:, None]
    return (matrix + matrix.T) / 2
