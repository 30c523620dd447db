"""AnnData in HDF5 (`.h5ad`), filled by columns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from integrated_diffusion.io.writing.chunks import ARRAY_ENCODING, column_chunks
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import PutBlock

_CHUNK_ROWS = 4_096  # a quarter of a megabyte


class H5adWriter:
    """An `.h5ad` whose `X` is dense.

    All of `X` has its place in the file before the first value is written. Nothing but values is written while it is
    filled, so a process that is killed leaves a file that opens.
    """

    resumes = True
    value_bytes = 4

    def create(self, path: Path, tables: Tables) -> None:
        """Make the file with its tables; `X` is allocated and holds no values yet."""
        with h5py.File(path, "w") as file:
            tables.write(file)
            allocate_dense(file, "X", tables.shape)

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Open the file to write columns of `X`."""
        with h5py.File(path, "r+") as file:
            X = file["X"]

            def put(columns: slice, block: np.ndarray) -> None:
                X[:, columns] = block
                file.flush()
                os.fsync(file.id.get_vfd_handle())

            yield put


def allocate_dense(group: h5py.Group, key: str, shape: tuple[int, int]) -> h5py.Dataset:
    """Make a float32 data set whose chunks are all allocated in the file and not filled.

    Each chunk has a checksum. `anndata.io.write_elem` writes arrays that exist, so this is done by h5py.

    Parameters
    ----------
    group : h5py.Group
        Where to make it.
    key : str
        Its name.
    shape : tuple of int
        `(n_samples, n_features)`.
    """
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    plan.set_chunk(column_chunks(shape, _CHUNK_ROWS))
    plan.set_fletcher32()
    dataset = group.create_dataset(key, shape, np.dtype("<f4"), dcpl=plan)
    dataset.attrs.update(ARRAY_ENCODING)
    return dataset
