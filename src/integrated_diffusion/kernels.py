"""Neighbours to affinities: the kernels `K`, sparse, symmetric, one on the diagonal before density normalisation.

A kernel is a small frozen value that is called with neighbours. Its named choices are separate: how far each sample
reaches (`bandwidth`), how the two directed affinities of a pair become one (`symmetrisation`), and how much of the
sampling density is divided out (`anisotropy`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.neighbors import Neighbors
from integrated_diffusion.validation import check_choice, check_count, check_positive

Bandwidth = Callable[[np.ndarray], np.ndarray]
Symmetrisation = Callable[[sp.csr_array], sp.csr_array]

BANDWIDTHS: dict[str, Bandwidth] = {
    "local": lambda reach: reach,
    "global": lambda reach: np.full_like(reach, _typical(reach)),
    "capped": lambda reach: np.minimum(reach, _typical(reach)),
}
"""From each sample's distance to its k-th neighbour to its bandwidth: itself, the median, the smaller of both."""

SYMMETRISATIONS: dict[str, Symmetrisation] = {
    "mean": lambda A: sp.csr_array((A + A.T) / 2),
    "mutual": lambda A: sp.csr_array(A.multiply(A.T)).sqrt(),
}
"""From the directed affinities to the symmetric ones: mean, or geometric mean (zero unless both are there)."""


def _typical(reach: np.ndarray) -> float:
    """The median reach of those samples that are no duplicates."""
    positive = reach[reach > 0]
    return float(np.median(positive)) if len(positive) else 0.0


@dataclass(frozen=True, eq=False)
class Affinities:
    """What every sample says of its neighbours, before the two words on a pair become one.

    Parameters
    ----------
    directed
        Affinities of each sample to its neighbours, itself left out, `(n_samples, n_samples)`, a row a sample.
    symmetrisation
        How the two directed affinities of a pair become one, a name in `SYMMETRISATIONS`.
    anisotropy
        Exponent of the density normalisation.
    own
        Affinity of each sample to itself: one for all, or `(n_samples,)`.
    """

    directed: sp.csr_array
    symmetrisation: str = "mean"
    anisotropy: float = 0.0
    own: float | np.ndarray = 1.0

    def kernel(self) -> sp.csr_array:
        """Return the symmetric affinities `K`, a sample's own on the diagonal before the density is divided out."""
        K = SYMMETRISATIONS[self.symmetrisation](self.directed)
        K = sp.csr_array(K + sp.diags_array(np.broadcast_to(self.own, K.shape[0]), format="csr"))
        return _without_density(K, self.anisotropy) if self.anisotropy else K

    def permuted(self, permutation: np.ndarray) -> Affinities:
        """Return the affinities of the same samples in another order, `permutation[i]` in place `i`."""
        own = self.own[permutation] if isinstance(self.own, np.ndarray) else self.own
        return replace(self, directed=sp.csr_array(self.directed[permutation][:, permutation]), own=own)


def add_affinities(affinities: Sequence[Affinities], weights: Sequence[np.ndarray]) -> Affinities:
    """Add up what samples say in several views, every sample's word weighed.

    Parameters
    ----------
    affinities
        At least one, of one kernel.
    weights
        Weight of each sample's word in each view, `(n_samples,)`; who has none anywhere has one to itself.

    Raises
    ------
    ValueError
        If symmetrisation or anisotropy differ between the views: the sum has only one of each.
    """
    choices = list(dict.fromkeys((view.symmetrisation, view.anisotropy) for view in affinities))
    if len(choices) > 1:
        found = " and ".join(f"'{symmetrisation}' with {anisotropy:g}" for symmetrisation, anisotropy in choices)
        raise ValueError(
            f"affinities: expected one symmetrisation and anisotropy in all views, found {found}; give all views "
            "kernels that agree in both, or join their walks by another order"
        )
    weighed = [sp.diags_array(w) @ view.directed for view, w in zip(affinities, weights, strict=True)]
    everybody = np.sum(weights, axis=0)
    own = np.sum([w * view.own for view, w in zip(affinities, weights, strict=True)], axis=0)
    own = np.divide(own, everybody, out=np.ones(len(everybody)), where=everybody > 0)
    first = affinities[0]
    return Affinities(sp.csr_array(sum(weighed[1:], weighed[0])), first.symmetrisation, first.anisotropy, own)


class Kernel(Protocol):
    """What turns neighbours into affinities."""

    @property
    def n_neighbors(self) -> int:
        """Number of neighbours a sample must have."""
        ...

    @property
    def n_candidates(self) -> int:
        """Number of neighbours the kernel needs to be given."""
        ...

    def __call__(self, neighbors: Neighbors) -> sp.csr_array:
        """Return the symmetric affinities `K`, shape `(n_samples, n_samples)`."""
        ...

    def affinities(self, neighbors: Neighbors) -> Affinities:
        """Return what every sample says of its neighbours, of which `K` is made."""
        ...


@dataclass(frozen=True)
class AlphaDecayKernel:
    """`K(x_i, x_j) = exp(-(d_ij / s_i)^decay)`, `s_i` the distance to the k-th neighbour (Moon et al. 2019, PHATE).

    Parameters
    ----------
    n_neighbors
        Which neighbour sets the bandwidth `s_i`, the sample itself not counted.
    decay
        Exponent; large values cut the neighbourhood off sharply at the bandwidth.
    bandwidth
        `local`: `s_i` of each sample; `global`: their median for all; `capped`: `s_i`, at most the median.
    symmetrisation
        `mean` (paper, PHATE): `(K + K^T) / 2`; `mutual`: the geometric mean, which drops one-sided affinities.
    anisotropy
        Exponent of the density normalisation `K_ij / (q_i q_j)^anisotropy`, `q` the row sums (Coifman and Lafon
        2006); 0 keeps the density, 1 removes it.
    max_neighbors
        How many neighbours may have an affinity at all; three times `n_neighbors` unless given.
    threshold
        Directed affinities below it are left out.

    Examples
    --------
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
        _check_shared(self)
        check_positive(self.decay, "decay")

    @property
    def n_candidates(self) -> int:
        """Number of neighbours the kernel needs to be given."""
        return self.max_neighbors or 3 * self.n_neighbors

    def __call__(self, neighbors: Neighbors) -> sp.csr_array:
        """Return the symmetric affinities `K`, shape `(n_samples, n_samples)`."""
        return self.affinities(neighbors).kernel()

    def affinities(self, neighbors: Neighbors) -> Affinities:
        """Return what every sample says of its neighbours."""
        bandwidth = BANDWIDTHS[self.bandwidth](_reach(neighbors, self.n_neighbors))
        return _affinities(neighbors, bandwidth, self.decay, self)


@dataclass(frozen=True)
class GaussianKernel:
    """`K(x_i, x_j) = exp(-d_ij^2 / eps)` with one fixed bandwidth (paper, eq. 1), among nearest neighbours.

    Parameters
    ----------
    n_neighbors
        Which neighbour sets the bandwidth where `eps` is not given: `eps = s^2`.
    eps
        The bandwidth, in squared units of the view; overrides `bandwidth`.
    bandwidth, symmetrisation, anisotropy, max_neighbors, threshold
        As in `AlphaDecayKernel`; `global` is the paper's single bandwidth.
    """

    n_neighbors: int = 15
    eps: float | None = None
    bandwidth: str = "global"
    symmetrisation: str = "mean"
    anisotropy: float = 0.0
    max_neighbors: int | None = None
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        _check_shared(self)
        if self.eps is not None:
            check_positive(self.eps, "eps")

    @property
    def n_candidates(self) -> int:
        """Number of neighbours the kernel needs to be given."""
        return self.max_neighbors or 3 * self.n_neighbors

    def __call__(self, neighbors: Neighbors) -> sp.csr_array:
        """Return the symmetric affinities `K`, shape `(n_samples, n_samples)`."""
        return self.affinities(neighbors).kernel()

    def affinities(self, neighbors: Neighbors) -> Affinities:
        """Return what every sample says of its neighbours."""
        if self.eps is not None:
            bandwidth = np.full(neighbors.n_samples, np.sqrt(self.eps))
        else:
            bandwidth = BANDWIDTHS[self.bandwidth](_reach(neighbors, self.n_neighbors))
        return _affinities(neighbors, bandwidth, 2.0, self)


def _reach(neighbors: Neighbors, n_neighbors: int) -> np.ndarray:
    """Distance to the k-th neighbour, or to the last one there is; where there is none, nothing is within reach."""
    found = np.isfinite(neighbors.distances)
    last = np.minimum(found.sum(axis=1), n_neighbors) - 1
    reach = neighbors.distances[np.arange(neighbors.n_samples), np.maximum(last, 0)]
    return np.where(last >= 0, reach, 0.0)


def _affinities(
    neighbors: Neighbors, bandwidth: np.ndarray, decay: float, kernel: AlphaDecayKernel | GaussianKernel
) -> Affinities:
    directed = _directed(neighbors, _floored(bandwidth, neighbors.distances), decay, kernel.threshold)
    return Affinities(directed, kernel.symmetrisation, kernel.anisotropy)


def _floored(bandwidth: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """A bandwidth of zero (duplicates) becomes tiny, so that only duplicates are near and nothing is divided by 0."""
    lengths = bandwidth[bandwidth > 0]
    if not len(lengths):  # everybody has copies enough; what is tiny is then told by the distances beyond them
        lengths = distances[(distances > 0) & np.isfinite(distances)]
    floor = 1e-10 * np.median(lengths) if len(lengths) else 1.0
    return np.maximum(bandwidth, max(floor, np.finfo(np.float64).tiny))


def _directed(neighbors: Neighbors, bandwidth: np.ndarray, decay: float, threshold: float) -> sp.csr_array:
    with np.errstate(over="ignore"):  # far beyond the bandwidth the power is infinite and the affinity zero
        affinity = np.exp(-((neighbors.distances / bandwidth[:, None]) ** decay))
    affinity[affinity < threshold] = 0
    kept = affinity > 0
    indptr = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32 if kept.size < 2**31 else np.int64)
    n = neighbors.n_samples
    A = sp.csr_array((affinity[kept], neighbors.indices[kept], indptr), shape=(n, n))
    A.sort_indices()
    return A


def _without_density(K: sp.csr_array, anisotropy: float) -> sp.csr_array:
    density = sp.diags_array(np.asarray(K.sum(axis=1)) ** -anisotropy)
    return sp.csr_array(density @ K @ density)


def _check_shared(kernel: AlphaDecayKernel | GaussianKernel) -> None:
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
