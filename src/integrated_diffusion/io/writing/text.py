"""Tables as text (`.csv`, `.tsv`): a row for each sample, a column for each feature."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from integrated_diffusion.io.writing.npy import NpyWriter
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import PutBlock

_TEXT_ROWS = 1_000  # rows of text that are made at once


@dataclass(frozen=True)
class TextWriter:
    """A table with a heading. Text is written by rows, so all columns are kept in a `.npy` beside it before that.

    Attributes
    ----------
    separator : str
        Stands between columns.
    """

    separator: str
    resumes = False
    value_bytes = 14  # four in the array, about ten in the text

    def create(self, path: Path, tables: Tables) -> None:
        """Make the array that keeps the columns."""
        NpyWriter().create(_columns(path), tables)

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Keep columns, and write the text after the last one."""
        with NpyWriter().filling(_columns(path), tables) as put:
            yield put
        values = np.load(_columns(path), mmap_mode="r")
        for start in range(0, tables.shape[0], _TEXT_ROWS):
            rows = slice(start, start + _TEXT_ROWS)
            frame = pd.DataFrame(values[rows], tables.obs.index[rows], tables.feature_names)
            frame.to_csv(path, sep=self.separator, mode="a", header=start == 0, index_label="sample")
        _columns(path).unlink()


def _columns(path: Path) -> Path:
    return path.with_name(f"{path.name}.npy")
