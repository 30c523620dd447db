"""Directed affinities of each sample to its neighbours, and the symmetric kernel `K` made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.kernels.components import component_labels
from integrated_diffusion.kernels.fitted import FittedKernel
from integrated_diffusion.kernels.sums import weighted_sum, weighted_total
from integrated_diffusion.runtime.threads import map_threads

_ROWS = 2**16  # whose entries are divided by the density at once

Symmetrisation = Callable[[sp.csr_array, sp.csr_array, np.ndarray, int, int | None], sp.csr_array]


def _mean(A: sp.csr_array, transposed: sp.csr_array, own: np.ndarray, first: int, n_jobs: int | None) -> sp.csr_array:
    half = np.full(len(own), 0.5)
    return weighted_sum(A, transposed, half, half, own, first, n_jobs)


def _mutual(A: sp.csr_array, transposed: sp.csr_array, own: np.ndarray, first: int, n_jobs: int | None) -> sp.csr_array:
    both, one = sp.csr_array(A.multiply(transposed)).sqrt(), np.ones(len(own))
    return weighted_sum(both, sp.csr_array(A.shape), one, one, own, first, n_jobs)


SYMMETRISATIONS: dict[str, Symmetrisation] = {"mean": _mean, "mutual": _mutual}
"""From directed affinities, or rows of them, their transpose, the affinities of samples to themselves and the column of
the first of these, to symmetric ones: the mean, or the geometric mean, which is zero unless both are positive."""


@dataclass(frozen=True, eq=False)
class Affinities:
    """Directed affinities `A`, from which a symmetric kernel `K` is made.

    They are kept beside the kernel because views are added before they are made symmetric, see `add_affinities`.

    Parameters
    ----------
    directed : scipy.sparse.csr_array of shape (n_samples, n_samples)
        Row `i` holds the affinities of sample `i` to its neighbours, without itself.
    symmetrisation : str, default "mean"
        How the two directed affinities of a pair become one, a name in `SYMMETRISATIONS`.
    anisotropy : float, default 0.0
        Exponent of the density normalisation.
    own : float or numpy.ndarray of shape (n_samples,), default 1.0
        Affinity of each sample to itself.
    fitted : FittedKernel or None, default None
        What gives new samples affinities to these; `None` for affinities that no kernel of this package made.
    """

    directed: sp.csr_array
    symmetrisation: str = "mean"
    anisotropy: float = 0.0
    own: float | np.ndarray = 1.0
    fitted: FittedKernel | None = None

    def kernel(self, n_jobs: int | None = None) -> sp.csr_array:
        """Return the symmetric kernel `K`; self-affinities are added before the density is divided out.

        Parameters
        ----------
        n_jobs : int or None, default None
            Number of threads, `None` for all cores; no result depends on it.
        """
        K = self._symmetric(n_jobs)
        return without_density(K, self.anisotropy, n_jobs) if self.anisotropy else K

    def density(self, n_jobs: int | None = None) -> np.ndarray:
        """Return `q^a`, the density of each sample to the power of the anisotropy, by which the kernel is divided."""
        return np.asarray(np.asarray(self._symmetric(n_jobs).sum(axis=1)) ** self.anisotropy)

    def component_labels(self, n_jobs: int | None = None) -> np.ndarray:
        """Return the connected component of each sample in the kernel's graph, from 0, shape `(n_samples,)`."""
        # The mean of two affinities is zero where both are: the kernel, which is larger, need not be made.
        return component_labels(self.directed if self.symmetrisation == "mean" else self._symmetric(n_jobs))

    def _symmetric(self, n_jobs: int | None = None) -> sp.csr_array:
        own = np.array(np.broadcast_to(np.float64(self.own), self.directed.shape[:1]))
        return SYMMETRISATIONS[self.symmetrisation](self.directed, sp.csr_array(self.directed.T), own, 0, n_jobs)

    def permuted(self, permutation: np.ndarray) -> Affinities:
        """Return the affinities with sample `permutation[i]` in row `i`."""
        own = self.own[permutation] if isinstance(self.own, np.ndarray) else self.own
        directed = sp.csr_array(self.directed[permutation][:, permutation])
        return replace(self, directed=directed, own=own, fitted=self._fitted_at(permutation))

    def at(self, rows: np.ndarray) -> Affinities:
        """Return the affinities among some of the samples, by number in increasing order."""
        own = self.own[rows] if isinstance(self.own, np.ndarray) else self.own
        directed = sp.csr_array(self.directed[rows][:, rows])
        return replace(self, directed=directed, own=own, fitted=self._fitted_at(rows))

    def _fitted_at(self, rows: np.ndarray) -> FittedKernel | None:
        """What was fitted to these samples; `None` if it is of other samples, the measured ones of more."""
        if self.fitted is None or len(self.fitted.bandwidth) != self.directed.shape[0]:
            return None
        return self.fitted.permuted(rows)

    def embedded(self, measured: np.ndarray) -> Affinities:
        """Return the affinities of these samples among more samples, whose rows are empty but for their own affinity.

        Parameters
        ----------
        measured : numpy.ndarray of bool, shape (n_samples,)
            Which samples these are. Every other one has an affinity of one to itself.
        """
        rows, n_samples = np.flatnonzero(measured), len(measured)
        starts = np.zeros(n_samples + 1, dtype=self.directed.indptr.dtype)
        starts[1:][measured] = np.diff(self.directed.indptr)
        columns = rows.astype(self.directed.indices.dtype)[self.directed.indices]
        directed = sp.csr_array((self.directed.data, columns, np.cumsum(starts)), shape=(n_samples, n_samples))
        own = np.ones(n_samples)
        own[measured] = self.own
        return replace(self, directed=directed, own=own)


def add_affinities(
    affinities: Sequence[Affinities], weights: Sequence[np.ndarray], n_jobs: int | None = None
) -> Affinities:
    """Return the weighted sum of several views' directed affinities, `sum_m D(w_m) A_m`.

    Parameters
    ----------
    affinities : sequence of Affinities
        At least one; all of the same symmetrisation and anisotropy.
    weights : sequence of numpy.ndarray of shape (n_samples,)
        Weight of each row in each view. A sample whose weights are zero in all views keeps a self-affinity of one.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; no result depends on it.

    Returns
    -------
    Affinities

    Raises
    ------
    ValueError
        If symmetrisation or anisotropy differ between the views.
    """
    choices = list(dict.fromkeys((view.symmetrisation, view.anisotropy) for view in affinities))
    if len(choices) > 1:
        found = " and ".join(f"'{symmetrisation}' with {anisotropy:g}" for symmetrisation, anisotropy in choices)
        raise ValueError(
            f"affinities: expected one symmetrisation and anisotropy in all views, found {found}; give all views "
            "kernels that agree in both, or combine the operators in another order"
        )
    total = np.sum(weights, axis=0)
    own = np.sum([w * view.own for view, w in zip(affinities, weights, strict=True)], axis=0)
    own = np.divide(own, total, out=np.ones(len(total)), where=total > 0)
    directed = weighted_total([view.directed for view in affinities], weights, n_jobs)
    return Affinities(directed, affinities[0].symmetrisation, affinities[0].anisotropy, own)


def without_density(K: sp.csr_array, anisotropy: float, n_jobs: int | None = None) -> sp.csr_array:
    """Divide the sampling density out of a kernel, `D^-a K D^-a` (Coifman and Lafon 2006), in place."""
    density = np.asarray(K.sum(axis=1)) ** -anisotropy

    def divide(start: int) -> None:
        starts = K.indptr[start : start + _ROWS + 1]
        entries = slice(starts[0], starts[-1])
        K.data[entries] *= np.repeat(density[start : start + _ROWS], np.diff(starts))
        K.data[entries] *= density[K.indices[entries]]

    map_threads(divide, range(0, len(density), _ROWS), n_jobs)
    return K
