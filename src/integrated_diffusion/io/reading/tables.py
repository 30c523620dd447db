"""A view in a table of text: `.csv`, `.tsv`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.files import check_input, one_line
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.view_file import StoredView

_BLOCK = 2**20  # bytes in which lines are counted


@dataclass(frozen=True)
class Table:
    """A `.csv` or `.tsv` file: one view, named as the file is; the first column holds the names of the samples.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    """

    path: Path

    @property
    def format(self) -> str:
        """`csv` or `tsv`."""
        return self.path.suffix.lower().lstrip(".")

    def places(self) -> list[str]:
        """Return the file's own name."""
        return [self.path.stem]

    def default(self) -> list[str]:
        """Return the one view."""
        return self.places()

    def sample_names(self) -> list[str]:
        """Return the first column."""
        return list(self._parse(usecols=[0]).index)

    def read(self, place: str) -> StoredView:
        """Read the table."""
        frame = self._parse()
        self._check_numbers(frame)
        # Columns of truth values beside numbers, or a table without rows, would become objects otherwise.
        mixed = frame.empty or len({dtype.kind for dtype in frame.dtypes}) > 1
        values = frame.to_numpy(dtype=np.float64 if mixed else None)
        return StoredView(as_float(values), Place(self.path), list(frame.index), list(map(str, frame.columns)))

    def _parse(self, usecols: list[int] | None = None) -> pd.DataFrame:
        separator = {"csv": ",", "tsv": "\t"}[self.format]
        self._check_size(separator)
        try:
            # As text: `index_col` would turn a name such as 007 into the number 7.
            frame = pd.read_csv(self.path, sep=separator, converters={0: str.strip}, usecols=usecols, low_memory=False)
        except Exception as error:  # pandas does not say which there are, nor what they mean
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

    def _check_size(self, separator: str) -> None:
        """A short row is filled up to the length of the heading, so heading and number of rows say what is needed."""
        with self.path.open("rb") as stream:
            n_columns = stream.readline().count(separator.encode())
            n_rows = sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK), b""))
        check_size(8 * n_rows * n_columns, str(self.path))

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
