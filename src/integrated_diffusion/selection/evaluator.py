"""All cross-validation splits together: the error of a candidate model, and whether two errors differ beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from math import gcd
from typing import NamedTuple

import numpy as np

from integrated_diffusion.integration.orders import PROPORTIONAL, Order, ViewWeights
from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.threads import map_threads
from integrated_diffusion.selection.cv_split import CrossValidationSplit
from integrated_diffusion.selection.view_weights import mean_log_errors, view_weights
from integrated_diffusion.selection.votes import counted, votes

OWN_STEPS = (1, 2)
"""Numbers of steps of a view's own operator, the better of which tells what the view predicts.

One step averages over few neighbours and keeps much of their noise: a view that is clean in one half of a tree and
noisy in the other predicts 0.03 by one step and 0.08 by two, pure noise -0.07 and -0.02."""


class CandidateModel(NamedTuple):
    """An integrated operator to evaluate.

    Attributes
    ----------
    steps : tuple of int
        Number of steps (diffusion time `t`) of each view.
    weight_exponent : float, default 0
        Exponent of the per-sample view weights; 0: all weights are 1.
    n_repeats : int, default 1
        How often the operator that the steps make is repeated.
    """

    steps: tuple[int, ...]
    weight_exponent: float = 0.0
    n_repeats: int = 1

    @property
    def n_views_used(self) -> int:
        """Number of views that take steps."""
        return sum(t > 0 for t in self.steps)

    def with_steps(self, view: int, t: int) -> CandidateModel:
        """Return the same model with another number of steps of one view."""
        return self._replace(steps=(*self.steps[:view], t, *self.steps[view + 1 :]))


class ErrorDifference(NamedTuple):
    """Error of one model minus that of another, mean over the same splits, and its standard error."""

    mean: float
    stderr: float


class CandidateEvaluator:
    """Cross-validation splits that evaluate candidate models; each model is evaluated once.

    Parameters
    ----------
    cv_splits : sequence of CrossValidationSplit
        At least two.
    order : Order
        How the views' steps are joined.
    n_jobs : int or None, default None
        Number of threads; the errors do not depend on it.

    Attributes
    ----------
    views : tuple of str
        Names of the views.
    targets : tuple of str
        Names of the views that are predicted.
    scores : dict of CandidateModel to numpy.ndarray of shape (n_splits, n_targets)
        Errors of the models that were evaluated.
    """

    cv_splits: Sequence[CrossValidationSplit] = ()

    def __init__(self, cv_splits: Sequence[CrossValidationSplit], order: Order, n_jobs: int | None = None) -> None:
        self.cv_splits, self.order, self.n_jobs = cv_splits, order, n_jobs
        self.views = tuple(cv_splits[0].operators)
        self.targets = tuple(cv_splits[0].targets)
        self.scores: dict[CandidateModel, np.ndarray] = {}

    def errors(self, model: CandidateModel) -> np.ndarray:
        """Return a model's errors, `(n_splits, n_targets)`; see `CrossValidationSplit.errors`."""
        model = self.simplified(model)
        if model not in self.scores:
            log_errors = self._local_log_errors if model.weight_exponent else [{}] * len(self.cv_splits)
            tasks = [
                (cv_split, local_log_errors, model)
                for cv_split, local_log_errors in zip(self.cv_splits, log_errors, strict=True)
            ]
            self.scores[model] = np.array(map_threads(self._errors, tasks, self.n_jobs))
        return self.scores[model]

    def simplified(self, model: CandidateModel) -> CandidateModel:
        """Return the same model with the smallest steps that make it, where only their proportion matters."""
        if self.order not in PROPORTIONAL:
            return model
        divisor = gcd(*model.steps)
        steps = tuple(t // divisor for t in model.steps)
        return CandidateModel(steps, model.weight_exponent if model.n_views_used > 1 else 0.0, model.n_repeats)

    def error(self, model: CandidateModel) -> float:
        """Return a model's error, mean over splits and the targets that count."""
        return float(self.counted_errors(model).mean())

    def counted_errors(self, model: CandidateModel) -> np.ndarray:
        """Return a model's errors about the targets that count, `(n_splits, n_counted)`; about all if none does."""
        errors = self.errors(model)
        return errors[:, self.counts] if self.predicts else errors

    def difference(self, model: CandidateModel, other: CandidateModel) -> ErrorDifference:
        """Return a model's error minus another's, with the standard error over splits."""
        return _difference(self.counted_errors(model).mean(axis=1) - self.counted_errors(other).mean(axis=1))

    def difference_to_mean(self, model: CandidateModel) -> ErrorDifference:
        """Return a model's error minus that of the mean of the samples, which is one."""
        return _difference(self.counted_errors(model).mean(axis=1) - 1)

    def single(self, view: int) -> CandidateModel:
        """Return the model that is one view's own diffusion operator."""
        return CandidateModel(tuple(int(m == view) for m in range(len(self.views))))

    @property
    def equal(self) -> CandidateModel:
        """The model of equal steps of all views."""
        return CandidateModel((1,) * len(self.views))

    @cached_property
    def skills(self) -> np.ndarray:
        """Share of each target's variance that each view's own operator predicts, `(n_splits, n_views, n_targets)`.

        At the one of `OWN_STEPS` that predicts more of the target, mean over splits.
        """
        skills = np.stack([self._own_skills(t) for t in OWN_STEPS])
        best = skills.mean(axis=1).argmax(axis=0)
        return np.asarray(np.take_along_axis(skills, best[np.newaxis, np.newaxis], axis=0)[0])

    def _own_skills(self, t: int) -> np.ndarray:
        if any(cv_split.measured for cv_split in self.cv_splits):  # a view predicts at the samples that it has measured
            own = [
                map_threads(partial(cv_split.own_errors, t=t), self.views, self.n_jobs) for cv_split in self.cv_splits
            ]
            return 1 - np.array(own)
        alone = [self.single(view)._replace(n_repeats=t) for view in range(len(self.views))]
        return 1 - np.stack([self.errors(model) for model in alone], axis=1)

    @cached_property
    def coordinates(self) -> frozenset[str]:
        """Views of coordinates, one half of which by construction cannot predict the other."""
        return frozenset.intersection(*(cv_split.coordinates for cv_split in self.cv_splits))

    @property
    def askable(self) -> np.ndarray:
        """Which views may predict which target, `(n_views, n_targets)`: coordinates not themselves.

        Nor targets that no sample has in common with the view.
        """
        return np.array(
            [
                [
                    (a != b or b not in self.coordinates) and all(split.has_common(a, b) for split in self.cv_splits)
                    for b in self.targets
                ]
                for a in self.views
            ]
        )

    @cached_property
    def counts(self) -> np.ndarray:
        """Targets by which models are compared, `(n_targets,)`: those that are predicted, and are no coordinates."""
        return counted(self.skills, self.askable) & [name not in self.coordinates for name in self.targets]

    @property
    def predicts(self) -> bool:
        """Whether there is a target by which models can be compared."""
        return bool(self.counts.any())

    @cached_property
    def votes(self) -> dict[str, float]:
        """Vote of each view, from 0 to 1; see `votes.votes`."""
        return dict(zip(self.views, votes(self.skills, self.askable).tolist(), strict=True))

    def view_weights(self, weight_exponent: float, views: Sequence[str] | None = None) -> dict[str, np.ndarray] | None:
        """Return the weight of each view at each sample, by all splits and all samples.

        Parameters
        ----------
        weight_exponent : float
            Exponent of the weights.
        views : sequence of str or None, default None
            Views that are used, of which the best at a sample has weight one; all unless given.

        Returns
        -------
        dict of str to numpy.ndarray of shape (n_samples,), or None
            `None` for an exponent of 0, where all weights are 1.
        """
        if weight_exponent == 0:
            return None
        found = map_threads(CrossValidationSplit.local_log_errors_of_all, self.cv_splits, self.n_jobs)
        return view_weights(mean_log_errors(found, self.views if views is None else views), weight_exponent)

    @cached_property
    def _local_log_errors(self) -> list[dict[str, np.ndarray]]:
        """Of each split, computed once a model with view weights is evaluated."""
        return map_threads(CrossValidationSplit.local_log_errors, self.cv_splits, self.n_jobs)

    def _errors(self, task: tuple[CrossValidationSplit, ViewWeights, CandidateModel]) -> np.ndarray:
        cv_split, local_log_errors, model = task
        steps = dict(zip(self.views, model.steps, strict=True))
        once = joined(cv_split.operators, steps, local_log_errors, model.weight_exponent, self.order)
        return cv_split.errors(once**model.n_repeats)


def _difference(differences: np.ndarray) -> ErrorDifference:
    return ErrorDifference(float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences))))


def joined(
    operators: Mapping[str, Operator],
    steps: Mapping[str, int],
    local_log_errors: ViewWeights,
    weight_exponent: float,
    order: Order,
) -> Operator:
    """Join diffusion operators by an order, each weighted at every sample by its local log error."""
    used = {name: local_log_error for name, local_log_error in local_log_errors.items() if steps[name]}
    return order(operators, steps, view_weights(used, weight_exponent) if weight_exponent else None)
