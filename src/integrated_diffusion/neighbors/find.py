"""Find neighbours by exact or approximate search, or by a scikit-learn transformer."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone

from integrated_diffusion.neighbors.approximate import ApproximateSearch
from integrated_diffusion.neighbors.exact import ExactSearch
from integrated_diffusion.neighbors.ranking import Neighbors, padded, rank_by
from integrated_diffusion.views.checks import check_count, check_n_neighbors
from integrated_diffusion.views.validation import View, as_floats, check_finite

EXACT_SAMPLES = 10_000


class Search(Protocol):
    """Callable from a view to neighbours."""

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return the `n_neighbors` nearest neighbours of each row of `X`."""
        ...


KNeighbors: TypeAlias = Search | Any
"""A search, or any scikit-learn `KNeighborsTransformer` (an object with `fit_transform` and `n_neighbors`)."""


def find_neighbors(
    X: View, n_neighbors: int, search: KNeighbors | None = None, *, n_jobs: int | None = None
) -> Neighbors:
    """Find the nearest neighbours of every sample, the sample itself excluded (Euclidean distance).

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        View, dense or sparse.
    n_neighbors : int
        Number of neighbours of each sample, without itself.
    search : Search, KNeighborsTransformer or None, default None
        How to search; `None`: exact up to 10,000 samples and for sparse views, approximate above.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.

    Returns
    -------
    Neighbors

    Raises
    ------
    TypeError
        If the view does not hold numbers, or the number of neighbours is no whole number.
    ValueError
        If values are not finite, or there are not more samples than neighbours.

    Examples
    --------
    >>> find_neighbors(np.array([[0.0], [1.0], [3.0]]), 1).indices.ravel().tolist()
    [1, 0, 1]
    """
    X = as_floats(X, "X")
    check_finite(X, "X")
    check_n_neighbors(X.shape[0], n_neighbors)
    check_count(n_neighbors, "n_neighbors")
    if search is None:
        search = ExactSearch() if X.shape[0] <= EXACT_SAMPLES or sp.issparse(X) else ApproximateSearch()
    if hasattr(search, "fit_transform"):
        return _from_transformer(X, n_neighbors, search)
    return search(X, n_neighbors, n_jobs)


def _from_transformer(X: View, n_neighbors: int, transformer: Any) -> Neighbors:
    if "n_neighbors" not in transformer.get_params():
        raise TypeError(
            f"search: expected a transformer with n_neighbors, found {type(transformer).__name__}; use for instance "
            "scikit-learn's KNeighborsTransformer"
        )
    # One more, because some transformers include the sample itself.
    transformer = clone(transformer).set_params(n_neighbors=min(n_neighbors + 1, X.shape[0] - 1))
    if "mode" in transformer.get_params():  # transformers without a mode return distances
        transformer.set_params(mode="distance")
    candidates, given = padded(sp.csr_array(transformer.fit_transform(X)))
    order = np.argsort(candidates, axis=1)
    given = np.take_along_axis(given, order, 1)
    return rank_by(lambda rows, _: given[rows].copy(), candidates, n_neighbors)
