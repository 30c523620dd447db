"""All cross-validation splits together: the error of a candidate model, and whether two errors differ beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import gcd
from typing import NamedTuple

import numpy as np

from integrated_diffusion.integration.orders import PROPORTIONAL, Order, ViewWeights
from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.threads import map_threads
from integrated_diffusion.selection.cv_split import CrossValidationSplit
from integrated_diffusion.selection.view_weights import view_weights


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

    @property
    def simplicity(self) -> tuple[int, int, float, int]:
        """Fewer views are simpler, then fewer repeats, then a smaller weight exponent, then fewer steps."""
        return self.n_views_used, self.n_repeats, self.weight_exponent, sum(self.steps)


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
        """Return a model's error, mean over splits and targets."""
        return float(self.errors(model).mean())

    def difference(self, model: CandidateModel, other: CandidateModel) -> ErrorDifference:
        """Return a model's error minus another's, with its standard error over splits."""
        differences = self.errors(model).mean(axis=1) - self.errors(other).mean(axis=1)
        return _difference(differences)

    def difference_to_mean(self, model: CandidateModel) -> ErrorDifference:
        """Return a model's error minus that of predicting the mean of the samples, which is one."""
        return _difference(self.errors(model).mean(axis=1) - 1)

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
        used = self.views if views is None else views
        return view_weights(
            {name: np.mean([cv_split[name] for cv_split in found], axis=0) for name in used}, weight_exponent
        )

    @cached_property
    def _local_log_errors(self) -> list[dict[str, np.ndarray]]:
        """Of each split, computed once a model with view weights is evaluated."""
        return map_threads(CrossValidationSplit.local_log_errors, self.cv_splits, self.n_jobs)

    def _errors(self, task: tuple[CrossValidationSplit, ViewWeights, CandidateModel]) -> np.ndarray:
        cv_split, local_log_errors, model = task
        steps = dict(zip(self.views, model.steps, strict=True))
        return cv_split.errors(
            joined(cv_split.operators, steps, local_log_errors, model.weight_exponent, self.order) ** model.n_repeats
        )


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
