"""Weighted sums of two sparse matrices, row by row with threads: what scipy gives, to the same bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.runtime.threads import map_threads

_ROWS = 2**14  # that a thread adds at a time


class Rows(NamedTuple):
    """Compressed sparse rows: places of one type whatever the matrix had, values in single or double precision."""

    starts: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, A: Any) -> Rows:
        """Return the rows of a matrix, columns in increasing order; copied only where they differ."""
        A = sp.csr_array(A)
        if not A.has_canonical_format:
            A = A.copy()
            A.sum_duplicates()
        values = A.data if A.dtype == np.float32 else A.data.astype(np.float64, copy=False)
        return cls(A.indptr.astype(np.int64, copy=False), A.indices.astype(np.int32, copy=False), values)

    def as_csr(self, shape: tuple[int, int]) -> sp.csr_array:
        """Return the matrix as scipy has it; the entries are not copied."""
        dtype = np.int32 if len(self.values) <= np.iinfo(np.int32).max else np.int64
        found = sp.csr_array((self.values, self.columns, self.starts.astype(dtype, copy=False)), shape=shape)
        found.has_canonical_format = True
        return found


def weighted_sum(
    A: sp.csr_array,
    B: sp.csr_array,
    left: np.ndarray,
    right: np.ndarray,
    diagonal: np.ndarray | None = None,
    first: int = 0,
    n_jobs: int | None = None,
) -> sp.csr_array:
    """Return `D(left) A + D(right) B` without zeros, with other values on the diagonal if any are given.

    Parameters
    ----------
    A, B : scipy.sparse.csr_array of shape (n_rows, n_columns)
        The matrices.
    left, right : numpy.ndarray of shape (n_rows,)
        Weight of each row of each of them.
    diagonal : numpy.ndarray of shape (n_rows,) or None, default None
        Values that replace those on the diagonal, kept also where they are zero.
    first : int, default 0
        Column at which the diagonal begins.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; no result depends on it.

    Returns
    -------
    scipy.sparse.csr_array of shape (n_rows, n_columns), float64, columns in increasing order
    """
    one, other = Rows.of(A), Rows.of(B)
    weights = left.astype(np.float64, copy=False), right.astype(np.float64, copy=False)
    own = np.empty(0) if diagonal is None else diagonal.astype(np.float64, copy=False)
    n_rows = A.shape[0]
    chunks = [(begin, min(begin + _ROWS, n_rows)) for begin in range(0, n_rows, _ROWS)]
    counted = Rows(np.zeros(n_rows + 1, np.int64), np.empty(0, np.int32), np.empty(0))
    map_threads(lambda rows: _add(one, other, *weights, own, first, *rows, counted), chunks, n_jobs)
    starts = np.cumsum(counted.starts)
    found = Rows(starts, np.empty(starts[-1], np.int32), np.empty(starts[-1]))
    map_threads(lambda rows: _add(one, other, *weights, own, first, *rows, found), chunks, n_jobs)
    return found.as_csr(A.shape)


def weighted_total(
    matrices: Sequence[sp.csr_array], weights: Sequence[np.ndarray], n_jobs: int | None = None
) -> sp.csr_array:
    """Return the sum of several matrices, each row by its weight, see `weighted_sum`.

    Parameters
    ----------
    matrices : sequence of scipy.sparse.csr_array of shape (n_rows, n_columns)
        At least one.
    weights : sequence of numpy.ndarray of shape (n_rows,)
        Weight of each row of each of them.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores.
    """
    total, weight = matrices[0], weights[0]
    for A, other in zip(matrices[1:], weights[1:], strict=True):
        total, weight = weighted_sum(total, A, weight, other, n_jobs=n_jobs), np.ones(len(weight))
    return total if len(matrices) > 1 else weighted_sum(total, sp.csr_array(total.shape), weight, weight, n_jobs=n_jobs)


@njit(cache=True, nogil=True)
def _add(
    A: Rows,
    B: Rows,
    left: np.ndarray,
    right: np.ndarray,
    own: np.ndarray,
    first: int,
    begin: int,
    end: int,
    found: Rows,
) -> None:
    """Merge some rows of two matrices; where there is no room for entries, count those of each row after its start."""
    filling = len(found.columns) > 0
    for i in range(begin, end):
        p, q, place = A.starts[i], B.starts[i], found.starts[i] if filling else 0
        p_end, q_end, awaits_own = A.starts[i + 1], B.starts[i + 1], len(own) > 0
        while p < p_end or q < q_end or awaits_own:
            column = first + i if awaits_own else np.iinfo(np.int32).max
            if p < p_end:
                column = min(column, A.columns[p])
            if q < q_end:
                column = min(column, B.columns[q])
            value = 0.0
            if p < p_end and A.columns[p] == column:
                value += left[i] * A.values[p]
                p += 1
            if q < q_end and B.columns[q] == column:
                value += right[i] * B.values[q]
                q += 1
            is_own = awaits_own and column == first + i
            if is_own:
                value, awaits_own = own[i], False
            if is_own or value != 0:
                if filling:
                    found.columns[place], found.values[place] = column, value
                place += 1
        if not filling:
            found.starts[i + 1] = place
