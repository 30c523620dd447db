"""Spectral clustering: k-means on the leading eigenvectors (Shi and Malik 2000; von Luxburg 2007)."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans

from integrated_diffusion.operators import DiffusionOperator, Workspace
from integrated_diffusion.spectrum import leading_eigenpairs

_FITTED_SAMPLES = 20_000
"""Largest number of samples that k-means is fitted to; all others are assigned to the nearest centre."""


def spectral_clusters(
    operator: DiffusionOperator, n_clusters: int, random_state: int | np.random.Generator
) -> np.ndarray:
    """Return clusters of the samples: k-means on the leading eigenvectors of a diffusion operator.

    Parameters
    ----------
    operator : DiffusionOperator
        The operator of one view.
    n_clusters : int
        Number of clusters; there are fewer if there are fewer distinct samples, which scikit-learn warns of.
    random_state : int or numpy.random.Generator
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
    with Workspace.one_thread():
        if n_samples <= _FITTED_SAMPLES:
            return np.asarray(k_means.fit_predict(coordinates))
        part = np.sort(rng.choice(n_samples, _FITTED_SAMPLES, replace=False))
        return np.asarray(k_means.fit(coordinates[part]).predict(coordinates))
