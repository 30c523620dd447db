"""A view in a table of text: `.csv`, `.tsv`, `.txt`."""

from __future__ import annotations

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.files import check_input, one_line
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.view_file import StoredView

_BLOCK = 2**20  # bytes in which lines are counted
SUFFIXES = (".csv", ".tsv", ".txt")
"""Suffixes of tables; each may be followed by `.gz`."""

_USUAL_SEPARATOR = {".csv": ",", ".tsv": "\t", ".txt": "\t"}


@dataclass(frozen=True)
class Table:
    """A `.csv`, `.tsv` or `.txt` file, also gzipped: one view, named as the file is.

    The first column holds the names of the samples, with a heading or, as R's `write.table` has it, without one. A
    heading in which commas or tabs are expected but only semicolons, tabs or commas stand is separated by these.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    transposed : bool, default False
        Whether features are in rows and samples in columns.
    """

    path: Path
    transposed: bool = False

    @property
    def format(self) -> str:
        """`csv`, `tsv` or `txt`."""
        return self._plain.suffix.lower().lstrip(".")

    def places(self) -> list[str]:
        """Return the file's own name."""
        return [self._plain.stem]

    def default(self) -> list[str]:
        """Return the one view."""
        return self.places()

    def sample_names(self) -> list[str]:
        """Return the first column, or the headings of a transposed table."""
        if self.transposed:
            return list(map(str, self._parse().columns))
        return list(self._parse(usecols=[0]).index)

    def read(self, place: str) -> StoredView:
        """Read the table."""
        frame = self._parse()
        if not len(frame.columns):
            raise ValueError(
                f"{self.path}: expected columns separated by commas, semicolons or tabs, found one column that begins "
                f"{str(frame.index.name)[:30]!r}; write it again, separated by {_USUAL_SEPARATOR[f'.{self.format}']!r}"
            )
        self._check_numbers(frame)
        # Columns of truth values beside numbers, or a table without rows, would become objects otherwise.
        mixed = frame.empty or len({dtype.kind for dtype in frame.dtypes}) > 1
        values = as_float(frame.to_numpy(dtype=np.float64 if mixed else None))
        rows, columns = list(frame.index), list(map(str, frame.columns))
        if self.transposed:
            return StoredView(np.ascontiguousarray(values.T), Place(self.path), columns, rows)
        return StoredView(values, Place(self.path), rows, columns)

    @property
    def _plain(self) -> Path:
        """The name without `.gz`."""
        return self.path.with_suffix("") if self.path.suffix.lower() == ".gz" else self.path

    def _parse(self, usecols: list[int] | None = None) -> pd.DataFrame:
        try:
            layout = self._layout()
        except (ValueError, OSError, EOFError, zlib.error) as error:
            raise self._unreadable(error) from error
        self._check_size(layout["sep"])
        try:
            # As text: `index_col` would turn a name such as 007 into the number 7.
            frame = pd.read_csv(self.path, converters={0: str.strip}, usecols=usecols, low_memory=False, **layout)
        except Exception as error:  # pandas does not say which there are, nor what they mean
            raise self._unreadable(error) from error
        if not isinstance(frame.index, pd.RangeIndex):
            raise ValueError(
                f"{self.path}: expected a heading for every column, found fewer headings than columns; give the column "
                "of sample names a heading too"
            )
        return frame.set_index(frame.columns[0])

    def _unreadable(self, error: Exception) -> ValueError:
        separator = _USUAL_SEPARATOR[f".{self.format}"]
        return ValueError(
            f"{self.path}: expected a table with headings and sample names in the first column, found one that "
            f"cannot be read ({one_line(error)}); write it again, separated by {separator!r}"
        )

    def _check_size(self, separator: str) -> None:
        """A short row is filled up to the length of the heading, so heading and number of rows say what is needed."""
        with self._opened("rb") as stream:
            n_columns = stream.readline().count(separator.encode())
            n_rows = sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK), b""))
        check_size(8 * n_rows * n_columns, str(self.path))

    def _opened(self, mode: str, encoding: str | None = None) -> Any:
        opened = gzip.open if self._plain != self.path else open
        return opened(self.path, mode, encoding=encoding)

    def _layout(self) -> dict[str, Any]:
        """What separates the columns, the decimal mark, and headings where that of the sample names is left out."""
        with self._opened("rt", "utf-8-sig") as stream:
            lines = [stream.readline() for _ in range(2)]
        usual = _USUAL_SEPARATOR[f".{self.format}"]
        others = [mark for mark in ",;\t" if mark in lines[0]]
        separator = usual if usual in others or len(others) != 1 else others[0]
        decimal = "," if separator == ";" and "," in lines[1] and "." not in lines[1].partition(";")[2] else "."
        heading, first = (next(csv.reader([line], delimiter=separator), []) for line in lines)
        named = {"names": ["", *heading], "header": 0} if heading and len(first) == len(heading) + 1 else {}
        return {"sep": separator, "decimal": decimal, **named}

    def _check_numbers(self, frame: pd.DataFrame) -> None:
        kinds = zip(frame.columns, frame.dtypes, strict=True) if len(frame) else ()
        for position, (column, kind) in enumerate(kinds):
            if not pd.api.types.is_numeric_dtype(kind):
                values = frame.iloc[:, position].dropna()
                text = values[pd.to_numeric(values, errors="coerce").isna()]
                text = text if len(text) else values
                raise TypeError(
                    f"{self.path}: expected numbers after the column of sample names, found text in column '{column}' "
                    f"(first '{text.iloc[0]}' in sample '{text.index[0]}'); leave the column out"
                )


def read_names(path: Path) -> pd.DataFrame:
    """Read a table of names with headings, separated by commas (`.csv`) or tabs (any other suffix).

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    pandas.DataFrame
        Every entry as text.

    Raises
    ------
    FileNotFoundError, ValueError
        If it does not exist or cannot be read.
    """
    check_input(path)
    try:
        return pd.read_csv(path, sep="," if path.suffix.lower() == ".csv" else "\t", dtype=str)
    except Exception as error:  # as above
        raise ValueError(
            f"{path}: expected a table of names with headings, found one that cannot be read ({one_line(error)}); "
            "write it again, separated by commas (.csv) or tabs (.tsv)"
        ) from error
