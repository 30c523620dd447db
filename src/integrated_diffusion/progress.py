"""Progress is a callback: the computation says where it is, and whoever watches decides what to show."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What is told about long work."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Hear that `done` of `total` parts are finished and that `stage` comes next."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""
