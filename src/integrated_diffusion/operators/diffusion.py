"""One view's walk, the leaf of every formula."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators.algebra import Block, Operator


class DiffusionOperator(Operator):
    """One view's walk `P = D^-1 K` (paper, eq. 2), row-stochastic.

    Only the symmetric kernel and its degrees are kept: `P x = D^-1 (K x)` and `P^T x = K (D^-1 x)`, so that both
    sides and the symmetric conjugate `A = D^-1/2 K D^-1/2`, which has the spectrum of `P`, share one matrix.

    Parameters
    ----------
    kernel
        Symmetric affinities `K` of shape `(n_samples, n_samples)`, not negative, every row with a positive sum.
    name
        How the view is written in formulas.

    Raises
    ------
    TypeError
        If the kernel is not sparse.
    ValueError
        If it is not square, not finite, negative, not symmetric, or has an empty row.
    """

    def __init__(self, kernel: sp.csr_array, name: str = "P") -> None:
        checked = _checked_kernel(kernel)
        self._walk_along(checked, Affinities(_off_diagonal(checked), own=checked.diagonal()), name)

    @classmethod
    def of(cls, affinities: Affinities, name: str = "P") -> DiffusionOperator:
        """Return the walk along affinities, which are kept to be added to those of other views."""
        walk = cls.__new__(cls)  # a kernel made of affinities need not be checked
        walk._walk_along(affinities.kernel(), affinities, name)
        return walk

    def permuted(self, permutation: np.ndarray) -> DiffusionOperator:
        """Return the walk among the same samples in another order.

        Parameters
        ----------
        permutation
            Sample `permutation[i]` comes to place `i`, `(n_samples,)`.
        """
        return DiffusionOperator.of(self.affinities.permuted(permutation), self.name)

    def _walk_along(self, kernel: sp.csr_array, affinities: Affinities, name: str) -> None:
        self.kernel, self.affinities, self.name = kernel, affinities, name
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
    def conjugate(self) -> sp.csr_array:
        """The symmetric conjugate `A = D^-1/2 K D^-1/2`, shape `(n_samples, n_samples)`."""
        scale = sp.diags_array(1 / np.sqrt(self.degrees))
        return sp.csr_array(scale @ self.kernel @ scale)

    @cached_property
    def _parts32(self) -> tuple[sp.csr_array, np.ndarray]:
        largest = self.kernel.max()  # the scale of a kernel is free, but float32 holds few
        return (self.kernel / largest).astype(np.float32), (largest / self.degrees).astype(np.float32)

    def _parts(self, block: Block) -> tuple[sp.csr_array, np.ndarray]:
        """`K` and `D^-1` in the precision of a block."""
        return self._parts32 if block.dtype == np.float32 else (self.kernel, 1 / self.degrees)

    def _apply(self, block: Block) -> Block:
        K, inverse = self._parts(block)
        return _scale_rows(inverse, K @ block)

    def _apply_transposed(self, block: Block) -> Block:
        K, inverse = self._parts(block)
        return K @ _scale_rows(inverse, block)

    def _formula(self) -> str:
        return self.name

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be computed again."""
        return {name: self.__dict__[name] for name in ("kernel", "name", "affinities", "degrees")}


def _scale_rows(scale: np.ndarray, block: Block) -> Block:
    scale = scale.astype(block.dtype)
    if sp.issparse(block):
        return sp.csr_array(sp.diags_array(scale) @ block)
    return block * (scale if block.ndim == 1 else scale[:, None])


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
