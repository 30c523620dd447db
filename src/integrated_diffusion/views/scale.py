"""Views brought to one scale, so that their distances or features can be added up."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.views.validation import View


def unit_scale(X: View) -> View:
    """Divide a view by the root of its total variance.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        A view; one without variance is returned as it is.
    """
    mean_square, variance = _total_moments(X)
    # A constant view has a variance of rounding, which would blow it up.
    return X * X.dtype.type(1 / np.sqrt(variance)) if variance > 1e-24 * mean_square else X


def _total_moments(X: View) -> tuple[float, float]:
    """Mean square and variance, summed over features, in float64."""
    if isinstance(X, np.ndarray):
        squares = np.square(X, dtype=np.float64)
        return float(squares.mean(axis=0).sum()), float(np.var(X, axis=0, dtype=np.float64).sum())
    n_samples, n_features = X.shape
    means = np.asarray(X.mean(axis=0, dtype=np.float64))
    n_zeros = n_samples - np.bincount(X.indices, minlength=n_features)
    stored = np.square(X.data - means[X.indices]).sum()
    return float(np.square(X.data, dtype=np.float64).sum()) / n_samples, float(stored + n_zeros @ means**2) / n_samples
