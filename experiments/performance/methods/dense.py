"""The published method with matrices of samples by samples, decomposed in full."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """The same coordinates as the published method's, by dense singular value decompositions."""
    from benchmarks.against_dense import published

    return published(views).coordinates


SUBJECT = Method(
    name="dense computation",
    package="integrated-diffusion",
    about="the same as published, every matrix of samples by samples formed and decomposed in full "
    "(`benchmarks/against_dense.py`)",
    embed=embed,
    needs_peers=False,
    sizes=(1_000, 4_000, 10_000),
)
