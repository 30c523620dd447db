"""Measured values that stay on disk: normalised columns of a matrix in an HDF5 file, a few at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
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
    """Normalised values of a view that are computed from measured values in a file when needed; see `Columnwise`.

    Attributes
    ----------
    place : Place
        The matrix of measured values: a file, and a path inside it.
    normalisation : Normalisation
        The normalisation, fitted to all measured values.
    rows : numpy.ndarray or None
        Row of the matrix of each sample; `None` if the matrix is in the order of the samples.
    shape : tuple of int
        `(n_samples, n_features)`.
    dtype : numpy.dtype
        Precision of the normalised values.
    n_bytes : int
        Bytes that the measured values would take in memory.
    statistics : Statistics
        Statistics of all measured values that are needed to normalise a few columns.
    digest : bytes
        Hash of the measured values.
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
        """Number of columns to read at a time, a multiple of `width`."""
        return group_of(width, self.shape[1], self.n_bytes)

    def take(self, columns: np.ndarray) -> np.ndarray | sp.csc_array:
        """Normalised columns by number, `(n_samples, n_columns)`."""
        with opened_hdf5(self.place.file) as file:
            measured = _floats(_stored(file, self.place).columns(columns)).astype(self.dtype, copy=False)
        values = self.normalisation(measured, self.statistics, columns)
        values = values if self.rows is None else values[self.rows]
        return values if isinstance(values, np.ndarray) else sp.csc_array(values)

    def fingerprint(self) -> bytes:
        """Hash of the normalised values: of the measured values, the normalisation and the rows."""
        hashed = hashlib.blake2b(self.digest + type(self.normalisation).__name__.encode(), digest_size=16)
        hashed.update(b"" if self.rows is None else np.ascontiguousarray(self.rows).data)
        return hashed.digest()


def on_disk(
    place: Place,
    recipe: str,
    rows: np.ndarray | None = None,
    progress: Progress = silent,
    statistics: Collection[str] = (),
    check: Callable[[Block], None] | None = None,
) -> OnDisk:
    """Read all measured values once, a part at a time, to fit the normalisation, and return the view on disk.

    Parameters
    ----------
    place : Place
        A matrix in an HDF5 file that anndata wrote.
    recipe : str
        Name of the recipe that normalises it, one of `RECIPES`.
    rows : numpy.ndarray or None, default None
        Row of the matrix of each sample; `None` if the matrix is in the order of the samples.
    progress : Progress, default silent
        Called with the number of samples and features that were read.
    statistics : collection of str, default ()
        Statistics to take beside those of the recipe.
    check : callable or None, default None
        Called with each part of the measured values; raises an error if they are not what is expected.

    Raises
    ------
    ValueError
        If the matrix is damaged or encoded otherwise, holds NaN, infinity or, for counts, negative values.
    """
    hashed = hashlib.blake2b(digest_size=16)
    with opened_hdf5(place.file) as file:
        stored = _stored(file, place)
        found = Statistics(stored.shape, {*RECIPES[recipe].statistics, *statistics})
        dtype = np.dtype(np.float32)
        for at, columns, part in stored.parts():
            values = _floats(part)
            _check_finite(values, place)
            dtype = np.result_type(dtype, values.dtype)
            if RECIPES[recipe].counts:
                check_counts(values, str(place))
            if check is not None:
                check(values)
            found.add(at, columns, values)
            progress("reading", at.stop + columns.stop, sum(stored.shape))
            for numbers in [part] if isinstance(part, np.ndarray) else [part.data, part.indices, part.indptr]:
                hashed.update(np.ascontiguousarray(numbers).data)
        normalisation = RECIPES[recipe].normalisation.fit(found)
        return OnDisk(place, normalisation, rows, stored.shape, dtype, stored.n_bytes, found, hashed.digest())


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
