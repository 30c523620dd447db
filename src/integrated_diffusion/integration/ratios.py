"""Whole steps in the ratio of the views' diffusion times."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import numpy as np

from integrated_diffusion.views.checks import check_count


def reduce_steps(times: Sequence[int], tolerance: float = 0.0) -> tuple[int, ...]:
    """Reduce diffusion times to the smallest whole numbers of steps in nearly the same ratio.

    Parameters
    ----------
    times : sequence of int
        Diffusion time of each view, at least one each.
    tolerance : float, default 0.0
        Relative error allowed in the ratio of any two views, whichever way it is written; 0 divides by the greatest
        common divisor.

    Returns
    -------
    tuple of int
        The integers with the smallest largest entry; among those the closest ratio, then the fewest steps.

    Raises
    ------
    TypeError, ValueError
        If a time is not a whole number above zero, or the tolerance is negative.

    Examples
    --------
    >>> reduce_steps((16, 20)), reduce_steps((27, 18)), reduce_steps((27, 19), tolerance=0.1)
    ((4, 5), (3, 2), (3, 2))
    """
    _check_times(times)
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise ValueError(f"tolerance: expected a finite number of at least 0, found {tolerance}; 0.1 allows 10 %")
    allowed = 1 + Fraction(tolerance).limit_denominator(10**6)
    for largest in range(1, max(times) + 1):
        found = [steps for steps in _candidates(times, largest) if _distortion(steps, times) <= allowed]
        if found:
            return min(found, key=lambda steps: (_distortion(steps, times), sum(steps)))
    return tuple(times)


def ceil_steps(times: Sequence[int]) -> tuple[int, ...]:
    """Reduce steps as the authors' script does: `ceil(t_i / min t)`.

    Parameters
    ----------
    times : sequence of int
        Diffusion time of each view, at least one each.

    Examples
    --------
    >>> ceil_steps((27, 19))
    (2, 1)
    """
    _check_times(times)
    return tuple(ceil(Fraction(int(t), int(min(times)))) for t in times)


def _check_times(times: Sequence[int]) -> None:
    if len(times) == 0:
        raise ValueError("times: expected the steps of at least one view, found none; pass one number a view")
    for time in times:
        check_count(time, "times")


def _candidates(times: Sequence[int], largest: int) -> set[tuple[int, ...]]:
    """Whole steps with this largest entry: for each scale that one view fixes, the least that are not below it."""
    found = set()
    for fixed in times:
        for entry in range(1, largest + 1):
            steps = tuple(max(1, -(-int(t) * entry // int(fixed))) for t in times)
            if max(steps) == largest:
                found.add(steps)
    return found


def _distortion(steps: Sequence[int], times: Sequence[int]) -> Fraction:
    """The factor by which the ratio of some two views is off, at least one."""
    scales = [Fraction(int(a), int(t)) for a, t in zip(steps, times, strict=True)]
    return max(scales) / min(scales)
