"""Similarity network fusion, by snfpy."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Twenty spectral coordinates of the fused network."""
    import snf
    from sklearn.manifold import SpectralEmbedding

    affinities = snf.make_affinity(list(views.values()), metric="euclidean", K=20, mu=0.5)
    fused = snf.snf(affinities, K=20)
    return SpectralEmbedding(20, affinity="precomputed", random_state=0).fit_transform(fused)


SUBJECT = Method(
    name="SNF",
    package="snfpy",
    about="`snf.make_affinity`, `snf.snf` and scikit-learn's spectral embedding of the fused network, 20 components",
    embed=embed,
)
