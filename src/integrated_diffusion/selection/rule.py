"""Steps by cross-validation: in proportion to what each view's own operator predicts of held-out features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import random_order
from integrated_diffusion.runtime.deprecation import deprecated_keywords
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.selection.cv_split import CrossValidationSplit, make_cv_split
from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel
from integrated_diffusion.selection.refinement import evaluate_others, refined
from integrated_diffusion.selection.result import Candidate, Selection, ViewContribution
from integrated_diffusion.selection.sample import drawn, n_samples_of, parts_at_random
from integrated_diffusion.selection.splits import FeatureHalves, Split
from integrated_diffusion.selection.unpredicted import unpredicted, unrelated, warn_of_views
from integrated_diffusion.selection.view_weights import mean_log_errors, view_weights
from integrated_diffusion.selection.votes import steps_of
from integrated_diffusion.selection.within_batches import within_batches
from integrated_diffusion.views.checks import check_count
from integrated_diffusion.views.prepared import AnyView

WEIGHT_SPLITS = 2
"""Most splits for the view weights of all samples, where models are compared on a random part of the samples."""

WEIGHT_SAMPLES = 50_000
"""Most samples among which neighbours are sought for the view weights; more are weighted part by part, drawn at random.

Where there is noise in all dimensions the time of a search grows with the square of the samples, and parts give nearly
the same map (`python -m benchmarks.weights_in_parts`)."""

_STAGE = "steps by prediction"


@deprecated_keywords(max_rounds="max_repeats", sharpness="weight_exponent", n_trials="n_splits")
@dataclass(frozen=True)
class CrossValidatedSteps:
    """Steps by cross-validation: those of each view by what its own diffusion operator predicts of held-out features.

    In each split the features of every view are divided in two halves at random. Diffusion operators are built on one
    half and predict the other for samples that are held out, `pred_i = [J (w * B)]_i / [J w]_i` with `w` zero for
    these. A view's vote is how much its own operator predicts, as a share of the best view's. The steps are in
    proportion to the votes, rounded: views of similar votes get the same steps, and a view that predicts nothing is
    left out. How often the operator of these steps is repeated, and whether views are weighted sample by sample, is
    then chosen by the held-out error of the integrated operator.

    Parameters
    ----------
    t_max : int, default 2
        Most steps of one view, before steps are divided by their greatest common divisor.
    max_repeats : int, default 4
        Most repetitions of the operator that the steps make.
    weight_exponent : tuple of float, default (0, 4)
        Exponents of the per-sample view weights to compare; `(0,)` gives each view the same weight at every sample.
    n_splits : int, default 6
        Number of splits.
    held_out : float, default 0.2
        Share of the samples that is predicted in a split.
    split : Split, default FeatureHalves()
        How a view is split in two: `FeatureHalves()`, or `CountSplitting()` for counts.
    n_targets : int, default 10
        Number of principal components of each half that are predicted.
    max_samples : int or None, default 8000
        Number of samples that the splits are made of; of more, so many are drawn at random. Errors and votes are means
        over samples, which more samples hardly change. `None` for all samples. Per-sample view weights are of all
        samples, by two splits, in parts of at most 50,000 drawn at random.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of range.
    """

    t_max: int = 2
    max_repeats: int = 4
    weight_exponent: tuple[float, ...] = (0.0, 4.0)
    n_splits: int = 6
    held_out: float = 0.2
    split: Split = field(default_factory=FeatureHalves)
    n_targets: int = 10
    max_samples: int | None = 8_000

    order = staticmethod(random_order)
    """Order in which the views' steps are taken unless another is asked for."""

    def __post_init__(self) -> None:
        check_count(self.t_max, "t_max")
        check_count(self.max_repeats, "max_repeats")
        check_count(self.n_splits, "n_splits", least=2)
        check_count(self.n_targets, "n_targets")
        if self.max_samples is not None:
            check_count(self.max_samples, "max_samples", least=2)
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

        Warns
        -----
        PredictionWarning
            If nothing could be predicted of a view, or a view predicts nothing and is left out.
        """
        sample, of_sample = drawn(views, construction, self.max_samples)
        evaluator = self.evaluator(sample, of_sample)
        selection = self._selection(evaluator, construction)
        exponent, used = selection.chosen.weight_exponent, [name for name, t in selection.steps.items() if t]
        if sample is views:
            return replace(selection, view_weights=evaluator.view_weights(exponent, used))
        if not exponent:
            return selection
        del evaluator  # its operators are not kept beside those of all samples
        return replace(selection, view_weights=self._weights_of_all(views, construction, exponent, used))

    def _selection(self, evaluator: CandidateEvaluator, construction: Construction) -> Selection:
        """Choose by the splits; without the view weights."""
        construction.progress(_STAGE, 0, 2)
        voted = CandidateModel(steps_of(np.array(list(evaluator.votes.values())), self.t_max))
        construction.progress(_STAGE, 1, 2)
        chosen = refined(evaluator, voted, self.weight_exponent, self.max_repeats) if evaluator.predicts else voted
        evaluate_others(evaluator, chosen)
        best = min(evaluator.scores, key=evaluator.error)
        steps = dict(zip(evaluator.views, chosen.steps, strict=True))
        warn_of_views(evaluator, steps)
        return Selection(
            steps=steps,
            n_repeats=chosen.n_repeats,
            candidates=tuple(
                _candidate(evaluator, model, best) for model in sorted(evaluator.scores, key=evaluator.error)
            ),
            chosen=_candidate(evaluator, chosen, best),
            view_contributions={
                name: _view_contribution(evaluator, chosen, view) for view, name in enumerate(evaluator.views)
            },
            votes=evaluator.votes,
            unpredicted=unpredicted(evaluator),
            unrelated=unrelated(evaluator),
        )

    def evaluator(self, views: Mapping[str, AnyView], construction: Construction) -> CandidateEvaluator:
        """Split the views and build the diffusion operators of all splits."""
        cv_splits = list(self._splits(views, construction, self.n_splits))
        if not any(B.any() for cv_split in cv_splits for B in cv_split.targets.values()):
            raise ValueError(
                "prediction: expected a view with two or more features that vary, to split in halves, found none; "
                "choose steps and power by 'entropy', or give them by hand"
            )
        return CandidateEvaluator(cv_splits, construction.order, construction.n_jobs)

    def _splits(
        self, views: Mapping[str, AnyView], construction: Construction, n_splits: int
    ) -> Iterator[CrossValidationSplit]:
        for i in range(n_splits):
            construction.progress("splitting the features", i, n_splits)
            seed = seed_of_split(construction.random_state, i)
            cv_split = make_cv_split(views, construction, self.split, self.held_out, self.n_targets, seed)
            yield within_batches(cv_split, construction.batches)

    def _weights_of_all(
        self, views: Mapping[str, AnyView], construction: Construction, weight_exponent: float, used: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Weights are of each sample, so that they need splits of all samples: few of them, one after the other."""
        n_splits = min(WEIGHT_SPLITS, self.n_splits)
        n_samples = n_samples_of(views, construction)
        log_errors = {name: np.empty(n_samples) for name in used}
        done = 0
        for rows, part, of_part in parts_at_random(views, construction, WEIGHT_SAMPLES):
            construction.progress("view weights", done, n_samples)
            settings = replace(of_part, progress=silent)
            of_splits = (split.local_log_errors_of_all() for split in self._splits(part, settings, n_splits))
            done += len(rows)
            for name, found in mean_log_errors(of_splits, used).items():
                log_errors[name][rows] = found
        return view_weights(log_errors, weight_exponent)


def seed_of_split(random_state: int, number: int) -> int:
    """Return the seed of a split by its number, from 0."""
    return int(np.random.SeedSequence([random_state, number]).generate_state(1)[0])


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
    """Compare the chosen model with the best without a view it uses, or with the best that uses one it does not."""
    is_used = chosen.steps[view] > 0
    if not evaluator.predicts:  # errors of 1 and more do not tell which view is worth something
        return ViewContribution(0.0, 0.0, is_used)
    others = [model for model in evaluator.scores if (model.steps[view] > 0) != is_used]
    if not others:  # the only view, against the mean of the samples
        difference = evaluator.difference_to_mean(chosen)
        return ViewContribution(-difference.mean, difference.stderr, is_used)
    other = min(others, key=evaluator.error)
    with_it, without_it = (chosen, other) if is_used else (other, chosen)
    difference = evaluator.difference(with_it, without_it)
    error = evaluator.error(without_it) or 1.0  # without any error there is nothing to reduce
    return ViewContribution(-difference.mean / error, difference.stderr / error, is_used)
