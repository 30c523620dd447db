"""Measured values that stay on disk: normalised columns of a matrix in an HDF5 file, a few at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import h5py
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.stored import ENCODINGS, Block, StoredMatrix
from integrated_diffusion.operators.blockwise import group_of
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.views.checks import check_counts
from integrated_diffusion.views.normalisation import Normalisation
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.statistics import Statistics


@dataclass(frozen=True, eq=False)
class OnDisk:
    """Normalised values of a view whose measured ones are read as they are asked for; see `blocks.Columnwise`.

    Attributes
    ----------
    place
        Where the measured values are.
    normalisation
        What normalises them, fitted to all of them.
    rows
        Its rows in the order that is wanted; `None` if they are in it.
    shape
        `(n_samples, n_features)`.
    dtype
        Precision of the values.
    n_bytes
        What the measured values would take in memory.
    statistics
        Those of all of them that normalising a few columns takes.
    digest
        A few bytes that are others where a value is another.
    """

    place: Place
    normalisation: Normalisation
    rows: np.ndarray | None
    shape: tuple[int, int]
    dtype: np.dtype
    n_bytes: int
    statistics: Statistics
    digest: bytes

    def n_at_once(self, width: int) -> int:
        """How many columns are to be taken at once, a multiple of `width`."""
        return group_of(width, self.shape[1], self.n_bytes)

    def take(self, columns: np.ndarray) -> np.ndarray | sp.csc_array:
        """Normalised columns by number, `(n_samples, n_columns)`."""
        with opened_hdf5(self.place.file) as file:
            measured = _floats(_stored(file, self.place).columns(columns)).astype(self.dtype, copy=False)
        values = self.normalisation(measured, self.statistics, columns)
        values = values if self.rows is None else values[self.rows]
        return values if isinstance(values, np.ndarray) else sp.csc_array(values)

    def fingerprint(self) -> bytes:
        """A few bytes that are others where the values are others."""
        told = hashlib.blake2b(self.digest + type(self.normalisation).__name__.encode(), digest_size=16)
        told.update(b"" if self.rows is None else np.ascontiguousarray(self.rows).data)
        return told.digest()


def on_disk(place: Place, recipe: str, rows: np.ndarray | None = None, progress: Progress = silent) -> OnDisk:
    """Look at all measured values once, a part at a time, and return them as columns to be had.

    Parameters
    ----------
    place
        A matrix in an HDF5 file that anndata wrote.
    recipe
        Name of the recipe that normalises it, one of `RECIPES`.
    rows
        Its rows in the order that is wanted; `None` if they are in it.
    progress
        Is told how many samples, or features, were looked at.

    Raises
    ------
    ValueError
        If the matrix is damaged or encoded otherwise, holds NaN, infinity or, for counts, negative values.
    """
    told = hashlib.blake2b(digest_size=16)
    with opened_hdf5(place.file) as file:
        stored = _stored(file, place)
        statistics, dtype = Statistics(stored.shape, RECIPES[recipe].statistics), np.dtype(np.float32)
        for at, columns, part in stored.parts():
            values = _floats(part)
            _check_finite(values, place)
            dtype = np.result_type(dtype, values.dtype)
            if RECIPES[recipe].counts:
                check_counts(values, str(place))
            statistics.add(at, columns, values)
            progress("reading", at.stop + columns.stop, sum(stored.shape))
            for numbers in [part] if isinstance(part, np.ndarray) else [part.data, part.indices, part.indptr]:
                told.update(np.ascontiguousarray(numbers).data)
        normalisation = RECIPES[recipe].normalisation.fit(statistics)
        return OnDisk(place, normalisation, rows, stored.shape, dtype, stored.n_bytes, statistics, told.digest())


def _stored(file: h5py.File, place: Place) -> StoredMatrix:
    found = file[place.inside]
    encoding = found.attrs.get("encoding-type", "array" if isinstance(found, h5py.Dataset) else None)
    if encoding not in ENCODINGS:
        raise ValueError(
            f"{place}: expected a matrix encoded as {', '.join(ENCODINGS)}, found {encoding!r}; write it again"
        )
    return ENCODINGS[encoding](found)


def _floats(part: Block) -> Block:
    """Measured values as `validation.as_view` makes them, in single precision where that is exact."""
    values: Block = as_float(part)
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


def _check_finite(values: Block, place: Place) -> None:
    numbers = values if isinstance(values, np.ndarray) else values.data
    if not np.isfinite(numbers).all():
        raise ValueError(f"{place}: expected finite numbers, found NaN or infinity; remove or impute them")
