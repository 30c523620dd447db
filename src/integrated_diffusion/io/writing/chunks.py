"""Chunks of dense matrices in HDF5 and zarr that are written by blocks of columns."""

from __future__ import annotations

ARRAY_ENCODING = {"encoding-type": "array", "encoding-version": "0.2.0"}
"""Attributes by which anndata recognises a dense matrix."""

CHUNK_COLUMNS = 16
"""Columns of a chunk; the blocks of `BlockedProduct` have this many columns, or a multiple of it."""


def column_chunks(shape: tuple[int, int], n_rows: int) -> tuple[int, int]:
    """Return the shape of long, narrow chunks: a block of columns fills whole chunks.

    Parameters
    ----------
    shape : tuple of int
        Shape of the matrix.
    n_rows : int
        Most rows of a chunk. Rows are divided evenly, so that the last chunk has hardly any empty rows.
    """
    n_chunks = max(1, -(-shape[0] // n_rows))
    return max(1, -(-shape[0] // n_chunks)), max(1, min(shape[1], CHUNK_COLUMNS))
