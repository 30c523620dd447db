"""One view's walk, the leaf of every formula."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, connected_components

from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.matrix import Matrix, Pattern
from integrated_diffusion.operators.rows import Block, RowOrder, Rows, is_near


class DiffusionOperator(Operator):
    """One view's walk `P = D^-1 K` (paper, eq. 2), row-stochastic.

    What is told is the symmetric kernel and its degrees: the walk, its transpose `P^T = K D^-1` and its symmetric
    conjugate `A = D^-1/2 K D^-1/2`, which has the spectrum of `P`, have their entries in the same places.

    Parameters
    ----------
    kernel
        Symmetric affinities `K` of shape `(n_samples, n_samples)`, not negative, every row with a positive sum.
    name
        How the view is written in formulas.
    n_jobs
        Number of threads, `None` for all cores; the results do not depend on it.

    Raises
    ------
    TypeError
        If the kernel is not sparse.
    ValueError
        If it is not square, not finite, negative, not symmetric, or has an empty row.
    """

    def __init__(self, kernel: sp.csr_array, name: str = "P", n_jobs: int | None = None) -> None:
        checked = _checked_kernel(kernel)
        self._walk_along(checked, Affinities(_off_diagonal(checked), own=checked.diagonal()), name, n_jobs)

    @classmethod
    def of(cls, affinities: Affinities, name: str = "P", n_jobs: int | None = None) -> DiffusionOperator:
        """Return the walk along affinities, which are kept to be added to those of other views."""
        walk = cls.__new__(cls)  # a kernel made of affinities need not be checked
        walk._walk_along(affinities.kernel(), affinities, name, n_jobs)
        return walk

    def permuted(self, permutation: np.ndarray) -> DiffusionOperator:
        """Return the walk among the same samples in another order.

        Parameters
        ----------
        permutation
            Sample `permutation[i]` comes to place `i`, `(n_samples,)`.
        """
        return DiffusionOperator.of(self.affinities.permuted(permutation), self.name, self.n_jobs)

    def _walk_along(self, kernel: sp.csr_array, affinities: Affinities, name: str, n_jobs: int | None) -> None:
        self.kernel, self.affinities, self.name, self.n_jobs = kernel, affinities, name, n_jobs
        self.degrees: np.ndarray = np.asarray(self.kernel.sum(axis=1), dtype=np.float64)
        empty = np.flatnonzero(~(self.degrees > 0))
        if len(empty):
            raise ValueError(
                f"kernel: expected a positive sum in every row, found {len(empty)} empty rows (first {empty[0]}); "
                "give every sample an affinity to itself"
            )

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return int(self.kernel.shape[0])

    @property
    def matrix(self) -> sp.csr_array:
        """The walk `P` as a sparse matrix, shape `(n_samples, n_samples)`."""
        return sp.csr_array(sp.diags_array(1 / self.degrees) @ self.kernel)

    @cached_property
    def component_labels(self) -> np.ndarray:
        """Connected piece of the graph in which each sample lies, counted from 0, shape `(n_samples,)`."""
        # Most graphs are in one piece, which is seen in a third of the time.
        if len(breadth_first_order(self.kernel, 0, return_predecessors=False)) == self.n_samples:
            return np.zeros(self.n_samples, np.int32)
        return np.asarray(connected_components(self.kernel, directed=False)[1])

    @property
    def conjugate(self) -> Operator:
        """The symmetric conjugate `A = D^-1/2 K D^-1/2`, which has the spectrum of `P`."""
        return _Conjugate(self)

    def _rows(self, block: Block) -> Rows:
        return Rows(None if is_near(block) else self._order, self.n_jobs)

    def _apply(self, block: Block, rows: Rows) -> Block:
        return self._times(block, rows, 1.0)

    def _apply_transposed(self, block: Block, rows: Rows) -> Block:
        return self._times(block, rows, 0.0)

    def _times(self, block: Block, rows: Rows, share: float) -> Block:
        """`D^-share K D^(share - 1)` times a block: 1 is the walk, 0 its transpose, 1/2 the conjugate."""
        matrix = self._matrix(rows.order, block.dtype, share)
        if isinstance(block, np.ndarray) and block.ndim == 2:
            return matrix.times(block, rows)
        return sp.csr_array((matrix.values, self.kernel.indices, self.kernel.indptr), shape=self.shape) @ block

    def _matrix(self, order: RowOrder | None, dtype: np.dtype, share: float) -> Matrix:
        """The weighed kernel in an order and a precision, kept until another order is asked for."""
        pattern = self._pattern(order)
        kept = self._matrices.get((share, dtype, order is None))
        if kept is None or kept.pattern is not pattern:
            left, right = self.degrees**-share, self.degrees ** (share - 1)
            kept = pattern.filled(self.kernel, left, right, dtype, self.n_jobs)
            self._matrices[share, dtype, order is None] = kept
        return kept

    def _pattern(self, order: RowOrder | None) -> Pattern:
        kept = self._patterns.get(order is None)
        if kept is None or kept.order is not order:
            kept = self._patterns[order is None] = Pattern.of(self.kernel, order)
        return kept

    @cached_property
    def _patterns(self) -> dict[bool, Pattern]:
        return {}

    @cached_property
    def _matrices(self) -> dict[tuple[float, np.dtype, bool], Matrix]:
        return {}

    @cached_property
    def _order(self) -> RowOrder:
        return RowOrder.along(self.kernel)

    def _formula(self) -> str:
        return self.name

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be computed again."""
        return {name: self.__dict__[name] for name in ("kernel", "name", "affinities", "degrees", "n_jobs")}


class _Conjugate(Operator):
    """`A = D^-1/2 K D^-1/2`, a symmetric map with the spectrum of a walk."""

    def __init__(self, walk: DiffusionOperator) -> None:
        self.walk = walk

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.walk.n_samples

    @property
    def T(self) -> Operator:
        """The same again."""
        return self

    def _rows(self, block: Block) -> Rows:
        return self.walk._rows(block)

    def _apply(self, block: Block, rows: Rows) -> Block:
        return self.walk._times(block, rows, 0.5)

    _apply_transposed = _apply

    def _formula(self) -> str:
        return f"conjugate({self.walk!r})"


def _off_diagonal(K: sp.csr_array) -> sp.csr_array:
    return sp.csr_array(K - sp.diags_array(K.diagonal()))


def _checked_kernel(kernel: Any) -> sp.csr_array:
    if not sp.issparse(kernel):
        raise TypeError(f"kernel: expected a sparse matrix, found {type(kernel).__name__}; wrap it in csr_array")
    K = sp.csr_array(kernel, dtype=np.float64, copy=True)  # what is changed elsewhere later must not change a walk
    if K.shape[0] != K.shape[1]:
        raise ValueError(f"kernel: expected a square matrix, found {K.shape}; one row and column a sample")
    if not np.isfinite(K.data).all() or (K.data < 0).any():
        raise ValueError("kernel: expected finite affinities of at least 0, found others; check the distances")
    asymmetry = abs(K - K.T)
    if asymmetry.nnz and asymmetry.max() > 1e-8 * K.max():
        raise ValueError("kernel: expected a symmetric matrix, found an asymmetric one; use (K + K.T) / 2")
    return K
