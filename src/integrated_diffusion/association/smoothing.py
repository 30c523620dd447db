"""How the two sides of an association are smoothed: not at all, each along its own view, or both along the joint walk.

Each way knows its null. For the first three it is the pipeline on data in which the second view's samples came in
another order, shuffled before diffusion: nothing relates the two views. Whether two features are related in views that
are, it cannot say: such views agree on where samples lie, so any two features become smooth along the same directions,
noise with noise, and get past this null without having to do with each other. `Along` keeps the walks and shuffles the
second view's values only: nothing relates a feature to the other one and to the walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from integrated_diffusion.joint import JointWalk
from integrated_diffusion.operators import Identity, Operator
from integrated_diffusion.validation import check_count, check_known


class Smoothing(Protocol):
    """What is applied to the features of the first and of the second view."""

    @property
    def separate(self) -> bool:
        """Whether each side is smoothed without the other; then shuffling before and after smoothing are the same."""
        ...

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        ...

    def __call__(self, n_samples: int, permutation: np.ndarray | None = None) -> tuple[Operator, Operator]:
        """Return the operators of the two sides.

        Parameters
        ----------
        n_samples
            Number of samples.
        permutation
            Row `i` of the second view, values and neighbours, is what was row `permutation[i]`; as measured unless
            given.

        Returns
        -------
        first, second : Operator
        """
        ...


@dataclass(frozen=True)
class AsMeasured:
    """Features as they were measured.

    Examples
    --------
    >>> AsMeasured()(3)
    (1, 1)
    """

    @property
    def separate(self) -> bool:
        """Always."""
        return True

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        return "the samples of the second view shuffled"

    def __call__(self, n_samples: int, permutation: np.ndarray | None = None) -> tuple[Operator, Operator]:
        """The identity, twice."""
        return Identity(n_samples), Identity(n_samples)

    def __str__(self) -> str:
        return "as measured"


@dataclass(frozen=True, eq=False)
class ViewWise:
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

    joint: JointWalk
    first: str
    second: str

    def __post_init__(self) -> None:
        check_known([self.first, self.second], tuple(self.joint.walks), "view")

    @property
    def separate(self) -> bool:
        """Always."""
        return True

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        return "the samples of the second view shuffled before diffusion, its walk made again of them"

    def __call__(self, n_samples: int, permutation: np.ndarray | None = None) -> tuple[Operator, Operator]:
        """Each view's own walk."""
        joint = self.joint if permutation is None else self.joint.shuffled(self.second, permutation)
        return self.joint.alone(self.first), joint.alone(self.second)

    def __str__(self) -> str:
        first, second = self(0)
        return f"each view by itself, {first!r} and {second!r}"


@dataclass(frozen=True, eq=False)
class Jointly:
    """Both sides smoothed by `J^power`.

    Under a permutation `J` is made again of views of which the second is shuffled, as the pipeline would have made it.

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

    joint: JointWalk
    first: str
    second: str
    power: int = 1

    def __post_init__(self) -> None:
        check_known([self.first, self.second], tuple(self.joint.walks), "view")
        check_count(self.power, "power", least=0)
        if self.first == self.second:
            raise ValueError(
                f"Jointly: expected two different views, found {self.first!r} twice; within one view nothing can be "
                "shuffled against the other"
            )

    @property
    def separate(self) -> bool:
        """Never: the walk of one side goes through the other view, too."""
        return False

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        return "the samples of the second view shuffled before diffusion, the joint walk made again of them"

    def __call__(self, n_samples: int, permutation: np.ndarray | None = None) -> tuple[Operator, Operator]:
        """The joint walk, twice."""
        joint = self.joint if permutation is None else self.joint.shuffled(self.second, permutation)
        walk = joint.operator**self.power
        return walk, walk

    def __str__(self) -> str:
        return f"jointly, {self.joint.operator**self.power!r}"


@dataclass(frozen=True)
class Along:
    """Each side smoothed along an operator of its own that stays what it is when the second view's values are shuffled.

    Parameters
    ----------
    first, second
        Operators of the two sides: `joint.operator` twice, or `joint.alone(view)` each.

    Examples
    --------
    >>> Along(Identity(3), Identity(3))(3, np.array([2, 0, 1]))
    (1, 1)
    """

    first: Operator
    second: Operator

    @property
    def separate(self) -> bool:
        """Never: values shuffled before smoothing are not what smoothed values shuffled are."""
        return False

    @property
    def null(self) -> str:
        """What is shuffled for the null, in words."""
        return "the values of the second view shuffled among the samples before diffusion, along the same walks"

    def __call__(self, n_samples: int, permutation: np.ndarray | None = None) -> tuple[Operator, Operator]:
        """The two operators, whatever the permutation."""
        return self.first, self.second

    def __str__(self) -> str:
        same = repr(self.first) == repr(self.second)
        return f"along {self.first!r}" + ("" if same else f" and {self.second!r}")
