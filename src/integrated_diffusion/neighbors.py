"""Views to neighbours: who lies close to whom, the sample itself excluded.

Every search makes a shortlist its own way; distances of the shortlist are then computed again in float64 from the
differences, so that duplicates are at distance zero, ties fall to the lower index, and threads change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import faiss
import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from integrated_diffusion.parallel import map_threads, one_thread
from integrated_diffusion.preprocessing import about_the_mean
from integrated_diffusion.validation import View, check_count, check_n_neighbors, check_positive

EXACT_SAMPLES = 10_000
_SPARE = 8
_CHUNK = 4_096


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest neighbours of every sample, nearest first, the sample itself excluded.

    Attributes
    ----------
    indices
        Rows of the neighbours, shape `(n_samples, n_neighbors)`, int32.
    distances
        Euclidean distances in the units of the view, same shape, float64; infinite where a neighbour is missing.
    """

    indices: np.ndarray
    distances: np.ndarray

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return int(self.indices.shape[0])

    @property
    def n_neighbors(self) -> int:
        """Number of neighbours of each sample."""
        return int(self.indices.shape[1])

    def __repr__(self) -> str:
        return f"Neighbors({self.n_neighbors} of each of {self.n_samples} samples)"


class Search(Protocol):
    """A way to find neighbours."""

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return the `n_neighbors` nearest neighbours of each row of `X`."""
        ...


@dataclass(frozen=True)
class ExactSearch:
    """Compare every sample with every other, in blocks: scikit-learn's brute-force search, dense or sparse."""

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return the `n_neighbors` nearest neighbours of each row of `X`."""
        n_candidates = min(n_neighbors + 1 + _SPARE, X.shape[0])
        points = X if sp.issparse(X) else about_the_mean(X)
        search = NearestNeighbors(n_neighbors=n_candidates, algorithm="brute", n_jobs=n_jobs).fit(points)
        return rank(X, search.kneighbors(points, return_distance=False), n_neighbors, n_jobs)


@dataclass(frozen=True)
class ApproximateSearch:
    """Look only into the cells of an inverted file that lie nearest (faiss IVF).

    Parameters
    ----------
    recall
        Share of the true neighbours to find. The number of cells looked into doubles until a sample of queries,
        answered exactly as well, reaches it.
    n_queries
        Number of samples on which the recall is measured.
    random_state
        Seed of the cells and of the queries.
    """

    recall: float = 0.99
    n_queries: int = 500
    random_state: int = 0

    def __post_init__(self) -> None:
        check_positive(self.recall, "recall")
        if self.recall > 1:
            raise ValueError(f"recall: expected a share of at most 1, found {self.recall}; 0.99 is usual")
        check_count(self.n_queries, "n_queries")

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return the `n_neighbors` nearest neighbours of each row of `X`."""
        if sp.issparse(X):
            raise TypeError(
                "ApproximateSearch: expected a dense view, found a sparse one; reduce it (n_pca) or use ExactSearch"
            )
        points = _centred(X)
        n_candidates = min(n_neighbors + 1 + _SPARE, X.shape[0])
        with one_thread():
            index = self._index(points)
            parameters = _probing(self._n_probes(index, points, n_neighbors))

            def candidates(start: int) -> np.ndarray:
                return index.search(points[start : start + _CHUNK], n_candidates, params=parameters)[1]

            found = map_threads(candidates, range(0, len(points), _CHUNK), n_jobs)
        return rank(X, np.concatenate(found), n_neighbors, n_jobs)

    def _index(self, points: np.ndarray) -> faiss.IndexIVFFlat:
        n_samples, n_features = points.shape
        n_cells = max(1, min(int(4 * np.sqrt(n_samples)), n_samples // 40))
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(n_features), n_features, n_cells)
        index.cp.seed = self.random_state + 1
        index.cp.niter = 10
        index.cp.max_points_per_centroid = 128
        index.train(points)
        index.add(points)
        return index

    def _n_probes(self, index: faiss.IndexIVFFlat, points: np.ndarray, n_neighbors: int) -> int:
        rng = np.random.default_rng(self.random_state)
        queries = points[rng.choice(len(points), min(self.n_queries, len(points)), replace=False)]
        exact = faiss.knn(queries, points, n_neighbors + 1)[0][:, -1]
        n_probes = 4
        while n_probes < index.nlist:
            found = index.search(queries, n_neighbors + 1, params=_probing(n_probes))[0]
            # By distance, not by index: which of several duplicates is found does not matter.
            if np.mean(found <= exact[:, None] * (1 + 1e-5)) >= self.recall:
                return n_probes
            n_probes *= 2
        return int(index.nlist)


def _probing(n_probes: int) -> Any:
    parameters: Any = faiss.SearchParametersIVF()
    parameters.nprobe = n_probes
    return parameters


KNeighbors: TypeAlias = Search | Any
"""A search, or any scikit-learn `KNeighborsTransformer` (an object with `fit_transform` and `n_neighbors`)."""


def find_neighbors(
    X: View, n_neighbors: int, search: KNeighbors | None = None, *, n_jobs: int | None = None
) -> Neighbors:
    """Find the nearest neighbours of every sample, the sample itself excluded (Euclidean distance).

    Parameters
    ----------
    X
        View of shape `(n_samples, n_features)`.
    n_neighbors
        Number of neighbours of each sample, itself not counted.
    search
        How to search: exact up to 10,000 samples and for sparse views, approximate above, unless given.
    n_jobs
        Number of threads; the result does not depend on it.

    Returns
    -------
    Neighbors

    Raises
    ------
    ValueError
        If there are not more samples than neighbours.

    Examples
    --------
    >>> find_neighbors(np.array([[0.0], [1.0], [3.0]]), 1).indices.ravel().tolist()
    [1, 0, 1]
    """
    check_n_neighbors(X.shape[0], n_neighbors)
    X = sp.csr_array(X) if sp.issparse(X) else X
    if search is None:
        search = ExactSearch() if X.shape[0] <= EXACT_SAMPLES or sp.issparse(X) else ApproximateSearch()
    if hasattr(search, "fit_transform"):
        return _from_transformer(X, n_neighbors, search)
    return search(X, n_neighbors, n_jobs)


def rank(X: View, candidates: np.ndarray, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
    """Keep the nearest `n_neighbors` of each row's candidates, by exact distances, ties to the lower index.

    Parameters
    ----------
    X
        View of shape `(n_samples, n_features)`.
    candidates
        Rows of possible neighbours, shape `(n_samples, n_candidates)`; the sample itself and `-1` are passed over.
    n_neighbors
        Number to keep.
    n_jobs
        Number of threads.
    """
    return rank_by(lambda rows, columns: pair_distances(X, rows, columns), candidates, n_neighbors, n_jobs)


def rank_by(
    distance: Callable[[np.ndarray, np.ndarray], np.ndarray],
    candidates: np.ndarray,
    n_neighbors: int,
    n_jobs: int | None = None,
) -> Neighbors:
    """Keep the nearest `n_neighbors` of each row's candidates by any `distance(rows, columns)`."""
    candidates = np.sort(candidates, axis=1)  # a stable sort by distance then leaves ties in the order of the indices

    def nearest(start: int) -> tuple[np.ndarray, np.ndarray]:
        columns = candidates[start : start + _CHUNK]
        rows = np.arange(start, start + len(columns))
        d = distance(rows, np.maximum(columns, 0))
        d[(columns == rows[:, None]) | (columns < 0)] = np.inf
        order = np.argsort(d, axis=1, kind="stable")[:, :n_neighbors]
        return np.take_along_axis(columns, order, 1).astype(np.int32), np.take_along_axis(d, order, 1)

    blocks = map_threads(nearest, range(0, len(candidates), _CHUNK), n_jobs)
    indices = np.concatenate([block[0] for block in blocks])
    distances = np.concatenate([block[1] for block in blocks])
    return Neighbors(
        np.where(np.isfinite(distances), indices, np.arange(len(indices), dtype=np.int32)[:, None]), distances
    )


def pair_distances(X: View, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the distances of rows of `X` to others, from their differences in float64.

    Parameters
    ----------
    X
        View of shape `(n_samples, n_features)`.
    rows
        Shape `(n_rows,)`.
    columns
        For each of them the rows to measure to, shape `(n_rows, n_columns)`; so is the result.
    """
    squared = np.empty(columns.shape)
    at = X[rows].astype(np.float64)
    for j in range(columns.shape[1]):
        difference = at - X[columns[:, j]]
        if sp.issparse(difference):
            squared[:, j] = difference.multiply(difference).sum(axis=1)
        else:
            squared[:, j] = np.einsum("ij,ij->i", difference, difference)
    return np.sqrt(squared)


def _centred(X: np.ndarray) -> np.ndarray:
    """Centre and scale to one, where float32 has its digits."""
    centred = X - X.mean(axis=0, dtype=np.float64)
    largest = np.abs(centred).max()
    return np.ascontiguousarray(centred / (largest if largest > 0 else 1), dtype=np.float32)


def _from_transformer(X: View, n_neighbors: int, transformer: Any) -> Neighbors:
    if "n_neighbors" not in transformer.get_params():
        raise TypeError(
            f"search: expected a transformer with n_neighbors, found {type(transformer).__name__}; use for instance "
            "scikit-learn's KNeighborsTransformer"
        )
    # One more, because some transformers count the sample itself.
    transformer = clone(transformer).set_params(n_neighbors=min(n_neighbors + 1, X.shape[0] - 1))
    if "mode" in transformer.get_params():  # others, such as PyNNDescent's, know distances only
        transformer.set_params(mode="distance")
    graph = sp.csr_array(transformer.fit_transform(X))
    candidates = np.full((graph.shape[0], int(np.diff(graph.indptr).max(initial=1))), -1)
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    places = np.arange(graph.nnz) - np.repeat(graph.indptr[:-1], np.diff(graph.indptr))
    candidates[rows, places] = graph.indices
    given = np.full(candidates.shape, np.inf)
    given[rows, places] = graph.data
    order = np.argsort(candidates, axis=1)
    given = np.take_along_axis(given, order, 1)
    return rank_by(lambda rows, _: given[rows].copy(), candidates, n_neighbors)
