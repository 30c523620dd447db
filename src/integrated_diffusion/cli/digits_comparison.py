"""Handwritten digits seen by two noisy sensors: integrated diffusion beside its baselines."""

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
"""Standard deviation of the noise of a pixel in each view; pixels are between 0 and 1."""


@dataclass(frozen=True, eq=False)
class DigitsComparison:
    """What integrated diffusion and its baselines made of the digits.

    Attributes
    ----------
    data : NoisyViews
        The two views, the digits without noise and their labels.
    model : IntegratedDiffusion
        The model fitted to the views.
    accuracies : dict of str to float
        Accuracy of k-nearest-neighbour classification in the diffusion map of each method, by the method's name.
    maps : dict of str to numpy.ndarray
        PHATE coordinates of the integrated operator and of each view alone, shape `(n_samples, 2)`, by title.
    """

    data: NoisyViews
    model: IntegratedDiffusion
    accuracies: dict[str, float]
    maps: dict[str, np.ndarray]


def compare_on_digits(
    n_samples: int | None = None, random_state: int = 0, progress: Progress = silent
) -> DigitsComparison:
    """Fit noisy digits, and compare with each view alone, concatenated features and alternating diffusion.

    Parameters
    ----------
    n_samples : int or None, default None
        Number of digits; `None` means all 1,797.
    random_state : int, default 0
        Seed of the noise and of the fit.
    progress : Progress, default silent
        Called with the stage that begins.

    Returns
    -------
    DigitsComparison
    """
    data = noisy_digits(NOISE, n_samples=n_samples, random_state=random_state)
    model = IntegratedDiffusion(random_state=random_state, verbose=progress).fit(data.views)
    progress("baselines", 0, 2)
    operators: dict[str, Operator] = {
        **{f"{name} alone": operator for name, operator in model.operators_.items()},
        "concatenated features": feature_concatenation(data.views, random_state=random_state),
        "alternating diffusion": alternating(data.views, random_state=random_state),
    }
    accuracies = {name: knn_accuracy(multiscale_map(operator), data.labels) for name, operator in operators.items()}
    accuracies["integrated diffusion"] = knn_accuracy(model.embedding_, data.labels)
    progress("embeddings", 1, 2)
    shown: dict[str, tuple[str, Operator]] = {
        "integrated": ("integrated diffusion", model.operator_),
        **{name: (f"{name} alone", operator) for name, operator in model.operators_.items()},
    }
    maps = {
        f"{title}, accuracy {accuracies[method]:.2f}": phate(operator, random_state=random_state)
        for title, (method, operator) in shown.items()
    }
    return DigitsComparison(data, model.set_params(verbose=False), accuracies, maps)
