"""Matrices and names in HDF5 files that anndata, mudata or Cell Ranger wrote."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.elements import declared_bytes, read_frame
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.sparse_structure import shape_of
from integrated_diffusion.views.sparse_structure import check_structure

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
        If it has another encoding, its parts do not fit together, or it does not fit into memory.
    """
    encoding = encoding_of(element)
    if encoding not in _ENCODINGS:
        raise ValueError(
            f"{where}: expected a matrix encoded as {', '.join(_ENCODINGS)}, found {encoding!r}; write it again"
        )
    if encoding == "array" and isinstance(element, h5py.Dataset):
        check_size(declared_bytes(element), where, element.id.get_storage_size())
        return read_numbers(element, as_float)
    if encoding == "dataframe":
        return read_frame(element)
    if isinstance(element, h5py.Dataset) or encoding == "array":
        raise ValueError(
            f"{where}: expected an element as its encoding {encoding!r} has it, found another; write it again"
        )
    kind = sp.csr_array if encoding == "csr_matrix" else sp.csc_array
    return read_sparse(element, kind, shape_of(element, where), where)


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
        If its parts do not fit together, or do not fit into memory.
    """
    data, indices, ends = (group.get(part) for part in ("data", "indices", "indptr"))
    check_structure(data, indices, ends, shape, kind is sp.csr_array, where)
    check_size(sum(map(declared_bytes, (data, indices, ends))), where)
    numbers = read_numbers(data, as_float)
    matrix = kind((numbers, read_numbers(indices, _narrow), read_numbers(ends, _narrow)), shape=shape)
    if not matrix.has_canonical_format:
        matrix.sum_duplicates()
    return matrix


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


def contents(file: h5py.File) -> str:
    """Return the first names in a file, as text for messages."""
    return ", ".join(map(repr, list(file)[:8])) or "nothing"


def _narrow(indices: np.ndarray) -> np.ndarray:
    """Indices of a sparse matrix, in 32 bits where they fit."""
    fits = indices.size == 0 or (indices.min() >= 0 and indices.max() < 2**31)
    return indices.astype(np.int32 if fits else np.int64, copy=False)
