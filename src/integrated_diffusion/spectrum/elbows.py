"""Elbows of a spectral entropy curve: the diffusion time up to which a view carries signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

ElbowRule: TypeAlias = Callable[[np.ndarray], int]
"""From the values at `t = 1, 2, ...` to the elbow's `t`."""


ROUNDING = 1e-12  # a decrease smaller than this share of the entropy counts as none
LONGEST = 5_000  # diffusion time after which no elbow is sought


def elbow_marginal_decrease(value: np.ndarray, fraction: float = 1 / 3) -> int:
    """Elbow: the first step whose successor removes less than a third of what a step removed on average so far.

    It depends on earlier times only, so a longer curve has the same elbow. Without such a step the elbow is the end.

    Parameters
    ----------
    value : numpy.ndarray of shape (t_max,)
        Entropies at `t = 1, 2, ...`.
    fraction : float, default 1/3
        Largest decrease at the elbow, relative to the mean decrease so far.
    """
    fall = -np.diff(value)
    fall[np.abs(fall) < ROUNDING * value[0]] = 0
    mean_fall = np.cumsum(fall) / np.arange(1, len(value))
    flat = np.flatnonzero(fall <= fraction * mean_fall)
    return int(flat[0]) + 1 if len(flat) else len(value)


def elbow_two_segment(value: np.ndarray) -> int:
    """Elbow as the authors' script finds it: the breakpoint of the best two straight lines. It depends on `t_max`.

    Parameters
    ----------
    value : numpy.ndarray of shape (t_max,)
        Entropies at `t = 1, 2, ...`, at least three.
    """
    t = np.arange(1, len(value) + 1, dtype=np.float64)
    left = _line_errors(t, value)
    right = _line_errors(-t[::-1], value[::-1])[::-1]
    return int(np.argmin(left[1:-1] + right[1:-1])) + 2 if len(value) > 2 else len(value)


def _line_errors(t: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Squared error of the best line through the first 1, 2, ... points, from running sums."""
    n = np.arange(1, len(t) + 1)
    value = value - value[0]
    t = t - t[0]
    x, y, xx, xy, yy = (np.cumsum(v) for v in (t, value, t * t, t * value, value * value))
    var_x, cov, var_y = xx - x * x / n, xy - x * y / n, yy - y * y / n
    slope = cov / np.where(var_x > 0, var_x, 1)
    return np.asarray(np.maximum(var_y - slope * cov, 0))
