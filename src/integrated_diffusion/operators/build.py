"""From one view to its diffusion operator: neighbours, kernel, operator; and a warning if the graph is disconnected."""

from __future__ import annotations

import warnings

from integrated_diffusion.kernels import AlphaDecayKernel, Kernel
from integrated_diffusion.neighbors import KNeighbors, find_neighbors
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.views.validation import View, as_floats, check_finite

DEFAULT_KERNEL = AlphaDecayKernel(n_neighbors=15, anisotropy=1.0)
"""Anisotropy 1 divides out the density of the samples, which depends on the sensor and differs between views."""


class DisconnectedGraphWarning(UserWarning):
    """A view's graph falls into several components, between which its operator does not diffuse."""


def diffusion_operator(
    X: View,
    kernel: Kernel | None = None,
    *,
    name: str = "P",
    search: KNeighbors | None = None,
    n_jobs: int | None = None,
) -> DiffusionOperator:
    """Build the diffusion operator of one view.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        View. With fewer samples than the kernel needs neighbours, all are neighbours of each other.
    kernel : Kernel or None, default None
        From neighbours to affinities; `DEFAULT_KERNEL` unless given.
    name : str, default "P"
        Name of the operator in formulas.
    search : KNeighbors or None, default None
        Search for neighbours, see `find_neighbors`.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.

    Returns
    -------
    DiffusionOperator

    Raises
    ------
    TypeError, ValueError
        If the view is not a two-dimensional array of finite numbers with at least one sample and one feature.

    Examples
    --------
    >>> import numpy as np
    >>> diffusion_operator(np.arange(5.0)[:, None], name="rna") ** 2
    rna²
    """
    X, kernel = as_floats(X, name), kernel or DEFAULT_KERNEL
    check_finite(X, name)  # but not its scale: a group of samples of a larger view may have tiny values alone
    neighbors = find_neighbors(X, max(1, min(kernel.n_candidates, X.shape[0] - 1)), search, n_jobs=n_jobs)
    if not hasattr(kernel, "affinities"):  # a kernel that returns symmetric affinities only
        return DiffusionOperator(kernel(neighbors), name, n_jobs)
    return DiffusionOperator.of(kernel.affinities(neighbors, n_jobs), name, n_jobs)


def warn_if_disconnected(operator: DiffusionOperator) -> None:
    """Warn with a `DisconnectedGraphWarning` that names the number of components, if there are several."""
    sizes = operator.component_sizes
    if len(sizes) > 1:
        share = sizes.max() / operator.n_samples
        warnings.warn(
            f"view '{operator.name}': expected a connected graph, found {len(sizes)} components (the largest holds "
            f"{share:.1%} of the samples); its operator does not diffuse between them, raise n_neighbors to join them",
            DisconnectedGraphWarning,
            stacklevel=3,
        )
