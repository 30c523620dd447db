"""The rows of a block that other parts need: of each part just these are sent, not the whole part."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.cluster.sizes import Sized
from integrated_diffusion.cluster.tasks import Cluster, Parts, item


@dataclass(frozen=True, eq=False)
class LocalRows(Sized):
    """Rows of a sparse matrix whose columns are a part's own rows, and after them the rows it gets from other parts.

    Attributes
    ----------
    starts, columns, values : numpy.ndarray
        Compressed sparse rows.
    needed : dict of int to numpy.ndarray of int
        By part, the rows that are got from it; in the order of the parts.
    """

    starts: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    needed: dict[int, np.ndarray]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.starts) - 1

    def with_values(self, values: np.ndarray) -> LocalRows:
        """Return other values in the same places."""
        return LocalRows(self.starts, self.columns, values, self.needed)


@dataclass(frozen=True, eq=False)
class Exchange:
    """Which rows each part needs of which other parts.

    Attributes
    ----------
    cluster : Cluster
        Where the parts are.
    sources, targets : numpy.ndarray of shape (n_pairs,)
        Parts that send, and parts that get; by the part that gets, then by the part that sends.
    rows : list of Future
        Of each pair, the rows that are sent.
    n_parts : int
        Number of parts.
    n_rows : numpy.ndarray of shape (n_pairs,)
        Of each pair, the number of rows that are sent.
    """

    cluster: Cluster
    sources: np.ndarray
    targets: np.ndarray
    rows: Parts
    n_parts: int
    n_rows: np.ndarray

    @classmethod
    def of(cls, cluster: Cluster, matrices: Parts) -> Exchange:
        """Return the exchange that products with a sparse matrix need, given as `LocalRows` of each part."""
        numbers = cluster.gather(cluster.map(needed_counts, matrices))
        pairs = [(target, source, n) for target, found in enumerate(numbers) for source, n in found.items()]
        targets, sources, n_rows = (
            (np.array(found, dtype=np.int64) for found in zip(*pairs, strict=True))
            if pairs
            else (np.empty((3, 0), dtype=np.int64))
        )
        rows = cluster.map(needed_rows, [matrices[target] for target in targets], [int(source) for source in sources])
        return cls(cluster, sources, targets, rows, len(matrices), n_rows)

    @property
    def senders(self) -> list[list[int]]:
        """The parts that each part gets rows from."""
        ends = np.searchsorted(self.targets, np.arange(self.n_parts + 1))
        return [self.sources[a:b].tolist() for a, b in itertools.pairwise(ends)]

    def __call__(self, parts: Parts, weights: Parts | None = None, exponent: float = 0.0) -> list[list[Any]]:
        """Send the rows that are needed of arrays in parts; return, for each part, what it gets.

        Parameters
        ----------
        parts : list of Future
            The arrays.
        weights : list of Future or None, default None
            Of each part, one number a row, by a power of which the rows are multiplied before.
        exponent : float, default 0.0
            That power.
        """
        factors = [None] * self.n_parts if weights is None or exponent == 0 else weights
        sent = self.cluster.map(
            taken,
            [parts[source] for source in self.sources],
            self.rows,
            [factors[source] for source in self.sources],
            [exponent] * len(self.sources),
        )
        ends = np.searchsorted(self.targets, np.arange(self.n_parts + 1))
        return [sent[a:b] for a, b in itertools.pairwise(ends)]


def localised(rows: sp.csr_array, starts: np.ndarray, part: int) -> LocalRows:
    """Number the columns of a part's rows by the part's own rows and those that are got from other parts.

    Parameters
    ----------
    rows : scipy.sparse.csr_array of shape (n_rows, n_samples)
        Columns are positions of samples.
    starts : numpy.ndarray of shape (n_parts + 1,)
        First position of each part.
    part : int
        Which part.
    """
    first, last = starts[part], starts[part + 1]
    columns = rows.indices.astype(np.int32, copy=False) - np.int32(first)
    crosses = np.flatnonzero((columns < 0) | (columns >= last - first))
    others, place = np.unique(rows.indices[crosses], return_inverse=True)
    columns[crosses] = (last - first) + place
    sources, begins = np.unique(np.searchsorted(starts, others, side="right") - 1, return_index=True)
    ends = np.append(begins[1:], len(others))  # of nothing, where there is one part
    needed = {
        int(source): (others[begin:end] - starts[source]).astype(np.int64)
        for source, begin, end in zip(sources, begins, ends, strict=False)
    }
    return LocalRows(rows.indptr, columns, rows.data, needed)


def needed_counts(matrix: LocalRows) -> dict[int, int]:
    """Return how many rows are got from each part."""
    return {source: len(rows) for source, rows in matrix.needed.items()}


def needed_rows(matrix: LocalRows, source: int) -> np.ndarray:
    """Return the rows that are got from a part."""
    return item(matrix.needed, source)


def taken(array: np.ndarray, rows: np.ndarray, weights: np.ndarray | None, exponent: float) -> np.ndarray:
    """Return some rows of an array, multiplied by a power of their weights, in its own precision."""
    found = np.take(array, rows, axis=0)
    if weights is not None:
        found *= powers(weights[rows], exponent, found)
    return found


def powers(weights: np.ndarray, exponent: float, array: np.ndarray) -> np.ndarray:
    """Return a power of one weight a row, in the precision of an array whose rows they are to multiply."""
    return (weights**exponent).astype(array.dtype).reshape(-1, *[1] * (array.ndim - 1))


def multiplied(
    matrix: LocalRows, own: np.ndarray, others: list[np.ndarray], weights: np.ndarray, left: float, right: float
) -> np.ndarray:
    """Return `D^left M D^right` times a block, `D` the weights of the rows.

    Parameters
    ----------
    matrix : LocalRows
        The part's rows of `M`; they are multiplied in the precision of the block.
    own : numpy.ndarray of shape (n_rows, n_columns)
        The part's own rows of the block.
    others : list of numpy.ndarray
        Rows of other parts, multiplied by `D^right` already.
    weights : numpy.ndarray of shape (n_rows,)
        The part's own weights.
    left, right : float
        The powers.
    """
    from integrated_diffusion.operators.product_kernel import multiply_rows

    block = np.concatenate([own, *others]) if others or right else np.ascontiguousarray(own)
    if right:
        block[: matrix.n_rows] *= powers(weights, right, block)
    out = np.empty((matrix.n_rows, block.shape[1]), block.dtype)
    values = matrix.values.astype(block.dtype, copy=False)
    multiply_rows(matrix.starts, matrix.columns, values, block, out)
    if left:
        out *= powers(weights, left, out)
    return out


def with_precision(matrix: LocalRows, dtype: np.dtype) -> LocalRows:
    """Return the matrix in a precision."""
    return matrix.with_values(matrix.values.astype(dtype))
