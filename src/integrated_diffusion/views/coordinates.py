"""Coordinates that were computed before, such as principal components, recognised by columns without correlation."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.validation import View

_CHANCE = 0.1  # of the mean squared correlation that independent columns have by chance, 1 / (n_samples - 1)
_ROWS = 2**12  # that are centred at a time: they stay in the cache
MOST_COORDINATES = 500
"""Most features that coordinates have."""


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
    if sp.issparse(X) or sp.issparse(Y) or max(X.shape[1], Y.shape[1]) > MOST_COORDINATES:
        return False
    correlations = _correlations(X, Y)
    return few_correlations(correlations, X.shape[0], correlations.shape[0] if same else 0)


def few_correlations(correlations: np.ndarray, n_samples: int, n_same: int = 0) -> bool:
    """Whether columns are uncorrelated, by their correlations.

    Parameters
    ----------
    correlations : numpy.ndarray of shape (n_columns, n_others)
        Of the columns that vary.
    n_samples : int
        Number of samples.
    n_same : int, default 0
        Number of correlations that are of a column with itself.
    """
    n_pairs = correlations.size - n_same
    if n_pairs < 1:
        return False
    return (float(np.square(correlations).sum()) - n_same) / n_pairs < _CHANCE / (n_samples - 1)


def _correlations(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Correlations of the columns of one array with those of another; constant ones are left out."""
    means = [np.asarray(Z.mean(axis=0, dtype=np.float64)) for Z in (X, Y)]
    products = np.zeros((X.shape[1], Y.shape[1]))
    squares = [np.zeros(Z.shape[1]) for Z in (X, Y)]
    for start in range(0, X.shape[0], _ROWS):
        about = [np.asarray(Z[start : start + _ROWS] - mean) for Z, mean in zip((X, Y), means, strict=True)]
        products += about[0].T @ about[1]
        for total, centred in zip(squares, about, strict=True):
            total += np.einsum("ij,ij->j", centred, centred)
    first, second = (np.sqrt(total) for total in squares)
    return np.asarray(products[np.ix_(first > 0, second > 0)] / np.outer(first[first > 0], second[second > 0]))
