"""Walks that multiply, add, repeat and transpose, and are never formed as a matrix.

Each kind of factor is one small class that knows how to apply itself to a block of columns from either side.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any, overload

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from integrated_diffusion.operators.rows import Block, Rows

Apply = Callable[[Block, Rows], Block]

MAX_DENSE_SAMPLES = 5_000
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Operator(ABC):
    """A linear map on functions of the samples, applied block by block and never formed.

    Subclasses say how to apply themselves and their transpose to a block, and how they are written.
    """

    __array_ufunc__ = None  # numpy then leaves `array @ operator` and `scalar * operator` to this class

    @property
    @abstractmethod
    def n_samples(self) -> int:
        """Number of samples `N`."""

    @abstractmethod
    def _apply(self, block: Block, rows: Rows) -> Block:
        """Return a new block, its rows held as those of the given one are."""

    @abstractmethod
    def _apply_transposed(self, block: Block, rows: Rows) -> Block: ...

    @abstractmethod
    def _formula(self) -> str: ...

    def _rows(self, block: Block) -> Rows | None:
        """How it would have a block's rows held: in the order of the samples unless it says otherwise; `None`: any."""
        return Rows()

    def _applied(self, apply: Apply, block: Any) -> Block:
        checked = _as_block(block, self.n_samples)
        rows = self._rows(checked) or Rows()
        return rows.release(apply(rows.bring(checked), rows))

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_samples)`."""
        return (self.n_samples, self.n_samples)

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
        """Follow one walk by another, or apply the walk to a block of columns, in the block's precision."""
        if isinstance(other, Operator):
            return product(self, other)
        return self._applied(self._apply, other)

    def __rmatmul__(self, block: Any) -> Any:
        """Apply the walk from the right: `block @ J` is `(J.T @ block.T).T`."""
        turned = block.T if sp.issparse(block) else np.asarray(block).T
        return self._applied(self._apply_transposed, turned).T

    def __pow__(self, exponent: int) -> Operator:
        """Repeat the walk `exponent` times; zero times is the identity."""
        return power(self, exponent)

    def __mul__(self, weight: float) -> Operator:
        """Weigh the walk by a number that is not negative."""
        if not isinstance(weight, int | float | np.number):
            raise TypeError(f"*: expected a number to weigh {self!r} by, found {weight!r}; walk on with @")
        return WeightedSum.of((float(weight), self))

    __rmul__ = __mul__

    def __radd__(self, other: object) -> Operator:
        """Let `sum` begin with its zero."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __add__(self, other: Operator) -> Operator:
        """Add two weighted walks; weights that sum to one give a walk again."""
        if not isinstance(other, Operator):
            return NotImplemented
        return WeightedSum.of((1.0, self), (1.0, other))

    def __repr__(self) -> str:
        return self._formula()

    def toarray(self, max_samples: int = MAX_DENSE_SAMPLES) -> np.ndarray:
        """Form the matrix, for small `N` and for tests.

        Parameters
        ----------
        max_samples
            The largest `N` to form.

        Returns
        -------
        numpy.ndarray of shape (n_samples, n_samples), float64

        Raises
        ------
        ValueError
            If there are more than `max_samples` samples.
        """
        if self.n_samples > max_samples:
            raise ValueError(
                f"toarray: expected at most {max_samples} samples, found {self.n_samples} "
                f"({8e-9 * self.n_samples**2:.1f} GB); apply the operator with @, or raise max_samples"
            )
        return np.asarray(self @ np.eye(self.n_samples))

    def as_linear_operator(self) -> LinearOperator:
        """Return the same map for scipy's iterative solvers, in float64."""
        return LinearOperator(
            shape=self.shape,
            dtype=np.dtype(np.float64),
            matvec=lambda x: self @ x,
            rmatvec=lambda x: self.T @ x,
            matmat=lambda X: self @ X,
            rmatmat=lambda X: self.T @ X,
        )


class Identity(Operator):
    """The walk that stays where it is: any operator to the power zero."""

    def __init__(self, n_samples: int) -> None:
        self._n_samples = n_samples

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self._n_samples

    def _rows(self, block: Block) -> None:
        return None

    def _apply(self, block: Block, rows: Rows) -> Block:
        return block.copy()  # whoever writes into the result does not mean the block

    _apply_transposed = _apply

    def _formula(self) -> str:
        return "1"


class Product(Operator):
    """Walks one after the other: `(P Q) x = P (Q x)`. Made by `@`, which flattens and merges equal neighbours."""

    def __init__(self, *factors: Operator) -> None:
        self.factors = factors

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.factors[0].n_samples

    def _rows(self, block: Block) -> Rows | None:
        return _rows_for(self.factors, block)

    def _apply(self, block: Block, rows: Rows) -> Block:
        return _one_after_another((factor._apply for factor in reversed(self.factors)), block, rows)

    def _apply_transposed(self, block: Block, rows: Rows) -> Block:
        return _one_after_another((factor._apply_transposed for factor in self.factors), block, rows)

    def _formula(self) -> str:
        return " · ".join(_bracket(factor, WeightedSum) for factor in self.factors)


class Power(Operator):
    """A walk repeated, `exponent` at least two. Made by `**`."""

    def __init__(self, base: Operator, exponent: int) -> None:
        self.base, self.exponent = base, exponent

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.base.n_samples

    def _rows(self, block: Block) -> Rows | None:
        return _rows_for((self.base,), block)

    def _apply(self, block: Block, rows: Rows) -> Block:
        return _one_after_another(repeat(self.base._apply, self.exponent), block, rows)

    def _apply_transposed(self, block: Block, rows: Rows) -> Block:
        return _one_after_another(repeat(self.base._apply_transposed, self.exponent), block, rows)

    def _formula(self) -> str:
        return _bracket(self.base, WeightedSum, Product, Transpose) + str(self.exponent).translate(_SUPERSCRIPTS)


class WeightedSum(Operator):
    """Weighted walks side by side, `sum_i w_i P_i`. Made by `+` and `*`; weights are not negative."""

    def __init__(self, *terms: tuple[float, Operator]) -> None:
        self.terms = terms

    @classmethod
    def of(cls, *terms: tuple[float, Operator]) -> WeightedSum:
        """Sum the terms, with sums among them taken apart."""
        _check_same_size(*(operator for _, operator in terms))
        for weight, _ in terms:
            if not (np.isfinite(weight) and weight >= 0):
                raise ValueError(f"weight: expected a finite number of at least 0, found {weight}; a walk cannot owe")
        flat: list[tuple[float, Operator]] = []
        for weight, operator in terms:
            inner = operator.terms if isinstance(operator, WeightedSum) else ((1.0, operator),)
            flat += [(weight * w, P) for w, P in inner]
        return cls(*flat)

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.terms[0][1].n_samples

    def _rows(self, block: Block) -> Rows | None:
        return _rows_for((operator for _, operator in self.terms), block)

    def _apply(self, block: Block, rows: Rows) -> Block:
        return _side_by_side(((weight, operator._apply) for weight, operator in self.terms), block, rows)

    def _apply_transposed(self, block: Block, rows: Rows) -> Block:
        return _side_by_side(((weight, operator._apply_transposed) for weight, operator in self.terms), block, rows)

    def _formula(self) -> str:
        return " + ".join((f"{weight:g} " if weight != 1 else "") + repr(operator) for weight, operator in self.terms)


class Transpose(Operator):
    """The same walk seen from the other side. Made by `.T`."""

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

    def _rows(self, block: Block) -> Rows | None:
        return _rows_for((self.base,), block)

    def _apply(self, block: Block, rows: Rows) -> Block:
        return self.base._apply_transposed(block, rows)

    def _apply_transposed(self, block: Block, rows: Rows) -> Block:
        return self.base._apply(block, rows)

    def _formula(self) -> str:
        return _bracket(self.base, WeightedSum, Product, Power) + "ᵀ"


def product(*operators: Operator) -> Operator:
    """Walk through the operators one after the other, in the order they are written.

    Parameters
    ----------
    *operators
        At least one operator, all on the same number of samples.

    Returns
    -------
    Operator
        Their product, flattened, without identities, powers of the same walk side by side merged.

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
    """Repeat a walk; zero times is the identity, once the walk itself.

    Raises
    ------
    TypeError
        If the exponent is not a whole number.
    ValueError
        If it is negative: noise cannot be walked back.
    """
    if isinstance(exponent, bool) or not isinstance(exponent, int | np.integer):
        raise TypeError(f"power: expected a whole number of steps, found {exponent!r}; round it first")
    if exponent < 0:
        raise ValueError(f"power: expected at least 0 steps, found {exponent}; a walk cannot be undone")
    if exponent == 0:
        return Identity(operator.n_samples)
    if exponent == 1 or isinstance(operator, Identity):
        return operator
    if isinstance(operator, Power):
        return Power(operator.base, operator.exponent * int(exponent))
    return Power(operator, int(exponent))


def _rows_for(parts: Iterable[Operator], block: Block) -> Rows | None:
    """Rows held as the first part would have them, unless one of the others insists on the order of the samples."""
    wishes = [rows for part in parts if (rows := part._rows(block)) is not None]
    return next((rows for rows in wishes if rows.order is None), wishes[0] if wishes else None)


def _one_after_another(steps: Iterable[Apply], block: Block, rows: Rows) -> Block:
    """Take every step from where the last one led."""
    for step in steps:
        block = step(block, rows)
    return block


def _side_by_side(terms: Iterable[tuple[float, Apply]], block: Block, rows: Rows) -> Block:
    total: Block | None = None
    for weight, apply in terms:
        term = apply(block, rows)
        # What is only another look at the block is not to be written into.
        own = term if sp.issparse(term) or not np.may_share_memory(term, block) else term.copy()
        total = rows.add(total, _like(weight, block), own)
    return total


def _as_block(block: Any, n_samples: int) -> Block:
    """A block of floats with one row a sample; float32 stays float32, everything else becomes float64."""
    X = sp.csr_array(block) if sp.issparse(block) else np.asarray(block)
    if X.ndim not in (1, 2) or X.shape[0] != n_samples:
        raise ValueError(f"@: expected a block with {n_samples} rows, found shape {X.shape}; one row a sample")
    if X.dtype == np.float32:
        return X
    if X.dtype.kind not in "fiub":
        raise TypeError(f"@: expected real numbers, found {X.dtype}; convert the block to float first")
    return X.astype(np.float64, copy=False)


def _like(weight: float, block: Block) -> np.floating:
    return block.dtype.type(weight)


def _bracket(operator: Operator, *kinds: type[Operator]) -> str:
    return f"({operator!r})" if isinstance(operator, kinds) else repr(operator)


def _check_same_size(*operators: Operator) -> None:
    sizes = [operator.n_samples for operator in operators]
    if len(set(sizes)) > 1:
        raise ValueError(f"operators: expected the same samples in all, found {sizes}; build them on the same samples")
