"""What a file format needs to take denoised values column by column: the protocols between values and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np

from integrated_diffusion.io.writing.tables import Tables

PutBlock = Callable[[slice, np.ndarray], None]
"""Writes one block, float32 `(n_samples, n_columns)`, to its columns of the output."""


class ColumnBlocks(Protocol):
    """A matrix that is computed by blocks of columns, such as `operators.blockwise.BlockedProduct`."""

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_columns)`."""

    def from_column(self, first: int) -> Iterator[tuple[slice, np.ndarray]]:
        """The blocks of columns and their values, from the block that begins at column `first` to the last one."""

    def fingerprint(self) -> str | None:
        """Digest of everything that determines the values; `None` if it cannot be computed."""


class Writer(Protocol):
    """A file format that is filled by blocks of columns, from the first to the last.

    A new format is one class with these methods, in a file of its own, and one line in `formats.WRITERS`.
    """

    @property
    def resumes(self) -> bool:
        """Whether an unfinished file can be opened again and filled from any block on."""

    @property
    def value_bytes(self) -> int:
        """Bytes that each value takes on disk; 0 if that depends on the values."""

    def create(self, path: Path, tables: Tables) -> None:
        """Make the file with everything but the values.

        Parameters
        ----------
        path : pathlib.Path
            The file or folder to make.
        tables : Tables
            Names and annotations of samples and features.
        """

    def filling(self, path: Path, tables: Tables) -> AbstractContextManager[PutBlock]:
        """Open what `create` made.

        Parameters
        ----------
        path : pathlib.Path
            The file or folder.
        tables : Tables
            As for `create`.

        Returns
        -------
        context manager
            Gives a function that writes one block. If `resumes`, the block is on disk when that function returns.
            The file is complete when the context is left without an error.
        """
