"""Integrated diffusion with its default settings."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Twenty coordinates of the integrated operator's multi-scale map."""
    from integrated_diffusion import IntegratedDiffusion

    return IntegratedDiffusion().fit_transform(views)


SUBJECT = Method(
    name="integrated diffusion",
    package="integrated-diffusion",
    about="`IntegratedDiffusion()`: diffusion times and per-sample view weights by held-out prediction, 20 components "
    "of the multi-scale map",
    embed=embed,
    is_own=True,
    needs_peers=False,
)
