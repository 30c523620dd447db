"""Progress is a callback: the computation says which stage it has reached, and the callback shows it or not."""

from __future__ import annotations

import time
from typing import Protocol


class Progress(Protocol):
    """A callback that long work calls at each of its stages."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take notice that `done` of `total` parts are finished and that `stage` comes next."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


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
