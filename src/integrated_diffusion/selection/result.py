"""What cross-validation evaluated and selected, and the contribution of each view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.runtime.deprecation import deprecated_attribute
from integrated_diffusion.runtime.html import html_paragraph, html_table


@dataclass(frozen=True)
class Candidate:
    """A candidate model: an integrated operator that was evaluated.

    Attributes
    ----------
    steps : mapping of str to int
        Number of steps (diffusion time `t`) by view.
    n_repeats : int
        How often the operator that these steps make was repeated.
    weight_exponent : float
        Exponent of the per-sample view weights; 0: all weights are 1.
    error : float
        Held-out prediction error: squared, relative to predicting the mean of the samples, mean over the predicted
        views that count and over splits. 1: nothing was predicted.
    stderr : float
        Standard error over splits of its difference from the least error that was found.
    errors : mapping of str to float
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
        repeats = f"{self.n_repeats} repeat{'s' if self.n_repeats > 1 else ''}"
        settings = f"{steps}; {repeats}; weight exponent {self.weight_exponent:g}"
        return f"{settings}: error {self.error:.4f} ± {self.stderr:.4f}"


@dataclass(frozen=True, repr=False)
class ViewContribution:
    """How much a view reduces the held-out prediction error.

    Attributes
    ----------
    gain : float
        Share by which the error of the best model with the view is lower than that of the best without it; one of them
        is the selected model. Below zero if it is higher.
    stderr : float
        Its standard error over splits.
    is_used : bool
        Whether the selected model takes steps in the view.
    """

    gain: float
    stderr: float
    is_used: bool

    walks = deprecated_attribute("walks", "is_used")

    def __str__(self) -> str:
        """In words, for instance `reduces held-out error by 25.0% ± 2.0%`.

        For instance `reduces held-out error by 25.0% ± 2.0%`, `may reduce held-out error by 1.0% ± 0.9%` or
        `no detectable contribution (reduction −0.4% ± 0.3%)`.
        """
        amount = f"{self.gain:.1%} ± {self.stderr:.1%}".replace("-", "−")
        if not self.is_used or self.gain <= 0:
            return f"no detectable contribution (reduction {amount})"
        verb = "reduces" if self.gain > 2 * self.stderr else "may reduce"
        return f"{verb} held-out error by {amount}"

    def __repr__(self) -> str:
        return f"ViewContribution({self})"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Selection(Steps):
    """Steps chosen by held-out prediction.

    Attributes
    ----------
    candidates : tuple of Candidate
        Every candidate model that was evaluated, the least error first.
    chosen : Candidate
        The selected model: steps by the views' votes.
    view_contributions : mapping of str to ViewContribution
        Contribution of each view.
    votes : mapping of str to float, default {}
        Vote of each view, from 0 to 1: how much its own operator predicts, as a share of the best view's; see
        `selection.votes`.
    unpredicted : tuple of str, default ()
        Views of which nothing could be predicted, and by which models were therefore not compared.
    unrelated : tuple of pairs of str, default ()
        Pairs of views that predict nothing of each other: their samples may not be the same.
    """

    candidates: tuple[Candidate, ...]
    chosen: Candidate
    view_contributions: Mapping[str, ViewContribution]
    votes: Mapping[str, float] = field(default_factory=dict)
    unpredicted: tuple[str, ...] = ()
    unrelated: tuple[tuple[str, str], ...] = ()

    worth = deprecated_attribute("worth", "view_contributions")

    def __repr__(self) -> str:
        contributions = "; ".join(f"{name} {value}" for name, value in self.view_contributions.items())
        return f"Selection({self.chosen}; {contributions}; {len(self.candidates)} candidate models)"

    def _repr_html_(self) -> str:
        """Return a table of the candidate models, the selected one marked, and the contributions of the views."""
        heading = [f"t of {name}" for name in self.steps] + ["repeats", "weight exponent", "held-out error"]
        rows = [
            [*(one.steps[name] for name in self.steps), one.n_repeats, f"{one.weight_exponent:g}", _error(one)]
            for one in self.candidates
        ]
        table = html_table("Candidate models, the selected one marked", heading, rows, {self._place_of_chosen()})
        words = [f"{name} {contribution}" for name, contribution in self.view_contributions.items()]
        return table + "".join(map(html_paragraph, words))

    def _place_of_chosen(self) -> int:
        return next(place for place, one in enumerate(self.candidates) if one == self.chosen)


def _error(candidate: Candidate) -> str:
    return f"{candidate.error:.4f} ± {candidate.stderr:.4f}"
