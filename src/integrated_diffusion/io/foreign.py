"""Stores of other programs, `.zarr` and `.loom`, read by way of a temporary HDF5 file of the same content."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from integrated_diffusion.io.loom_copy import copy_loom
from integrated_diffusion.io.zarr_copy import copy_zarr, holds_mudata, is_zarr
from integrated_diffusion.runtime.temporary import remove_at_the_end

_COPIES: dict[str, Callable[[Path, Path], None]] = {".zarr": copy_zarr, ".loom": copy_loom}
STORES = tuple(_COPIES)
"""Suffixes of stores of other programs."""
_SOURCES: dict[str, Path] = {}  # by copy


def stored_kind(path: Path) -> str:
    """Return the suffix of the HDF5 file that has this content: `.h5mu` or `.h5ad` for a store of another program.

    Parameters
    ----------
    path : pathlib.Path
        A file or folder; the suffix of others is returned as it is, in small letters.
    """
    suffix = path.suffix.lower()
    if suffix == ".zarr" and is_zarr(path):
        return ".h5mu" if holds_mudata(path) else ".h5ad"
    return ".h5ad" if suffix == ".loom" else suffix


def as_hdf5(path: Path) -> Path:
    """Return the path of an HDF5 file with the content of a store; a file of another format is returned as it is.

    The file is made at the first call, in the folder for temporary files, and removed when the process
    ends, by a signal too.

    Parameters
    ----------
    path : pathlib.Path
        A `.zarr` folder, a `.loom`, or any other file.

    Raises
    ------
    ValueError
        If the store is damaged, leads outside itself, or does not fit into memory.
    """
    suffix = path.suffix.lower()
    if suffix not in _COPIES or (suffix == ".zarr" and not is_zarr(path)):
        return path
    return _copied(path.resolve(), _newest(path))


def source_of(path: str) -> str:
    """Return the store that a temporary file was made of; other paths as they are."""
    return str(_SOURCES.get(path, path))


@cache
def _copied(path: Path, _changed: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="integrated-diffusion-"))
    remove_at_the_end(folder)
    copy = folder / f"{path.stem}{stored_kind(path)}"
    _COPIES[path.suffix.lower()](path, copy)
    _SOURCES[str(copy)] = path
    return copy


def _newest(path: Path) -> int:
    """When anything in a store changed last, in nanoseconds."""
    parts = path.rglob("*") if path.is_dir() else [path]
    return max((part.lstat().st_mtime_ns for part in parts), default=0)
