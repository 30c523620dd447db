"""Where to trust which view: by how well a sample's neighbours in the view predict what nobody has built a walk from.

A view whose sensor failed for some samples puts them among the wrong neighbours. These neighbours predict badly, and
that can be measured without knowing the truth: the half of the features that the neighbours were not chosen by,
of this view and of all others, is the witness.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.orders import ViewWeights
from integrated_diffusion.operators import DiffusionOperator

_LEAST_ERROR = 1e-9


def local_log_errors(
    walks: Mapping[str, DiffusionOperator], targets: Mapping[str, np.ndarray], seen: np.ndarray
) -> dict[str, np.ndarray]:
    """Return half the logarithm of what each view's neighbours are wrong by, summed over the targets.

    That is the negative log-likelihood of the targets under the view's prediction, up to a constant, with Gaussian
    noise whose variance is unknown at every sample. A sample's error is the mean over its own and its neighbours'
    errors, each predicted without itself.

    Parameters
    ----------
    walks
        One walk a view, built on other features than the targets.
    targets
        What is to be predicted, `(n_samples, n_components)` each.
    seen
        One for samples whose targets may be looked at, zero for the others, `(n_samples,)`.

    Returns
    -------
    dict of str to numpy.ndarray of shape (n_samples,)
        By view.
    """
    return {name: _local_log_error(walk.affinities.directed, targets, seen) for name, walk in walks.items()}


def _local_log_error(directed: sp.csr_array, targets: Mapping[str, np.ndarray], seen: np.ndarray) -> np.ndarray:
    """By the neighbours a sample chose itself: who chose it is no word on how well it was measured."""
    A = (directed / (directed.max() or 1.0)).astype(np.float32)  # the scale of a kernel is free, but float32 holds few
    reached, around = A @ seen, A @ seen + seen
    local_log_error = np.zeros(len(seen))
    for B in targets.values():
        sums = A @ (B * seen[:, None])
        predicted = np.divide(sums, reached[:, None], out=np.zeros_like(sums), where=reached[:, None] > 0)
        error = seen * np.square(B - predicted, dtype=np.float64).sum(axis=1)
        usual = float(error.sum() / seen.sum())
        smooth = np.divide(A @ error + error, around, out=np.full(len(seen), usual), where=around > 0)
        local_log_error += 0.5 * np.log(np.maximum(smooth, _LEAST_ERROR))
    return local_log_error


def view_weights(log_errors: ViewWeights, weight_exponent: float) -> dict[str, np.ndarray]:
    """Turn doubts into weights from 0 to 1, `exp(-sharpness * (doubt - least doubt))`: one for the view trusted most.

    Parameters
    ----------
    doubted
        Doubts by view, `(n_samples,)`.
    sharpness
        How much a doubt counts; 0 trusts every view everywhere, 2 weighs by the inverse of the squared errors.
    """
    least = np.min(list(log_errors.values()), axis=0)
    return {name: np.exp(-weight_exponent * (local_log_error - least)) for name, local_log_error in log_errors.items()}
