"""Spectral entropy: how many steps of a walk remove noise, and where further steps only remove signal.

`S(P, t) = -sum_i p_i log p_i` with `p_i = |l_i|^t / sum_j |l_j|^t` (paper, eq. 6) falls fast while the many small
eigenvalues of noise die out and slowly afterwards; the elbow between the two is the view's own number of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TypeAlias

import numpy as np

from integrated_diffusion.spectrum import Spectrum
from integrated_diffusion.validation import check_count

ElbowRule: TypeAlias = Callable[[np.ndarray], int]
"""From the values at `t = 1, 2, ...` to the elbow's `t`."""


_LONGEST = 5_000  # steps after which no elbow is looked for
_ROUNDING = 1e-12  # a fall smaller than this share of the entropy is none


@dataclass(frozen=True, eq=False)
class EntropyCurve:
    """Spectral entropy of a walk against its number of steps.

    Attributes
    ----------
    t
        Steps `1, 2, ..., t_max`, shape `(t_max,)`.
    value
        Entropy in nats, same shape, not increasing.
    stderr
        Standard error of `value` from the probes of the quadrature, same shape; zero where the spectrum was exact.
    elbow
        The step after which further steps remove little; it may lie beyond `t_max`.
    """

    t: np.ndarray
    value: np.ndarray
    stderr: np.ndarray
    elbow: int

    def __repr__(self) -> str:
        fall = f"from {self.value[0]:.2f} to {self.value[-1]:.2f} nats"
        return f"EntropyCurve(elbow={self.elbow}, {fall}, t_max={len(self.t)})"


def marginal_fall(value: np.ndarray, fraction: float = 1 / 3) -> int:
    """Elbow: the first step whose successor removes less than a third of what a step removed on average so far.

    It looks back only, so a longer curve has the same elbow. If the curve does not get there, its end.

    Parameters
    ----------
    value
        Entropies at `t = 1, 2, ...`, shape `(t_max,)`.
    fraction
        How small the fall must be against the mean fall so far.
    """
    fall = -np.diff(value)
    fall[np.abs(fall) < _ROUNDING * value[0]] = 0
    mean_fall = np.cumsum(fall) / np.arange(1, len(value))
    flat = np.flatnonzero(fall <= fraction * mean_fall)
    return int(flat[0]) + 1 if len(flat) else len(value)


def two_line_fit(value: np.ndarray) -> int:
    """Elbow as the authors' script finds it: the breakpoint of the best two straight lines. It depends on `t_max`.

    Parameters
    ----------
    value
        Entropies at `t = 1, 2, ...`, shape `(t_max,)`, at least three.
    """
    t = np.arange(1, len(value) + 1, dtype=np.float64)
    left = _line_errors(t, value)
    right = _line_errors(-t[::-1], value[::-1])[::-1]
    return int(np.argmin(left[1:-1] + right[1:-1])) + 2 if len(value) > 2 else len(value)


def entropy_curve(spectrum: Spectrum, t_max: int = 100, elbow: ElbowRule = marginal_fall) -> EntropyCurve:
    """Return the spectral entropy for every number of steps at once (paper, eq. 6).

    Parameters
    ----------
    spectrum
        Of one view's walk (`eigenvalues`) or of any (`singular_values`).
    t_max
        Largest number of steps of the curve.
    elbow
        Rule that finds the elbow. Where it runs into the end of the curve, it is shown a longer one.

    Returns
    -------
    EntropyCurve

    Examples
    --------
    >>> curve = entropy_curve(Spectrum.of(np.array([1.0, 0.5])), t_max=3)
    >>> curve.value.round(3).tolist()
    [0.637, 0.5, 0.349]
    """
    check_count(t_max, "t_max", least=2)
    logs = _logarithms(spectrum)
    pairs = [_moments(logs, t) for t in range(1, t_max + 1)]
    value = _values(pairs)
    stderr = np.array([_jackknife(Z, W) for Z, W in pairs])
    found, longer = elbow(value), value
    while found == len(longer) < _LONGEST:
        further = [_moments(logs, t) for t in range(len(longer) + 1, 2 * len(longer) + 1)]
        longer = np.append(longer, _values(further))
        found = elbow(longer)
    return EntropyCurve(np.arange(1, t_max + 1), value, stderr, found)


def reduce_steps(times: Sequence[int], tolerance: float = 0.0) -> tuple[int, ...]:
    """Reduce steps to the smallest whole ones in nearly the same ratio.

    Parameters
    ----------
    times
        Steps of each view, at least one each.
    tolerance
        Relative error allowed in the ratio of any two views, whichever way it is written; 0 divides by the greatest
        common divisor.

    Returns
    -------
    tuple of int
        The integers with the smallest largest entry; among those the closest ratio, then the shortest walk.

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
    times
        Steps of each view, at least one each.

    Examples
    --------
    >>> ceil_steps((27, 19))
    (2, 1)
    """
    _check_times(times)
    return tuple(ceil(Fraction(int(t), int(min(times)))) for t in times)


def _logarithms(spectrum: Spectrum) -> Spectrum:
    """The same spectrum with `log(s_i / s_max)` in place of its values."""
    largest = spectrum.largest

    def log(values: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(values / largest, 1e-300))

    return replace(spectrum, nodes=log(spectrum.nodes), probe_nodes=log(spectrum.probe_nodes))


def _moments(logs: Spectrum, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of `m` and of `m log m` over the spectrum, `m = (s_i / s_max)^t`, each as every probe sees it."""
    return logs.sums(lambda log: np.exp(t * log)), logs.sums(lambda log: np.exp(t * log) * (t * log))


def _values(pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    return np.maximum([_entropy(Z.mean(), W.mean()) for Z, W in pairs], 0.0)


def _entropy(Z: np.ndarray | float, W: np.ndarray | float) -> np.ndarray:
    """`-sum p log p` for `p = m / Z` is `log Z - (sum m log m) / Z`."""
    return np.asarray(np.log(Z) - W / Z)


def _jackknife(Z: np.ndarray, W: np.ndarray) -> float:
    """Standard error of the entropy, leaving out one probe at a time."""
    n = len(Z)
    if n < 2:
        return 0.0
    without = _entropy((Z.sum() - Z) / (n - 1), (W.sum() - W) / (n - 1))
    return float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))


def _line_errors(t: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Squared error of the best line through the first 1, 2, ... points, from running sums."""
    n = np.arange(1, len(t) + 1)
    value = value - value[0]
    t = t - t[0]
    x, y, xx, xy, yy = (np.cumsum(v) for v in (t, value, t * t, t * value, value * value))
    var_x, cov, var_y = xx - x * x / n, xy - x * y / n, yy - y * y / n
    slope = cov / np.where(var_x > 0, var_x, 1)
    return np.asarray(np.maximum(var_y - slope * cov, 0))


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
