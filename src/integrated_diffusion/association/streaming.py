"""Features of two views smoothed block by block and compared, so that no smoothed view is ever held.

The side with fewer features is held in memory, prepared (one byte a value where it is binned), in tiles; the features
of the other side are streamed. A feature is therefore smoothed once for each transformation, unless there are so many
samples that the held side needs several tiles. The blocks depend on the data only, not on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.association.estimator import Estimator
from integrated_diffusion.association.smoothing import PairTransform, SideTransform
from integrated_diffusion.runtime.threads import map_threads
from integrated_diffusion.views.validation import View

BLOCK_BYTES = 3_000_000
"""Size of a smoothed block. Blocks of 12 MB exceed the cache and took 1.6 times as long with two threads."""

TILE_BYTES = 256_000_000
"""Size of the prepared columns of the held side."""

_LEAST_COLUMNS = 16  # below this a sparse product reads the operator more than the block
_MOST_COLUMNS = 256

Values: TypeAlias = View | sp.csc_array
"""Features of one view as they were measured, `(n_samples, n_features)`."""


def pair_scores(
    first: Values,
    second: Values,
    comparisons: Sequence[PairTransform],
    pairs: np.ndarray,
    estimator: Estimator,
    n_jobs: int | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """Mutual information of pairs of features under several transformations.

    Parameters
    ----------
    first, second : array of shape (n_samples, n_features)
        Values of the two sides, of the same samples.
    comparisons : sequence of PairTransform
        Transformations of the two sides before they are compared.
    pairs : numpy.ndarray of shape (n_pairs, 2)
        Columns of the first and of the second side.
    estimator : Estimator
        How mutual information is estimated.
    n_jobs : int or None, default None
        Number of threads; the result does not depend on it.
    report : callable
        Receives the number of finished pairs and the number of all pairs.

    Returns
    -------
    numpy.ndarray of shape (len(comparisons), n_pairs), nats
    """
    if len(np.unique(pairs[:, 0])) > len(np.unique(pairs[:, 1])):
        first, second, pairs = second, first, pairs[:, ::-1]
        comparisons = [(there, here) for here, there in comparisons]
    held, streamed = (
        Side.of(first, [here for here, _ in comparisons]),
        Side.of(second, [there for _, there in comparisons]),
    )
    orders = [_order(here, there) for here, there in comparisons]
    scores = np.full((len(comparisons), len(pairs)), np.nan)
    report(0, len(pairs))
    for tile in _tiles(held, pairs[:, 0], estimator, n_jobs):
        mine = np.flatnonzero(np.isin(pairs[:, 0], tile.names))
        mine = mine[np.argsort(pairs[mine, 1], kind="stable")]

        def fill(rows: np.ndarray, tile: _Tile = tile) -> None:
            names, positions = np.unique(pairs[rows, 1], return_inverse=True)
            local = np.column_stack([np.searchsorted(tile.names, pairs[rows, 0]), positions])
            prepared = [estimator.prepare(smoothed) for smoothed in streamed.smooth(names)]
            for i, order in enumerate(orders):
                here, there = tile.prepared[held.places[i]], prepared[streamed.places[i]]
                scores[i, rows] = estimator(here, there if order is None else there[:, order], local)
            report(len(pairs) - int(np.isnan(scores[-1]).sum()), len(pairs))

        map_threads(fill, _runs(mine, pairs[mine, 1], streamed.block_width), n_jobs)
    return scores


@dataclass(frozen=True, eq=False)
class Side:
    """Features of one view and the distinct transformations of them.

    Parameters
    ----------
    values : array of shape (n_samples, n_features)
        Measured values.
    transforms : list of SideTransform
        Distinct transformations.
    places : list of int
        Index of the transformation of each comparison.
    """

    values: Values
    transforms: list[SideTransform]
    places: list[int]

    @classmethod
    def of(cls, values: Values, requested: Sequence[SideTransform]) -> Side:
        """Return a side whose features are smoothed once for all comparisons with the same operator and order."""
        known: dict[tuple[int, int], int] = {}
        places = [known.setdefault((id(side.operator), id(side.before)), len(known)) for side in requested]
        return cls(values, [requested[places.index(i)] for i in range(len(known))], places)

    @property
    def block_width(self) -> int:
        """Number of features smoothed at once, a multiple of 16, with which a product takes the least time a column."""
        fitting = BLOCK_BYTES / (self.values.shape[0] * self.values.dtype.itemsize)
        rounded = round(fitting / _LEAST_COLUMNS) * _LEAST_COLUMNS
        return min(max(rounded, _LEAST_COLUMNS), _MOST_COLUMNS)

    def smooth(self, which: np.ndarray) -> Iterator[np.ndarray]:
        """Smooth features by each transformation; yields `(n_columns, n_samples)`, in the precision of the values.

        A constant feature stays constant under any operator; it is set to its value so that rounding is no signal.
        """
        block = self.values[:, which]
        dense = block if isinstance(block, np.ndarray) else block.toarray()
        constant = dense.min(axis=0) == dense.max(axis=0)
        for side in self.transforms:
            smoothed = np.ascontiguousarray((side.operator @ (dense if side.before is None else dense[side.before])).T)
            smoothed[constant] = dense[0, constant][:, None]
            yield smoothed


@dataclass(frozen=True, eq=False)
class _Tile:
    """Columns of the held side in increasing order, prepared for each transformation."""

    names: np.ndarray
    prepared: list[np.ndarray]


def _tiles(held: Side, columns: np.ndarray, estimator: Estimator, n_jobs: int | None) -> Iterator[_Tile]:
    names = np.unique(columns)
    n_samples, width = held.values.shape[0], held.block_width
    dtype = estimator.prepare(np.zeros((1, 1), dtype=held.values.dtype)).dtype
    size = max(width, TILE_BYTES // (n_samples * dtype.itemsize * len(held.transforms)))
    for start in range(0, len(names), size):
        part = names[start : start + size]
        prepared = [np.empty((len(part), n_samples), dtype) for _ in held.transforms]

        def fill(first: int, part: np.ndarray = part, prepared: list[np.ndarray] = prepared) -> None:
            rows = slice(first, first + width)
            for out, smoothed in zip(prepared, held.smooth(part[rows]), strict=True):
                out[rows] = estimator.prepare(smoothed)

        map_threads(fill, range(0, len(part), width), n_jobs)
        yield _Tile(part, prepared)


def _order(held: SideTransform, streamed: SideTransform) -> np.ndarray | None:
    """Order of the streamed side's samples that aligns them with the held side's."""
    if held.after is None:
        return streamed.after
    back = np.argsort(held.after)
    return back if streamed.after is None else streamed.after[back]


def _runs(rows: np.ndarray, columns: np.ndarray, width: int) -> list[np.ndarray]:
    """Rows of pairs cut into runs of at most `width` different columns; the columns are sorted."""
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    return np.split(rows, starts[width::width])
