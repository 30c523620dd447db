"""Elements of HDF5 files with a checksum of every chunk of numbers, so that later damage is noticed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from anndata.experimental import write_dispatched


def write_checked(group: Any, key: str, element: Any, dataset_kwargs: Mapping[str, Any] | None = None) -> None:
    """Write an element as `anndata.io.write_elem` does, numbers with Fletcher's checksum, which HDF5 checks in reading.

    Parameters
    ----------
    group : h5py.Group or zarr.Group
        Where to write; a group of zarr gets no checksums.
    key : str
        Name of the element; `/` for the group itself.
    element : object
        What anndata writes: an array, a matrix, a table, an AnnData, a mapping of these or one value.
    dataset_kwargs : mapping of str to object or None, default None
        As in `write_elem`.
    """
    is_hdf5 = hasattr(group, "file")

    def write(
        write_one: Callable[..., None], into: Any, name: str, found: Any, dataset_kwargs: Mapping[str, Any], **_: Any
    ) -> None:
        more = {"fletcher32": True} if is_hdf5 and _has_numbers(found) else {}
        write_one(into, name, found, dataset_kwargs={**dataset_kwargs, **more})

    write_dispatched(group, key, element, callback=write, dataset_kwargs=dict(dataset_kwargs or {}))


def _has_numbers(element: Any) -> bool:
    """Whether it is a matrix or array of numbers; HDF5 filters neither text nor single values."""
    if sp.issparse(element):
        return True
    return isinstance(element, np.ndarray) and element.ndim > 0 and element.dtype.kind in "biufc"
