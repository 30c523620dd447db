"""scikit-learn's spectral embedding of the concatenated features."""

from __future__ import annotations

import warnings

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Twenty coordinates."""
    from sklearn.manifold import SpectralEmbedding

    X = np.hstack(list(views.values()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where the graph falls into pieces
        return SpectralEmbedding(20, affinity="nearest_neighbors", random_state=0, n_jobs=-1).fit_transform(X)


SUBJECT = Method(
    name="spectral embedding",
    package="scikit-learn",
    about="`sklearn.manifold.SpectralEmbedding(20, affinity='nearest_neighbors', n_jobs=-1)` of the concatenated "
    "features",
    embed=embed,
)
