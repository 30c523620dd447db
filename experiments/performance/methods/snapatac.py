"""Laplacian eigenmaps of several modalities at once, by SnapATAC2."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Twenty eigenvectors, or as many as there are features of the smallest view."""
    import anndata
    import scipy.sparse as sp
    import snapatac2

    # It takes sparse matrices of what is not negative: the cosine of counts is its affinity.
    modalities = [anndata.AnnData(sp.csr_matrix((X - X.min(axis=0)).astype(np.float64))) for X in views.values()]
    n_components = min(20, *(X.shape[1] - 1 for X in views.values()))
    _, vectors = snapatac2.tl.multi_spectral(modalities, n_comps=n_components, features=None)
    return np.asarray(vectors)


SUBJECT = Method(
    name="SnapATAC2",
    package="snapatac2",
    about="`snapatac2.tl.multi_spectral` of values less the least of their feature, all features, 20 eigenvectors; it "
    "is made for sparse counts of many features",
    embed=embed,
)
