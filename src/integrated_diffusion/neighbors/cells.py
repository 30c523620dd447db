"""Cells of points, and the candidates that a block of samples finds in the cells it probes, by squared distances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from integrated_diffusion.neighbors.candidates_plain import candidates_plain
from integrated_diffusion.neighbors.quantized import QuantizedPoints
from integrated_diffusion.neighbors.tiles import first_tiles_of, tiled
from integrated_diffusion.runtime import simd

if simd.is_available():
    from integrated_diffusion.neighbors.candidates_simd import candidates_simd as _candidates
else:
    _candidates = candidates_plain

ROWS = 256
"""Samples that are searched together: they stay in the first-level cache while the cells are read."""

_LOST = 1e-5
"""Squared distance, in units of that from the centre, below which rounding in float32 decides who is near."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Points in the order of their cells.

    Attributes
    ----------
    points : numpy.ndarray of shape (n_samples, n_features)
        Points, float32 or float64, which is the precision of the search.
    order : numpy.ndarray of shape (n_samples,)
        Row of the view of each point.
    starts : numpy.ndarray of shape (n_cells + 1,)
        The points of cell `c` are those from `starts[c]` to `starts[c + 1]`.
    centres : numpy.ndarray of shape (n_cells, n_features)
        Centre of each cell, in the precision of the points.
    """

    points: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    centres: np.ndarray

    @classmethod
    def in_order(cls, points: np.ndarray) -> Cells:
        """Cut the points into cells in their present order, all centred at the origin."""
        n_samples, n_features = points.shape
        starts = np.append(np.arange(0, n_samples, ROWS), n_samples)
        return cls(points, np.arange(n_samples), starts, np.zeros((len(starts) - 1, n_features), points.dtype))

    @property
    def sizes(self) -> np.ndarray:
        """Number of points of each cell."""
        return np.diff(self.starts)

    def blocks(self) -> list[tuple[int, int, int]]:
        """Cut all cells into blocks of rows: cell, first point and the point after the last."""
        return [
            (cell, start, min(start + ROWS, stop))
            for cell, (start, stop) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True))
            for start in range(start, stop, ROWS)
        ]

    def candidates(
        self,
        own: np.ndarray,
        cell: int,
        probed_cells: np.ndarray,
        n_candidates: int,
        probe_mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest points of some points, including themselves if they are in the cells.

        Parameters
        ----------
        own : numpy.ndarray of shape (n_rows, n_features)
            Points of one cell.
        cell : int
            That cell, relative to whose centre distances are computed.
        probed_cells : numpy.ndarray of shape (n_probed,)
            Cells to search, best the nearest first.
        n_candidates : int
            Number of points to return.
        probe_mask : numpy.ndarray of shape (n_probed, n_rows) or None, default None
            Which of the cells each point probes; `None`: all of them.

        Returns
        -------
        places : numpy.ndarray of shape (n_rows, n_candidates), int32
            Places in `points`; `-1` where there are too few.
        squared : numpy.ndarray of shape (n_rows, n_candidates)
            Squared distances, less the point's own squared distance to the centre.
        """
        return self._about(self.centres[cell], own, probed_cells, n_candidates, probe_mask)

    def quantized_candidates(
        self,
        own: np.ndarray,
        cell: int,
        probed_cells: np.ndarray,
        n_candidates: int,
        probe_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the nearest points of some points as `candidates` does, quantized where that is fine enough.

        Elsewhere, and on processors that are not faster with them, points are compared in floating point, about the
        centre of their cell, or each about itself where its neighbours are so near that rounding would decide. Points
        that are hardly further away may be exchanged.
        """
        if simd.has_products_of_pairs():
            places, is_fine = self._quantized.candidates(own, probed_cells, n_candidates, probe_mask)
        else:
            places, is_fine = np.empty((len(own), n_candidates), np.int32), np.zeros(len(own), dtype=bool)
        rows = np.flatnonzero(~is_fine)
        if len(rows):
            asked = probed_cells, n_candidates
            places[rows], squared = self.candidates(own[rows], cell, *asked, _of_rows(probe_mask, rows))
            from_centre = ((own[rows] - self.centres[cell]) ** 2).sum(axis=1)
            for row in rows[squared[:, -1] + from_centre < _LOST * from_centre, None]:
                places[row] = self._about(own[row[0]], own[row], *asked, _of_rows(probe_mask, row))[0]
        return places

    def _about(
        self,
        centre: np.ndarray,
        own: np.ndarray,
        probed_cells: np.ndarray,
        n_candidates: int,
        probe_mask: np.ndarray | None,
    ) -> tuple[np.ndarray, np.ndarray]:
        places = np.full((len(own), n_candidates), -1, np.int32)
        squared, first_tiles = np.full(places.shape, np.inf, own.dtype), first_tiles_of(self.starts)
        _candidates(own, self._tiles, first_tiles, self.starts, centre, probed_cells, probe_mask, places, squared)
        return places, squared

    @cached_property
    def _tiles(self) -> np.ndarray:
        return tiled(self.points, self.starts, np.inf)  # what no cell fills is infinitely far away

    @cached_property
    def _quantized(self) -> QuantizedPoints:
        return QuantizedPoints.of(self.points, self.starts)


def _of_rows(probe_mask: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if probe_mask is None else np.ascontiguousarray(probe_mask[:, rows])
