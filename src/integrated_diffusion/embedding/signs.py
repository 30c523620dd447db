"""Coordinates are found up to a sign; this fixes it, so that the same data give the same picture."""

from __future__ import annotations

import numpy as np


def fix_signs(coordinates: np.ndarray) -> np.ndarray:
    """Turn every column so that its entry of largest magnitude is positive.

    Parameters
    ----------
    coordinates
        Shape `(n_samples, n_components)`.
    """
    largest = np.abs(coordinates).argmax(axis=0)
    signs = np.sign(coordinates[largest, np.arange(coordinates.shape[1])])
    return np.asarray(coordinates * np.where(signs == 0, 1, signs))
