"""Progress is a callback: the computation says where it is, and whoever watches decides what to show."""

from __future__ import annotations

import time
from typing import Protocol


class Progress(Protocol):
    """What is told about long work."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Hear that `done` of `total` parts are finished and that `stage` comes next."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


class Stopwatch:
    """Hears where long work is, tells it on, and keeps how long each stage took.

    Parameters
    ----------
    told
        Is told the same.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> watch("reading", 0, 2)
    >>> watch("fitting", 1, 2)
    >>> list(watch.seconds())
    ['reading', 'fitting']
    """

    def __init__(self, told: Progress = silent) -> None:
        self._told, self._kept, self._stage, self._since = told, dict[str, float](), "", time.perf_counter()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Hear that a stage comes next."""
        self._kept = self.seconds()
        self._stage, self._since = stage, time.perf_counter()
        self._told(stage, done, total)

    def seconds(self) -> dict[str, float]:
        """Seconds by stage, in the order in which they began, up to now."""
        if not self._stage:
            return {}
        now = self._kept.get(self._stage, 0.0) + time.perf_counter() - self._since
        return self._kept | {self._stage: now}
