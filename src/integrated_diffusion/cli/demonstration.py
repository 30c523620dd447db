"""The main job on data that come along: handwritten digits seen by two noisy sensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from integrated_diffusion.datasets import NoisyViews, noisy_digits
from integrated_diffusion.embedding import multiscale_map, phate
from integrated_diffusion.fusion import alternating, feature_concatenation
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.progress import Progress, silent

NOISE = (0.3, 0.5)
"""Standard deviation of the pixels' noise in each view; pixels run from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Demonstration:
    """What came out.

    Attributes
    ----------
    data
        The two views, the clean digits and their labels.
    model
        The model fitted to the views.
    accuracies
        Accuracy of nearest neighbours in each way's diffusion map, by way.
    maps
        PHATE coordinates of each view alone and of the joint walk, by title.
    """

    data: NoisyViews
    model: IntegratedDiffusion
    accuracies: dict[str, float]
    maps: dict[str, np.ndarray]


def demonstrate(n_samples: int | None = None, random_state: int = 0, progress: Progress = silent) -> Demonstration:
    """Fit noisy digits and compare with each view alone, concatenation and alternating diffusion.

    Parameters
    ----------
    n_samples
        Number of digits, all 1,797 unless given.
    random_state
        Seed of the noise and of the fit.
    progress
        Is told where the demonstration is.
    """
    data = noisy_digits(NOISE, n_samples=n_samples, random_state=random_state)
    model = IntegratedDiffusion(random_state=random_state, verbose=progress).fit(data.views)
    progress("rivals", 0, 2)
    walks: dict[str, Operator] = {
        **{f"{name} alone": walk for name, walk in model.operators_.items()},
        "concatenated features": feature_concatenation(data.views, random_state=random_state),
        "alternating diffusion": alternating(data.views, random_state=random_state),
    }
    accuracies = {name: knn_accuracy(multiscale_map(walk), data.labels) for name, walk in walks.items()}
    accuracies["integrated diffusion"] = knn_accuracy(model.embedding_, data.labels)
    progress("maps", 1, 2)
    maps = {f"{name} alone": phate(walk, random_state=random_state) for name, walk in model.operators_.items()}
    maps["integrated"] = phate(model.operator_, random_state=random_state)
    return Demonstration(data, model.set_params(verbose=False), accuracies, maps)
