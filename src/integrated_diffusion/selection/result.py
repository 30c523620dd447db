"""What cross-validation tried, what it chose, and what each view was worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.runtime.deprecation import deprecated_attribute


@dataclass(frozen=True)
class Candidate:
    """A joint walk that was tried.

    Attributes
    ----------
    steps
        Number of steps by view.
    rounds
        How often the walk that these steps make was repeated.
    sharpness
        How much doubts about a view at a sample counted; 0: the same trust everywhere.
    error
        Held-out prediction error: squared, as a share of the error of the mean of the samples, mean over the predicted
        views and over trials. 1: nothing was predicted.
    stderr
        Standard error over trials of its difference from the least error that was found.
    errors
        The same error about each predicted view.
    """

    steps: Mapping[str, int]
    n_repeats: int
    weight_exponent: float
    error: float
    stderr: float
    errors: Mapping[str, float]

    rounds = deprecated_attribute("rounds", "n_repeats")
    sharpness = deprecated_attribute("sharpness", "weight_exponent")

    def __str__(self) -> str:
        steps = ", ".join(f"{name} {t}" for name, t in self.steps.items())
        settings = f"{steps}; {self.n_repeats} rounds; sharpness {self.weight_exponent:g}"
        return f"{settings}: error {self.error:.4f} ± {self.stderr:.4f}"


@dataclass(frozen=True)
class ViewContribution:
    """How much a view lowers the prediction error.

    Attributes
    ----------
    gain
        Share by which the error of the best walk with the view is lower than that of the best without it; one of them
        is the chosen walk. Below zero if it is higher.
    stderr
        Its standard error over trials.
    walks
        Whether the chosen walk takes steps in the view.
    """

    gain: float
    stderr: float
    walks: bool

    def __str__(self) -> str:
        sure = abs(self.gain) > 2 * self.stderr
        if self.walks:
            return f"{'lowers' if sure else 'may lower'} the error by {self.gain:.1%} ± {self.stderr:.1%}"
        if self.gain > 0:
            return f"adds next to nothing: with it the error would be lower by {self.gain:.1%} ± {self.stderr:.1%}"
        return f"adds nothing: with it the error would be higher by {-self.gain:.1%} ± {self.stderr:.1%}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Selection(Steps):
    """Steps chosen by prediction.

    Attributes
    ----------
    candidates
        Everything that was tried, the least error first.
    chosen
        The simplest walk within one standard error of the least error.
    worth
        What each view is worth, by view.
    """

    candidates: tuple[Candidate, ...]
    chosen: Candidate
    view_contributions: Mapping[str, ViewContribution]

    worth = deprecated_attribute("worth", "view_contributions")

    def __repr__(self) -> str:
        view_contributions = "; ".join(f"{name} {value}" for name, value in self.view_contributions.items())
        return f"Selection({self.chosen}; {view_contributions}; {len(self.candidates)} walks tried)"
