"""Matrices in an HDF5 file, of which a part is read at a time: by rows, by columns, or dense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import h5py
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.hdf5 import whole

READ_BYTES = 64 * 2**20
"""Size of a part that is read to look at all values once."""

Part: TypeAlias = np.ndarray | sp.csr_array | sp.csc_array
"""Values as they are stored: whole numbers are not floats yet."""


class Stored(Protocol):
    """A matrix in an open file. A new encoding is one more such class, and a line in `ENCODINGS`."""

    def __init__(self, group: h5py.Group | h5py.Dataset) -> None: ...

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""

    @property
    def n_bytes(self) -> int:
        """What it takes in memory as it is stored."""

    def parts(self) -> Iterator[tuple[slice, slice, Part]]:
        """All values once: rows, columns and what stands there."""

    def columns(self, columns: np.ndarray) -> Part:
        """Columns by number, `(n_samples, n_columns)`."""


@dataclass(frozen=True)
class Csr:
    """Sparse, by rows: columns are picked out of one block of rows after the other."""

    group: h5py.Group

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return _shape(self.group)

    @property
    def n_bytes(self) -> int:
        """What it takes in memory as it is stored."""
        return _bytes(self.group)

    def parts(self) -> Iterator[tuple[slice, slice, sp.csr_array]]:
        """All values once, by rows."""
        ends, every = self.group["indptr"][:], slice(0, self.shape[1])
        for rows in _runs(ends, READ_BYTES // _entry_bytes(self.group)):
            part = sp.csr_array(_entries(self.group, ends, rows), shape=(rows.stop - rows.start, every.stop))
            yield rows, every, _checked(part, self.group)

    def columns(self, columns: np.ndarray) -> sp.csr_array:
        """Columns by number, `(n_samples, n_columns)`."""
        found = [part[:, columns] for _, _, part in self.parts()]
        return sp.csr_array(sp.vstack(found, format="csr"))


@dataclass(frozen=True)
class Csc:
    """Sparse, by columns."""

    group: h5py.Group

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return _shape(self.group)

    @property
    def n_bytes(self) -> int:
        """What it takes in memory as it is stored."""
        return _bytes(self.group)

    def parts(self) -> Iterator[tuple[slice, slice, sp.csc_array]]:
        """All values once, by columns."""
        ends, every = self.group["indptr"][:], slice(0, self.shape[0])
        for columns in _runs(ends, READ_BYTES // _entry_bytes(self.group)):
            size = (every.stop, columns.stop - columns.start)
            yield every, columns, _checked(sp.csc_array(_entries(self.group, ends, columns), shape=size), self.group)

    def columns(self, columns: np.ndarray) -> sp.csc_array:
        """Columns by number, `(n_samples, n_columns)`."""
        ends, n_samples = self.group["indptr"][:], self.shape[0]
        found = [
            sp.csc_array(_entries(self.group, ends, slice(at, to)), shape=(n_samples, to - at))
            for at, to in _neighbours(columns)
        ]
        return _checked(sp.csc_array(sp.hstack(found, format="csc")), self.group)


@dataclass(frozen=True)
class Dense:
    """Dense, in chunks or rows as its writer chose."""

    dataset: h5py.Dataset

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return int(self.dataset.shape[0]), int(self.dataset.shape[1])

    @property
    def n_bytes(self) -> int:
        """What it takes in memory as it is stored."""
        return int(self.dataset.nbytes)

    def parts(self) -> Iterator[tuple[slice, slice, np.ndarray]]:
        """All values once, by rows."""
        n_samples, n_features = self.shape
        step = max(1, READ_BYTES // (n_features * self.dataset.dtype.itemsize))
        for start in range(0, n_samples, step):
            rows = slice(start, min(start + step, n_samples))
            yield rows, slice(0, n_features), self.dataset[rows]

    def columns(self, columns: np.ndarray) -> np.ndarray:
        """Columns by number, `(n_samples, n_columns)`."""
        return np.hstack([self.dataset[:, at:to] for at, to in _neighbours(columns)])


ENCODINGS: dict[str, type[Stored]] = {"csr_matrix": Csr, "csc_matrix": Csc, "array": Dense}
"""What reads a matrix, by what its file says of it."""


def _shape(group: h5py.Group) -> tuple[int, int]:
    n_samples, n_features = group.attrs["shape"]
    return int(n_samples), int(n_features)


def _entry_bytes(group: h5py.Group) -> int:
    return int(group["data"].dtype.itemsize + group["indices"].dtype.itemsize)


def _bytes(group: h5py.Group) -> int:
    return _entry_bytes(group) * int(group["data"].shape[0])


def _runs(ends: np.ndarray, n_entries: int) -> Iterator[slice]:
    """Rows (or columns) of about so many entries together, at least one."""
    start = 0
    while start < len(ends) - 1:
        stop = max(start + 1, int(np.searchsorted(ends, ends[start] + n_entries, side="right")) - 1)
        yield slice(start, stop)
        start = stop


def _entries(group: h5py.Group, ends: np.ndarray, run: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, their places and the ends of a run of rows (or columns), places in as few bytes as they fit in."""
    first, last = int(ends[run.start]), int(ends[run.stop])
    data, indices = group["data"][first:last], group["indices"][first:last]
    own = ends[run.start : run.stop + 1] - ends[run.start]
    narrow = np.int32 if max(_shape(group)) < 2**31 and last - first < 2**31 else np.int64
    return data, indices.astype(narrow, copy=False), own.astype(narrow, copy=False)


def _checked(part: sp.csr_array | sp.csc_array, group: h5py.Group) -> sp.csr_array | sp.csc_array:
    """Return it with each place once."""
    checked: sp.csr_array | sp.csc_array = whole(part, Path(group.file.filename))
    checked.sum_duplicates()
    return checked


def _neighbours(columns: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs of columns that follow each other: first, and one beyond the last."""
    for run in np.split(columns, np.flatnonzero(np.diff(columns) != 1) + 1):
        yield int(run[0]), int(run[-1]) + 1
