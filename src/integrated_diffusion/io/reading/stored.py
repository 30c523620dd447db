"""Matrices in an HDF5 file that are read in blocks: by rows, by columns, or dense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias

import h5py
import numpy as np
import scipy.sparse as sp
from anndata.io import sparse_dataset

from integrated_diffusion.io.elements import place_of
from integrated_diffusion.io.files import one_line
from integrated_diffusion.io.sparse_structure import check_stored_structure
from integrated_diffusion.views.sparse_structure import check_matrix, damaged

READ_BYTES = 64 * 2**20
"""Size of a block that is read when all values are gone through once."""

Block: TypeAlias = np.ndarray | sp.csr_array | sp.csc_array
"""Values as they are stored: whole numbers are not converted yet."""


class StoredMatrix(Protocol):
    """A matrix in an open file. A new encoding is one more such class, and a line in `ENCODINGS`."""

    def __init__(self, element: Any) -> None: ...

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""

    @property
    def n_bytes(self) -> int:
        """Size in memory as it is stored."""

    def parts(self) -> Iterator[tuple[slice, slice, Block]]:
        """All values once: rows, columns and the values there."""

    def columns(self, columns: np.ndarray) -> Block:
        """Columns by number, `(n_samples, n_columns)`."""


class _Sparse:
    """What is common to sparse matrices by rows and by columns; `anndata.io.sparse_dataset` reads the blocks."""

    def __init__(self, group: h5py.Group) -> None:
        self.group = group
        self.where = place_of(group)
        check_stored_structure(group, self.where, ends_only=True)
        self.dataset = sparse_dataset(group)

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        n_samples, n_features = self.dataset.shape
        return int(n_samples), int(n_features)

    @property
    def n_bytes(self) -> int:
        """Size in memory as it is stored."""
        return self._entry_bytes * int(self.group["data"].shape[0])

    @property
    def _entry_bytes(self) -> int:
        return int(self.group["data"].dtype.itemsize + self.group["indices"].dtype.itemsize)

    def _runs(self) -> Iterator[slice]:
        """Rows (or columns) that have about `READ_BYTES` together, at least one."""
        ends, start, n_entries = self.group["indptr"][:], 0, READ_BYTES // self._entry_bytes
        while start < len(ends) - 1:
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + n_entries, side="right")) - 1)
            yield slice(start, stop)
            start = stop

    def _block(self, index: Any) -> Any:
        """A block with every entry once."""
        try:
            found = self.dataset[index]
        except (ValueError, IndexError) as error:
            raise damaged(self.where, one_line(error)) from error
        block = (sp.csr_array if found.format == "csr" else sp.csc_array)(found)
        check_matrix(block, self.where)
        block.sum_duplicates()
        return block


class Csr(_Sparse):
    """Sparse, by rows.

    `sparse_dataset` reads the whole matrix for some columns; here they are taken from one block of rows after another
    (`python benchmarks/stored_matrices.py`).
    """

    def parts(self) -> Iterator[tuple[slice, slice, sp.csr_array]]:
        """All values once, by rows."""
        for rows in self._runs():
            yield rows, slice(0, self.shape[1]), self._block(rows)

    def columns(self, columns: np.ndarray) -> sp.csr_array:
        """Columns by number, `(n_samples, n_columns)`."""
        found = [part[:, columns] for _, _, part in self.parts()]
        return sp.csr_array(sp.vstack(found, format="csr"))


class Csc(_Sparse):
    """Sparse, by columns."""

    def parts(self) -> Iterator[tuple[slice, slice, sp.csc_array]]:
        """All values once, by columns."""
        for columns in self._runs():
            yield slice(0, self.shape[0]), columns, self._block((slice(None), columns))

    def columns(self, columns: np.ndarray) -> sp.csc_array:
        """Columns by number, `(n_samples, n_columns)`."""
        runs = list(_consecutive(columns))
        block: sp.csc_array = self._block((slice(None), runs[0] if len(runs) == 1 else columns))
        return block


class Dense:
    """Dense, in chunks or rows as its writer chose."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self.dataset = dataset

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return int(self.dataset.shape[0]), int(self.dataset.shape[1])

    @property
    def n_bytes(self) -> int:
        """Size in memory as it is stored."""
        return int(self.dataset.nbytes)

    def parts(self) -> Iterator[tuple[slice, slice, np.ndarray]]:
        """All values once, by rows."""
        n_samples, n_features = self.shape
        step = max(1, READ_BYTES // max(1, n_features * self.dataset.dtype.itemsize))
        for start in range(0, n_samples, step):
            rows = slice(start, min(start + step, n_samples))
            yield rows, slice(0, n_features), self.dataset[rows]

    def columns(self, columns: np.ndarray) -> np.ndarray:
        """Columns by number, `(n_samples, n_columns)`."""
        return np.hstack([self.dataset[:, run] for run in _consecutive(columns)])


ENCODINGS: dict[str, type[StoredMatrix]] = {"csr_matrix": Csr, "csc_matrix": Csc, "array": Dense}
"""What reads a matrix, by the encoding that its file names."""


def _consecutive(columns: np.ndarray) -> Iterator[slice]:
    """Runs of columns that follow each other."""
    for run in np.split(columns, np.flatnonzero(np.diff(columns) != 1) + 1):
        yield slice(int(run[0]), int(run[-1]) + 1)
