"""The neighbour search as a transformer of scikit-learn, for `scanpy.pp.neighbors(transformer=...)`."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from integrated_diffusion.neighbors.find import KNeighbors, find_neighbors
from integrated_diffusion.neighbors.index import neighbor_index
from integrated_diffusion.neighbors.ranking import Neighbors
from integrated_diffusion.views.checks import check_count
from integrated_diffusion.views.validation import as_array


class NeighborTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The sparse graph of nearest neighbours, with the semantics of scikit-learn's `KNeighborsTransformer`.

    In the graph of the training samples each row holds the sample itself, at distance zero, and its `n_neighbors`
    nearest other samples. In that of new samples each row holds `n_neighbors + 1` training samples. So
    `scanpy.pp.neighbors(adata, transformer=NeighborTransformer(15))` finds what it finds with its own search, in less
    time above ten thousand cells.

    Parameters
    ----------
    n_neighbors : int, default 15
        Number of neighbours, without the sample itself.
    mode : {"distance", "connectivity"}, default "distance"
        Whether entries are Euclidean distances or one.
    search : Search or None, default None
        How to search: exact up to 10,000 samples and for sparse data, approximate above unless given.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.

    Attributes
    ----------
    n_samples_fit_ : int
        Number of training samples.
    n_features_in_ : int
        Number of features.

    Examples
    --------
    >>> graph = NeighborTransformer(1).fit_transform(np.array([[0.0], [1.0], [3.0]]))
    >>> graph.toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    """

    def __init__(
        self,
        n_neighbors: int = 15,
        mode: str = "distance",
        search: KNeighbors | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.mode = mode
        self.search = search
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> NeighborTransformer:
        """Keep the training samples.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Training samples, dense or sparse.
        y : object, default None
            Not used; there for scikit-learn.
        """
        check_count(self.n_neighbors, "n_neighbors")
        if self.mode not in ("distance", "connectivity"):
            raise ValueError(f"mode: expected 'distance' or 'connectivity', found {self.mode!r}; choose one of these")
        self._points = as_array(X, "X")
        self.n_samples_fit_, self.n_features_in_ = self._points.shape
        return self

    def fit_transform(self, X: Any, y: Any = None) -> sp.csr_matrix:
        """Return the graph of the training samples, `(n_samples, n_samples)`; each has an entry with itself."""
        self.fit(X)
        found = find_neighbors(self._points, self.n_neighbors, self.search, n_jobs=self.n_jobs)
        itself = np.arange(found.n_samples, dtype=found.indices.dtype)[:, None]
        indices = np.hstack([itself, found.indices])
        return self._graph(Neighbors(indices, np.hstack([np.zeros(itself.shape), found.distances])))

    def transform(self, X: Any) -> sp.csr_matrix:
        """Return the graph from new samples to training samples, `(n_new, n_samples)`, `n_neighbors + 1` in each row.

        Parameters
        ----------
        X : array of shape (n_new, n_features)
            New samples.
        """
        check_is_fitted(self, "n_samples_fit_")
        X = as_array(X, "X")
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X: expected the {self.n_features_in_} features of the fit, found {X.shape[1]}; give the same features"
            )
        index = neighbor_index(self._points, self.n_neighbors + 1, self.search, n_jobs=self.n_jobs)
        return self._graph(index.query(X, self.n_jobs))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return a name for each training sample, `neighbortransformer0`, `neighbortransformer1`, ..."""
        check_is_fitted(self, "n_samples_fit_")
        return np.array([f"neighbortransformer{i}" for i in range(self.n_samples_fit_)], dtype=object)

    def _graph(self, found: Neighbors) -> sp.csr_matrix:
        """A matrix rather than an array, as scikit-learn's own transformer returns; distances of zero are stored."""
        values = found.distances if self.mode == "distance" else np.ones_like(found.distances)
        indptr = np.arange(0, values.size + 1, values.shape[1])
        return sp.csr_matrix((values.ravel(), found.indices.ravel(), indptr), shape=(len(values), self.n_samples_fit_))
