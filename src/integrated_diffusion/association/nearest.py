"""Mutual information by nearest neighbours, without bins (Kraskov, Stoegbauer and Grassberger 2004)."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
from sklearn.feature_selection import mutual_info_regression

from integrated_diffusion.views.checks import check_count

_ONE_AT_A_TIME = Lock()  # scikit-learn replaces the warning filters, which is not thread-safe


@dataclass(frozen=True)
class NearestNeighbors:
    """Kraskov's first estimator as scikit-learn computes it: nearly unbiased, about a thousand times slower than bins.

    Pairs are scored one at a time behind a lock, since scikit-learn sets warning filters that threads share: `n_jobs`
    has no effect.

    Parameters
    ----------
    n_neighbors : int, default 3
        Number of neighbours of each sample; more reduce the variance and increase the bias.
    random_state : int, default 0
        Seed of the tiny noise that separates equal values.

    Raises
    ------
    TypeError, ValueError
        If the number of neighbours is not a whole number of at least 1.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal(400)
    >>> estimator = NearestNeighbors()
    >>> estimator(x[None], x[None] ** 2, np.array([[0, 0]])).round(1).tolist()
    [3.5]
    """

    n_neighbors: int = 3
    random_state: int = 0

    def __post_init__(self) -> None:
        check_count(self.n_neighbors, "n_neighbors")
        check_count(self.random_state, "random_state", least=0)

    def prepare(self, columns: np.ndarray) -> np.ndarray:
        """Return the columns unchanged."""
        return columns

    def __call__(self, first: np.ndarray, second: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Mutual information of pairs of columns in nats, `(n_pairs,)`.

        Raises
        ------
        ValueError
            If there are not more samples than neighbours.
        """
        n_samples = first.shape[1]
        if n_samples <= self.n_neighbors:
            raise ValueError(
                f"n_neighbors: expected fewer neighbours than the {n_samples} samples, found {self.n_neighbors}; "
                "choose fewer"
            )
        return np.array([self._one(first[a], second[b]) for a, b in pairs], dtype=np.float64)

    def _one(self, x: np.ndarray, y: np.ndarray) -> float:
        if x.min() == x.max() or y.min() == y.max():  # the noise alone would be compared
            return 0.0
        points, target = x.astype(np.float64)[:, None], y.astype(np.float64)
        k, seed = self.n_neighbors, self.random_state
        with _ONE_AT_A_TIME:
            found = mutual_info_regression(points, target, discrete_features=False, n_neighbors=k, random_state=seed)
        return float(found[0])
