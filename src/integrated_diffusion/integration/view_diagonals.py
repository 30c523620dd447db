"""The diagonals of integrated operators: how much a view counts at each sample, and how much at new ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from integrated_diffusion.operators import Diagonal


@dataclass(frozen=True, eq=False)
class NewWeights:
    """How much each view counts at new samples.

    Attributes
    ----------
    n_samples : int
        Number of new samples.
    weights : mapping of str to numpy.ndarray of shape (n_samples,)
        By view, its weight, where views are weighted sample by sample.
    shares : mapping of str to numpy.ndarray of shape (n_samples,)
        By view, its share in a mixture of views.
    used : numpy.ndarray of bool, shape (n_samples,)
        Which of them some view with steps has measured.
    """

    n_samples: int
    weights: Mapping[str, np.ndarray]
    shares: Mapping[str, np.ndarray]
    used: np.ndarray


class ViewDiagonal(Diagonal):
    """A diagonal that says what it is at new samples."""

    @abstractmethod
    def at_new(self, new: NewWeights) -> np.ndarray:
        """Return the weights of new samples, shape `(n_new,)`."""


class ViewWeight(ViewDiagonal):
    """The weight `w` of a view at each sample: how often a step in it moves the sample.

    Parameters
    ----------
    weights : numpy.ndarray of shape (n_samples,)
        The weights, from 0 to 1.
    view : str
        Name of the view.
    """

    def __init__(self, weights: np.ndarray, view: str) -> None:
        super().__init__(weights, f"w({view})")
        self.view = view

    def at_new(self, new: NewWeights) -> np.ndarray:
        """Return the view's weight at new samples."""
        return new.weights[self.view]


class Remainder(ViewDiagonal):
    """What a view's weight leaves, `1 - w`: how often a step in it leaves the sample in place.

    Parameters
    ----------
    weights : numpy.ndarray of shape (n_samples,)
        The weights `w`, from 0 to 1.
    view : str
        Name of the view.
    """

    def __init__(self, weights: np.ndarray, view: str) -> None:
        super().__init__(1 - weights, f"(1 - w({view}))")
        self.view = view

    def at_new(self, new: NewWeights) -> np.ndarray:
        """Return what the view's weight leaves at new samples."""
        return 1 - new.weights[self.view]


class Share(ViewDiagonal):
    """The share of a view in a mixture of the views that have measured a sample.

    Parameters
    ----------
    shares : numpy.ndarray of shape (n_samples,)
        The shares, from 0 to 1.
    view : str
        Name of the view.
    """

    def __init__(self, shares: np.ndarray, view: str) -> None:
        super().__init__(shares, f"share({view})")
        self.view = view

    def at_new(self, new: NewWeights) -> np.ndarray:
        """Return the view's share at new samples."""
        return new.shares[self.view]


class Group(ViewDiagonal):
    """One at the samples of a group of training samples, zero elsewhere.

    Parameters
    ----------
    members : numpy.ndarray of bool, shape (n_samples,)
        Which samples.
    name : str
        Name of the group in formulas.
    of_used : bool
        Whether the new samples of the group are those that a view with steps has measured, or the others.
    """

    def __init__(self, members: np.ndarray, name: str, of_used: bool) -> None:
        super().__init__(members, name)
        self.of_used = of_used

    def at_new(self, new: NewWeights) -> np.ndarray:
        """Return one for each new sample of the group, zero for others."""
        return (new.used if self.of_used else ~new.used).astype(np.float64)
