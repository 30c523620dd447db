"""Matrices and names in HDF5 files that anndata, mudata or Cell Ranger wrote."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import scipy.sparse as sp
from anndata.io import read_elem

from integrated_diffusion.io.files import one_line
from integrated_diffusion.io.numbers import as_float

_PART_BYTES = 64 * 2**20  # of numbers that are converted at a time
_ENCODINGS = ("array", "csr_matrix", "csc_matrix", "dataframe")


def encoding_of(element: h5py.Group | h5py.Dataset) -> str | None:
    """Return what a file says an element is (`array`, `csr_matrix`, ...); `None` if it says nothing."""
    encoding = element.attrs.get("encoding-type", "array" if isinstance(element, h5py.Dataset) else None)
    return None if encoding is None else str(encoding)


def read_matrix(element: h5py.Group | h5py.Dataset, where: str) -> Any:
    """Read a matrix or table. Whole numbers become floating-point numbers, in as few bytes as are exact.

    `anndata.io.read_elem` and `sparse_dataset(...).to_memory()` read numbers as wide as they are stored, most often
    64 bits, and twice that is in memory while they are converted (`python benchmarks/stored_matrices.py`).

    Parameters
    ----------
    element : h5py.Group or h5py.Dataset
        As anndata encodes it.
    where : str
        What to call it in messages.

    Returns
    -------
    numpy.ndarray, scipy.sparse.csr_array, scipy.sparse.csc_array or pandas.DataFrame

    Raises
    ------
    ValueError
        If it has another encoding, or its indices are not within its shape.
    """
    encoding = encoding_of(element)
    if encoding not in _ENCODINGS:
        raise ValueError(
            f"{where}: expected a matrix encoded as {', '.join(_ENCODINGS)}, found {encoding!r}; write it again"
        )
    if encoding == "array":
        return read_numbers(element, as_float)
    if encoding == "dataframe":
        return read_elem(element)
    kind = sp.csr_array if encoding == "csr_matrix" else sp.csc_array
    return read_sparse(element, kind, tuple(map(int, element.attrs["shape"])), where)


def read_sparse(
    group: h5py.Group, kind: type[sp.csr_array] | type[sp.csc_array], shape: tuple[int, ...], where: str
) -> Any:
    """Read a sparse matrix from its parts `data`, `indices` and `indptr`; see `read_matrix`.

    Parameters
    ----------
    group : h5py.Group
        Holds the three parts.
    kind : type
        `scipy.sparse.csr_array` or `scipy.sparse.csc_array`.
    shape : tuple of int
        Shape of the matrix.
    where : str
        What to call it in messages.

    Raises
    ------
    ValueError
        If its indices are not within its shape.
    """
    indices, ends = (read_numbers(group[part], _narrow) for part in ("indices", "indptr"))
    return check_sparse(kind((read_numbers(group["data"], as_float), indices, ends), shape=shape), where)


def read_numbers(dataset: h5py.Dataset, convert: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Read a data set, whose whole numbers are converted part by part, so that they are never all wide in memory.

    Parameters
    ----------
    dataset : h5py.Dataset
        Numbers.
    convert : callable
        Takes an array and returns it in the type that it fits in.
    """
    step = max(1, _PART_BYTES // max(1, dataset.dtype.itemsize * math.prod(dataset.shape[1:])))
    if dataset.dtype.kind not in "iu" or not dataset.size or dataset.ndim == 0:
        return convert(dataset[()])
    starts = range(0, dataset.shape[0], step)
    dtype = np.result_type(*{convert(dataset[start : start + step]).dtype for start in starts})
    numbers = np.empty(dataset.shape, dtype)
    for start in starts:
        numbers[start : start + step] = dataset[start : start + step]
    return numbers


def check_sparse(matrix: Any, where: str) -> Any:
    """Return a sparse matrix whose indices are within its shape; others would be read out of bounds.

    Raises
    ------
    ValueError
        If they are not.
    """
    try:
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise damaged_sparse(where, error) from error
    return matrix


def damaged_sparse(where: str, error: Exception) -> ValueError:
    """Return the error about a sparse matrix whose parts do not fit together."""
    return ValueError(
        f"{where}: expected a whole sparse matrix, found a damaged one ({one_line(error)}); write it again"
    )


def contents(file: h5py.File) -> str:
    """Return the first names in a file, as text for messages."""
    return ", ".join(map(repr, list(file)[:8])) or "nothing"


def _narrow(indices: np.ndarray) -> np.ndarray:
    """Indices of a sparse matrix, in 32 bits where they fit."""
    fits = indices.size == 0 or (indices.min() >= 0 and indices.max() < 2**31)
    return indices.astype(np.int32 if fits else np.int64, copy=False)
