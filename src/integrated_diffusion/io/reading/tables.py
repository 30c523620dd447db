"""Views in files of plain arrays and tables: `.npz`, `.npy`, `.csv`, `.tsv`."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from integrated_diffusion.io.files import check_input, one_line
from integrated_diffusion.io.measured import Part, Place, lean

_NPY_MAGIC = b"\x93NUMPY"


@dataclass(frozen=True)
class Npz:
    """A `.npz` file: one array a view, named as the arrays are."""

    path: Path
    format = "npz"

    def places(self) -> list[str]:
        """Names of the arrays."""
        if not zipfile.is_zipfile(self.path):
            raise ValueError(
                f"{self.path}: expected an .npz file (a zip of arrays), found another kind of content or a file that "
                "was cut short; write it again with numpy.savez"
            )
        with _decoding(self.path), np.load(self.path, allow_pickle=False) as arrays:
            return list(arrays.files)

    def default(self) -> list[str]:
        """Every array is a view but those of one dimension, which are labels."""
        with _decoding(self.path):
            return [name for name, n_dimensions in dimensions(self.path).items() if n_dimensions != 1]

    def sample_names(self) -> None:
        """Arrays have no names for their rows."""

    def read(self, place: str) -> Part:
        """Read one array."""
        with _decoding(self.path), np.load(self.path, allow_pickle=False) as arrays:
            values = arrays[place]
        if values.ndim != 2:
            raise ValueError(
                f"view '{place}': expected a two-dimensional array (samples x features), found {values.ndim} "
                f"dimension{'s' * (values.ndim != 1)} {values.shape}; reshape it, or name only the arrays of "
                f"{self.path.name} that are views"
            )
        return Part(lean(values), Place(self.path, place))


def dimensions(path: Path) -> dict[str, int]:
    """Number of dimensions of every array in a `.npz`, by name, from their headers alone."""
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
    """A `.npy` file: one view, named as the file is."""

    path: Path
    format = "npy"

    def places(self) -> list[str]:
        """The file's own name."""
        return [self.path.stem]

    def default(self) -> list[str]:
        """The one view."""
        return self.places()

    def sample_names(self) -> None:
        """Arrays have no names for their rows."""

    def read(self, place: str) -> Part:
        """Read the array."""
        with self.path.open("rb") as stream:
            if stream.read(len(_NPY_MAGIC)) != _NPY_MAGIC:
                raise ValueError(
                    f"{self.path}: expected an .npy file, found another kind of content; write it with numpy.save"
                )
        with _decoding(self.path):
            return Part(lean(np.load(self.path, allow_pickle=False)), Place(self.path))


@dataclass(frozen=True)
class Table:
    """A `.csv` or `.tsv` file: one view, named as the file is; the first column holds the names of the samples."""

    path: Path

    @property
    def format(self) -> str:
        """`csv` or `tsv`."""
        return self.path.suffix.lower().lstrip(".")

    def places(self) -> list[str]:
        """The file's own name."""
        return [self.path.stem]

    def default(self) -> list[str]:
        """The one view."""
        return self.places()

    def sample_names(self) -> list[str]:
        """The first column."""
        return list(self._parse(usecols=[0]).index)

    def read(self, place: str) -> Part:
        """Read the table."""
        frame = self._parse()
        self._check_numbers(frame)
        # Yes/no columns beside numbers, or a table of headings alone, would else be objects.
        mixed = frame.empty or len({dtype.kind for dtype in frame.dtypes}) > 1
        values = frame.to_numpy(dtype=np.float64 if mixed else None)
        return Part(lean(values), Place(self.path), list(frame.index), list(map(str, frame.columns)))

    def _parse(self, usecols: list[int] | None = None) -> pd.DataFrame:
        separator = {"csv": ",", "tsv": "\t"}[self.format]
        try:
            # As text: a name such as 007 must not turn into the number 7, which `index_col` would make of it.
            frame = pd.read_csv(self.path, sep=separator, converters={0: str.strip}, usecols=usecols)
        except (ValueError, OSError) as error:  # pandas' own errors, and text in another encoding, are ValueErrors
            raise ValueError(
                f"{self.path}: expected a table with headings and sample names in the first column, found one that "
                f"cannot be read ({one_line(error)}); write it again, separated by {separator!r}"
            ) from error
        if not isinstance(frame.index, pd.RangeIndex):
            raise ValueError(
                f"{self.path}: expected a heading for every column, found fewer headings than columns; give the column "
                "of sample names a heading too"
            )
        return frame.set_index(frame.columns[0])

    def _check_numbers(self, frame: pd.DataFrame) -> None:
        for column in frame.columns if len(frame) else ():
            if not pd.api.types.is_numeric_dtype(frame[column]):
                values = frame[column].dropna()
                text = values[pd.to_numeric(values, errors="coerce").isna()]
                text = text if len(text) else values
                raise TypeError(
                    f"{self.path}: expected numbers after the column of sample names, found text in column '{column}' "
                    f"(first '{text.iloc[0]}' in sample '{text.index[0]}'); leave the column out"
                )


def read_names(path: Path) -> pd.DataFrame:
    """Read a table of names, `.csv` or else separated by tabs, with headings; every entry as text.

    Raises
    ------
    FileNotFoundError, ValueError
        If it does not exist or cannot be read.
    """
    check_input(path)
    try:
        return pd.read_csv(path, sep="," if path.suffix.lower() == ".csv" else "\t", dtype=str)
    except (ValueError, OSError) as error:
        raise ValueError(
            f"{path}: expected a table of names with headings, found one that cannot be read ({one_line(error)}); "
            "write it again, separated by commas (.csv) or tabs (.tsv)"
        ) from error


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Say in one line why arrays cannot be decoded."""
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
