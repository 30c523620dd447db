"""Operators applied to chosen columns of a dask array, some columns at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dask.array as da
import numpy as np

from integrated_diffusion.operators import Operator
from integrated_diffusion.views.counts import check_count_scale, library_sizes
from integrated_diffusion.views.normalisation import floored
from integrated_diffusion.views.validation import as_floats

COLUMNS_AT_ONCE = 64
"""Columns that are denoised together."""


@dataclass(frozen=True, eq=False)
class ClusterProduct:
    """An operator times some columns of a dask array, some columns at a time: the cluster's `BlockedProduct`.

    Attributes
    ----------
    operator : Operator
        On a cluster.
    values : dask.array.Array of shape (n_samples, n_features)
        Dense or sparse in each chunk.
    columns : numpy.ndarray of shape (n_columns,)
        Numbers of the columns.
    sizes : dask.array.Array of shape (n_samples, 1) or None, default None
        Library size of each sample, if the values are counts whose shares are averaged; see
        `selection.smoothers.on_count_scale`.
    """

    operator: Operator
    values: Any
    columns: np.ndarray
    sizes: Any = None

    @classmethod
    def of_counts(cls, operator: Operator, values: Any, columns: np.ndarray, recipe: str, name: str) -> ClusterProduct:
        """Return the product on the scale of counts.

        Parameters
        ----------
        operator, values, columns : Operator, dask.array.Array and numpy.ndarray
            As the attributes.
        recipe : str
            Name of the view's recipe.
        name : str
            What to call the values in messages.

        Raises
        ------
        ValueError
            If the values are not counts.
        """
        sizes = values.map_blocks(
            sizes_of_counts, recipe, name, dtype=np.float64, chunks=(values.chunks[0], (1,)), meta=np.empty((0, 0))
        )
        sizes = sizes.persist()
        sizes.max().compute()  # raises what a chunk raised
        return cls(operator, values, columns, sizes)

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_columns)` of the result."""
        return self.values.shape[0], len(self.columns)

    @property
    def dtype(self) -> np.dtype:
        """Precision of the result."""
        return self.values.dtype if self.values.dtype in (np.float32, np.float64) else np.dtype(np.float64)

    def __iter__(self) -> Iterator[tuple[slice, Any]]:
        """Yield places of columns, and these as a dask array whose computation has begun."""
        for start in range(0, len(self.columns), COLUMNS_AT_ONCE):
            some = self.columns[start : start + COLUMNS_AT_ONCE]
            yield slice(start, start + len(some)), self._product(some)

    def _product(self, columns: np.ndarray) -> Any:
        take = dense_columns if self.sizes is None else shares_of_columns
        chosen = self.values.map_blocks(
            take,
            columns,
            dtype=self.dtype,
            chunks=(self.values.chunks[0], (len(columns),)),
            meta=np.empty((0, 0), self.dtype),
        )
        found = self.operator @ chosen
        return found if self.sizes is None else found * self.sizes.astype(self.dtype)

    def joined(self) -> Any:
        """Return all columns as one dask array."""
        return da.concatenate([block for _, block in self], axis=1)


def dense_columns(chunk: Any, columns: np.ndarray) -> np.ndarray:
    """Return some columns of a chunk as a dense array of floats."""
    found = as_floats(chunk[:, columns], "to denoise")
    return found if isinstance(found, np.ndarray) else found.toarray()


def shares_of_columns(chunk: Any, columns: np.ndarray) -> np.ndarray:
    """Return which share of each sample's counts is in some columns."""
    found = dense_columns(chunk, columns)
    sizes = floored(library_sizes(as_floats(chunk, "to denoise")))
    return np.asarray(found / sizes[:, None].astype(found.dtype))


def sizes_of_counts(chunk: Any, recipe: str, name: str) -> np.ndarray:
    """Return the sum of each row as a column, after a check that the chunk holds counts."""
    X = as_floats(chunk, name)
    check_count_scale(X, recipe, name)
    return library_sizes(X)[:, None]
