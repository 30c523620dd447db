"""Affinities of samples: what each has for its own neighbours, and the symmetric kernel made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

Symmetrisation = Callable[[sp.csr_array], sp.csr_array]


SYMMETRISATIONS: dict[str, Symmetrisation] = {
    "mean": lambda A: sp.csr_array((A + A.T) / 2),
    "mutual": lambda A: sp.csr_array(A.multiply(A.T)).sqrt(),
}
"""From the directed affinities to the symmetric ones: mean, or geometric mean (zero unless both are there)."""


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
        return without_density(K, self.anisotropy) if self.anisotropy else K

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


def without_density(K: sp.csr_array, anisotropy: float) -> sp.csr_array:
    """Divide the sampling density out of a kernel, `D^-a K D^-a` (Coifman and Lafon 2006)."""
    density = sp.diags_array(np.asarray(K.sum(axis=1)) ** -anisotropy)
    return sp.csr_array(density @ K @ density)
