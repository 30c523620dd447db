"""What is held out of batches, and what is left of a half of the features to predict once batches are centred."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.views.reduction import pca
from integrated_diffusion.views.validation import View

_LEAST_TRAINING = 2  # samples of a batch that are never held out, so that they vary


def hidden_within(codes: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the samples to hold out, the same share of every batch and at least one, increasing.

    Parameters
    ----------
    codes : numpy.ndarray of int, shape (n_samples,)
        Batch of every sample.
    share : float
        Share of the samples to hold out.
    rng : numpy.random.Generator
        Source of the draws.
    """
    hidden = []
    for batch in np.unique(codes):
        members = np.flatnonzero(codes == batch)
        n_hidden = min(max(1, round(share * len(members))), len(members) - _LEAST_TRAINING)
        hidden.append(rng.choice(members, size=max(n_hidden, 0), replace=False))
    return np.sort(np.concatenate(hidden))


def centred_within(X: np.ndarray, codes: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Subtract from each sample the mean of the training samples of its batch.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_samples, n_features)
        Values.
    codes : numpy.ndarray of int, shape (n_samples,)
        Batch of every sample.
    seen : numpy.ndarray of bool, shape (n_samples,)
        Which are training samples.
    """
    centred = np.array(X, dtype=np.float64)
    for batch in np.unique(codes):
        here = codes == batch
        if (here & seen).any():
            centred[here] -= centred[here & seen].mean(axis=0)
    return centred


def components_within(half: View, n_targets: int, codes: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return leading principal components of what varies within batches, `(n_samples, n_targets)`.

    The means of `B` batches span `B - 1` directions; as many more components are taken before the batches are centred,
    so that a sparse half is never made dense.

    Parameters
    ----------
    half : array of shape (n_samples, n_features)
        Features to predict.
    n_targets : int
        Number of components.
    codes, seen : numpy.ndarray of shape (n_samples,)
        As in `centred_within`.
    """
    scores = np.asarray(pca(half, n_targets + len(np.unique(codes)) - 1), dtype=np.float64)
    return np.asarray(pca(centred_within(scores, codes, seen), n_targets), dtype=np.float64)
