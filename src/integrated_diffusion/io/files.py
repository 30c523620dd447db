"""Input files: whether they exist, can be opened and are complete; errors in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

import h5py

from integrated_diffusion.io.foreign import as_hdf5
from integrated_diffusion.io.heaps import check_heaps
from integrated_diffusion.io.links import check_links
from integrated_diffusion.io.zarr_copy import is_zarr

_DECODING_ERRORS = (
    OSError,
    LookupError,
    RuntimeError,
    AttributeError,
    TypeError,
    UnicodeError,
    ArithmeticError,
    MemoryError,
)
"""What h5py raises about content that is not what its reader expects."""


class MissingFileError(FileNotFoundError, ValueError):
    """An input file, or the folder of an output, that does not exist."""


class LockedFileError(PermissionError, ValueError):
    """A file or folder that this user may not read or write, or a file that is being written elsewhere."""


def check_input(path: Path) -> None:
    """Raise an error unless `path` is a file with content that this user may read.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    MissingFileError, LockedFileError, ValueError
        If it does not exist, must not be read, is a folder or is empty.
    """
    check_path(path)
    if not path.exists():
        there = sorted(other.name for other in path.parent.glob("[!.]*") if other.is_file())
        near = get_close_matches(path.name, there, n=3)
        hint = f", perhaps {' or '.join(near)}" if near else ""
        raise MissingFileError(f"expected a file at {path}, found none; check the path{hint}")
    if is_zarr(path):
        return
    if path.is_dir():
        raise ValueError(f"{path}: expected a file, found a folder; name the file in it")
    if not os.access(path, os.R_OK):
        raise LockedFileError(f"{path}: expected a file that can be read, found no permission; change its permissions")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: expected measured values, found an empty file; write it again")


def check_path(path: Path) -> None:
    """Raise `ValueError` if a path is no text that can be written into records and messages."""
    try:
        str(path).encode()
    except UnicodeError as error:
        raise ValueError(f"expected a path in UTF-8, found {str(path)!r}; rename the file or folder") from error


@contextmanager
def opened_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; an error in one line if it is of another format, damaged or open elsewhere.

    Parameters
    ----------
    path : pathlib.Path
        The file, or a store of another program, which is read by way of a copy.

    Raises
    ------
    LockedFileError
        If another process has it open for writing.
    ValueError
        If the file cannot be opened, or what is read from it cannot be decoded.
    """
    stored = as_hdf5(path)
    if not h5py.is_hdf5(stored):
        raise ValueError(
            f"{path}: expected an HDF5 file, found another kind of content; "
            "check how the file was made, its name does not fit its content"
        )
    check_heaps(stored)
    try:
        with h5py.File(stored, "r") as file:
            check_links(file)
            yield file
    except BlockingIOError as error:
        raise open_elsewhere(path) from error
    except _DECODING_ERRORS as error:
        said = one_line(error) if isinstance(error, OSError | KeyError | RuntimeError) else "content of another kind"
        if "filter returned failure" in said:
            said = "numbers that do not agree with the file's own checksum, or cannot be decompressed"
        raise ValueError(
            f"{path}: expected a whole HDF5 file, found one that is damaged or cut short ({said}); "
            "copy or write it again"
        ) from error


def open_elsewhere(path: Path) -> LockedFileError:
    """Return the error about a file that another process has open."""
    return LockedFileError(
        f"{path}: expected a file that no other process writes to, found it open in another one; close it there first"
    )


def one_line(error: Exception) -> str:
    """Return an error's first line, without a full stop at its end."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (text.strip().splitlines() or [type(error).__name__])[0].strip("'\". ")
