"""Denoised values from blocks: the requested columns, and the array or file that the blocks are written to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np


class Blocks(Protocol):
    """A matrix that is computed in blocks of columns, such as a `BlockedProduct`."""

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the whole matrix."""

    @property
    def dtype(self) -> np.dtype:
        """Its precision."""

    def __iter__(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield columns and their values."""
        ...


def column_numbers(features: Sequence[int] | np.ndarray | None, n_features: int) -> np.ndarray:
    """Return columns by number, `(n_columns,)`.

    Parameters
    ----------
    features : sequence of int, mask or None
        Numbers of columns (negative ones count from the end), a mask of all columns, or `None` for all of them.
    n_features : int
        Number of columns there are.

    Raises
    ------
    TypeError
        If the features are not numbered.
    ValueError
        If there is no such column.
    """
    if features is None:
        return np.arange(n_features)
    columns = np.asarray(features)
    columns = columns.astype(np.intp) if columns.size == 0 else columns
    if columns.dtype == bool and columns.shape == (n_features,):
        return np.flatnonzero(columns)
    if columns.dtype.kind not in "iub" or columns.ndim != 1:
        raise TypeError(f"features: expected numbers of columns, found {features!r}; look names up first")
    if columns.dtype == bool or (columns < -n_features).any() or (columns >= n_features).any():
        raise ValueError(f"features: expected columns below {n_features}, found {features!r}; correct them")
    return columns


def filled(blocks: Blocks, out: Any = None) -> Any:
    """Put all blocks into an array.

    Parameters
    ----------
    blocks : Blocks
        What is computed, block by block.
    out : object that takes `out[:, i:j] = block`, or None, default None
        Where to put it; a new array unless given.

    Raises
    ------
    ValueError
        If `out` has another shape.
    """
    out = np.empty(blocks.shape, dtype=blocks.dtype) if out is None else out
    if tuple(out.shape) != blocks.shape:
        raise ValueError(f"out: expected shape {blocks.shape}, found {tuple(out.shape)}; give it one column a feature")
    for place, block in blocks:
        out[:, place] = block
    return out
