"""AnnData in HDF5 (`.h5ad`) whose values are sparse, filled by columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp
from anndata.io import sparse_dataset

from integrated_diffusion.io.writing.checked import write_checked
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import PutBlock

_CHUNK = 2**16  # entries


@dataclass(frozen=True)
class SparseH5adWriter:
    """An `.h5ad` whose `X` is sparse, by columns.

    Attributes
    ----------
    threshold : float
        Values whose absolute value is smaller are left out.
    """

    threshold: float
    resumes = False
    value_bytes = 0

    def create(self, path: Path, tables: Tables) -> None:
        """Make the file with its tables and an `X` without columns."""
        with h5py.File(path, "w") as file:
            tables.write(file)
            empty = sp.csc_matrix((tables.shape[0], 0), dtype=np.float32)
            write_checked(file, "X", empty, dataset_kwargs={"indptr_dtype": np.int64, "chunks": (_CHUNK,)})

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Open the file to append columns to `X`."""
        with h5py.File(path, "r+") as file:
            X = sparse_dataset(file["X"])
            yield lambda columns, block: X.append(without_small(block, self.threshold))


def without_small(block: np.ndarray, threshold: float) -> sp.csc_array:
    """Return a block of columns without the values below a threshold, `(n_samples, n_columns)`, float32.

    Parameters
    ----------
    block : numpy.ndarray of shape (n_samples, n_columns)
        Values.
    threshold : float
        Values whose absolute value is smaller are left out.
    """
    kept = block.astype(np.float32, copy=False)
    return sp.csc_array(np.where(np.abs(kept) >= threshold, kept, np.float32(0)))
