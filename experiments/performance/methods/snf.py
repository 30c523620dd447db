"""Similarity network fusion, by this repository's code: snfpy asks scikit-learn for what it no longer has."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Twenty spectral coordinates of the fused network."""
    from sklearn.manifold import SpectralEmbedding

    from experiments.methods.snf import affinities, fuse

    fused = fuse([affinities(np.asarray(X, dtype=np.float64)) for X in views.values()])
    return SpectralEmbedding(20, affinity="precomputed", random_state=0).fit_transform(fused)


SUBJECT = Method(
    name="SNF",
    package="scikit-learn",
    about="`experiments/methods/snf.py`, written from the paper's equations, and scikit-learn's spectral embedding of "
    "the fused network, 20 components",
    embed=embed,
    needs_peers=False,
)
