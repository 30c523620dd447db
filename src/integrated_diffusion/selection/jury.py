"""The trials together: how wrong a walk is, and whether that differs from another's error by more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import gcd
from typing import NamedTuple

import numpy as np

from integrated_diffusion.operators import Operator
from integrated_diffusion.order import PROPORTIONAL, Order, Trust
from integrated_diffusion.parallel import map_threads
from integrated_diffusion.selection.trial import Trial
from integrated_diffusion.selection.trust import trust


class Walk(NamedTuple):
    """A joint walk to try: steps by view, how much doubts count, how often all is repeated."""

    steps: tuple[int, ...]
    sharpness: float = 0.0
    rounds: int = 1

    @property
    def n_walking(self) -> int:
        """Number of views that take steps."""
        return sum(t > 0 for t in self.steps)

    @property
    def simplicity(self) -> tuple[int, int, float, int]:
        """Fewer views are simpler, then fewer rounds, then doubts that count less, then fewer steps."""
        return self.n_walking, self.rounds, self.sharpness, sum(self.steps)


class Gap(NamedTuple):
    """How far one walk's error lies above another's, over the same trials."""

    mean: float
    stderr: float


class Jury:
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

    def __init__(self, trials: Sequence[Trial], order: Order, n_jobs: int | None = None) -> None:
        self.trials, self.order, self.n_jobs = trials, order, n_jobs
        self.views = tuple(trials[0].walks)
        self.targets = tuple(trials[0].targets)
        self.judged: dict[Walk, np.ndarray] = {}

    def errors(self, walk: Walk) -> np.ndarray:
        """Return a walk's errors in each trial about each target, `(n_trials, n_targets)`; see `Trial.errors`."""
        walk = self.simplified(walk)
        if walk not in self.judged:
            doubted = self._doubts if walk.sharpness else [{}] * len(self.trials)
            judge = [(trial, doubts, walk) for trial, doubts in zip(self.trials, doubted, strict=True)]
            self.judged[walk] = np.array(map_threads(self._errors, judge, self.n_jobs))
        return self.judged[walk]

    def simplified(self, walk: Walk) -> Walk:
        """Return the same walk with the smallest steps that make it, where only their proportion matters."""
        if self.order not in PROPORTIONAL:
            return walk
        divisor = gcd(*walk.steps)
        steps = tuple(t // divisor for t in walk.steps)
        return Walk(steps, walk.sharpness if walk.n_walking > 1 else 0.0, walk.rounds)

    def error(self, walk: Walk) -> float:
        """Return a walk's error, mean over trials and targets."""
        return float(self.errors(walk).mean())

    def gap(self, walk: Walk, other: Walk) -> Gap:
        """Return how far a walk's error lies above another's, with the standard error over trials."""
        gaps = self.errors(walk).mean(axis=1) - self.errors(other).mean(axis=1)
        return _gap(gaps)

    def gap_to_mean(self, walk: Walk) -> Gap:
        """Return how far a walk's error lies above that of the mean of the samples, which is one."""
        return _gap(self.errors(walk).mean(axis=1) - 1)

    def trust(self, sharpness: float, views: Sequence[str] | None = None) -> dict[str, np.ndarray] | None:
        """Return how far views are to be trusted at each sample, by all trials and all samples.

        Parameters
        ----------
        sharpness
            How much doubts count; nobody is doubted at 0.
        views
            Views that walk, of which the best at a sample is trusted fully; all unless given.
        """
        if sharpness == 0:
            return None
        found = map_threads(Trial.doubts_by_all, self.trials, self.n_jobs)
        walking = self.views if views is None else views
        return trust({name: np.mean([trial[name] for trial in found], axis=0) for name in walking}, sharpness)

    @cached_property
    def _doubts(self) -> list[dict[str, np.ndarray]]:
        """Of each trial, once a walk is tried that they count for."""
        return map_threads(Trial.doubts, self.trials, self.n_jobs)

    def _errors(self, judged: tuple[Trial, Trust, Walk]) -> np.ndarray:
        trial, doubts, walk = judged
        steps = dict(zip(self.views, walk.steps, strict=True))
        return trial.errors(joined(trial.walks, steps, doubts, walk.sharpness, self.order) ** walk.rounds)


def _gap(gaps: np.ndarray) -> Gap:
    return Gap(float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(len(gaps))))


def joined(
    walks: Mapping[str, Operator], steps: Mapping[str, int], doubts: Trust, sharpness: float, order: Order
) -> Operator:
    """Join walks by an order, trusted by doubts that count as much as the sharpness says."""
    walking = {name: doubt for name, doubt in doubts.items() if steps[name]}
    return order(walks, steps, trust(walking, sharpness) if sharpness else None)
