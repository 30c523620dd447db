"""A walk applied to a large matrix, block by block of columns, so that no more than one block is ever dense."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators import Operator
from integrated_diffusion.progress import Progress, silent
from integrated_diffusion.validation import View

BLOCK_BYTES = 16 * 2**20
"""Size of a block: what fits into the processor's caches is done twice as fast as what does not."""


def applied_in_blocks(
    walk: Operator, X: View, columns: np.ndarray, progress: Progress = silent
) -> Iterator[tuple[slice, np.ndarray]]:
    """Apply a walk to chosen columns, block by block.

    Parameters
    ----------
    walk
        What is applied.
    X
        Values, `(n_samples, n_features)`, dense or sparse; float32 stays float32.
    columns
        Which of its columns, by number, `(n_columns,)`.
    progress
        Is told how many columns are done.

    Yields
    ------
    place : slice
        Columns of the result.
    block : numpy.ndarray of shape (n_samples, n_block)
        Their values.
    """
    size = max(1, BLOCK_BYTES // (X.shape[0] * X.dtype.itemsize))
    many = len(columns) > size  # one block alone is not worth a second copy of all values
    by_column = sp.csc_array(X) if sp.issparse(X) and many else X
    for start in range(0, len(columns), size):
        progress("denoising", start, len(columns))
        block = by_column[:, columns[start : start + size]]
        dense = block if isinstance(block, np.ndarray) else block.toarray()
        yield slice(start, min(start + size, len(columns))), walk @ dense
