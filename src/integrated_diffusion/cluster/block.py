"""A block of columns in parts of rows on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from integrated_diffusion.cluster.tasks import Cluster, Parts


@dataclass(frozen=True, eq=False)
class Columns:
    """Some columns of arrays that are held in parts of rows.

    Attributes
    ----------
    parts : list of Future or Later
        Arrays of shape `(n_rows, n_columns)`, one for each part.
    n_columns : int
        Number of columns that are meant.
    chosen : slice or None, default None
        Which columns of the arrays these are; `None` for all.
    """

    parts: Parts
    n_columns: int
    chosen: slice | None = None

    def computed(self, cluster: Cluster) -> Parts:
        """Return the parts after their computation was begun, also for those who share them."""
        self.parts[:] = cluster.now(self.parts)
        return self.parts

    def at(self, start: int, stop: int) -> Columns:
        """Return some of the columns."""
        if start <= 0 and stop >= self.n_columns:
            return self
        first = self.chosen.start if self.chosen is not None else 0
        return Columns(self.parts, stop - start, slice(first + start, first + stop))


class ClusterBlock:
    """Columns in parts of rows, in the order of a `ClusterOrder`: what a `ClusterWorkspace` computes with.

    Several groups of columns may lie in different arrays, so that a basis grows without being copied. The object stands
    for a buffer: what a workspace writes into replaces its parts.

    Parameters
    ----------
    cluster : Cluster
        Where the parts are.
    sizes : tuple of int
        Number of rows of each part.
    groups : sequence of Columns
        The columns.
    dtype : numpy.dtype or type
        Their precision.
    is_vector : bool, default False
        Whether the single column stands for an array of one dimension.
    """

    def __init__(
        self, cluster: Cluster, sizes: tuple[int, ...], groups: Sequence[Columns], dtype: Any, is_vector: bool = False
    ) -> None:
        self.cluster, self.sizes, self.groups = cluster, sizes, list(groups)
        self.dtype, self.is_vector = np.dtype(dtype), is_vector

    @property
    def shape(self) -> tuple[int, ...]:
        """`(n_samples, n_columns)`, or `(n_samples,)`."""
        n_columns = sum(group.n_columns for group in self.groups)
        return (sum(self.sizes),) if self.is_vector else (sum(self.sizes), n_columns)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Size of all parts together."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __len__(self) -> int:
        return sum(self.sizes)

    def __getitem__(self, key: tuple[slice, slice]) -> ClusterBlock:
        """Return some of the columns, `[:, start:stop]`; nothing is copied."""
        _, columns = key
        start, stop, _ = columns.indices(self.shape[1])
        return ClusterBlock(self.cluster, self.sizes, _between(self.groups, start, stop), self.dtype)

    def astype(self, dtype: Any, copy: bool = True) -> ClusterBlock:
        """Return the block in a precision; itself if it has it and need not be copied."""
        if np.dtype(dtype) == self.dtype and not copy:
            return self
        parts = self.cluster.later(converted, self.once(), [np.dtype(dtype)] * len(self.sizes))
        return self.like(parts, dtype)

    def joined(self) -> Parts:
        """Return the parts as arrays of all columns, computed once for all who need them."""
        (first, *others) = self.groups
        if others or first.chosen is not None:
            return self.cluster.map(joined, *self.pieces())
        return first.computed(self.cluster)

    def once(self) -> list[Any]:
        """Return the parts as arrays of all columns for a single use, perhaps yet to be computed."""
        (first, *others) = self.groups
        return self.joined() if others or first.chosen is not None else first.parts

    def pieces(self) -> tuple[list[list[Any]], list[list[slice | None]]]:
        """Return, for each part, the arrays that its columns lie in, and which columns of them."""
        for group in self.groups:
            group.computed(self.cluster)
        arrays = [[group.parts[part] for group in self.groups] for part in range(len(self.sizes))]
        return arrays, [[group.chosen for group in self.groups]] * len(self.sizes)

    def like(self, parts: Parts, dtype: Any = None, n_columns: int | None = None) -> ClusterBlock:
        """Return a new block of such rows."""
        width = self.width if n_columns is None else n_columns
        return ClusterBlock(self.cluster, self.sizes, [Columns(parts, width)], dtype or self.dtype, self.is_vector)

    def write(self, parts: Parts) -> ClusterBlock:
        """Replace what the block holds, and return it."""
        self.groups = [Columns(parts, self.width)]
        return self

    @property
    def width(self) -> int:
        """Number of columns that the parts have."""
        return sum(group.n_columns for group in self.groups)


class ClusterBasis:
    """Columns that are written group by group, from the first one on: the basis of a Krylov space.

    Parameters
    ----------
    cluster : Cluster
        Where the parts are.
    sizes : tuple of int
        Number of rows of each part.
    n_columns : int
        Largest number of columns.
    """

    def __init__(self, cluster: Cluster, sizes: tuple[int, ...], n_columns: int) -> None:
        self.cluster, self.sizes, self.groups = cluster, sizes, list[Columns]()
        self.shape = sum(sizes), n_columns

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: tuple[slice, slice]) -> BasisColumns:
        """Return some of the columns, which can be written into as well."""
        start, stop, _ = key[1].indices(self.shape[1])
        return BasisColumns(self, start, stop)

    def write(self, start: int, block: ClusterBlock) -> None:
        """Put the columns of a block from one on; what is there and after it is dropped."""
        self.groups = [*_between(self.groups, 0, start), *block.groups]


class BasisColumns(ClusterBlock):
    """Some columns of a basis, written or yet to be written."""

    def __init__(self, basis: ClusterBasis, start: int, stop: int) -> None:
        super().__init__(basis.cluster, basis.sizes, _between(basis.groups, start, stop), np.float64)
        self.basis, self.start = basis, start


def _between(groups: Sequence[Columns], start: int, stop: int) -> list[Columns]:
    """The columns from one to another of several groups side by side."""
    found, first = [], 0
    for group in groups:
        low, high = max(start - first, 0), min(stop - first, group.n_columns)
        if low < high:
            found.append(group.at(low, high))
        first += group.n_columns
    return found


def chosen(array: np.ndarray, columns: slice | None) -> np.ndarray:
    """Return some columns of an array."""
    return array if columns is None else array[:, columns]


def joined(arrays: list[np.ndarray], columns: list[slice | None]) -> np.ndarray:
    """Return columns of several arrays side by side."""
    pieces = [chosen(array, some) for array, some in zip(arrays, columns, strict=True)]
    return np.ascontiguousarray(pieces[0]) if len(pieces) == 1 else np.hstack(pieces)


def converted(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return an array in a precision."""
    return array.astype(dtype, copy=False)
