"""Integrated diffusion as the authors' public script computes it, which differs from their paper in most rules.

Local denoising is a PCA in each neighbourhood instead of diffusion, the spectral entropy is of singular values, its
elbow is that of two straight lines, and steps are divided by the smallest and rounded up.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.linalg import svd

from integrated_diffusion import EntropySteps, ceil_steps, diffusion_operator
from integrated_diffusion.embedding.phate import landmarks
from integrated_diffusion.integration.orders import given_order
from integrated_diffusion.integration.steps import spectrum_of_singular_values
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.operators import Operator

NEIGHBORHOOD = 20
"""Samples in a neighbourhood, on average."""

_FEW_GAPS = 3
_LEAST_GAP = 0.05


def published_script(views: Mapping[str, np.ndarray], kernel: Kernel | None = None, random_state: int = 0) -> Operator:
    """Return the integrated operator of the script.

    Parameters
    ----------
    views
        Coordinates of each view by name, shape `(n_samples, n_coordinates)`; the script takes up to 100 principal
        components.
    kernel
        From neighbours to affinities, for the neighbourhoods and for the operators; `AlphaDecayKernel()`, which is the
        script's, unless given.
    random_state
        Seed of neighbourhoods and spectra.
    """
    operators = {}
    for name, X in views.items():
        denoised = local_pca(X, diffusion_operator(X, kernel, name=name), random_state)
        operators[name] = diffusion_operator(denoised, kernel, name=name)
    return given_order(operators, STEPS(operators, random_state).steps)


def local_pca(X: np.ndarray, operator: Operator, random_state: int = 0) -> np.ndarray:
    """Replace the samples of each neighbourhood by their reconstruction from a few principal components.

    Parameters
    ----------
    X
        View of shape `(n_samples, n_features)`.
    operator
        The view's operator; samples that operator alike are a neighbourhood.
    random_state
        Seed of the neighbourhoods.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_features)
    """
    groups = landmarks(operator, max(1, operator.n_samples // NEIGHBORHOOD), random_state)
    denoised = np.empty_like(X)
    for group in range(groups.max() + 1):
        members = groups == group
        denoised[members] = _reconstruction(X[members])
    return denoised


def knee(value: np.ndarray) -> int:
    """Return the breakpoint of two straight lines, counted from 1: least squares each, least absolute errors together.

    Parameters
    ----------
    value
        Values at 1, 2, ..., at least three; the breakpoint is on both lines.
    """
    breaks = range(1, len(value) - 1)
    errors = [_absolute_error(value[: at + 1]) + _absolute_error(value[at:]) for at in breaks]
    return int(np.argmin(errors)) + 2


STEPS = EntropySteps(t_max=100, elbow=knee, spectrum=spectrum_of_singular_values, reduction=ceil_steps)
"""The script's rule for the steps."""


def _reconstruction(X: np.ndarray) -> np.ndarray:
    mean = X.mean(axis=0)
    _, s, components = svd(X - mean, full_matrices=False)
    kept = components[: _rank(s**2)]
    return np.asarray(mean + (X - mean) @ kept.T @ kept)


def _rank(variances: np.ndarray) -> int:
    """Where the gaps between successive shares of the variance stop being large."""
    total = variances.sum()
    if total == 0:
        return 0
    gaps = -np.diff(variances / total)
    return knee(gaps) if len(gaps) > _FEW_GAPS else int((gaps > _LEAST_GAP).sum())


def _absolute_error(value: np.ndarray) -> float:
    """Sum of the absolute deviations from the least-squares line."""
    t = np.arange(len(value)) - (len(value) - 1) / 2
    deviation = value - value.mean()
    return float(np.abs(deviation - (t @ deviation) / (t @ t) * t).sum())
