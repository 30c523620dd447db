"""The diffusion operator of one view, the leaf of every formula."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.kernels import Affinities, add_affinities
from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.application import Layout
from integrated_diffusion.operators.blocks import Block
from integrated_diffusion.operators.matrix import Matrix, Pattern
from integrated_diffusion.operators.row_order import RowOrder
from integrated_diffusion.operators.workspace import Workspace

_SIDES = (1.0, 0.0)  # shares of the degrees on the left in `P` and in its transpose


class DiffusionOperator(Operator):
    """The diffusion operator of one view, `P = D^-1 K` (paper, eq. 2), row-stochastic.

    The symmetric kernel and its degrees are made of directed affinities when they are needed. `P`, its transpose
    `P^T = K D^-1` and its symmetric conjugate `A = D^-1/2 K D^-1/2`, which has the spectrum of `P`, have their entries
    at the same positions.

    Parameters
    ----------
    kernel : scipy.sparse array of shape (n_samples, n_samples)
        Symmetric affinities `K`, not negative, every row with a positive sum.
    name : str, default "P"
        Name of the view in formulas.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; no result depends on it.

    Raises
    ------
    TypeError
        If the kernel is not sparse.
    ValueError
        If it is not square, not finite, negative, not symmetric, or has an empty row.
    """

    def __init__(self, kernel: sp.csr_array, name: str = "P", n_jobs: int | None = None) -> None:
        K = _checked_kernel(kernel)
        self._set(Affinities(_off_diagonal(K), own=K.diagonal()), name, n_jobs)
        _ = self.degrees  # refuses a row without a sum

    @classmethod
    def of(cls, affinities: Affinities, name: str = "P", n_jobs: int | None = None) -> DiffusionOperator:
        """Return the operator of affinities, which it keeps so that they can be added to those of other views.

        Parameters
        ----------
        affinities : Affinities
            Directed affinities, from which the kernel is made.
        name : str, default "P"
            Name of the view in formulas.
        n_jobs : int or None, default None
            Number of threads, `None` for all cores.
        """
        operator = cls.__new__(cls)
        operator._set(affinities, name, n_jobs)
        return operator

    @staticmethod
    def weighted_with(
        operators: Sequence[DiffusionOperator], weights: Sequence[np.ndarray], name: str
    ) -> DiffusionOperator:
        """Return the operator of the weighted sum of several operators' directed affinities, see `add_affinities`.

        Parameters
        ----------
        operators : sequence of DiffusionOperator
            Operators on the same samples, all of this kind.
        weights : sequence of numpy.ndarray of shape (n_samples,)
            Weight of each row of each of them.
        name : str
            Name of the sum in formulas.
        """
        return _Added(operators, weights, name)

    def permuted(self, permutation: np.ndarray) -> DiffusionOperator:
        """Return the operator on the same samples in another order.

        Parameters
        ----------
        permutation : numpy.ndarray of shape (n_samples,)
            Sample `permutation[i]` becomes sample `i`.
        """
        return DiffusionOperator.of(self.affinities.permuted(permutation), self.name, self.n_jobs)

    def _set(self, affinities: Affinities, name: str, n_jobs: int | None) -> None:
        self._affinities, self.name, self.n_jobs = affinities, name, n_jobs

    @property
    def affinities(self) -> Affinities:
        """The directed affinities that the kernel is made of."""
        return self._affinities

    @cached_property
    def kernel(self) -> sp.csr_array:
        """The symmetric kernel `K`, shape `(n_samples, n_samples)`."""
        return self.affinities.kernel(self.n_jobs)

    @cached_property
    def degrees(self) -> np.ndarray:
        """Row sums of the kernel, shape `(n_samples,)`."""
        degrees = np.asarray(self.kernel.sum(axis=1), dtype=np.float64)
        empty = np.flatnonzero(~(degrees > 0))
        if len(empty):
            raise ValueError(
                f"kernel: expected a positive sum in every row, found {len(empty)} empty rows (first {empty[0]}); "
                "give every sample an affinity to itself"
            )
        return degrees

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return int(self.affinities.directed.shape[0])

    @property
    def matrix(self) -> sp.csr_array:
        """`P` as a sparse matrix, shape `(n_samples, n_samples)`."""
        return sp.csr_array(sp.diags_array(1 / self.degrees) @ self.kernel)

    @cached_property
    def component_labels(self) -> np.ndarray:
        """Connected component of each sample in the graph, counted from 0, shape `(n_samples,)`."""
        return self.affinities.component_labels(self.n_jobs)

    @property
    def component_sizes(self) -> np.ndarray:
        """Number of samples of each connected component."""
        return np.bincount(self.component_labels)

    @property
    def conjugate(self) -> Operator:
        """The symmetric conjugate `A = D^-1/2 K D^-1/2`, which has the spectrum of `P`."""
        return _Conjugate(self)

    def _layout(self, block: Block, kind: type[Workspace]) -> Layout:
        return Layout(None if kind.is_near(block) else partial(self._row_order, kind), self.n_jobs)

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return self._times(block, workspace, 1.0)

    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block:
        return self._times(block, workspace, 0.0)

    def _as_matrix(self, workspace: Workspace, dtype: np.dtype, transposed: bool = False) -> Matrix | None:
        return self._matrix(workspace, dtype, float(not transposed))

    def _times(self, block: Block, workspace: Workspace, share: float) -> Block:
        """Return `D^-share K D^(share - 1)` times a block: 1 is `P`, 0 its transpose, 1/2 the conjugate."""
        return workspace.multiply(self._matrix(workspace, block.dtype, share), block)

    def _matrix(self, workspace: Workspace, dtype: np.dtype, share: float) -> Matrix:
        """The weighted kernel in the workspace's order and a precision, kept until another order is requested."""
        pattern, key = self._pattern(workspace), (workspace.library, workspace.order is None, dtype, share)
        kept = self._matrices.get(key)
        if kept is None or kept.pattern is not pattern:
            left, right = self.degrees**-share, self.degrees ** (share - 1)
            kept = self._matrices[key] = workspace.matrix(pattern, self.kernel, left, right, dtype)
            if workspace.order is not None and {(*key[:-1], side) for side in _SIDES} <= self._matrices.keys():
                self.__dict__.pop("kernel", None)  # all that a solver needs of it is there, and it is as large as both
        return kept

    def _pattern(self, workspace: Workspace) -> Pattern:
        key = (workspace.library, workspace.order is None)
        kept = self._patterns.get(key)
        if kept is None or kept.order is not workspace.order:
            kept = self._patterns[key] = workspace.pattern(self.kernel)
        return kept

    def _row_order(self, kind: type[Workspace]) -> RowOrder:
        if "_kept_order" not in self.__dict__:
            self._kept_order = kind.row_order(self.kernel)
        return self._kept_order

    @cached_property
    def _patterns(self) -> dict[tuple[str, bool], Pattern]:
        return {}

    @cached_property
    def _matrices(self) -> dict[tuple[str, bool, np.dtype, float], Matrix]:
        return {}

    def _formula(self) -> str:
        return self.name

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes without what can be computed again."""
        return {name: getattr(self, name) for name in ("name", "_affinities", "n_jobs")}


class _Added(DiffusionOperator):
    """The operator of affinities that are added when they are asked for: they are as many as its kernel has entries."""

    def __init__(self, operators: Sequence[DiffusionOperator], weights: Sequence[np.ndarray], name: str) -> None:
        self.operators, self.weights, self.name, self.n_jobs = operators, weights, name, operators[0].n_jobs

    @property
    def affinities(self) -> Affinities:
        """The weighted sum of the operators' affinities."""
        return add_affinities([P.affinities for P in self.operators], self.weights, self.n_jobs)

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.operators[0].n_samples

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes without what can be computed again."""
        return {name: getattr(self, name) for name in ("operators", "weights", "name", "n_jobs")}


class _Conjugate(Operator):
    """`A = D^-1/2 K D^-1/2`, a symmetric map with the spectrum of `P = D^-1 K`."""

    def __init__(self, operator: DiffusionOperator) -> None:
        self.operator = operator

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.operator.n_samples

    @property
    def T(self) -> Operator:
        """The operator itself, which is symmetric."""
        return self

    def _layout(self, block: Block, kind: type[Workspace]) -> Layout:
        return self.operator._layout(block, kind)

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return self.operator._times(block, workspace, 0.5)

    _apply_transposed = _apply

    def _formula(self) -> str:
        return f"conjugate({self.operator!r})"


def _off_diagonal(K: sp.csr_array) -> sp.csr_array:
    return sp.csr_array(K - sp.diags_array(K.diagonal()))


def _checked_kernel(kernel: Any) -> sp.csr_array:
    if not sp.issparse(kernel):
        raise TypeError(f"kernel: expected a sparse matrix, found {type(kernel).__name__}; wrap it in csr_array")
    K = sp.csr_array(kernel, dtype=np.float64, copy=True)  # later changes of the given matrix must not matter
    if K.shape[0] != K.shape[1]:
        raise ValueError(f"kernel: expected a square matrix, found {K.shape}; one row and column per sample")
    if not np.isfinite(K.data).all() or (K.data < 0).any():
        raise ValueError("kernel: expected finite affinities of at least 0, found others; check the distances")
    asymmetry = abs(K - K.T)
    if asymmetry.nnz and asymmetry.max() > 1e-8 * K.max():
        raise ValueError("kernel: expected a symmetric matrix, found an asymmetric one; use (K + K.T) / 2")
    return K
