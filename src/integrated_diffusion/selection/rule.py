"""Steps by cross-validation: the simplest candidate model within one standard error of the least held-out error."""

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
    """Steps by cross-validation: the simplest model within one standard error of the least prediction error.

    In each split the features of every view are divided into two random halves. Diffusion operators of one half predict
    the other half for held-out samples, `pred_i = [J (w * B)]_i / [J w]_i` with `w` zero for these. Candidate models
    are found by coordinate searches that start from each view alone; zero steps leave a view out.

    Parameters
    ----------
    t_max : int, default 4
        Largest number of steps (diffusion time `t`) of one view.
    max_repeats : int, default 4
        Largest number of repeats of the operator that the steps make.
    weight_exponent : tuple of float, default (0.0, 4.0)
        Exponents of the per-sample view weights to try; with `(0.0,)` all weights are 1.
    n_splits : int, default 6
        Number of cross-validation splits.
    held_out : float, default 0.2
        Share of the samples that is held out in a split.
    split : Split, default FeatureHalves()
        How a view is split in two: `FeatureHalves()`, or `CountSplitting()` for counts.
    n_targets : int, default 10
        Number of principal components of each half that are predicted.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of range.
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
        views : mapping of str to array or PreparedView
            Views by name, `(n_samples, n_features)`, not reduced.
        construction : Construction
            How views become diffusion operators, and in which order these are joined.

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
                _candidate(evaluator, model, best) for model in sorted(evaluator.scores, key=evaluator.error)
            ),
            chosen=_candidate(evaluator, chosen, best),
            view_contributions=view_contributions,
        )

    def evaluator(self, views: Mapping[str, AnyView], construction: Construction) -> CandidateEvaluator:
        """Split the views and build the diffusion operators of all splits."""
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
    """Return the best and the selected model, after both were compared with and without every view."""
    while True:
        best = min(evaluator.scores, key=evaluator.error)
        chosen = one_standard_error_choice(evaluator, best)
        n_evaluated = len(evaluator.scores)
        for model in (best, chosen):
            for view in range(len(evaluator.views)):
                toggled = with_steps(model, view, 0 if model.steps[view] else 1)
                if toggled.n_views_used:
                    evaluator.error(toggled)
        if len(evaluator.scores) == n_evaluated:
            return best, chosen


def one_standard_error_choice(evaluator: CandidateEvaluator, best: CandidateModel) -> CandidateModel:
    """Return the simplest evaluated model whose error is within one standard error of the best one's."""
    differences = {model: evaluator.difference(model, best) for model in evaluator.scores}
    near = [model for model, difference in differences.items() if difference.mean <= difference.stderr]
    return min(near, key=lambda model: (model.simplicity, differences[model].mean))


def _candidate(evaluator: CandidateEvaluator, model: CandidateModel, best: CandidateModel) -> Candidate:
    return Candidate(
        steps=dict(zip(evaluator.views, model.steps, strict=True)),
        n_repeats=model.n_repeats,
        weight_exponent=model.weight_exponent,
        error=evaluator.error(model),
        stderr=evaluator.difference(model, best).stderr,
        errors=dict(zip(evaluator.targets, evaluator.errors(model).mean(axis=0).tolist(), strict=True)),
    )


def _view_contribution(evaluator: CandidateEvaluator, chosen: CandidateModel, view: int) -> ViewContribution:
    """Compare the selected model with the best one that differs from it in using the view."""
    is_used = chosen.steps[view] > 0
    others = [model for model in evaluator.scores if (model.steps[view] > 0) != is_used]
    if not others:  # the only view, against the mean of the samples
        difference = evaluator.difference_to_mean(chosen)
        return ViewContribution(-difference.mean, difference.stderr, is_used)
    other = min(others, key=evaluator.error)
    with_it, without_it = (chosen, other) if is_used else (other, chosen)
    difference = evaluator.difference(with_it, without_it)
    error = evaluator.error(without_it) or 1.0  # without any error there is nothing to gain
    return ViewContribution(-difference.mean / error, difference.stderr / error, is_used)
