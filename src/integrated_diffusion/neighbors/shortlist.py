"""Shortlists by matrix products: a block of samples against the cells that lie nearest to its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

ROWS = 256
_COLUMNS = 512
_GROUP = 64  # distances that are looked at together


@dataclass(frozen=True, eq=False)
class Cells:
    """Points in the order of their cells.

    Attributes
    ----------
    points
        Shape `(n_samples, n_features)`, float32 or float64, in which all is then computed.
    order
        The row of the view that each point is.
    starts
        The points of cell `c` are those from `starts[c]` to `starts[c + 1]`.
    centres
        Where each cell lies, of the same precision, shape `(n_cells, n_features)`.
    """

    points: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    centres: np.ndarray

    @classmethod
    def in_order(cls, points: np.ndarray) -> Cells:
        """Cut the points into cells in the order they have, all about the origin."""
        n_samples, n_features = points.shape
        starts = np.append(np.arange(0, n_samples, ROWS), n_samples)
        return cls(points, np.arange(n_samples), starts, np.zeros((len(starts) - 1, n_features), points.dtype))

    @property
    def sizes(self) -> np.ndarray:
        """Number of points of each cell."""
        return np.diff(self.starts)

    def blocks(self) -> list[tuple[int, int, int]]:
        """Cut all cells into blocks of rows: the cell, its first and its last point but one."""
        return [
            (cell, start, min(start + ROWS, stop))
            for cell, (start, stop) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True))
            for start in range(start, stop, ROWS)
        ]

    def shortlist(
        self,
        own: np.ndarray,
        cell: int,
        looked_into: np.ndarray,
        n_candidates: int,
        wanted: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the points nearest to some, themselves among them if they are in the cells.

        Parameters
        ----------
        own
            Points of one cell, `(n_rows, n_features)`.
        cell
            That cell, about whose centre all is computed.
        looked_into
            The cells to look into, best the nearest first, `(n_looked_into,)`.
        n_candidates
            Number of points to return.
        wanted
            Which of the cells each point looks into, `(n_looked_into, n_rows)`; all of them unless given.

        Returns
        -------
        places, squared
            Places in `points` (`-1` where there are too few) and squared distances less the own squared distance from
            the centre, `(n_rows, n_candidates)`.
        """
        places = np.full((len(own), n_candidates), -1, np.int32)
        squared = np.full(places.shape, np.inf, own.dtype)
        _shortlist(own, self.points, self.starts, self.centres[cell], looked_into, wanted, places, squared)
        return places, squared


@njit(cache=True, nogil=True)
def _shortlist(
    own: np.ndarray,
    points: np.ndarray,
    starts: np.ndarray,
    centre: np.ndarray,
    looked_into: np.ndarray,
    wanted: np.ndarray | None,
    places: np.ndarray,
    squared: np.ndarray,
) -> None:
    # |a - b|² - |a|² = (-2a, 1) · (b, |b|²). About the cell's centre float32 has its digits where they are needed.
    n_features = points.shape[1]
    left = np.ones((len(own), n_features + 1), points.dtype)
    left[:, :n_features] = -(own - centre) - (own - centre)
    everybody = np.arange(len(left))
    for number, cell in enumerate(looked_into):
        rows = everybody
        if wanted is not None:
            rows = np.flatnonzero(wanted[number])
        some = left if len(rows) == len(left) else left[rows]
        for first in range(starts[cell], starts[cell + 1], _COLUMNS):
            last = min(first + _COLUMNS, starts[cell + 1])
            right = np.empty((last - first, n_features + 1), points.dtype)
            _about(points[first:last], centre, right)
            _keep_nearest(np.dot(some, right.T), rows, first, places, squared)


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def _about(points: np.ndarray, centre: np.ndarray, out: np.ndarray) -> None:
    """Write points about a centre, and behind each its squared norm."""
    n_features = points.shape[1]
    for i in range(len(points)):
        squared_norm = points.dtype.type(0)
        for feature in range(n_features):
            value = points[i, feature] - centre[feature]
            out[i, feature] = value
            squared_norm += value * value
        out[i, n_features] = squared_norm


@njit(cache=True, nogil=True)
def _keep_nearest(distances: np.ndarray, rows: np.ndarray, first: int, places: np.ndarray, squared: np.ndarray) -> None:
    # Nearly all are too far, which is told of many at once.
    for number, row in enumerate(rows):
        kept, at, here = squared[row], places[row], distances[number]
        furthest = kept[-1]
        for group in range(0, len(here), _GROUP):
            stop = min(group + _GROUP, len(here))
            n_nearer = 0
            for column in range(group, stop):
                n_nearer += here[column] < furthest
            if n_nearer == 0:
                continue
            for column in range(group, stop):
                distance = here[column]
                if distance < furthest:
                    place = len(kept) - 1
                    while place > 0 and kept[place - 1] > distance:
                        kept[place], at[place] = kept[place - 1], at[place - 1]
                        place -= 1
                    kept[place], at[place] = distance, first + column
                    furthest = kept[-1]
