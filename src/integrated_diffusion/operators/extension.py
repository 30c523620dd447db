"""An operator's rows at new samples, applied to functions of the training samples and never formed.

A new sample takes its first step to training samples, by the row that a diffusion operator has for it. All further
steps are those of the training samples. So at a new sample `x`

    (P_1 P_2 ... P_n f)(x) = sum_j P_1(x, j) (P_2 ... P_n f)(j).

Where a factor leaves a new sample where it is (a view that did not measure it, a lazy step), the first step is taken by
a later factor. The share of the walks that never leave is divided out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators.algebra import Identity, Operator, Power, Product, WeightedSum
from integrated_diffusion.operators.diagonal import Diagonal
from integrated_diffusion.operators.diffusion import DiffusionOperator

Rows = Mapping[int, sp.csr_array]
"""By `id` of a diffusion operator its rows at the new samples, `(n_new, n_samples)`; empty where they cannot step."""


@dataclass(frozen=True, eq=False)
class ExtendedOperator:
    """An operator at new samples.

    Parameters
    ----------
    operator : Operator
        Made of diffusion operators, weights, products, powers and weighted sums.
    rows : mapping of int to scipy.sparse.csr_array
        Rows of each diffusion operator at the new samples.
    weights : mapping of int to numpy.ndarray of shape (n_new,), default none
        Weights of the new samples for each `Diagonal`, by its `id`.

    Raises
    ------
    TypeError
        If the operator has a factor that has no rows at new samples.

    Examples
    --------
    >>> P = DiffusionOperator(sp.csr_array([[1.0, 0.5], [0.5, 1.0]]), "rna")
    >>> extended = ExtendedOperator(P @ P, {id(P): sp.csr_array([[0.0, 1.0]])})
    >>> extended @ np.array([[1.0], [0.0]]) - (P @ np.array([[1.0], [0.0]]))[1]
    array([[0.]])
    """

    operator: Operator
    rows: Rows = field(repr=False)
    weights: Mapping[int, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def stays(self) -> np.ndarray:
        """Share of the walks that never leave each new sample, `(n_new,)`."""
        return self._stays(self.operator)

    def __matmul__(self, block: np.ndarray) -> np.ndarray:
        """Apply the operator to functions of the training samples, `(n_samples, n_columns)`.

        Returns
        -------
        numpy.ndarray of shape (n_new, n_columns)
            NaN for a sample that no factor lets leave.
        """
        left = 1 - self.stays
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(left > 0, 1 / left, np.nan).astype(block.dtype)
        return np.asarray(self._leaving(self.operator, block) * share[:, None])

    def _leaving(self, operator: Operator, block: np.ndarray) -> np.ndarray:
        """The sum over all walks that leave, each with the value of `block` where it ends."""
        if isinstance(operator, DiffusionOperator):
            return np.asarray(self.rows[id(operator)].astype(block.dtype) @ block)
        if isinstance(operator, Identity | Diagonal):
            return np.zeros((self._n_new, block.shape[1]), block.dtype)
        if isinstance(operator, WeightedSum):
            shares = self._shares(operator)
            terms = [
                share[:, None].astype(block.dtype) * self._leaving(P, block)
                for share, (_, P) in zip(shares, operator.terms, strict=True)
            ]
            return np.asarray(sum(terms[1:], terms[0]))
        if isinstance(operator, Power):
            return self._sequence([operator.base] * operator.exponent, block)
        if isinstance(operator, Product):
            return self._sequence(list(operator.factors), block)
        raise _unknown(operator)

    def _sequence(self, factors: list[Operator], block: np.ndarray) -> np.ndarray:
        """A product: who stays at one factor may leave at the next."""
        staying = [self._stays(factor) for factor in factors]
        left = np.zeros((self._n_new, block.shape[1]), block.dtype)
        arrived = np.cumprod([np.ones(self._n_new), *staying[:-1]], axis=0)
        for place in reversed(range(len(factors))):
            if arrived[place].any():
                share = arrived[place].astype(block.dtype)
                left += share[:, None] * self._leaving(factors[place], block)
            if not arrived[: place + 1].any() or place == 0:
                break
            block = np.asarray(factors[place] @ block)
        return left

    def _stays(self, operator: Operator) -> np.ndarray:
        if isinstance(operator, DiffusionOperator):
            rows = self.rows[id(operator)]
            return (np.diff(rows.indptr) == 0).astype(np.float64)
        if isinstance(operator, Identity):
            return np.ones(self._n_new)
        if isinstance(operator, Diagonal):
            return self.weights[id(operator)]
        if isinstance(operator, WeightedSum):
            each = zip(self._shares(operator), operator.terms, strict=True)
            return np.asarray(np.sum([share * self._stays(P) for share, (_, P) in each], axis=0))
        if isinstance(operator, Power):
            return np.asarray(self._stays(operator.base) ** operator.exponent)
        if isinstance(operator, Product):
            return np.asarray(np.prod([self._stays(factor) for factor in operator.factors], axis=0))
        raise _unknown(operator)

    def _shares(self, operator: WeightedSum) -> np.ndarray:
        """Weight of each term at each new sample: a mixture of views is one of the views that measured the sample."""
        weights = np.array([np.full(self._n_new, weight) for weight, _ in operator.terms])
        if not all(isinstance(P, DiffusionOperator) for _, P in operator.terms):
            return weights
        there = weights * np.array([self._stays(P) < 1 for _, P in operator.terms])
        total = there.sum(axis=0)
        return np.where(total > 0, np.divide(there, total, out=there, where=total > 0) * weights.sum(axis=0), weights)

    @property
    def _n_new(self) -> int:
        return int(next(iter(self.rows.values())).shape[0])


def _unknown(operator: Operator) -> TypeError:
    return TypeError(
        f"new samples: expected an operator made of diffusion operators, weights, products, powers and sums, found "
        f"{type(operator).__name__}; give new samples to a model with order 'given', 'both' or 'random'"
    )
