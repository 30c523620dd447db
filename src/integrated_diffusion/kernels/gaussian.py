"""The Gaussian kernel (paper, eq. 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.kernels.affinities import Affinities
from integrated_diffusion.kernels.bandwidth import BANDWIDTHS, distance_to_kth, median_distance
from integrated_diffusion.kernels.kernel import affinities_of, check_settings
from integrated_diffusion.neighbors import Neighbors
from integrated_diffusion.views.checks import check_positive


@dataclass(frozen=True)
class GaussianKernel:
    """`K(x_i, x_j) = exp(-d_ij^2 / eps)` with one fixed bandwidth (paper, eq. 1), among nearest neighbours.

    Parameters
    ----------
    n_neighbors : int, default 15
        Neighbour whose distance is the bandwidth `s` where `eps` is not given: `eps = s^2`.
    eps : float or None, default None
        The bandwidth in squared units of the view; replaces `bandwidth` where given.
    bandwidth : {"local", "global", "capped"}, default "global"
        As in `AlphaDecayKernel`; `global` is the paper's single bandwidth.
    symmetrisation : {"mean", "mutual"}, default "mean"
        As in `AlphaDecayKernel`.
    anisotropy : float, default 0.0
        As in `AlphaDecayKernel`.
    max_neighbors : int or None, default None
        As in `AlphaDecayKernel`.
    threshold : float, default 1e-4
        As in `AlphaDecayKernel`.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of range.
    """

    n_neighbors: int = 15
    eps: float | None = None
    bandwidth: str = "global"
    symmetrisation: str = "mean"
    anisotropy: float = 0.0
    max_neighbors: int | None = None
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        check_settings(self)
        if self.eps is not None:
            check_positive(self.eps, "eps")

    @property
    def n_candidates(self) -> int:
        """Number of neighbours to search for."""
        return self.max_neighbors or 3 * self.n_neighbors

    def __call__(self, neighbors: Neighbors) -> sp.csr_array:
        """Return the symmetric affinities `K`, shape `(n_samples, n_samples)`."""
        return self.affinities(neighbors).kernel()

    def affinities(self, neighbors: Neighbors, n_jobs: int | None = None) -> Affinities:
        """Return the directed affinities, from which `K` is made, by `n_jobs` threads (`None`: all cores)."""
        distance = distance_to_kth(neighbors, self.n_neighbors)
        bandwidth = self.bandwidths(distance, median_distance(distance))
        return affinities_of(neighbors, bandwidth, self.decay, self, n_jobs)

    @property
    def decay(self) -> float:
        """Exponent of the distance."""
        return 2.0

    def bandwidths(self, distance: np.ndarray, median: float) -> np.ndarray:
        """Return samples' bandwidths from their distances to the k-th neighbour, and the median over all samples."""
        if self.eps is not None:
            return np.full(len(distance), np.sqrt(self.eps))
        return BANDWIDTHS[self.bandwidth](distance, median)
