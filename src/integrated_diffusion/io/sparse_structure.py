"""Sparse matrices in HDF5 files, checked on the integers as they are stored."""

from __future__ import annotations

import h5py
import numpy as np

from integrated_diffusion.views.sparse_structure import check_structure, damaged


def check_stored_structure(group: h5py.Group, where: str, *, ends_only: bool = False) -> None:
    """Check a sparse matrix as anndata encodes it; see `check_structure`.

    Parameters
    ----------
    group : h5py.Group
        With an encoding of sparse matrices.
    where : str
        What to call it in messages.
    ends_only : bool, default False
        Whether its indices are left out.
    """
    data, indices, indptr = (group.get(part) for part in ("data", "indices", "indptr"))
    shape = shape_of(group, where)
    by_rows = not str(group.attrs.get("encoding-type", group.attrs.get("h5sparse_format", ""))).startswith("csc")
    check_structure(data, indices, indptr, shape, by_rows, where, ends_only=ends_only)


def shape_of(group: h5py.Group, where: str) -> tuple[int, ...]:
    """Return the shape that a sparse matrix declares."""
    kept = np.atleast_1d(group.attrs.get("shape", group.attrs.get("h5sparse_shape", ())))
    if kept.dtype.kind not in "iu" or kept.shape != (2,):
        raise damaged(where, "no shape of two whole numbers")
    return tuple(map(int, kept))
