"""From one view to its walk: neighbours, kernel, operator; and a word of warning if the walk cannot reach everybody."""

from __future__ import annotations

import warnings

import numpy as np

from integrated_diffusion.kernels import AlphaDecayKernel, Kernel
from integrated_diffusion.neighbors import KNeighbors, find_neighbors
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.views.validation import View

DEFAULT_KERNEL = AlphaDecayKernel(n_neighbors=15, anisotropy=1.0)
"""Without the density of the samples, which is the sensor's choice of them and differs between views."""


class DisconnectedGraphWarning(UserWarning):
    """A view's graph falls into several components, between which its walk cannot pass."""


def diffusion_operator(
    X: View,
    kernel: Kernel | None = None,
    *,
    name: str = "P",
    search: KNeighbors | None = None,
    n_jobs: int | None = None,
) -> DiffusionOperator:
    """Build one view's walk.

    Parameters
    ----------
    X
        View of shape `(n_samples, n_features)`. In fewer samples than the kernel looks at, all are neighbours.
    kernel
        From neighbours to affinities; `DEFAULT_KERNEL` unless given.
    name
        How the walk is written in formulas.
    search
        How neighbours are found, see `find_neighbors`.
    n_jobs
        Number of threads; the result does not depend on it.

    Returns
    -------
    DiffusionOperator

    Examples
    --------
    >>> diffusion_operator(np.arange(5.0)[:, None], name="rna") ** 2
    rna²
    """
    kernel = kernel or DEFAULT_KERNEL
    neighbors = find_neighbors(X, max(1, min(kernel.n_candidates, X.shape[0] - 1)), search, n_jobs=n_jobs)
    if not hasattr(kernel, "affinities"):  # somebody's own, which makes the symmetric ones only
        return DiffusionOperator(kernel(neighbors), name, n_jobs)
    return DiffusionOperator.of(kernel.affinities(neighbors), name, n_jobs)


def warn_if_disconnected(operator: DiffusionOperator) -> None:
    """Warn with a `DisconnectedGraphWarning` that names the number of components, if there are several."""
    sizes = np.bincount(operator.component_labels)
    if len(sizes) > 1:
        share = sizes.max() / operator.n_samples
        warnings.warn(
            f"view '{operator.name}': expected a connected graph, found {len(sizes)} components (the largest holds "
            f"{share:.1%} of the samples); its walk cannot pass between them, raise n_neighbors to join them",
            DisconnectedGraphWarning,
            stacklevel=3,
        )
