"""A symmetric kernel in the row order in which a workspace multiplies it with blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators.row_order import RowOrder


@dataclass(frozen=True, eq=False)
class Matrix:
    """A sparse matrix with rows and columns in some order of the samples.

    Attributes
    ----------
    order : RowOrder or None
        Order of the rows and the columns; `None` is the order of the samples.
    starts, columns : numpy.ndarray
        Compressed sparse rows. The entries of a row keep the order of the samples, whatever the order of the rows: so
        its sum is rounded the same.
    values : numpy.ndarray of shape (n_entries,), float64
        The entries.
    """

    order: RowOrder | None
    starts: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    @staticmethod
    def of(K: sp.csr_array) -> Matrix:
        """Return a matrix of scipy, in the order of the samples; nothing is copied."""
        return Matrix(None, K.indptr, K.indices.astype(np.int32, copy=False), K.data)

    def as_csr(self) -> sp.csr_array:
        """Return the matrix as scipy has it, rows and columns in its order; nothing is copied."""
        n = len(self.starts) - 1
        return sp.csr_array((self.values, self.columns, self.starts), shape=(n, n))
