"""Groups of an HDF5 file that anndata reads as mappings."""

from __future__ import annotations

import h5py
from anndata.io import write_elem


def mapping_group(file: h5py.File, path: str) -> h5py.Group:
    """Return a group that anndata reads as a mapping; it is made if it is missing.

    Parameters
    ----------
    file : h5py.File
        A file that is open for writing.
    path : str
        The group, such as `uns` or `mod/rna/layers`.
    """
    if path not in file:
        write_elem(file, path, {})
    return file[path]
