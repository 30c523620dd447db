"""Points of an embedding, checked."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_points(values: Any, name: str) -> np.ndarray:
    """Return points as a dense array, `(n_samples, n_dimensions)`; raise `TypeError` or `ValueError` for others."""
    points = np.asarray(values)
    if points.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected a dense array of numbers, found {points.dtype}; convert it to float first")
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(
            f"{name}: expected a two-dimensional array (samples x coordinates), found shape {points.shape}; "
            "reshape it, one row a sample"
        )
    n_bad = int(np.count_nonzero(~np.isfinite(points)))
    if n_bad:
        raise ValueError(f"{name}: expected finite numbers, found {n_bad} NaN or infinite; remove or impute them")
    return points.astype(points.dtype if points.dtype in (np.float32, np.float64) else np.float64, copy=False)
