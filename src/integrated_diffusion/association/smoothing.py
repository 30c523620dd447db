"""How the features of the two views of an association are smoothed, and the permutation null that belongs to it.

For `NoSmoothing`, `PerViewSmoothing` and `JointSmoothing` the null is the same pipeline on data in which the samples of
the second view were permuted before diffusion, so that the two views are independent. This null cannot tell whether two
features are related in views that are dependent: such views agree on where samples lie, so smoothing makes any two
features vary along the same directions, and even pure noise exceeds the null.

`FixedSmoothing` keeps the operators and permutes values: those of one feature, then those of the other, so that the
permuted feature is independent of its partner and of the operator. A pair has to exceed both nulls, because smoothed
noise and a feature that is smooth along the operator agree by chance more than two smoothed noises do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.operators import Identity, Operator
from integrated_diffusion.views.checks import check_count, check_known


@dataclass(frozen=True, eq=False)
class SideTransform:
    """Transformation of the features of one side: permute, apply an operator, permute.

    Attributes
    ----------
    operator : Operator
        Operator that is applied.
    before, after : numpy.ndarray of shape (n_samples,) or None, default None
        Permutations of the samples before and after the operator: row `i` becomes row `order[i]`. `None`: none.
    """

    operator: Operator
    before: np.ndarray | None = None
    after: np.ndarray | None = None


PairTransform = tuple[SideTransform, SideTransform]
"""Transformations of the first and of the second side."""


class Smoothing(Protocol):
    """Transformations of the features of the two views, as measured and for the permutation null."""

    @property
    def null(self) -> str:
        """Description of the permutation null."""
        ...

    def __call__(self, n_samples: int) -> PairTransform:
        """Return the transformations of the two sides."""
        ...

    def shuffled(self, transforms: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """Return the transformations of one or several nulls, all of which a pair has to exceed.

        Parameters
        ----------
        transforms : PairTransform
            Transformations of the data as measured.
        permutation : numpy.ndarray of shape (n_samples,)
            Permutation of the samples.
        """
        ...


@dataclass(frozen=True)
class NoSmoothing:
    """No smoothing: features as they were measured.

    Examples
    --------
    >>> [side.operator for side in NoSmoothing()(3)]
    [1, 1]
    """

    @property
    def null(self) -> str:
        """Description of the permutation null."""
        return "samples of the second view permuted"

    def __call__(self, n_samples: int) -> PairTransform:
        """Return the identity for both sides."""
        return SideTransform(Identity(n_samples)), SideTransform(Identity(n_samples))

    def shuffled(self, transforms: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """Permute the samples of the second view."""
        return ((transforms[0], replace(transforms[1], after=permutation)),)

    def __str__(self) -> str:
        return "as measured"


@dataclass(frozen=True, eq=False)
class PerViewSmoothing:
    """Each side smoothed by its own view's operator, with the diffusion time that the view has in `J`.

    Parameters
    ----------
    joint : IntegratedOperator
        The integrated operator `J`.
    first, second : str
        Names of the views of the two sides.

    Raises
    ------
    ValueError
        If there is no such view.
    """

    joint: IntegratedOperator
    first: str
    second: str

    def __post_init__(self) -> None:
        check_known([self.first, self.second], tuple(self.joint.operators), "view")

    @property
    def null(self) -> str:
        """Description of the permutation null."""
        return "samples of the second view permuted before diffusion, with its operator built from them"

    def __call__(self, n_samples: int) -> PairTransform:
        """Return each view's own operator."""
        return SideTransform(self.joint.alone(self.first)), SideTransform(self.joint.alone(self.second))

    def shuffled(self, transforms: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """Permute the second view after smoothing, which equals building its operator from permuted samples."""
        return ((transforms[0], replace(transforms[1], after=permutation)),)

    def __str__(self) -> str:
        return f"each view by itself, {self.joint.alone(self.first)!r} and {self.joint.alone(self.second)!r}"


@dataclass(frozen=True, eq=False)
class JointSmoothing:
    """Both sides smoothed by `J^power`.

    For the null, `J` is built again with the same diffusion times from views of which the second is permuted. The
    second view's sample weights are permuted with its samples.

    Parameters
    ----------
    joint : IntegratedOperator
        The integrated operator `J`.
    first, second : str
        Names of the views of the two sides; they must differ.
    power : int, default 1
        Exponent of `J`.

    Raises
    ------
    TypeError, ValueError
        If there is no such view, both are the same, or `power` is not a whole number of at least 0.
    """

    joint: IntegratedOperator
    first: str
    second: str
    power: int = 1

    def __post_init__(self) -> None:
        check_known([self.first, self.second], tuple(self.joint.operators), "view")
        check_count(self.power, "power", least=0)
        if self.first == self.second:
            raise ValueError(
                f"JointSmoothing: expected two different views, found {self.first!r} twice; use FixedSmoothing for "
                "features of one view"
            )

    @property
    def null(self) -> str:
        """Description of the permutation null."""
        return (
            "samples of the second view permuted before diffusion, with the integrated operator built from them by the "
            "same diffusion times"
        )

    def __call__(self, n_samples: int) -> PairTransform:
        """Return `J^power` for both sides."""
        J = self.joint.operator**self.power
        return SideTransform(J), SideTransform(J)

    def shuffled(self, transforms: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """Build `J` from views of which the second is permuted, and permute its values."""
        J = self.joint.shuffled(self.second, permutation).operator ** self.power
        return ((SideTransform(J), SideTransform(J, before=permutation)),)

    def __str__(self) -> str:
        return f"jointly, {self.joint.operator**self.power!r}"


@dataclass(frozen=True, eq=False)
class FixedSmoothing:
    """Each side smoothed by an operator of its own that is kept when values are permuted.

    Parameters
    ----------
    first, second : Operator
        Operators of the two sides: `joint.operator` twice, or `joint.alone(view)` each.

    Examples
    --------
    >>> smoothing = FixedSmoothing(Identity(3), Identity(3))
    >>> len(smoothing.shuffled(smoothing(3), np.array([2, 0, 1])))
    2
    """

    first: Operator
    second: Operator

    @property
    def null(self) -> str:
        """Description of the permutation null."""
        return (
            "values of either feature permuted before diffusion, with the same operators (the larger of the two nulls)"
        )

    def __call__(self, n_samples: int) -> PairTransform:
        """Return the two operators."""
        return SideTransform(self.first), SideTransform(self.second)

    def shuffled(self, transforms: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """Permute the values of the second side, and those of the first side."""
        first, second = transforms
        return (first, replace(second, before=permutation)), (replace(first, before=permutation), second)

    def __str__(self) -> str:
        same = repr(self.first) == repr(self.second)
        return f"along {self.first!r}" + ("" if same else f" and {self.second!r}")
