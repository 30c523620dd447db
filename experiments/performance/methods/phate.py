"""PHATE of the concatenated features, by its authors."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Two coordinates."""
    import phate

    return phate.PHATE(n_jobs=-1, random_state=0, verbose=0).fit_transform(np.hstack(list(views.values())))


SUBJECT = Method(
    name="PHATE",
    package="phate",
    about="`phate.PHATE(n_jobs=-1).fit_transform` of the concatenated features, 2 components",
    embed=embed,
)
