"""Fixed signs: components are determined up to a sign, and the same data must give the same picture."""

from __future__ import annotations

import numpy as np


def fix_signs(coordinates: np.ndarray) -> np.ndarray:
    """Multiply every column by 1 or -1 so that its entry of largest magnitude is positive.

    Parameters
    ----------
    coordinates : numpy.ndarray of shape (n_samples, n_components)
        Components as columns.
    """
    largest = np.abs(coordinates).argmax(axis=0)
    signs = np.sign(coordinates[largest, np.arange(coordinates.shape[1])])
    return np.asarray(coordinates * np.where(signs == 0, 1, signs))
