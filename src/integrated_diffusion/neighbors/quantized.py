"""Points quantized to 16 bits: sums of their products are exact, and quicker to compute than those of float32."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from integrated_diffusion.neighbors.quantized_plain import quantized_plain
from integrated_diffusion.neighbors.tiles import first_tiles_of, tiled
from integrated_diffusion.runtime import simd

if simd.is_available():
    from integrated_diffusion.neighbors.quantized_simd import quantized_simd as _candidates
else:
    _candidates = quantized_plain

LONGEST = 30_000
"""Norm of the longest quantized point: half a squared distance fits into 32 bits, even of points a little longer."""

FAR = 250
"""Distance of quantized points from which rounding changes no order that matters: it moves a distance by 0.4."""

_ROWS = 2**13  # points that are rounded together: they stay in the cache


@dataclass(frozen=True, eq=False)
class QuantizedPoints:
    """Coordinates rounded to multiples of one step (scalar quantization), two in a number of 32 bits, cell by cell.

    Attributes
    ----------
    scale : float
        One over the step.
    starts : numpy.ndarray of shape (n_cells + 1,)
        The points of cell `c` are those from `starts[c]` to `starts[c + 1]`.
    tiles : numpy.ndarray of shape (n_tiles, n_pairs, TILE), int32
        Pairs of coordinates of the points of each cell.
    half_norms : numpy.ndarray of shape (n_tiles, TILE), int32
        Half of their squared norms.
    """

    scale: float
    starts: np.ndarray
    tiles: np.ndarray
    half_norms: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, starts: np.ndarray) -> QuantizedPoints:
        """Choose a step by the longest of the points, `(n_points, n_features)`, and round them."""
        blocks = range(0, len(points), _ROWS)
        longest = np.sqrt(max((_squared_norms(points[start : start + _ROWS]).max() for start in blocks), default=0))
        scale = LONGEST / longest if longest > 0 else 1.0
        pairs = np.empty((len(points), -(-points.shape[1] // 2)), np.int32)
        half_norms = np.empty((len(points), 1), np.int32)
        for start in blocks:
            block = slice(start, start + _ROWS)
            pairs[block] = _quantize(points[block], scale)
            half_norms[block, 0] = _squared_norms(pairs[block].view(np.int16)) / 2
        infinite = np.iinfo(np.int32).max  # so far away is what no cell fills
        return cls(scale, starts, tiled(pairs, starts, 0), tiled(half_norms, starts, infinite)[:, 0])

    def candidates(
        self, own: np.ndarray, probed_cells: np.ndarray, n_candidates: int, probe_mask: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest points of some points, and whether the step is fine enough to tell them apart.

        Parameters
        ----------
        own : numpy.ndarray of shape (n_rows, n_features)
            Some points, not necessarily those of the cells.
        probed_cells : numpy.ndarray of shape (n_probed,)
            Cells to search, best the nearest first.
        n_candidates : int
            Number of points to return.
        probe_mask : numpy.ndarray of shape (n_probed, n_rows) or None
            Which of the cells each point probes; `None`: all of them.

        Returns
        -------
        places : numpy.ndarray of shape (n_rows, n_candidates), int32
            Places of the points; `-1` where there are too few.
        is_fine : numpy.ndarray of shape (n_rows,), bool
            Whether the furthest of them is many steps away.
        """
        fits = _squared_norms(own) * self.scale**2 < np.iinfo(np.int16).max ** 2
        opposite = _quantize(np.where(fits[:, None], -own, 0), self.scale)
        places = np.full((len(own), n_candidates), -1, np.int32)
        halves = np.full(places.shape, np.iinfo(np.int32).max, np.int32)
        of_cells = self.tiles, self.half_norms, first_tiles_of(self.starts), self.starts
        _candidates(opposite, *of_cells, probed_cells, probe_mask, places, halves)
        furthest = 2.0 * halves[:, -1] + _squared_norms(opposite.view(np.int16))
        return places, fits & (furthest >= FAR**2)


def _quantize(points: np.ndarray, scale: float) -> np.ndarray:
    """Round coordinates to multiples of the step, and put two of them in a number: `(n_points, n_pairs)`, int32."""
    rounded = np.zeros((len(points), points.shape[1] + points.shape[1] % 2), np.int16)
    rounded[:, : points.shape[1]] = np.rint(points * np.float32(scale))
    return rounded.view(np.int32)


def _squared_norms(points: np.ndarray) -> np.ndarray:
    """Return the squared norm of each row in double precision."""
    points = points.astype(np.float64)
    return np.asarray(np.einsum("ij,ij->i", points, points))
