"""Nearest neighbours of all samples among some of them, such as those of one batch."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.neighbors.approximate import ApproximateSearch
from integrated_diffusion.neighbors.exact import ExactSearch
from integrated_diffusion.neighbors.find import KNeighbors
from integrated_diffusion.neighbors.index import neighbor_index
from integrated_diffusion.neighbors.ranking import Neighbors
from integrated_diffusion.views.validation import View

EXACT_PAIRS = 10_000**2
"""Pairs of samples up to which they are all compared."""


def nearest_among(
    X: View, members: np.ndarray, n_neighbors: int, search: KNeighbors | None = None, n_jobs: int | None = None
) -> Neighbors:
    """Find the nearest neighbours of every sample among some samples, itself excluded (Euclidean distance).

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        View, dense or sparse.
    members : numpy.ndarray of int, shape (n_members,)
        Rows that may be neighbours, increasing.
    n_neighbors : int
        Number of neighbours, at most `n_members`; where a sample has fewer, the last one is at an infinite distance.
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
    if search is None:
        few = X.shape[0] * len(members) <= EXACT_PAIRS
        search = ExactSearch() if few or sp.issparse(X) else ApproximateSearch()
    if not (isinstance(search, ExactSearch | ApproximateSearch) or hasattr(search, "fit_transform")):
        raise TypeError(
            f"search: expected ExactSearch(), ApproximateSearch() or a scikit-learn transformer to seek neighbours in "
            f"every batch, found {type(search).__name__}; leave it out, or fit without batches"
        )
    one_more = min(n_neighbors + 1, len(members))  # a member is the nearest to itself
    index = neighbor_index(X[members], one_more, search, queries=X, n_jobs=n_jobs)
    return _without_itself(index.query(X, n_jobs), members, n_neighbors)


def _without_itself(found: Neighbors, members: np.ndarray, n_neighbors: int) -> Neighbors:
    """Number the members as samples, and take the nearest that are not the sample itself."""
    indices = members[found.indices].astype(found.indices.dtype)
    distances = np.where(indices == np.arange(found.n_samples)[:, None], np.inf, found.distances)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors]
    return Neighbors(np.take_along_axis(indices, nearest, 1), np.take_along_axis(distances, nearest, 1))
