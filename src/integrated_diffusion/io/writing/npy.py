"""A plain array (`.npy`), filled by columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import PutBlock


class NpyWriter:
    """A `.npy` of float32 in Fortran order, in which each column is contiguous. Names are not kept."""

    resumes = True
    value_bytes = 4

    def create(self, path: Path, tables: Tables) -> None:
        """Make a file of the full size."""
        open_memmap(path, "w+", np.dtype("<f4"), tables.shape, fortran_order=True)

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Open the file to write columns."""

        def put(columns: slice, block: np.ndarray) -> None:
            values = open_memmap(path, "r+")  # mapped for one block only: mapped pages count as memory of the process
            values[:, columns] = block
            values.flush()

        yield put
