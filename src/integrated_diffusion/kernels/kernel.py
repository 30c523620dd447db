"""The protocol of a kernel, and what all kernels share."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.kernels.affinities import SYMMETRISATIONS, Affinities
from integrated_diffusion.kernels.bandwidth import BANDWIDTHS, floored
from integrated_diffusion.kernels.fitted import FittedKernel
from integrated_diffusion.neighbors import Neighbors
from integrated_diffusion.runtime.threads import map_threads
from integrated_diffusion.views.checks import check_choice, check_count

_ROWS = 2**12  # whose affinities are computed at a time


class Kernel(Protocol):
    """Callable from neighbours to symmetric affinities.

    A new kernel is a frozen value with these members in a file of its own.
    """

    @property
    def n_neighbors(self) -> int:
        """Number of neighbours that every sample must have."""
        ...

    @property
    def n_candidates(self) -> int:
        """Number of neighbours to search for."""
        ...

    def __call__(self, neighbors: Neighbors) -> sp.csr_array:
        """Return the symmetric affinities `K`, shape `(n_samples, n_samples)`."""
        ...

    def affinities(self, neighbors: Neighbors, n_jobs: int | None = None) -> Affinities:
        """Return the directed affinities, from which `K` is made, by `n_jobs` threads (`None`: all cores)."""
        ...


class KernelSettings(Protocol):
    """The settings that the kernels of this folder share."""

    @property
    def n_neighbors(self) -> int:
        """Neighbour whose distance sets the bandwidth."""
        ...

    @property
    def max_neighbors(self) -> int | None:
        """Most neighbours of a sample, `None` for the kernel's own rule."""
        ...

    @property
    def bandwidth(self) -> str:
        """A name in `BANDWIDTHS`."""
        ...

    @property
    def symmetrisation(self) -> str:
        """A name in `SYMMETRISATIONS`."""
        ...

    @property
    def anisotropy(self) -> float:
        """Exponent of the density that is divided out, 0 to 1."""
        ...

    @property
    def threshold(self) -> float:
        """Affinity below which there is no edge."""
        ...


def affinities_of(
    neighbors: Neighbors, bandwidth: np.ndarray, decay: float, kernel: KernelSettings, n_jobs: int | None = None
) -> Affinities:
    """Return `exp(-(d / bandwidth)^decay)` of each sample's own neighbours.

    Parameters
    ----------
    neighbors : Neighbors
        Neighbours and their distances.
    bandwidth : numpy.ndarray of shape (n_samples,)
        Scale of each sample's kernel, in the unit of the distances.
    decay : float
        Exponent.
    kernel : KernelSettings
        Threshold, symmetrisation and anisotropy.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; no result depends on it.
    """
    scale = floored(bandwidth, neighbors.distances)
    directed = directed_rows(neighbors, scale, decay, kernel.threshold, neighbors.n_samples, n_jobs)
    n_found = neighbors.n_neighbors
    radius = neighbors.distances[:, -1].copy() if n_found < neighbors.n_samples - 1 else np.full(len(scale), np.inf)
    rule = "global" if getattr(kernel, "eps", None) is not None else kernel.bandwidth
    fitted = FittedKernel(kernel.n_neighbors, n_found, decay, kernel.threshold, rule, scale, radius)
    return Affinities(directed, kernel.symmetrisation, kernel.anisotropy, fitted=fitted)


def directed_rows(
    neighbors: Neighbors,
    bandwidth: np.ndarray,
    decay: float,
    threshold: float,
    n_samples: int,
    n_jobs: int | None = None,
) -> sp.csr_array:
    """Return the directed affinities of all samples or of some of them, `(n_rows, n_samples)`.

    Parameters
    ----------
    neighbors : Neighbors
        Neighbours of the rows, by their numbers among all samples, and their distances.
    bandwidth : numpy.ndarray of shape (n_rows,)
        Scale of each row's kernel, above zero.
    decay : float
        Exponent.
    threshold : float
        Affinity below which there is none.
    n_samples : int
        Number of all samples.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; no result depends on it.
    """
    parts = map_threads(
        lambda start: _part_of_rows(neighbors, bandwidth, decay, threshold, slice(start, start + _ROWS)),
        range(0, len(bandwidth), _ROWS),
        n_jobs,
    )
    values, columns, lengths = (np.concatenate(found) for found in zip(*parts, strict=True))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32 if len(values) < 2**31 else np.int64)
    A = sp.csr_array((values, columns, starts), shape=(len(bandwidth), n_samples))
    A.has_sorted_indices = True
    return A


def _part_of_rows(
    neighbors: Neighbors, bandwidth: np.ndarray, decay: float, threshold: float, rows: slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return affinities of some rows, their columns in increasing order, and the number of them in each row."""
    indices = neighbors.indices[rows]
    order = np.argsort(indices, axis=1)
    distances = np.take_along_axis(neighbors.distances[rows], order, 1)
    with np.errstate(over="ignore"):  # far beyond the bandwidth the power is infinite and the affinity zero
        affinity = np.exp(-((distances / bandwidth[rows, None]) ** decay))
    kept = (affinity >= threshold) & (affinity > 0)
    return affinity[kept], np.take_along_axis(indices, order, 1)[kept], kept.sum(axis=1)


def check_settings(kernel: KernelSettings) -> None:
    """Raise `TypeError` or `ValueError` if a setting that all kernels have is out of range."""
    check_count(kernel.n_neighbors, "n_neighbors")
    check_choice(kernel.bandwidth, tuple(BANDWIDTHS), "bandwidth")
    check_choice(kernel.symmetrisation, tuple(SYMMETRISATIONS), "symmetrisation")
    if kernel.max_neighbors is not None:
        check_count(kernel.max_neighbors, "max_neighbors", least=kernel.n_neighbors)
    if not 0 <= kernel.anisotropy <= 1:
        raise ValueError(f"anisotropy: expected a number from 0 to 1, found {kernel.anisotropy}; 0 turns it off")
    if not 0 <= kernel.threshold < np.exp(-1):
        raise ValueError(
            f"threshold: expected at least 0 and below exp(-1), the affinity at the bandwidth, found {kernel.threshold}"
            "; 1e-4 is usual"
        )
