"""A sparse matrix in the row order and the precision in which a workspace multiplies it with blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators.row_order import RowOrder


@dataclass(frozen=True, eq=False)
class Pattern:
    """The positions of the entries of a sparse matrix, with rows and columns in some order of the samples.

    Attributes
    ----------
    order : RowOrder or None
        Order of the rows and the columns; `None` is the order of the samples.
    starts, columns : numpy.ndarray
        Compressed sparse rows. The entries of a row keep the order of the samples, whatever the order of the rows: so
        its sum is rounded the same.
    """

    order: RowOrder | None
    starts: np.ndarray
    columns: np.ndarray


@dataclass(frozen=True, eq=False)
class Matrix:
    """A sparse matrix in one order of its rows and in one precision.

    Attributes
    ----------
    pattern : Pattern
        The positions of its entries.
    values : numpy.ndarray of shape (n_entries,)
        The entries.
    """

    pattern: Pattern
    values: np.ndarray

    def as_csr(self) -> sp.csr_array:
        """Return the matrix as scipy has it, rows and columns in the order of the pattern; nothing is copied."""
        n = len(self.pattern.starts) - 1
        return sp.csr_array((self.values, self.pattern.columns, self.pattern.starts), shape=(n, n))
