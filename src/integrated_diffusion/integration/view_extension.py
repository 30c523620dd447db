"""One view's diffusion operator at new samples: their affinities to the training samples, and its rows there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.kernels.fitted import CrossAffinities, FittedKernel, cross_affinities
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.neighbors.index import NeighborIndex, neighbor_index
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.views.validation import View

BLOCK = 8_192
"""New samples whose neighbours are found at once."""


@dataclass(frozen=True, eq=False)
class ViewExtension:
    """One view's diffusion operator, and the points by whose neighbours new samples get rows of it.

    Parameters
    ----------
    name : str
        Name of the view.
    operator : DiffusionOperator
        The view's operator on all training samples.
    points : array of shape (n_measured, n_coordinates)
        Coordinates of the training samples that the view measured.
    measured : numpy.ndarray of int, shape (n_measured,)
        Which training samples these are.
    search : KNeighbors or None, default None
        How neighbours were found.
    n_jobs : int or None, default None
        Number of threads.
    kernel : FittedKernel or None, default None
        The fitted kernel; that of the operator's affinities unless given.

    Raises
    ------
    ValueError
        If the operator's kernel cannot be extended to new samples.
    """

    name: str
    operator: DiffusionOperator
    points: View = field(repr=False)
    measured: np.ndarray = field(repr=False)
    search: KNeighbors | None = None
    n_jobs: int | None = None
    kernel: FittedKernel | None = None

    @property
    def fitted(self) -> FittedKernel:
        """The fitted kernel, of the measured training samples."""
        found = self.kernel or self.operator.affinities.fitted
        if found is None:
            raise ValueError(
                f"view '{self.name}': expected a kernel that gives new samples affinities, found one without its "
                "bandwidths; fit with AlphaDecayKernel or GaussianKernel"
            )
        return found

    @cached_property
    def index(self) -> NeighborIndex:
        """Index of the points, one neighbour more than the kernel looks at."""
        n_neighbors = min(self.fitted.n_candidates + 1, self.points.shape[0])
        return neighbor_index(self.points, n_neighbors, self.search, n_jobs=self.n_jobs)

    @cached_property
    def density(self) -> np.ndarray:
        """What the kernel of the fit is divided by, `(n_samples,)`."""
        return self.operator.affinities.density(self.operator.n_jobs)

    def affinities(self, X: View) -> CrossAffinities:
        """Return the affinities of new samples to all training samples, by their coordinates, in blocks."""
        every = np.arange(X.shape[0])
        parts = [self._block(X[every[start : start + BLOCK]]) for start in range(0, X.shape[0], BLOCK)]
        return CrossAffinities(
            _stacked([part.forward for part in parts]),
            _stacked([part.backward for part in parts]),
            _stacked([part.same for part in parts]),
            np.concatenate([part.nearest for part in parts]),
            np.concatenate([part.distance for part in parts]),
        )

    def rows(self, found: CrossAffinities) -> sp.csr_array:
        """Return the rows of the operator at new samples, `(n_new, n_samples)`."""
        affinities = self.operator.affinities
        return found.rows(affinities.symmetrisation, self.density, affinities.own)

    def _block(self, X: View) -> CrossAffinities:
        directed = self.operator.affinities.directed
        n_samples, inside = directed.shape[0], self.measured
        if len(inside) < n_samples:
            directed = sp.csr_array(directed[inside][:, inside])
        found = cross_affinities(
            self._fitted_inside, directed, self.index.query(X, self.n_jobs), self.points, X, self.n_jobs
        )
        if len(inside) == n_samples:
            return found
        forward, backward, same = (
            sp.csr_array((A.data, inside[A.indices], A.indptr), shape=(A.shape[0], n_samples))
            for A in (found.forward, found.backward, found.same)
        )
        return CrossAffinities(forward, backward, same, inside[found.nearest], found.distance)

    @cached_property
    def _fitted_inside(self) -> FittedKernel:
        n_fitted = len(self.fitted.bandwidth)
        return self.fitted if n_fitted == len(self.measured) else self.fitted.permuted(self.measured)

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes without what can be computed again."""
        return {name: value for name, value in self.__dict__.items() if name in self.__dataclass_fields__}


def _stacked(parts: list[sp.csr_array]) -> sp.csr_array:
    return sp.csr_array(sp.vstack(parts, format="csr"))
