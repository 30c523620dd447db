"""Views in files of plain arrays: `.npz` and `.npy`."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.files import one_line
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.view_file import StoredView

_NPY_MAGIC = b"\x93NUMPY"


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
        with _decoding(self.path), np.load(self.path, allow_pickle=False) as arrays:
            return list(arrays.files)

    def default(self) -> list[str]:
        """Return all arrays but those of one dimension, which are labels."""
        with _decoding(self.path):
            return [name for name, n_dimensions in dimensions(self.path).items() if n_dimensions != 1]

    def sample_names(self) -> None:
        """Return `None`: arrays have no names for their rows."""

    def read(self, place: str) -> StoredView:
        """Read one array."""
        with _decoding(self.path), np.load(self.path, allow_pickle=False) as arrays:
            values = arrays[place]
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
    found = {}
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays.files:
            with arrays.zip.open(f"{name}.npy") as stream:
                version = np.lib.format.read_magic(stream)
                header = (
                    np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                )
                found[name] = len(header(stream)[0])
    return found


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
        with _decoding(self.path):
            return StoredView(as_float(np.load(self.path, allow_pickle=False)), Place(self.path))


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Turn the errors of arrays that cannot be decoded into one line."""
    try:
        yield
    except (ValueError, OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        if "Object arrays" in str(error):
            raise TypeError(
                f"{path}: expected arrays of numbers, found pickled objects; convert them to float before saving"
            ) from error
        raise ValueError(
            f"{path}: expected whole arrays, found a file that is damaged or cut short ({one_line(error)}); "
            "copy or write it again"
        ) from error
