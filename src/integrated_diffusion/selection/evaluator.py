"""The trials together: how wrong a walk is, and whether that differs from another's error by more than chance."""

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
    """A joint walk to try: steps by view, how much doubts count, how often all is repeated."""

    steps: tuple[int, ...]
    weight_exponent: float = 0.0
    n_repeats: int = 1

    @property
    def n_views_used(self) -> int:
        """Number of views that take steps."""
        return sum(t > 0 for t in self.steps)

    @property
    def simplicity(self) -> tuple[int, int, float, int]:
        """Fewer views are simpler, then fewer rounds, then doubts that count less, then fewer steps."""
        return self.n_views_used, self.n_repeats, self.weight_exponent, sum(self.steps)


class ErrorDifference(NamedTuple):
    """How far one walk's error lies above another's, over the same trials."""

    mean: float
    stderr: float


class CandidateEvaluator:
    """Trials that judge walks; what was judged once is remembered.

    Parameters
    ----------
    trials
        At least two.
    order
        How the views' steps are joined.
    n_jobs
        Number of threads; the judgement does not depend on it.
    """

    def __init__(self, cv_splits: Sequence[CrossValidationSplit], order: Order, n_jobs: int | None = None) -> None:
        self.cv_splits, self.order, self.n_jobs = cv_splits, order, n_jobs
        self.views = tuple(cv_splits[0].walks)
        self.targets = tuple(cv_splits[0].targets)
        self.scores: dict[CandidateModel, np.ndarray] = {}

    def errors(self, walk: CandidateModel) -> np.ndarray:
        """Return a walk's errors in each trial about each target, `(n_trials, n_targets)`; see `Trial.errors`."""
        walk = self.simplified(walk)
        if walk not in self.scores:
            log_errors = self._local_log_errors if walk.weight_exponent else [{}] * len(self.cv_splits)
            judge = [
                (cv_split, local_log_errors, walk)
                for cv_split, local_log_errors in zip(self.cv_splits, log_errors, strict=True)
            ]
            self.scores[walk] = np.array(map_threads(self._errors, judge, self.n_jobs))
        return self.scores[walk]

    def simplified(self, walk: CandidateModel) -> CandidateModel:
        """Return the same walk with the smallest steps that make it, where only their proportion matters."""
        if self.order not in PROPORTIONAL:
            return walk
        divisor = gcd(*walk.steps)
        steps = tuple(t // divisor for t in walk.steps)
        return CandidateModel(steps, walk.weight_exponent if walk.n_views_used > 1 else 0.0, walk.n_repeats)

    def error(self, walk: CandidateModel) -> float:
        """Return a walk's error, mean over trials and targets."""
        return float(self.errors(walk).mean())

    def difference(self, walk: CandidateModel, other: CandidateModel) -> ErrorDifference:
        """Return how far a walk's error lies above another's, with the standard error over trials."""
        differences = self.errors(walk).mean(axis=1) - self.errors(other).mean(axis=1)
        return _difference(differences)

    def difference_to_mean(self, walk: CandidateModel) -> ErrorDifference:
        """Return how far a walk's error lies above that of the mean of the samples, which is one."""
        return _difference(self.errors(walk).mean(axis=1) - 1)

    def view_weights(self, weight_exponent: float, views: Sequence[str] | None = None) -> dict[str, np.ndarray] | None:
        """Return how far views are to be trusted at each sample, by all trials and all samples.

        Parameters
        ----------
        sharpness
            How much doubts count; nobody is doubted at 0.
        views
            Views that walk, of which the best at a sample is trusted fully; all unless given.
        """
        if weight_exponent == 0:
            return None
        found = map_threads(CrossValidationSplit.local_log_errors_of_all, self.cv_splits, self.n_jobs)
        walking = self.views if views is None else views
        return view_weights(
            {name: np.mean([cv_split[name] for cv_split in found], axis=0) for name in walking}, weight_exponent
        )

    @cached_property
    def _local_log_errors(self) -> list[dict[str, np.ndarray]]:
        """Of each trial, once a walk is tried that they count for."""
        return map_threads(CrossValidationSplit.local_log_errors, self.cv_splits, self.n_jobs)

    def _errors(self, scores: tuple[CrossValidationSplit, ViewWeights, CandidateModel]) -> np.ndarray:
        cv_split, local_log_errors, walk = scores
        steps = dict(zip(self.views, walk.steps, strict=True))
        return cv_split.errors(
            joined(cv_split.walks, steps, local_log_errors, walk.weight_exponent, self.order) ** walk.n_repeats
        )


def _difference(differences: np.ndarray) -> ErrorDifference:
    return ErrorDifference(float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences))))


def joined(
    walks: Mapping[str, Operator],
    steps: Mapping[str, int],
    local_log_errors: ViewWeights,
    weight_exponent: float,
    order: Order,
) -> Operator:
    """Join walks by an order, trusted by doubts that count as much as the sharpness says."""
    walking = {name: local_log_error for name, local_log_error in local_log_errors.items() if steps[name]}
    return order(walks, steps, view_weights(walking, weight_exponent) if weight_exponent else None)
