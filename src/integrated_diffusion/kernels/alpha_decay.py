"""The alpha-decay kernel (Moon et al. 2019, PHATE)."""

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
class AlphaDecayKernel:
    """`K(x_i, x_j) = exp(-(d_ij / s_i)^decay)`, `s_i` the distance to the k-th neighbour (Moon et al. 2019, PHATE).

    Parameters
    ----------
    n_neighbors : int, default 5
        Neighbour whose distance is the bandwidth `s_i`; the sample itself is not counted.
    decay : float, default 40.0
        Exponent. Large values cut the neighbourhood off sharply at the bandwidth.
    bandwidth : {"local", "global", "capped"}, default "local"
        `local`: each sample's `s_i`; `global`: their median for all samples; `capped`: `s_i`, at most the median.
    symmetrisation : {"mean", "mutual"}, default "mean"
        `mean` (paper, PHATE): `(A + A^T) / 2`; `mutual`: the geometric mean, which drops one-sided affinities.
    anisotropy : float, default 0.0
        Exponent of the density normalisation `K_ij / (q_i q_j)^anisotropy`, `q` the row sums (Coifman and Lafon
        2006). 0 keeps the density, 1 removes it.
    max_neighbors : int or None, default None
        Number of neighbours that may have a positive affinity; `None`: three times `n_neighbors`.
    threshold : float, default 1e-4
        Directed affinities below it are set to zero.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion.neighbors import find_neighbors
    >>> kernel = AlphaDecayKernel(n_neighbors=1, decay=2)
    >>> kernel(find_neighbors(np.array([[0.0], [1.0], [3.0]]), 2)).toarray().round(2).tolist()
    [[1.0, 0.37, 0.05], [0.37, 1.0, 0.19], [0.05, 0.19, 1.0]]
    """

    n_neighbors: int = 5
    decay: float = 40.0
    bandwidth: str = "local"
    symmetrisation: str = "mean"
    anisotropy: float = 0.0
    max_neighbors: int | None = None
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        check_settings(self)
        check_positive(self.decay, "decay")

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

    def bandwidths(self, distance: np.ndarray, median: float) -> np.ndarray:
        """Return samples' bandwidths from their distances to the k-th neighbour, and the median over all samples."""
        return BANDWIDTHS[self.bandwidth](distance, median)
