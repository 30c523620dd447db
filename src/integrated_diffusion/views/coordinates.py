"""Coordinates that were computed before, such as principal components, recognised by columns without correlation."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.validation import View

_CHANCE = 0.1  # of the mean squared correlation that independent columns have by chance, 1 / (n_samples - 1)
_MOST_COORDINATES = 500


def are_coordinates(X: View) -> bool:
    """Whether the columns of a view are uncorrelated, as only computed coordinates are.

    Independent columns have a mean squared correlation of `1 / (n_samples - 1)` by chance; less than a tenth of that
    counts as no correlation. Sparse views and views of more than 500 features are never coordinates.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values.
    """
    return X.shape[1] >= 2 and are_uncorrelated(X, X, same=True)


def are_uncorrelated(X: View, Y: View, same: bool = False) -> bool:
    """Whether the columns of one array are uncorrelated with those of another, as only computed coordinates are.

    Parameters
    ----------
    X, Y : array of shape (n_samples, n_features)
        Values of the same samples.
    same : bool, default False
        Whether `Y` is `X`: the correlation of each column with itself is then left out.
    """
    if sp.issparse(X) or sp.issparse(Y) or max(X.shape[1], Y.shape[1]) > _MOST_COORDINATES:
        return False
    first, second = _unit_columns(X), _unit_columns(Y)
    n_same = first.shape[1] if same else 0
    n_pairs = first.shape[1] * second.shape[1] - n_same
    if n_pairs < 1:
        return False
    squared = float(np.square(first.T @ second).sum()) - n_same
    return squared / n_pairs < _CHANCE / (X.shape[0] - 1)


def _unit_columns(X: np.ndarray) -> np.ndarray:
    """Centred columns of length one; constant ones are left out."""
    centred = np.asarray(X, dtype=np.float64) - X.mean(axis=0, dtype=np.float64)
    lengths = np.linalg.norm(centred, axis=0)
    return np.asarray(centred[:, lengths > 0] / lengths[lengths > 0])
