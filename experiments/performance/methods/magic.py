"""graphtools' graph and MAGIC's filter of the concatenated features, by their authors."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """All features after three steps of the diffusion operator."""
    import magic

    X = np.hstack(list(views.values())).astype(np.float64)
    return np.asarray(magic.MAGIC(t=3, n_jobs=-1, random_state=0, verbose=0).fit_transform(X, genes="all_genes"))


SUBJECT = Method(
    name="graphtools + MAGIC",
    package="magic-impute",
    about="`magic.MAGIC(t=3, n_jobs=-1).fit_transform` of the concatenated features; scored on all denoised features",
    embed=embed,
)
