"""Clusters of a walk: k-means on its leading eigenvectors (Shi and Malik 2000; von Luxburg 2007)."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans

from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.runtime.threads import one_thread
from integrated_diffusion.spectrum import leading_eigenpairs

_FITTED_SAMPLES = 20_000
"""Where ten or so clusters lie is known from as many samples; the others go to the nearest centre."""


def spectral_clusters(
    operator: DiffusionOperator, n_clusters: int, random_state: int | np.random.Generator
) -> np.ndarray:
    """Cluster a walk: k-means on its leading eigenvectors.

    Parameters
    ----------
    operator
        One view's walk.
    n_clusters
        Number of clusters; fewer are found where there are fewer distinct samples, of which scikit-learn warns.
    random_state
        Seed of the eigensolver and of k-means.

    Returns
    -------
    numpy.ndarray of shape (n_samples,), labels from 0
    """
    rng = np.random.default_rng(random_state)
    _, vectors = leading_eigenpairs(operator, n_clusters, rng, tolerance=1e-4)
    coordinates = vectors / np.sqrt(operator.degrees)[:, None]
    n_samples = len(coordinates)
    k_means = KMeans(min(n_clusters, n_samples), n_init=3, random_state=int(rng.integers(2**31)))
    with one_thread():
        if n_samples <= _FITTED_SAMPLES:
            return np.asarray(k_means.fit_predict(coordinates))
        part = np.sort(rng.choice(n_samples, _FITTED_SAMPLES, replace=False))
        return np.asarray(k_means.fit(coordinates[part]).predict(coordinates))
