"""The operator algebra: products, powers, weighted sums and transposes that are applied and never formed as a matrix.

Each kind of factor is one small class that knows how to apply itself to a block of columns from either side.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from itertools import repeat
from typing import Any, overload

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators.application import Layout, common_layout, in_sequence, weighted_sum
from integrated_diffusion.operators.blocks import Block
from integrated_diffusion.operators.formula import short_number, superscript
from integrated_diffusion.operators.linear_map import LinearMap
from integrated_diffusion.operators.matrix import Matrix
from integrated_diffusion.operators.workspace import Workspace


class Operator(LinearMap):
    """A linear map that multiplies, adds, repeats and transposes.

    Subclasses say how to apply themselves and their transpose to a block, and how they are written in formulas.
    """

    __array_ufunc__ = None  # numpy then leaves `array @ operator` and `scalar * operator` to this class

    @abstractmethod
    def _formula(self) -> str: ...

    def _as_matrix(self, workspace: Workspace, dtype: np.dtype, transposed: bool = False) -> Matrix | None:
        """Return the operator or its transpose as one sparse matrix in a workspace, `None` if it is not one there."""
        return None

    @property
    def T(self) -> Operator:
        """The transpose, which applies the factors in the opposite order."""
        return Transpose(self)

    @overload
    def __matmul__(self, other: Operator) -> Operator: ...
    @overload
    def __matmul__(self, other: np.ndarray) -> np.ndarray: ...
    @overload
    def __matmul__(self, other: sp.csr_array) -> sp.csr_array: ...
    def __matmul__(self, other: Any) -> Any:
        """Multiply two operators, or apply the operator to a block of columns, in the block's precision."""
        if isinstance(other, Operator):
            return product(self, other)
        return self.apply(other)

    def __rmatmul__(self, block: Any) -> Any:
        """Apply the operator from the right: `block @ J` is `(J.T @ block.T).T`."""
        transposed = block.T if sp.issparse(block) else np.asarray(block).T
        return self.apply_transposed(transposed).T

    def __pow__(self, exponent: int) -> Operator:
        """Return the operator applied `exponent` times; the power zero is the identity."""
        return power(self, exponent)

    def __mul__(self, weight: float) -> Operator:
        """Multiply the operator by a number that is not negative."""
        if not isinstance(weight, int | float | np.number):
            raise TypeError(f"*: expected a number to weight {self!r}, found {weight!r}; multiply with @")
        return WeightedSum.of((float(weight), self))

    __rmul__ = __mul__

    def __radd__(self, other: object) -> Operator:
        """Add the zero that `sum` begins with."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __add__(self, other: Operator) -> Operator:
        """Add two weighted operators; weights that sum to one give a row-stochastic operator again."""
        if not isinstance(other, Operator):
            return NotImplemented
        return WeightedSum.of((1.0, self), (1.0, other))

    def __repr__(self) -> str:
        return self._formula()


class Identity(Operator):
    """The identity: any operator to the power zero."""

    def __init__(self, n_samples: int) -> None:
        self._n_samples = n_samples

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self._n_samples

    def _layout(self, block: Block, kind: type[Workspace]) -> None:
        return None

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return workspace.copy(block)

    _apply_transposed = _apply

    def _formula(self) -> str:
        return "1"


class Product(Operator):
    """A product of operators, `(P Q) x = P (Q x)`. Made by `@`, which flattens it and merges equal neighbours."""

    def __init__(self, *factors: Operator) -> None:
        self.factors = factors

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.factors[0].n_samples

    def _layout(self, block: Block, kind: type[Workspace]) -> Layout | None:
        return common_layout(factor._layout(block, kind) for factor in self.factors)

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return in_sequence((factor._apply for factor in reversed(self.factors)), block, workspace)

    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block:
        return in_sequence((factor._apply_transposed for factor in self.factors), block, workspace)

    def _formula(self) -> str:
        return " · ".join(_bracket(factor, WeightedSum) for factor in self.factors)


class Power(Operator):
    """A power of an operator, `exponent` at least two. Made by `**`."""

    def __init__(self, base: Operator, exponent: int) -> None:
        self.base, self.exponent = base, exponent

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.base.n_samples

    def _layout(self, block: Block, kind: type[Workspace]) -> Layout | None:
        return self.base._layout(block, kind)

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return in_sequence(repeat(self.base._apply, self.exponent), block, workspace)

    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block:
        return in_sequence(repeat(self.base._apply_transposed, self.exponent), block, workspace)

    def _formula(self) -> str:
        return _bracket(self.base, WeightedSum, Product, Transpose) + superscript(self.exponent)


class WeightedSum(Operator):
    """A weighted sum of operators, `sum_i w_i P_i`. Made by `+` and `*`; weights are not negative."""

    def __init__(self, *terms: tuple[float, Operator]) -> None:
        self.terms = terms

    @classmethod
    def of(cls, *terms: tuple[float, Operator]) -> WeightedSum:
        """Return the sum of the terms; terms that are sums themselves are flattened."""
        _check_same_size(*(operator for _, operator in terms))
        for weight, _ in terms:
            if not (np.isfinite(weight) and weight >= 0):
                raise ValueError(f"weight: expected a finite number of at least 0, found {weight}; pass another")
        flat: list[tuple[float, Operator]] = []
        for weight, operator in terms:
            inner = operator.terms if isinstance(operator, WeightedSum) else ((1.0, operator),)
            flat += [(weight * w, P) for w, P in inner]
        return cls(*flat)

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.terms[0][1].n_samples

    def _layout(self, block: Block, kind: type[Workspace]) -> Layout | None:
        return common_layout(operator._layout(block, kind) for _, operator in self.terms)

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return _sum_of_images(self.terms, block, workspace)

    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block:
        return _sum_of_images([(weight, operator.T) for weight, operator in self.terms], block, workspace)

    def _formula(self) -> str:
        weights = (f"{short_number(weight)} " if weight != 1 else "" for weight, _ in self.terms)
        return " + ".join(weight + repr(operator) for weight, (_, operator) in zip(weights, self.terms, strict=True))


class Transpose(Operator):
    """The transpose of an operator. Made by `.T`."""

    def __init__(self, base: Operator) -> None:
        self.base = base

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.base.n_samples

    @property
    def T(self) -> Operator:
        """The operator this is the transpose of."""
        return self.base

    def _layout(self, block: Block, kind: type[Workspace]) -> Layout | None:
        return self.base._layout(block, kind)

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return self.base._apply_transposed(block, workspace)

    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block:
        return self.base._apply(block, workspace)

    def _as_matrix(self, workspace: Workspace, dtype: np.dtype, transposed: bool = False) -> Matrix | None:
        return self.base._as_matrix(workspace, dtype, not transposed)

    def _formula(self) -> str:
        return _bracket(self.base, WeightedSum, Product, Power) + "ᵀ"


def product(*operators: Operator) -> Operator:
    """Return the product of operators, in the order they are written.

    Parameters
    ----------
    *operators : Operator
        At least one operator, all on the same samples.

    Returns
    -------
    Operator
        Their product: flattened, without identities, neighbouring powers of the same operator merged.

    Raises
    ------
    ValueError
        If they differ in the number of samples, or there are none.
    """
    if not operators:
        raise ValueError("product: expected at least one operator, found none; pass the views' operators")
    _check_same_size(*operators)
    merged: list[tuple[Operator, int]] = []
    for operator in operators:
        for factor in operator.factors if isinstance(operator, Product) else (operator,):
            base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, 1)
            if merged and merged[-1][0] is base:
                merged[-1] = (base, merged[-1][1] + exponent)
            elif not isinstance(base, Identity):
                merged.append((base, exponent))
    factors = [power(base, exponent) for base, exponent in merged]
    if len(factors) < 2:
        return factors[0] if factors else Identity(operators[0].n_samples)
    return Product(*factors)


def power(operator: Operator, exponent: int) -> Operator:
    """Return a power of an operator; the power zero is the identity, the first power the operator itself.

    Parameters
    ----------
    operator : Operator
        The base.
    exponent : int
        At least zero.

    Raises
    ------
    TypeError
        If the exponent is not a whole number.
    ValueError
        If it is negative: diffusion cannot be undone.
    """
    if isinstance(exponent, bool) or not isinstance(exponent, int | np.integer):
        raise TypeError(f"power: expected a whole number of steps, found {exponent!r}; round it first")
    if exponent < 0:
        raise ValueError(f"power: expected at least 0 steps, found {exponent}; diffusion cannot be undone")
    if exponent == 0:
        return Identity(operator.n_samples)
    if exponent == 1 or isinstance(operator, Identity):
        return operator
    if isinstance(operator, Power):
        return Power(operator.base, operator.exponent * int(exponent))
    return Power(operator, int(exponent))


def _sum_of_images(terms: Sequence[tuple[float, Operator]], block: Block, workspace: Workspace) -> Block:
    """Return the weighted sum of the images of a block, in one pass where all operators are sparse matrices."""
    found = [(weight, operator._as_matrix(workspace, block.dtype)) for weight, operator in terms]
    matrices = [(weight, matrix) for weight, matrix in found if matrix is not None]
    if len(matrices) == len(terms):
        return workspace.multiply_sum(matrices, block)
    return weighted_sum(((weight, operator._apply) for weight, operator in terms), block, workspace)


def _bracket(operator: Operator, *kinds: type[Operator]) -> str:
    return f"({operator!r})" if isinstance(operator, kinds) else repr(operator)


def _check_same_size(*operators: Operator) -> None:
    sizes = [operator.n_samples for operator in operators]
    if len(set(sizes)) > 1:
        raise ValueError(f"operators: expected the same samples in all, found {sizes}; build them on the same samples")
