"""Weighted nearest neighbours and their UMAP, by muon."""

from __future__ import annotations

import warnings

import numpy as np

from experiments.performance.subjects import Method, Views

N_NEIGHBORS, N_CANDIDATES = 20, 200


def embed(views: Views) -> np.ndarray:
    """Two coordinates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports miss TensorFlow and ask for versions in old ways
        import anndata
        import mudata
        import muon
        import scanpy

        together = mudata.MuData({name: anndata.AnnData(np.asarray(X)) for name, X in views.items()})
        for view in together.mod.values():
            scanpy.pp.neighbors(view, n_neighbors=N_NEIGHBORS, use_rep="X", random_state=0)
        muon.pp.neighbors(together, n_multineighbors=min(N_CANDIDATES, together.n_obs - 1), random_state=0)
        muon.tl.umap(together, random_state=0)
    return np.asarray(together.obsm["X_umap"])


SUBJECT = Method(
    name="WNN + UMAP",
    package="muon",
    about="`scanpy.pp.neighbors` of each view, `muon.pp.neighbors`, `muon.tl.umap`, 2 components; muon compiles its "
    "distances at every call, so that is part of its time",
    embed=embed,
    warm=False,
)
