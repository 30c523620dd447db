"""Steps by cross-validation: the simplest joint walk among those that predict best what they have not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import random_order
from integrated_diffusion.runtime.deprecation import deprecated_keywords
from integrated_diffusion.selection.cv_split import make_cv_split
from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel
from integrated_diffusion.selection.result import Candidate, Selection, ViewContribution
from integrated_diffusion.selection.search import search, with_steps
from integrated_diffusion.selection.splits import FeatureHalves, Split
from integrated_diffusion.views.checks import check_count
from integrated_diffusion.views.prepared import AnyView


@deprecated_keywords(max_rounds="max_repeats", sharpness="weight_exponent", n_trials="n_splits")
@dataclass(frozen=True)
class CrossValidatedSteps:
    """Steps by cross-validation: the simplest walk within one standard error of the least prediction error.

    In each trial the features of every view are split in two halves at random. Walks are built on one half and predict
    the other for samples that are held out, `pred_i = [J (w * B)]_i / [J w]_i` with `w` zero for these. The steps are
    found by a coordinate search from each view's own walk; zero steps leave a view out.

    Parameters
    ----------
    t_max
        Most steps of one view.
    max_repeats
        Most repetitions of the walk that the steps make.
    weight_exponent
        How much doubts about a view at single samples may count; `(0,)` trusts each view everywhere alike.
    n_splits
        Number of splits.
    held_out
        Share of the samples that is predicted in a trial.
    split
        How a view is split in two: `FeatureHalves()`, or `CountSplitting()` for counts.
    n_targets
        Number of principal components of each half that are predicted.
    """

    t_max: int = 4
    max_repeats: int = 4
    weight_exponent: tuple[float, ...] = (0.0, 4.0)
    n_splits: int = 6
    held_out: float = 0.2
    split: Split = field(default_factory=FeatureHalves)
    n_targets: int = 10

    order = staticmethod(random_order)
    """Order in which the views' steps are taken unless another is asked for."""

    def __post_init__(self) -> None:
        check_count(self.t_max, "t_max")
        check_count(self.max_repeats, "max_repeats")
        check_count(self.n_splits, "n_splits", least=2)
        check_count(self.n_targets, "n_targets")
        if not 0 < self.held_out < 1:
            raise ValueError(f"held_out: expected a share between 0 and 1, found {self.held_out}; 0.2 is usual")
        if not callable(self.split):
            raise TypeError(f"split: expected FeatureHalves() or CountSplitting(), found {self.split!r}; pass one")
        if not isinstance(self.weight_exponent, tuple):
            raise TypeError(
                f"weight_exponent: expected a tuple of numbers, found {self.weight_exponent!r}; (0, 4) is usual"
            )
        if not self.weight_exponent or not all(0 <= weight < np.inf for weight in self.weight_exponent):
            raise ValueError(
                f"weight_exponent: expected finite numbers of at least 0, found {self.weight_exponent}; (0, 4) is usual"
            )

    def choose_steps(self, views: Mapping[str, AnyView], construction: Construction) -> Selection:
        """Choose the steps by the views themselves.

        Parameters
        ----------
        views
            Views by name, `(n_samples, n_features)`, not reduced.
        construction
            How views become walks, and in which order these are joined.

        Returns
        -------
        Selection

        Raises
        ------
        ValueError
            If no view can be split.
        """
        evaluator = self.evaluator(views, construction)
        search(evaluator, self.t_max, self.weight_exponent, self.max_repeats, construction.progress)
        best, chosen = refine(evaluator)
        view_contributions = {
            name: _view_contribution(evaluator, chosen, view) for view, name in enumerate(evaluator.views)
        }
        steps = dict(zip(evaluator.views, chosen.steps, strict=True))
        return Selection(
            steps=steps,
            curves={},
            view_weights=evaluator.view_weights(chosen.weight_exponent, [name for name, t in steps.items() if t]),
            n_repeats=chosen.n_repeats,
            candidates=tuple(
                _candidate(evaluator, walk, best) for walk in sorted(evaluator.scores, key=evaluator.error)
            ),
            chosen=_candidate(evaluator, chosen, best),
            view_contributions=view_contributions,
        )

    def evaluator(self, views: Mapping[str, AnyView], construction: Construction) -> CandidateEvaluator:
        """Split the views and build the walks of all trials."""
        cv_splits = []
        for i in range(self.n_splits):
            construction.progress("splitting the features", i, self.n_splits)
            seed = int(np.random.SeedSequence([construction.random_state, i]).generate_state(1)[0])
            cv_splits.append(make_cv_split(views, construction, self.split, self.held_out, self.n_targets, seed))
        if not any(B.any() for cv_split in cv_splits for B in cv_split.targets.values()):
            raise ValueError(
                "prediction: expected a view with two or more features that vary, to split in halves, found none; "
                "choose steps and power by 'entropy', or give them by hand"
            )
        return CandidateEvaluator(cv_splits, construction.order, construction.n_jobs)


def refine(evaluator: CandidateEvaluator) -> tuple[CandidateModel, CandidateModel]:
    """Return the best and the simplest good walk, both tried against themselves with and without every view."""
    while True:
        best = min(evaluator.scores, key=evaluator.error)
        chosen = one_standard_error_choice(evaluator, best)
        n_judged = len(evaluator.scores)
        for walk in (best, chosen):
            for view in range(len(evaluator.views)):
                toggled = with_steps(walk, view, 0 if walk.steps[view] else 1)
                if toggled.n_views_used:
                    evaluator.error(toggled)
        if len(evaluator.scores) == n_judged:
            return best, chosen


def one_standard_error_choice(evaluator: CandidateEvaluator, best: CandidateModel) -> CandidateModel:
    """Return the simplest walk that was tried whose error is within one standard error of the best one's."""
    differences = {walk: evaluator.difference(walk, best) for walk in evaluator.scores}
    near = [walk for walk, difference in differences.items() if difference.mean <= difference.stderr]
    return min(near, key=lambda walk: (walk.simplicity, differences[walk].mean))


def _candidate(evaluator: CandidateEvaluator, walk: CandidateModel, best: CandidateModel) -> Candidate:
    return Candidate(
        steps=dict(zip(evaluator.views, walk.steps, strict=True)),
        n_repeats=walk.n_repeats,
        weight_exponent=walk.weight_exponent,
        error=evaluator.error(walk),
        stderr=evaluator.difference(walk, best).stderr,
        errors=dict(zip(evaluator.targets, evaluator.errors(walk).mean(axis=0).tolist(), strict=True)),
    )


def _view_contribution(evaluator: CandidateEvaluator, chosen: CandidateModel, view: int) -> ViewContribution:
    """Compare the chosen walk with the best without a view it takes, or with the best that takes one it does not."""
    walks = chosen.steps[view] > 0
    others = [walk for walk in evaluator.scores if (walk.steps[view] > 0) != walks]
    if not others:  # the only view, against the mean of the samples
        difference = evaluator.difference_to_mean(chosen)
        return ViewContribution(-difference.mean, difference.stderr, walks)
    other = min(others, key=evaluator.error)
    with_it, without_it = (chosen, other) if walks else (other, chosen)
    difference, error = (
        evaluator.difference(with_it, without_it),
        evaluator.error(without_it) or 1.0,
    )  # nobody is ever wrong: nothing to gain
    return ViewContribution(-difference.mean / error, difference.stderr / error, walks)
