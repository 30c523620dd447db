"""Mutual information by binning: every column is cut into at most 256 bins, every pair counted in a small table.

The plug-in estimate `sum_ij p_ij log(p_ij / (p_i p_j))` of independent columns is not zero but about
`(b - 1)^2 / (2 n)`, which is one reason why every score here comes with its permutation null.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from integrated_diffusion.views.checks import check_count

MAX_BINS = 256
"""Bin numbers are stored in one byte."""


@dataclass(frozen=True)
class EqualWidth:
    """Plug-in mutual information, each column cut into bins of equal width from its smallest to its largest value.

    Parameters
    ----------
    n_bins : int, default 10
        Number of bins of each column, 2 to 256. A bin includes its left edge, the last one both edges, as in
        `numpy.histogram`.

    Raises
    ------
    TypeError, ValueError
        If there is no such number of bins.

    Examples
    --------
    >>> binned = EqualWidth(n_bins=2).prepare(np.array([[0.0, 0.4, 0.5, 1.0]]))
    >>> binned.tolist()
    [[0, 0, 1, 1]]
    """

    n_bins: int = 10

    def __post_init__(self) -> None:
        _check_bins(self.n_bins)

    def prepare(self, columns: np.ndarray) -> np.ndarray:
        """Number of each value's bin, `(n_columns, n_samples)`, uint8."""
        least, most = columns.min(axis=1), columns.max(axis=1)
        edges = np.linspace(least, most, self.n_bins + 1, axis=1, dtype=columns.dtype)[:, 1:-1].copy()
        edges[least == most] = np.inf
        return _bins(columns, edges)

    def __call__(self, first: np.ndarray, second: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Mutual information of pairs of binned columns in nats, `(n_pairs,)`."""
        return _plug_in(first, second, pairs, self.n_bins)


@dataclass(frozen=True)
class EqualFrequency:
    """Plug-in mutual information, each column cut into bins that hold equally many samples.

    Only ranks matter, so a strictly increasing transformation of a column does not change the score. Equal values are
    never put into different bins: they are binned by their middle rank. A column with many ties (the zeros of counts)
    has fewer bins, and a constant column has one bin and no information.

    Parameters
    ----------
    n_bins : int, default 10
        Largest number of bins of each column, 2 to 256.

    Raises
    ------
    TypeError, ValueError
        If there is no such number of bins.

    Examples
    --------
    >>> EqualFrequency(n_bins=3).prepare(np.array([[5.0, 1.0, 9.0, 2.0, 700.0, 8.0], [0, 0, 0, 0, 0, 1.0]])).tolist()
    [[1, 0, 2, 0, 2, 1], [0, 0, 0, 0, 0, 1]]
    """

    n_bins: int = 10

    def __post_init__(self) -> None:
        _check_bins(self.n_bins)

    def prepare(self, columns: np.ndarray) -> np.ndarray:
        """Number of each value's bin, `(n_columns, n_samples)`, uint8."""
        return _bins(columns, _frequency_edges(np.sort(columns, axis=1), self.n_bins))

    def __call__(self, first: np.ndarray, second: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Mutual information of pairs of binned columns in nats, `(n_pairs,)`."""
        return _plug_in(first, second, pairs, self.n_bins)


@njit(cache=True, nogil=True)
def _frequency_edges(ordered: np.ndarray, n_bins: int) -> np.ndarray:
    """Smallest value of each bin but the first, for sorted columns; infinite where there are fewer bins."""
    n_columns, n = ordered.shape
    edges = np.full((n_columns, n_bins - 1), np.inf, dtype=ordered.dtype)
    for c in range(n_columns):
        column = ordered[c]
        n_edges, last, start = 0, -1, 0
        while start < n:
            end = start + 1
            while end < n and column[end] == column[start]:
                end += 1
            bin_ = n_bins * (start + end) // (2 * n)  # of the middle rank, in whole numbers
            if last >= 0 and bin_ > last:
                edges[c, n_edges] = column[start]
                n_edges += 1
            last = bin_
            start = end
    return edges


@njit(cache=True, nogil=True)
def _bins(columns: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number of edges at or below each value; the outer loop is over edges, so that the inner one reads in order."""
    n_columns, n = columns.shape
    bins = np.zeros((n_columns, n), dtype=np.uint8)
    for c in range(n_columns):
        values, reached = columns[c], bins[c]
        for edge in edges[c]:
            if edge == np.inf:
                break
            for i in range(n):
                reached[i] += np.uint8(values[i] >= edge)
    return bins


@njit(cache=True, nogil=True)
def _plug_in(first: np.ndarray, second: np.ndarray, pairs: np.ndarray, n_bins: int) -> np.ndarray:
    """Mutual information of the table of two binned columns, for each pair."""
    n = first.shape[1]
    scores = np.empty(len(pairs), dtype=np.float64)
    for p in range(len(pairs)):
        a, b = first[pairs[p, 0]], second[pairs[p, 1]]
        table = np.zeros((n_bins, n_bins), dtype=np.int64)
        for i in range(n):
            table[a[i], b[i]] += 1
        rows, columns = table.sum(axis=1), table.sum(axis=0)
        total = 0.0
        for j in range(n_bins):
            for k in range(n_bins):
                if table[j, k] > 0:
                    ratio = (float(table[j, k]) * n) / (float(rows[j]) * columns[k])
                    total += table[j, k] * np.log(ratio)
        scores[p] = max(0.0, total / n)
    return scores


def _check_bins(n_bins: int) -> None:
    check_count(n_bins, "n_bins", least=2)
    if n_bins > MAX_BINS:
        raise ValueError(f"n_bins: expected at most {MAX_BINS}, found {n_bins}; choose fewer")


DEFAULT_ESTIMATOR = EqualFrequency()
