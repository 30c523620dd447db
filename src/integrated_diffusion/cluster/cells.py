"""Cells of k-means fitted to a sample, and cells grouped to parts of about the same number of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from integrated_diffusion.cluster.tasks import Cluster, Parts
from integrated_diffusion.neighbors.approximate import k_means_centres, nearest_centres
from integrated_diffusion.runtime.threads import one_thread

POINTS_A_CELL = 32
"""Samples a cell on which k-means is fitted."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """Points about a centre, in units in which they are of magnitude one, float32.

    Attributes
    ----------
    centre : numpy.ndarray of shape (n_features,)
        Where the origin is put.
    unit : float
        What becomes one.
    """

    centre: np.ndarray
    unit: float

    @classmethod
    def of(cls, points: np.ndarray) -> Scaling:
        """Fit to some of the points."""
        centre = points.mean(axis=0, dtype=np.float64)
        return cls(centre, float(np.abs(points - centre).max(initial=0.0)) or 1.0)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Scale points."""
        return np.ascontiguousarray((points - self.centre) / self.unit, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class FittedCells:
    """Centres of cells among scaled points.

    Attributes
    ----------
    scaling : Scaling
        From points to scaled points.
    centres : numpy.ndarray of shape (n_cells, n_features), float32
        The centres.
    """

    scaling: Scaling
    centres: np.ndarray

    @classmethod
    def fit(cls, points: np.ndarray, n_cells: int, random_state: int) -> FittedCells:
        """Fit the cells to some points."""
        scaling = Scaling.of(points)
        with one_thread():
            return cls(scaling, k_means_centres(scaling(points), min(n_cells, len(points)), random_state))

    def labels(self, points: np.ndarray) -> np.ndarray:
        """Return the cell of each point."""
        with one_thread():
            return nearest_centres(self.scaling(points), self.centres)


def cell_labels(points: np.ndarray, cells: FittedCells) -> np.ndarray:
    """Return the cell of each point."""
    return cells.labels(points)


def rows_at(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return some rows."""
    return array[rows]


def sampled_rows(cluster: Cluster, chunks: Parts, sizes: Sequence[int], rows: np.ndarray) -> np.ndarray:
    """Bring some rows of arrays in chunks to the client.

    Parameters
    ----------
    cluster : Cluster
        Where the arrays are.
    chunks : list of Future
        The arrays.
    sizes : sequence of int
        Number of rows of each of them.
    rows : numpy.ndarray of int
        Numbers of rows of all of them together, increasing.
    """
    ends = np.cumsum(sizes)
    some = np.split(rows, np.searchsorted(rows, ends[:-1]))
    within = [found - first for found, first in zip(some, ends - np.asarray(sizes), strict=True)]
    return np.concatenate(cluster.gather(cluster.map(rows_at, chunks, within)))


def grouped(centres: np.ndarray, weights: np.ndarray, n_groups: int) -> np.ndarray:
    """Group cells so that near ones are together and groups weigh about the same, by bisecting along the widest axis.

    Parameters
    ----------
    centres : numpy.ndarray of shape (n_cells, n_features)
        Centres of the cells.
    weights : numpy.ndarray of shape (n_cells,)
        Number of samples of each cell.
    n_groups : int
        Number of groups.

    Returns
    -------
    numpy.ndarray of int, shape (n_cells,)
        Group of each cell; no number is left out.
    """
    groups = np.zeros(len(centres), dtype=np.int64)
    _bisect(centres.astype(np.float64), weights.astype(np.float64), np.arange(len(centres)), n_groups, 0, groups)
    return np.unique(groups, return_inverse=True)[1]


def _bisect(
    centres: np.ndarray, weights: np.ndarray, cells: np.ndarray, n_groups: int, first: int, groups: np.ndarray
) -> None:
    if n_groups < 2 or len(cells) < 2:
        groups[cells] = first
        return
    about = centres[cells] - np.average(centres[cells], axis=0, weights=np.maximum(weights[cells], 1e-9))
    along = about @ np.linalg.svd(about, full_matrices=False)[2][0]
    order = cells[np.argsort(along, kind="stable")]
    n_left = n_groups // 2
    running = np.cumsum(weights[order])
    cut = 1 + int(np.searchsorted(running, running[-1] * n_left / n_groups))
    cut = min(max(cut, 1), len(order) - 1)
    _bisect(centres, weights, order[:cut], n_left, first, groups)
    _bisect(centres, weights, order[cut:], n_groups - n_left, first + n_left, groups)
