"""Held-out errors of all smoothers of a view: two sums for each operator that is tried, in blocks of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from integrated_diffusion.operators import Operator
from integrated_diffusion.selection.smoothers import INTEGRATED, OWN, SelectedSmoother, SmootherCandidate
from integrated_diffusion.views.validation import View

TIMES = {OWN: (1, 2, 3, 4, 6), INTEGRATED: (1, 2, 3)}
"""Diffusion times that are tried, by operator."""
KINDS = tuple((operator, t) for operator, times in TIMES.items() for t in times)
"""Every operator that is tried, with its diffusion time."""
AMOUNTS = np.linspace(0, 1, 21)
"""Amounts that are tried with each operator."""

_BLOCK = 64  # columns at once
_LEAST_COUNT = 1e-6  # is added in the logarithm of the Poisson loss, as Open Problems does


@dataclass(frozen=True, eq=False)
class Loss:
    """How far denoised values are from held-out ones, summed over a block, at every amount.

    `poisson` false: the squared error. True: Poisson loss, `mu - y log(mu + 1e-6)`.
    """

    poisson: bool = False

    def __call__(self, target: np.ndarray, measured: np.ndarray, smoothed: np.ndarray) -> np.ndarray:
        """Return the sum for each of `AMOUNTS`, `(n_amounts,)`; arrays are `(n_samples, n_columns)`, float64."""
        step = smoothed - measured
        if self.poisson:
            return _poisson(target, measured, step)
        missing = target - measured
        zeroth, first, second = np.vdot(missing, missing), np.vdot(missing, step), np.vdot(step, step)
        return np.asarray(zeroth - 2 * AMOUNTS * first + AMOUNTS**2 * second)


def _poisson(target: np.ndarray, measured: np.ndarray, step: np.ndarray) -> np.ndarray:
    counted = target != 0  # elsewhere there is no logarithm
    y, x, d = target[counted], measured[counted], step[counted]
    # The least rounding below zero would be no count.
    logs = [np.vdot(y, np.log(np.maximum(x + amount * d, 0) + _LEAST_COUNT)) for amount in AMOUNTS]
    return np.asarray(measured.sum() + AMOUNTS * step.sum() - logs)


def smoother_errors(
    operators: dict[str, Operator], measured: View, target: View, loss: Loss, columns: np.ndarray
) -> np.ndarray:
    """Return the mean error of every smoother, `(n_kinds, n_amounts)`, in the order of `KINDS` and `AMOUNTS`.

    Parameters
    ----------
    operators : dict of str to Operator
        The view's own diffusion operator and the integrated one, built without the target.
    measured : array of shape (n_samples, n_features)
        Values to denoise.
    target : array of shape (n_samples, n_features)
        What they are compared with: its noise is independent of that of the values and of the operators.
    loss : Loss
        The error.
    columns : numpy.ndarray of int, shape (n_columns,)
        Features to look at.
    """
    sums = np.zeros((len(KINDS), len(AMOUNTS)))
    for start in range(0, len(columns), _BLOCK):
        block = columns[start : start + _BLOCK]
        X, Y = _dense(measured, block), _dense(target, block)
        sums += [loss(Y, X, smoothed) for smoothed in smoothed_by_all(operators, X)]
    return sums / (measured.shape[0] * max(1, len(columns)))


def smoothed_by_all(operators: dict[str, Operator], X: np.ndarray) -> Iterator[np.ndarray]:
    """Yield `S^t X` for every operator in the order of `KINDS`; each product is taken once.

    Parameters
    ----------
    operators : dict of str to Operator
        As in `smoother_errors`.
    X : numpy.ndarray of shape (n_samples, n)
        Values to denoise.
    """
    for name, times in TIMES.items():
        smoothed, done = X, 0
        for t in times:
            while done < t:
                smoothed, done = operators[name] @ smoothed, done + 1
            yield smoothed


def _dense(X: View, columns: np.ndarray) -> np.ndarray:
    block = X[:, columns]
    return np.asarray(block if isinstance(block, np.ndarray) else block.toarray(), dtype=np.float64)


def least_error(errors: np.ndarray, by: str, halved: bool = False) -> SelectedSmoother:
    """Return the smoother of least error, and every operator at the amount that suits it best.

    Parameters
    ----------
    errors : numpy.ndarray of shape (n_kinds, n_amounts)
        From `smoother_errors`, mean over splits.
    by : str
        How the errors were found.
    halved : bool, default False
        Whether the values that were denoised had half of the counts, and so twice the variance of the noise. Least
        squares then take the amount `a = v / d`, with `v` the noise's part of the squared step `d` from the measured
        to the smoothed value; of the whole counts it is `(v / 2) / (d - v / 2) = a / (2 - a)`.
    """
    best = errors.argmin(axis=1)
    tried = [
        SmootherCandidate(operator, t, _amount(AMOUNTS[i], halved), float(row[i]))
        for (operator, t), row, i in zip(KINDS, errors, best, strict=True)
    ]
    first, *_ = ordered = sorted(tried, key=lambda candidate: candidate.error)
    as_measured = float(errors[0, 0])
    return SelectedSmoother(first.operator, first.t, first.amount, by, first.error, as_measured, tuple(ordered))


def _amount(amount: float, halved: bool) -> float:
    return round(float(amount / (2 - amount) if halved else amount), 3)
