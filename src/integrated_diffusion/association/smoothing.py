"""How the two sides of an association are smoothed: not at all, each along its own view, or both along the joint walk.

Each way knows its null. For the first three it is the pipeline on data in which the second view's samples came in
another order, shuffled before diffusion: nothing relates the two views. Whether two features are related in views that
are, it cannot say: such views agree on where samples lie, so any two features become smooth along the same directions,
noise with noise, and get past this null without having to do with each other. `Along` keeps the walks and shuffles
values: first those of the one feature, then those of the other, so that nothing relates it to its partner and to the
walk. A pair has to get past both, for smoothed noise and a feature that follows the walk agree by chance more than two
smoothed noises do.
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
    """What is done to the features of one side.

    Attributes
    ----------
    operator
        What is applied to them.
    before, after
        Orders into which the samples are put before and after that, `(n_samples,)`: row `i` is what was row `order[i]`.
        They stay where they are unless given.
    """

    operator: Operator
    before: np.ndarray | None = None
    after: np.ndarray | None = None


PairTransform = tuple[SideTransform, SideTransform]
"""What is done to the first and to the second side."""


class Smoothing(Protocol):
    """What is done to the features of the first and of the second view, and to shuffled ones."""

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        ...

    def __call__(self, n_samples: int) -> PairTransform:
        """Return what is done to the two sides."""
        ...

    def shuffled(self, ways: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """Return what is done to them for the null: one or several ways, all of which a pair has to get past.

        Parameters
        ----------
        ways
            What is done to them as measured.
        permutation
            A new order of the samples, `(n_samples,)`.
        """
        ...


@dataclass(frozen=True)
class NoSmoothing:
    """Features as they were measured.

    Examples
    --------
    >>> [way.operator for way in NoSmoothing()(3)]
    [1, 1]
    """

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        return "the samples of the second view shuffled"

    def __call__(self, n_samples: int) -> PairTransform:
        """The identity, twice."""
        return SideTransform(Identity(n_samples)), SideTransform(Identity(n_samples))

    def shuffled(self, ways: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """The second view's samples in another order."""
        return ((ways[0], replace(ways[1], after=permutation)),)

    def __str__(self) -> str:
        return "as measured"


@dataclass(frozen=True, eq=False)
class PerViewSmoothing:
    """Each side smoothed along its own view alone, as many steps as the joint walk takes there.

    Parameters
    ----------
    joint
        The joint walk.
    first, second
        Names of the views that the two sides belong to.

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
        """What is shuffled for the null, in words."""
        return "the samples of the second view shuffled before diffusion, its walk made again of them"

    def __call__(self, n_samples: int) -> PairTransform:
        """Each view's own walk."""
        return SideTransform(self.joint.alone(self.first)), SideTransform(self.joint.alone(self.second))

    def shuffled(self, ways: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """The second view's samples in another order: its walk goes with them, so it may as well be taken before."""
        return ((ways[0], replace(ways[1], after=permutation)),)

    def __str__(self) -> str:
        return f"each view by itself, {self.joint.alone(self.first)!r} and {self.joint.alone(self.second)!r}"


@dataclass(frozen=True, eq=False)
class JointSmoothing:
    """Both sides smoothed by `J^power`.

    For the null `J` is made again, by the same steps, of views of which the second is shuffled; trust in that view
    goes with its samples.

    Parameters
    ----------
    joint
        The joint walk.
    first, second
        Names of the views that the two sides belong to, two different ones.
    power
        How often the joint walk is taken.

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
                f"Jointly: expected two different views, found {self.first!r} twice; within one view nothing can be "
                "shuffled against the other"
            )

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        return (
            "the samples of the second view shuffled before diffusion, the joint walk made again of them by the same "
            "steps"
        )

    def __call__(self, n_samples: int) -> PairTransform:
        """The joint walk, twice."""
        walk = self.joint.operator**self.power
        return SideTransform(walk), SideTransform(walk)

    def shuffled(self, ways: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """The joint walk of views of which the second is in another order, its values too."""
        walk = self.joint.shuffled(self.second, permutation).operator ** self.power
        return ((SideTransform(walk), SideTransform(walk, before=permutation)),)

    def __str__(self) -> str:
        return f"jointly, {self.joint.operator**self.power!r}"


@dataclass(frozen=True, eq=False)
class FixedSmoothing:
    """Each side smoothed along an operator of its own that stays what it is when values are shuffled.

    Parameters
    ----------
    first, second
        Operators of the two sides: `joint.operator` twice, or `joint.alone(view)` each.

    Examples
    --------
    >>> len(Along(Identity(3), Identity(3)).shuffled(Along(Identity(3), Identity(3))(3), np.array([2, 0, 1])))
    2
    """

    first: Operator
    second: Operator

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        return (
            "the values of either feature shuffled among the samples before diffusion, along the same walks (the "
            "larger of the two nulls)"
        )

    def __call__(self, n_samples: int) -> PairTransform:
        """The two operators."""
        return SideTransform(self.first), SideTransform(self.second)

    def shuffled(self, ways: PairTransform, permutation: np.ndarray) -> tuple[PairTransform, ...]:
        """Values of the second side in another order, and values of the first side."""
        first, second = ways
        return (first, replace(second, before=permutation)), (replace(first, before=permutation), second)

    def __str__(self) -> str:
        same = repr(self.first) == repr(self.second)
        return f"along {self.first!r}" + ("" if same else f" and {self.second!r}")
