"""Integrated diffusion as published."""

from __future__ import annotations

import numpy as np

from experiments.performance.subjects import LADDER, Method, Views


def embed(views: Views) -> np.ndarray:
    """Twenty coordinates of the integrated operator's diffusion map."""
    from integrated_diffusion import IntegratedDiffusion

    return IntegratedDiffusion.paper().fit_transform(views)


SUBJECT = Method(
    name="integrated diffusion, as published",
    package="integrated-diffusion",
    about="`IntegratedDiffusion.paper()`: local denoising, steps and power by entropy, 20 diffusion-map components",
    embed=embed,
    is_own=True,
    needs_peers=False,
    sizes=LADDER[:5],  # stage by stage it goes on to a million, see `measures/stages.py`
)
