"""Columns as they are computed into a file that appears whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np

from integrated_diffusion.io.writing.columns_hdf5 import Hdf5Store
from integrated_diffusion.io.writing.columns_zarr import ZarrStore
from integrated_diffusion.io.writing.layout import Tables
from integrated_diffusion.io.writing.partial import growing

Write = Callable[[slice, np.ndarray], None]
"""Puts columns where they belong; they are on the disk when it returns."""


class Store(Protocol):
    """A format that an AnnData is written in by columns. A new one is one more such class, and a line in `STORES`."""

    def create(self, path: Path, shape: tuple[int, int], tables: Tables) -> None:
        """Make a file whose `X` has its place already, float32."""

    def filling(self, path: Path) -> AbstractContextManager[Write]:
        """Open it to put columns into `X`."""

    def is_one(self, path: Path) -> bool:
        """Whether what is there is of this format, and may be replaced."""


STORES: dict[str, Store] = {".h5ad": Hdf5Store(), ".zarr": ZarrStore()}
"""What writes a format, by its suffix."""


class Columns(Protocol):
    """A matrix that is computed by columns, such as `blocks.Averages`."""

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_columns)`."""

    def from_column(self, first: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Blocks of columns and their values, from the one that begins at `first` to the last."""

    def fingerprint(self) -> str | None:
        """A few letters that are others where the values would be others; `None` if that cannot be told."""


def write_columns(columns: Columns, tables: Tables, output: str | Path) -> Path:
    """Write a matrix as `X` of an AnnData file, in float32, block by block, and go on where a run was stopped.

    What is finished lies in `.NAME.partial` beside the output until all is. It stays there if the process is
    interrupted or killed, or the disk is full; the same call then computes only what is missing, with the same bits.

    Parameters
    ----------
    columns
        What is computed.
    tables
        What the file says of samples and features.
    output
        A file `.h5ad` or a folder `.zarr`.

    Returns
    -------
    pathlib.Path
        The output.

    Raises
    ------
    ValueError
        If it cannot be written, for want of a folder, space or permission, or because another process writes to it.
    """
    output = check_store_output(Path(output))
    store, values = STORES[output.suffix.lower()], columns.fingerprint()
    fingerprint = None if values is None else f"{values} {tables.fingerprint()}"
    try:
        with growing(output, fingerprint) as partial:
            if not partial.finished:
                _check_space(output, columns.shape)
                store.create(partial.matrix, columns.shape, tables)
            with store.filling(partial.matrix) as write:
                for place, block in columns.from_column(partial.finished):
                    write(place, block.astype(np.float32, copy=False))
                    partial.keep(place.stop)
    except OSError as error:
        raise ValueError(
            f"{output}: expected to write the output, found that it failed ({error.strerror or error}); free some "
            "space or choose another folder"
        ) from error
    return output


def check_store_output(output: Path) -> Path:
    """Check that an output can be written, before the work that leads to it.

    Raises
    ------
    ValueError
        If its folder does not exist, its suffix is none of `STORES`, or something of another format stands there.
    """
    store = STORES.get(output.suffix.lower())
    if store is None:
        raise ValueError(
            f"{output}: expected an output that ends in {' or '.join(STORES)}, found '{output.suffix}'; rename the "
            "output"
        )
    if not output.parent.is_dir():
        raise ValueError(f"{output}: expected a folder {output.parent}, found none; create the folder first")
    if output.exists() and not store.is_one(output):
        raise ValueError(
            f"{output}: expected nothing or an earlier {output.suffix} there, found something else; choose another name"
        )
    return output


def _check_space(output: Path, shape: tuple[int, int]) -> None:
    needed, free = 4 * shape[0] * shape[1], shutil.disk_usage(output.parent).free
    if needed > free:
        raise ValueError(
            f"{output}: expected {needed / 1e9:.1f} GB of free space for {shape[0]:,} x {shape[1]:,} values, found "
            f"{free / 1e9:.1f} GB; choose another folder or fewer features"
        )
