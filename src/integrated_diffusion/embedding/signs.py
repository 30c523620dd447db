"""Fixed signs: components are determined up to a sign, and the same data must give the same picture."""

from __future__ import annotations

import numpy as np


def fix_signs(coordinates: np.ndarray) -> np.ndarray:
    """Multiply every column by 1 or -1 so that its entry of largest magnitude is positive; also a dask array's.

    Parameters
    ----------
    coordinates : numpy.ndarray of shape (n_samples, n_components)
        Components as columns.
    """
    largest, smallest = np.asarray(coordinates.max(axis=0)), np.asarray(coordinates.min(axis=0))
    return coordinates * np.where(largest >= -smallest, 1.0, -1.0)
