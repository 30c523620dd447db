"""Nearest neighbours of all samples among some of them, such as those of one batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from integrated_diffusion.neighbors.approximate import ApproximateSearch, probing_search
from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.exact import SPARE, ExactSearch, centred
from integrated_diffusion.neighbors.ranking import Neighbors, Ranking, padded, rank
from integrated_diffusion.runtime.threads import map_threads, one_thread
from integrated_diffusion.views.validation import View

EXACT_PAIRS = 10_000**2
"""Pairs of samples up to which they are all compared."""


def nearest_among(
    X: View, members: np.ndarray, n_neighbors: int, search: Any = None, n_jobs: int | None = None
) -> Neighbors:
    """Find the nearest neighbours of every sample among some samples, itself excluded (Euclidean distance).

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        View, dense or sparse.
    members : numpy.ndarray of int, shape (n_members,)
        Rows that may be neighbours, increasing.
    n_neighbors : int
        Number of neighbours; a sample with fewer has infinite distances.
    search : ExactSearch, ApproximateSearch, KNeighborsTransformer or None, default None
        How to search; `None`: exact where at most 10,000 x 10,000 pairs are compared and for sparse views, approximate
        above.
    n_jobs : int or None, default None
        Number of threads; the result does not depend on it.

    Raises
    ------
    TypeError
        If the search cannot be asked for neighbours among some samples alone.
    """
    n_candidates = min(n_neighbors + 1 + SPARE, len(members))
    if search is None:
        few = X.shape[0] * len(members) <= EXACT_PAIRS
        search = ExactSearch() if few or sp.issparse(X) else ApproximateSearch()
    if hasattr(search, "fit_transform"):
        return rank(X, _asked(search, X, members, n_candidates), n_neighbors, n_jobs)
    if isinstance(search, ExactSearch) and sp.issparse(X):
        brute = NearestNeighbors(n_neighbors=n_candidates, algorithm="brute", n_jobs=n_jobs).fit(X[members])
        return rank(X, members[brute.kneighbors(X, return_distance=False)], n_neighbors, n_jobs)
    if isinstance(search, ExactSearch):
        points = centred(X, np.float64)  # rounding cannot push a neighbour behind the spare candidates
        compare = _all_pairs(points, points[members], n_candidates)
        return _ranked(X, members, n_neighbors, compare, np.arange(len(X)), n_jobs)
    if isinstance(search, ApproximateSearch):
        points = centred(X)
        with one_thread():
            probe, order = probing_search(search, points[members], points, n_neighbors, n_candidates, n_jobs)
        return _ranked(X, members, n_neighbors, probe, order, n_jobs)
    raise TypeError(
        f"search: expected ExactSearch(), ApproximateSearch() or a scikit-learn transformer to seek neighbours in "
        f"every batch, found {type(search).__name__}; leave it out, or fit without batches"
    )


_Candidates = Callable[[np.ndarray], np.ndarray]
"""From rows of the view to places of their candidates among the members, -1 for none."""


def _ranked(
    X: np.ndarray,
    members: np.ndarray,
    n_neighbors: int,
    candidates: _Candidates,
    order: np.ndarray,
    n_jobs: int | None,
) -> Neighbors:
    ranking = Ranking.of(X, n_neighbors)

    def search(start: int) -> None:
        rows = order[start : start + ROWS]
        places = candidates(rows)
        ranking.keep(rows, np.where(places < 0, -1, members[places]))

    with one_thread():
        map_threads(search, range(0, len(X), ROWS), n_jobs)
    return ranking.neighbors


def _all_pairs(points: np.ndarray, targets: np.ndarray, n_candidates: int) -> _Candidates:
    cells = Cells.in_order(targets)
    everywhere = np.arange(len(cells.sizes))
    return lambda rows: cells.candidates(points[rows], 0, everywhere, n_candidates)[0]


def _asked(transformer: Any, X: View, members: np.ndarray, n_candidates: int) -> np.ndarray:
    """Candidates of a transformer that is fitted to the members, `(n_samples, n_candidates)`."""
    transformer = clone(transformer).set_params(n_neighbors=max(1, min(n_candidates, len(members) - 1)))
    places, _ = padded(sp.csr_array(transformer.fit(X[members]).transform(X)))
    return np.where(places < 0, -1, members[places])
