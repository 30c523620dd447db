"""AnnData in HDF5 (`.h5ad`), filled by columns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from integrated_diffusion.io.writing.layout import ARRAY, Tables, as_objects, chunks

_CHUNK_ROWS = 4_096  # a quarter of a megabyte


class Hdf5Store:
    """An `.h5ad`. All of `X` has its place in the file before the first value comes.

    So nothing but values is written while it is filled, and a process that is killed leaves a file that opens.
    """

    def create(self, path: Path, shape: tuple[int, int], tables: Tables) -> None:
        """Make a file whose `X` has its place already, float32."""
        with h5py.File(path, "w") as file:
            tables.write(file, _texts)
            place_for_values(file, "X", shape)

    @contextmanager
    def filling(self, path: Path) -> Iterator[Callable[[slice, np.ndarray], None]]:
        """Open it to put columns into `X`."""
        with h5py.File(path, "r+") as file:
            X = file["X"]

            def write(place: slice, block: np.ndarray) -> None:
                X[:, place] = block
                file.flush()
                os.fsync(file.id.get_vfd_handle())

            yield write

    def is_one(self, path: Path) -> bool:
        """Whether what is there is a file."""
        return path.is_file()


def place_for_values(group: h5py.Group, key: str, shape: tuple[int, int]) -> h5py.Dataset:
    """Make a float32 data set whose chunks all have their place in the file, and nothing in them."""
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_chunk(chunks(shape, _CHUNK_ROWS))
    how.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    how.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple(shape)
    made = h5py.h5d.create(group.id, key.encode(), h5py.h5t.IEEE_F32LE, space, how)
    dataset = h5py.Dataset(made)
    dataset.attrs.update(ARRAY)
    return dataset


def _texts(group: h5py.Group, key: str, names: Sequence[str]) -> h5py.Dataset:
    return group.create_dataset(key, data=as_objects(names), dtype=h5py.string_dtype())
