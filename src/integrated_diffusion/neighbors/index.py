"""An index of training points that is asked for the neighbours of new ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from integrated_diffusion.neighbors.approximate import ApproximateSearch
from integrated_diffusion.neighbors.candidates import dense, joined, nearest, ranked
from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.centring import Centring
from integrated_diffusion.neighbors.exact import SPARE, ExactSearch, _may_miss
from integrated_diffusion.neighbors.find import EXACT_SAMPLES, KNeighbors
from integrated_diffusion.neighbors.inverted_file import InvertedFile
from integrated_diffusion.neighbors.ranking import Neighbors, padded
from integrated_diffusion.runtime.threads import map_threads, one_thread
from integrated_diffusion.views.validation import View


class NeighborIndex(Protocol):
    """Training points that can be asked for neighbours."""

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the nearest training points of each row of `X`, `(n_new, n_features)`, one at distance zero too."""
        ...


def neighbor_index(
    points: View,
    n_neighbors: int,
    search: KNeighbors | None = None,
    *,
    queries: View | None = None,
    n_jobs: int | None = None,
) -> NeighborIndex:
    """Build an index of training points.

    Parameters
    ----------
    points : array of shape (n_samples, n_features)
        Training points, dense or sparse.
    n_neighbors : int
        Number of neighbours that will be asked for, at most `n_samples`.
    search : Search, KNeighborsTransformer or None, default None
        As in `find_neighbors`: how the neighbours of the training points themselves were found. A search that knows no
        new points is replaced by the default one.
    queries : array of shape (n_queries, n_features) or None, default None
        Points that will be asked for, if they lie elsewhere than the training points: the recall of an approximate
        search is measured on some of them. `None`: on some of the training points.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.

    Returns
    -------
    NeighborIndex

    Raises
    ------
    ValueError
        If there are fewer points than neighbours.

    Examples
    --------
    >>> index = neighbor_index(np.array([[0.0], [1.0], [3.0]]), 2)
    >>> index.query(np.array([[2.9]])).indices.tolist()
    [[2, 1]]
    """
    if not 1 <= n_neighbors <= points.shape[0]:
        raise ValueError(
            f"expected between 1 and {points.shape[0]} neighbours among {points.shape[0]} training samples, found "
            f"{n_neighbors}; ask for fewer"
        )
    if search is not None and hasattr(search, "fit_transform") and hasattr(search, "transform"):
        return _TransformerIndex(points, n_neighbors, search)
    if sp.issparse(points):
        return _SparseIndex(sp.csr_array(points), n_neighbors)
    points = np.ascontiguousarray(points, dtype=np.float64 if points.dtype != np.float32 else np.float32)
    if search is None or not isinstance(search, ExactSearch | ApproximateSearch):
        search = ExactSearch() if points.shape[0] <= EXACT_SAMPLES else ApproximateSearch()
    if isinstance(search, ApproximateSearch):
        return InvertedFile.of(points, n_neighbors, search, queries, n_jobs)
    return _ExactIndex(points, n_neighbors)


@dataclass(frozen=True, eq=False)
class _ExactIndex:
    """Every new point against every training point, by products in float32 and differences in float64."""

    points: np.ndarray
    n_neighbors: int

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of new points; see `NeighborIndex`."""
        X = dense(X, self.points.shape[1])
        centring, cells = self._compared
        n_candidates = min(self.n_neighbors + SPARE, len(self.points))
        all_cells = np.arange(len(cells.sizes))

        def search(start: int) -> tuple[np.ndarray, np.ndarray]:
            block = X[start : start + ROWS]
            own = centring(block)
            places, squared = cells.candidates(own, 0, all_cells, n_candidates)
            indices, distances = nearest(self.points, block, places, self.n_neighbors)
            if n_candidates < len(self.points):
                missed = np.flatnonzero(_may_miss(own, squared[:, -1], distances[:, -1] / centring.largest))
                for row in missed:  # the rounding of single precision does not tell them apart
                    every = np.arange(len(self.points), dtype=np.int32)[None]
                    indices[row], distances[row] = (
                        found[0] for found in nearest(self.points, block[row : row + 1], every, self.n_neighbors)
                    )
            return indices, distances

        with one_thread():
            return joined(map_threads(search, range(0, len(X), ROWS), n_jobs), self.n_neighbors)

    @cached_property
    def _compared(self) -> tuple[Centring, Cells]:
        centring = Centring.of(self.points)
        return centring, Cells.in_order(centring(self.points))

    def __getstate__(self) -> dict[str, Any]:
        """Return the points without what can be computed again."""
        return {"points": self.points, "n_neighbors": self.n_neighbors}


@dataclass(frozen=True, eq=False)
class _SparseIndex:
    """Sparse points, which go to scikit-learn."""

    points: sp.csr_array
    n_neighbors: int

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of new points; see `NeighborIndex`."""
        search = NearestNeighbors(n_neighbors=self.n_neighbors, algorithm="brute", n_jobs=n_jobs).fit(self.points)
        indices = search.kneighbors(sp.csr_array(X), return_distance=False)
        return ranked(self.points, sp.csr_array(X), indices)


@dataclass(frozen=True, eq=False)
class _TransformerIndex:
    """Any scikit-learn `KNeighborsTransformer`."""

    points: View
    n_neighbors: int
    transformer: Any

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of new points; see `NeighborIndex`."""
        # One more than asked for comes from those that count a training sample's neighbours without itself.
        expected = max(1, min(self.n_neighbors, self.points.shape[0] - 1))
        graph = sp.csr_array(clone(self.transformer).set_params(n_neighbors=expected).fit(self.points).transform(X))
        found = np.diff(graph.indptr)
        if (found < expected).any():
            raise ValueError(
                f"search: expected {expected} neighbours of each new sample, found {found.min()} by "
                f"{type(self.transformer).__name__}; use another search"
            )
        candidates = padded(graph)[0].astype(np.int32)
        if sp.issparse(self.points):
            return ranked(sp.csr_array(self.points), sp.csr_array(X), candidates[:, : self.n_neighbors])
        return Neighbors(*nearest(self.points, np.asarray(X), candidates, self.n_neighbors))
