"""Views in files of plain arrays: `.npz` and `.npy`."""

from __future__ import annotations

import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.files import one_line
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.view_file import StoredView

_NPY_MAGIC = b"\x93NUMPY"
_MEMBER = ".npy"  # of an archive
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)


@dataclass(frozen=True)
class Npz:
    """A `.npz` file: one array a view, named as the arrays are.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    """

    path: Path
    format = "npz"

    def places(self) -> list[str]:
        """Return the names of the arrays."""
        if not zipfile.is_zipfile(self.path):
            raise ValueError(
                f"{self.path}: expected an .npz file (a zip of arrays), found another kind of content or a file that "
                "was cut short; write it again with numpy.savez"
            )
        return list(dimensions(self.path))

    def default(self) -> list[str]:
        """Return all arrays but those of one dimension, which are labels."""
        return [name for name, n_dimensions in dimensions(self.path).items() if n_dimensions != 1]

    def sample_names(self) -> None:
        """Return `None`: arrays have no names for their rows."""

    def read(self, place: str) -> StoredView:
        """Read one array."""
        values = read_array(self.path, place)
        if values.ndim != 2:
            raise ValueError(
                f"view '{place}': expected a two-dimensional array (samples x features), found {values.ndim} "
                f"dimension{'s' * (values.ndim != 1)} {values.shape}; reshape it, or name only the arrays of "
                f"{self.path.name} that are views"
            )
        return StoredView(as_float(values), Place(self.path, place))


def dimensions(path: Path) -> dict[str, int]:
    """Return the number of dimensions of every array in a `.npz`, by name, from their headers alone.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """
    with _decoding(path), zipfile.ZipFile(path) as archive:
        return {
            member.filename.removesuffix(_MEMBER): len(_header(archive, member, str(path))[0])
            for member in archive.infolist()
            if member.filename.endswith(_MEMBER)
        }


def read_array(path: Path, name: str) -> np.ndarray:
    """Read one array of a `.npz`, whose size is checked before.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    name : str
        One of `dimensions`.

    Raises
    ------
    TypeError, ValueError
        If it holds objects, is damaged, or does not fit into memory.
    """
    where = str(Place(path, name))
    with _decoding(path), zipfile.ZipFile(path) as archive:
        member = archive.getinfo(f"{name}{_MEMBER}")
        shape, dtype, start = _header(archive, member, where)
        n_bytes = dtype.itemsize * math.prod(shape)
        check_size(n_bytes, where, member.compress_size)
        if n_bytes != member.file_size - start:
            raise EOFError(f"'{name}' declares {n_bytes:,} bytes and holds {member.file_size - start:,}")
        with archive.open(member) as stream:
            values: np.ndarray = np.lib.format.read_array(stream, allow_pickle=False)
    return values


def _header(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> tuple[tuple[int, ...], np.dtype, int]:
    with archive.open(member) as stream:
        return read_header(stream, where)


def read_header(stream: IO[bytes], where: str) -> tuple[tuple[int, ...], np.dtype, int]:
    """Read shape and type of an array in numpy's own format, and where its values begin.

    Parameters
    ----------
    stream : file
        At its beginning.
    where : str
        What to call it in messages.

    Raises
    ------
    TypeError, ValueError
        If the array holds pickled objects, or the heading cannot be read.
    """
    try:
        version = np.lib.format.read_magic(stream)
        first = version == (1, 0)
        read = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
        start = stream.tell()
        if any(isinstance(length, bool) or length < 0 for length in shape):
            raise ValueError(f"shape {shape}")
    except _ZIP_ERRORS:
        raise
    except Exception as error:  # numpy evaluates the heading, which may be anything
        raise ValueError(
            f"{where}: expected an array with a heading that says its shape and type, found one that cannot be read "
            f"({one_line(error)}); write it again with numpy.save"
        ) from error
    if dtype.hasobject:
        raise _pickled(where)
    return shape, dtype, start


@dataclass(frozen=True)
class Npy:
    """A `.npy` file: one view, named as the file is.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    """

    path: Path
    format = "npy"

    def places(self) -> list[str]:
        """Return the file's own name."""
        return [self.path.stem]

    def default(self) -> list[str]:
        """Return the one view."""
        return self.places()

    def sample_names(self) -> None:
        """Return `None`: arrays have no names for their rows."""

    def read(self, place: str) -> StoredView:
        """Read the array."""
        with self.path.open("rb") as stream:
            if stream.read(len(_NPY_MAGIC)) != _NPY_MAGIC:
                raise ValueError(
                    f"{self.path}: expected an .npy file, found another kind of content; write it with numpy.save"
                )
            stream.seek(0)
            shape, dtype, start = read_header(stream, str(self.path))
        n_bytes, n_stored = dtype.itemsize * math.prod(shape), self.path.stat().st_size - start
        with _decoding(self.path):
            if n_bytes > n_stored:
                raise EOFError(f"it declares {n_bytes:,} bytes and holds {n_stored:,}")
            check_size(n_bytes, str(self.path))
            return StoredView(as_float(np.load(self.path, allow_pickle=False)), Place(self.path))


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Turn the errors of arrays that cannot be decoded into one line."""
    try:
        yield
    except (OSError, EOFError, KeyError, RuntimeError, UnicodeError, OverflowError, *_ZIP_ERRORS) as error:
        raise ValueError(
            f"{path}: expected whole arrays, found a file that is damaged or cut short ({one_line(error)}); "
            "copy or write it again"
        ) from error


def _pickled(where: str) -> TypeError:
    return TypeError(f"{where}: expected arrays of numbers, found pickled objects; convert them to float before saving")
