"""Integrated diffusion with its default settings."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Coordinates of the integrated operator's multi-scale map: one for every six samples, at most fifty."""
    from integrated_diffusion import IntegratedDiffusion

    return IntegratedDiffusion().fit_transform(views)


SUBJECT = Method(
    name="integrated diffusion",
    package="integrated-diffusion",
    about="`IntegratedDiffusion()`: steps and per-sample view weights by held-out prediction, up to 50 components of "
    "the multi-scale map",
    embed=embed,
    is_own=True,
    needs_peers=False,
)
