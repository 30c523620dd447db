"""Features of two views smoothed block by block and compared, so that no smoothed view is ever held.

The side with fewer features is held, prepared (a byte a value where it is binned), in tiles; the other side streams
by. A feature is therefore smoothed once for each way in which it is compared, unless the samples are so many that the
held side needs several tiles. What a block holds depends on the data alone, never on the number of threads.
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
"""A smoothed block. Those of 12 MB, which leave the cache, took 1.6 times as long where two threads ran."""

TILE_BYTES = 256_000_000
"""Prepared columns of the held side."""

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
    told: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """Mutual information of pairs of features, each pair compared in several ways.

    Parameters
    ----------
    first, second
        Values of the two sides, of the same samples.
    comparisons
        What is done to the two sides before they are compared.
    pairs
        Columns of the first and of the second side, `(n_pairs, 2)`.
    estimator
        How mutual information is estimated.
    n_jobs
        Number of threads; the result does not depend on it.
    told
        Is told how many pairs of how many are done.

    Returns
    -------
    numpy.ndarray of shape (len(comparisons), n_pairs), nats
    """
    if len(np.unique(pairs[:, 0])) > len(np.unique(pairs[:, 1])):
        first, second, pairs = second, first, pairs[:, ::-1]
        comparisons = [(there, here) for here, there in comparisons]
    held, streamed = Side.of(first, [here for here, _ in comparisons]), Side.of(second, [way for _, way in comparisons])
    orders = [_order(here, there) for here, there in comparisons]
    scores = np.full((len(comparisons), len(pairs)), np.nan)
    told(0, len(pairs))
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
            told(len(pairs) - int(np.isnan(scores[-1]).sum()), len(pairs))

        map_threads(fill, _runs(mine, pairs[mine, 1], streamed.block_width), n_jobs)
    return scores


@dataclass(frozen=True, eq=False)
class Side:
    """Features of one view, and the ways in which they are smoothed.

    Parameters
    ----------
    values
        Measured values, `(n_samples, n_features)`.
    ways
        What is done to them, each once.
    places
        For each comparison, which of the ways.
    """

    values: Values
    ways: list[SideTransform]
    places: list[int]

    @classmethod
    def of(cls, values: Values, wanted: Sequence[SideTransform]) -> Side:
        """Return a side whose features are smoothed once for all comparisons that want the same of them."""
        known: dict[tuple[int, int], int] = {}
        places = [known.setdefault((id(way.operator), id(way.before)), len(known)) for way in wanted]
        return cls(values, [wanted[places.index(i)] for i in range(len(known))], places)

    @property
    def block_width(self) -> int:
        """Number of features smoothed at once."""
        fitting = BLOCK_BYTES // (self.values.shape[0] * self.values.dtype.itemsize)
        return int(min(max(fitting, _LEAST_COLUMNS), _MOST_COLUMNS))

    def smooth(self, which: np.ndarray) -> Iterator[np.ndarray]:
        """Smooth some features in each way, `(n_columns, n_samples)`, a row a feature, in the precision of the values.

        A feature that is constant is so after any walk; it is set to its value, lest rounding look like a signal.
        """
        block = self.values[:, which]
        dense = block if isinstance(block, np.ndarray) else block.toarray()
        constant = dense.min(axis=0) == dense.max(axis=0)
        for way in self.ways:
            smoothed = np.ascontiguousarray((way.operator @ (dense if way.before is None else dense[way.before])).T)
            smoothed[constant] = dense[0, constant][:, None]
            yield smoothed


@dataclass(frozen=True, eq=False)
class _Tile:
    """Columns of the held side by their increasing number, prepared in each way."""

    names: np.ndarray
    prepared: list[np.ndarray]


def _tiles(held: Side, columns: np.ndarray, estimator: Estimator, n_jobs: int | None) -> Iterator[_Tile]:
    names = np.unique(columns)
    n_samples, width = held.values.shape[0], held.block_width
    per_value = estimator.prepare(np.zeros((1, 1), dtype=held.values.dtype)).itemsize * len(held.ways)
    size = max(width, TILE_BYTES // (n_samples * per_value))
    for start in range(0, len(names), size):
        part = names[start : start + size]
        blocks = [part[i : i + width] for i in range(0, len(part), width)]
        prepared = map_threads(lambda block: list(map(estimator.prepare, held.smooth(block))), blocks, n_jobs)
        yield _Tile(part, [np.concatenate(way) for way in zip(*prepared, strict=True)])


def _order(held: SideTransform, streamed: SideTransform) -> np.ndarray | None:
    """Order of the streamed side's samples in which they stand beside the held side's, which stay where they are."""
    if held.after is None:
        return streamed.after
    back = np.argsort(held.after)
    return back if streamed.after is None else streamed.after[back]


def _runs(rows: np.ndarray, columns: np.ndarray, width: int) -> list[np.ndarray]:
    """Rows of pairs cut into runs of at most `width` different columns; the columns are sorted."""
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    return np.split(rows, starts[width::width])
