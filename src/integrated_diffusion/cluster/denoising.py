"""Operators applied to chosen columns of a dask array, some columns at a time."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np

from integrated_diffusion.operators import Operator

COLUMNS_AT_ONCE = 64
"""Columns that are denoised together."""


def denoised(operator: Operator, values: Any, columns: np.ndarray) -> Any:
    """Return an operator times some columns of a dask array, computed some columns at a time when it is needed.

    Parameters
    ----------
    operator : Operator
        On a cluster.
    values : dask.array.Array of shape (n_samples, n_features)
        Dense or sparse in each chunk.
    columns : numpy.ndarray of shape (n_columns,)
        Numbers of the columns.
    """
    groups = []
    for start in range(0, len(columns), COLUMNS_AT_ONCE):
        some = columns[start : start + COLUMNS_AT_ONCE]
        chosen = values.map_blocks(
            dense_columns,
            some,
            dtype=values.dtype,
            chunks=(values.chunks[0], (len(some),)),
            meta=np.empty((0, 0), values.dtype),
        )
        groups.append(operator @ chosen)
    return da.concatenate(groups, axis=1)


def dense_columns(chunk: Any, columns: np.ndarray) -> np.ndarray:
    """Return some columns of a chunk as a dense array."""
    found = chunk[:, columns]
    return found if isinstance(found, np.ndarray) else found.toarray()
