"""Features of two views smoothed block by block and compared, so that no smoothed view is ever held.

The side with fewer features is held, prepared (a byte a value where it is binned), in tiles; the other side streams
by. A feature is therefore smoothed once, unless the samples are so many that the held side needs several tiles. What a
block holds depends on the data alone, never on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.association.estimator import Estimator
from integrated_diffusion.operators import Operator
from integrated_diffusion.parallel import map_threads
from integrated_diffusion.validation import View

BLOCK_BYTES = 3_000_000
"""A smoothed block. Those of 12 MB, which leave the cache, took 1.6 times as long where two threads ran."""

TILE_BYTES = 256_000_000
"""Prepared columns of the held side."""

_LEAST_COLUMNS = 16  # below this a sparse product reads the operator more than the block
_MOST_COLUMNS = 256


@dataclass(frozen=True, eq=False)
class Side:
    """Features of one view, and how they are smoothed.

    Parameters
    ----------
    values
        Measured values, `(n_samples, n_features)`.
    operator
        What is applied to them.
    order
        Row `i` becomes what was row `order[i]` before smoothing; as they are unless given.
    """

    values: View | sp.csc_array
    operator: Operator
    order: np.ndarray | None = None

    @property
    def block_width(self) -> int:
        """Number of features smoothed at once."""
        fitting = BLOCK_BYTES // (self.values.shape[0] * self.values.dtype.itemsize)
        return int(min(max(fitting, _LEAST_COLUMNS), _MOST_COLUMNS))

    def smooth(self, which: np.ndarray) -> np.ndarray:
        """Smooth some features, `(n_columns, n_samples)`, a row a feature, in the precision of the values.

        A feature that is constant is so after any walk; it is set to its value, lest rounding look like a signal.
        """
        block = self.values[:, which]
        dense = block if isinstance(block, np.ndarray) else block.toarray()
        if self.order is not None:
            dense = dense[self.order]
        smoothed = np.ascontiguousarray((self.operator @ dense).T)
        constant = dense.min(axis=0) == dense.max(axis=0)
        smoothed[constant] = dense[0, constant][:, None]
        return smoothed


def pair_scores(
    first: Side,
    second: Side,
    pairs: np.ndarray,
    estimator: Estimator,
    orders: Sequence[np.ndarray | None] = (None,),
    n_jobs: int | None = None,
) -> np.ndarray:
    """Mutual information of pairs of features, for one or several orders of the second side's samples.

    Parameters
    ----------
    first, second
        The two sides, of the same samples.
    pairs
        Columns of the first and of the second side, `(n_pairs, 2)`.
    estimator
        How mutual information is estimated.
    orders
        Orders into which the second side's samples are put after smoothing, each `(n_samples,)`; `None` leaves them.
    n_jobs
        Number of threads; the result does not depend on it.

    Returns
    -------
    numpy.ndarray of shape (len(orders), n_pairs), nats
    """
    if len(np.unique(pairs[:, 0])) <= len(np.unique(pairs[:, 1])):
        return _scores(first, second, pairs, estimator, orders, n_jobs)
    turned = [None if order is None else np.argsort(order) for order in orders]
    return _scores(second, first, pairs[:, ::-1], estimator, turned, n_jobs)


def _scores(
    held: Side,
    streamed: Side,
    pairs: np.ndarray,
    estimator: Estimator,
    orders: Sequence[np.ndarray | None],
    n_jobs: int | None,
) -> np.ndarray:
    scores = np.empty((len(orders), len(pairs)))
    for tile in _tiles(held, pairs[:, 0], estimator, n_jobs):
        mine = np.flatnonzero(np.isin(pairs[:, 0], tile.names))
        mine = mine[np.argsort(pairs[mine, 1], kind="stable")]

        def fill(rows: np.ndarray, tile: _Tile = tile) -> None:
            names, positions = np.unique(pairs[rows, 1], return_inverse=True)
            prepared = estimator.prepare(streamed.smooth(names))
            local = np.column_stack([np.searchsorted(tile.names, pairs[rows, 0]), positions])
            for i, order in enumerate(orders):
                scores[i, rows] = estimator(tile.prepared, _reordered(prepared, order), local)

        map_threads(fill, _runs(mine, pairs[mine, 1], streamed.block_width), n_jobs)
    return scores


@dataclass(frozen=True, eq=False)
class _Tile:
    """Prepared columns of the held side, by their increasing column number."""

    names: np.ndarray
    prepared: np.ndarray


def _tiles(held: Side, columns: np.ndarray, estimator: Estimator, n_jobs: int | None) -> Iterator[_Tile]:
    names = np.unique(columns)
    n_samples, width = held.values.shape[0], held.block_width
    per_value = estimator.prepare(np.zeros((1, 1), dtype=held.values.dtype)).itemsize
    size = max(width, TILE_BYTES // (n_samples * per_value))
    for start in range(0, len(names), size):
        part = names[start : start + size]
        blocks = [part[i : i + width] for i in range(0, len(part), width)]
        prepared = map_threads(lambda block: estimator.prepare(held.smooth(block)), blocks, n_jobs)
        yield _Tile(part, np.concatenate(prepared))


def _runs(rows: np.ndarray, columns: np.ndarray, width: int) -> list[np.ndarray]:
    """Rows of pairs cut into runs of at most `width` different columns; the columns are sorted."""
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    return np.split(rows, starts[width::width])


def _reordered(prepared: np.ndarray, order: np.ndarray | None) -> np.ndarray:
    return prepared if order is None else prepared[:, order]
