"""Per-sample view weights: by how well a sample's neighbours in the view predict features that were left out of it.

A view whose sensor failed for some samples gives them the wrong neighbours. These neighbours predict badly, and that
can be measured without knowing the truth: by the half of the features, of this view and of all others, by which the
neighbours were not chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.orders import ViewWeights
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.embedded import measured_of

LEAST_ERROR = 1e-9
"""Squared errors below it count as this."""


def local_log_errors(
    operators: Mapping[str, DiffusionOperator],
    targets: Mapping[str, np.ndarray],
    seen: np.ndarray | Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Return half the logarithm of the squared error of each view's neighbours at each sample, summed over the targets.

    That is the negative log-likelihood of the targets under the view's prediction, up to a constant, with Gaussian
    noise whose variance is unknown at every sample. A sample's error is the mean over its own and its neighbours'
    errors, each predicted without itself.

    Parameters
    ----------
    operators : mapping of str to DiffusionOperator
        One for each view, built on other features than the targets.
    targets : mapping of str to numpy.ndarray of shape (n_samples, n_components)
        What is to be predicted.
    seen : numpy.ndarray of shape (n_samples,) or mapping of str to numpy.ndarray
        One for training samples, whose targets may be used, zero for the others; by target where these were measured
        in different samples.

    Returns
    -------
    dict of str to numpy.ndarray of shape (n_samples,)
        By view; infinite at samples that the view has not measured.
    """
    seen_of = seen if isinstance(seen, Mapping) else dict.fromkeys(targets, seen)
    found = {name: _local_log_error(P.affinities.directed, targets, seen_of) for name, P in operators.items()}
    for name, P in operators.items():
        measured = measured_of(P)
        if measured is not None:
            found[name][~measured] = np.inf
    return found


def _local_log_error(
    directed: sp.csr_array, targets: Mapping[str, np.ndarray], seen_of: Mapping[str, np.ndarray]
) -> np.ndarray:
    """By a sample's own nearest neighbours; whose neighbour it is says nothing of how well it was measured."""
    A = (directed / (directed.max() or 1.0)).astype(np.float32)  # the scale of a kernel is free, but float32 holds few
    local_log_error = np.zeros(A.shape[0])
    sums_of: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # targets of the same samples need them once
    for name, B in targets.items():
        seen = seen_of[name]
        if id(seen) not in sums_of:
            sums_of[id(seen)] = (A @ seen, A @ seen + seen)
        reached, around = sums_of[id(seen)]
        sums = A @ (B * seen[:, None])
        predicted = np.divide(sums, reached[:, None], out=np.zeros_like(sums), where=reached[:, None] > 0)
        error = seen * np.square(B - predicted, dtype=np.float64).sum(axis=1)
        usual = float(error.sum() / (seen.sum() or 1.0))
        smooth = np.divide(A @ error + error, around, out=np.full(len(seen), usual), where=around > 0)
        local_log_error += 0.5 * np.log(np.maximum(smooth, LEAST_ERROR))
    return local_log_error


def view_weights(log_errors: ViewWeights, weight_exponent: float) -> dict[str, np.ndarray]:
    """Turn local log errors into weights from 0 to 1, `exp(-exponent * (log error - least log error))`.

    The best view at a sample has weight one there.

    Parameters
    ----------
    log_errors : mapping of str to numpy.ndarray of shape (n_samples,)
        Local log errors of the views that are used; infinite where a view has not measured, where its weight is zero.
    weight_exponent : float
        0 gives every view weight one everywhere, 2 weights by the inverse of the squared errors.
    """
    least = np.min(list(log_errors.values()), axis=0)
    least = np.where(np.isfinite(least), least, 0.0)  # at a sample that none of the views has measured, all weigh zero
    return {name: np.exp(-weight_exponent * (local_log_error - least)) for name, local_log_error in log_errors.items()}


def mean_log_errors(log_errors: Iterable[ViewWeights], views: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the mean of the log errors of several splits, one at a time.

    Parameters
    ----------
    log_errors : iterable of mapping of str to numpy.ndarray of shape (n_samples,)
        Local log errors by view, of each split.
    views : sequence of str
        Views that are used.
    """
    sums, n_splits = dict.fromkeys(views, np.zeros(())), 0
    for of_split in log_errors:
        sums, n_splits = {name: total + of_split[name] for name, total in sums.items()}, n_splits + 1
    return {name: total / n_splits for name, total in sums.items()}
