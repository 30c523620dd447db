"""Elements of HDF5 files in anndata's encodings: checked as they are stored, then decoded by anndata."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import h5py
import pandas as pd
from anndata.io import read_elem

from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.files import one_line
from integrated_diffusion.io.foreign import source_of
from integrated_diffusion.io.sparse_structure import check_stored_structure

_SPARSE = ("csr_matrix", "csc_matrix", "csr", "csc")


def read_element(element: h5py.Group | h5py.Dataset) -> Any:
    """Read an element of an AnnData or MuData file; nothing else is decoded by anndata.

    Parameters
    ----------
    element : h5py.Group or h5py.Dataset
        A frame, an array, a sparse matrix, a mapping of these or one value.

    Raises
    ------
    ValueError
        If it is damaged, declares more than fits into memory, or has an encoding that anndata does not know.
    """
    check_element(element)
    try:
        return read_elem(element)
    except Exception as error:  # anndata says neither which errors there are nor what they mean
        raise ValueError(
            f"{place_of(element)}: expected an element that anndata can read, found one that it cannot "
            f"({one_line(error)}); write the file again"
        ) from error


def read_frame(element: h5py.Group | h5py.Dataset) -> pd.DataFrame:
    """Read a table of an AnnData or MuData file.

    Raises
    ------
    ValueError
        If it is no table, or `read_element` cannot read it.
    """
    found = read_element(element)
    if not isinstance(found, pd.DataFrame):
        raise ValueError(f"{place_of(element)}: expected a table, found {type(found).__name__}; write the file again")
    return found


def check_element(element: h5py.Group | h5py.Dataset) -> None:
    """Raise `ValueError` unless the sizes and sparse matrices of an element, and of all in it, are sound.

    Parameters
    ----------
    element : h5py.Group or h5py.Dataset
        An element, or a whole file.
    """
    declared = 0
    for part in _all_in(element):
        if isinstance(part, h5py.Dataset):
            n_bytes = declared_bytes(part)
            check_size(n_bytes, place_of(part), part.id.get_storage_size())
            declared += n_bytes
        elif is_sparse(part):
            check_stored_structure(part, place_of(part))
    check_size(declared, place_of(element))


def declared_bytes(dataset: h5py.Dataset) -> int:
    """Bytes that a data set takes in memory by its own word."""
    return int(dataset.dtype.itemsize) * math.prod(dataset.shape or (0,))


def is_sparse(group: h5py.Group) -> bool:
    """Whether a group says that it is a sparse matrix."""
    return str(group.attrs.get("encoding-type", group.attrs.get("h5sparse_format", ""))) in _SPARSE


def place_of(element: h5py.Group | h5py.Dataset) -> str:
    """File and path of an element, as text for messages."""
    if not element.name:
        return str(element.file)
    return f"{source_of(element.file.filename)}:{element.name.lstrip('/')}".rstrip(":")


def _all_in(
    element: h5py.Group | h5py.Dataset, seen: set[tuple[int, int]] | None = None
) -> Iterator[h5py.Group | h5py.Dataset]:
    """The element and everything in it, each once, however many links lead there."""
    seen = set() if seen is None else seen
    info = h5py.h5o.get_info(element.id)
    if (info.fileno, info.addr) in seen:
        return
    seen.add((info.fileno, info.addr))
    yield element
    if isinstance(element, h5py.Group):
        for name in element:
            found = element[name]
            if isinstance(found, h5py.Group | h5py.Dataset):
                yield from _all_in(found, seen)
