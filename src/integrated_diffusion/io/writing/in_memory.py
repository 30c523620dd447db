"""Blocks of columns to one matrix in memory, dense or sparse."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.writing.sparse_h5ad import without_small
from integrated_diffusion.views.checks import check_positive
from integrated_diffusion.views.validation import View


def gathered(
    blocks: Iterable[tuple[slice, np.ndarray]], shape: tuple[int, int], threshold: float | None = None
) -> View:
    """Return blocks of columns as one matrix.

    Parameters
    ----------
    blocks : iterable of (slice, numpy.ndarray)
        Columns and their values `(n_samples, n_columns)`, from the first column to the last.
    shape : tuple of int
        Shape of the whole matrix.
    threshold : float or None, default None
        Values whose absolute value is smaller are left out and the result is sparse; dense unless given.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array of shape `shape`, float32

    Raises
    ------
    ValueError
        If the threshold is not a finite number above zero.
    """
    if threshold is not None:
        check_positive(threshold, "threshold")
        parts = [without_small(block, threshold) for _, block in blocks]
        return sp.csr_array(sp.hstack(parts, format="csc"))
    whole = np.empty(shape, dtype=np.float32)
    for place, block in blocks:
        whole[:, place] = block
    return whole
