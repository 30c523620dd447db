"""Progress is a callback: the computation says which stage it has reached, and the callback shows it or not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """A callback that long work calls at each of its stages."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take notice that `done` of `total` parts are finished and that `stage` comes next."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Plan:
    """The stages of a run to come, and which share of its time each takes, as measured on other runs.

    Attributes
    ----------
    shares : mapping of str to float
        Share by stage, in their order. A stage of one view, such as `rna: smoother`, counts for the stage without it.

    Examples
    --------
    >>> plan = Plan({"reading": 1, "fitting": 3})
    >>> plan.share_done("fitting", 1, 2)
    0.625
    """

    shares: Mapping[str, float]

    def share_done(self, stage: str, done: int, total: int) -> float:
        """Return which share of the whole is done with `done` of `total` parts of a stage; 0 if it is unknown."""
        name = stage.rpartition(": ")[2]
        if name not in self.shares:
            return 0.0
        stages = list(self.shares)
        before = sum(self.shares[other] for other in stages[: stages.index(name)])
        return (before + self.shares[name] * done / max(total, 1)) / sum(self.shares.values())


class Stopwatch:
    """A progress callback that measures how long each stage takes.

    Parameters
    ----------
    forward : Progress, default silent
        Another callback, which is called with the same arguments.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> watch("reading", 0, 2)
    >>> watch("fitting", 1, 2)
    >>> list(watch.seconds())
    ['reading', 'fitting']
    """

    def __init__(self, forward: Progress = silent) -> None:
        self._forward, self._kept, self._stage, self._since = forward, dict[str, float](), "", time.perf_counter()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note the time at which a stage begins."""
        self._kept = self.seconds()
        self._stage, self._since = stage, time.perf_counter()
        self._forward(stage, done, total)

    def seconds(self) -> dict[str, float]:
        """Return the wall time of each stage up to now, in seconds, in the order in which the stages began."""
        if not self._stage:
            return {}
        now = self._kept.get(self._stage, 0.0) + time.perf_counter() - self._since
        return self._kept | {self._stage: now}
