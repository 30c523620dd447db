"""What the command line tells, where to: a terminal, a log, or nobody."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LOG_WIDTH = 120


class NotToldError(OSError):
    """What was done could not be printed; all outputs are complete."""


@dataclass(frozen=True)
class Telling:
    """How a command tells what it does.

    Attributes
    ----------
    quiet : bool, default False
        Whether it tells nothing but warnings and mistakes.
    verbose : bool, default False
        Whether it names every stage in a line of its own.
    log : pathlib.Path or None, default None
        A file to which everything is added.
    """

    quiet: bool = False
    verbose: bool = False
    log: Path | None = None

    def note(self, text: str) -> None:
        """Add lines to the log, each with the time."""
        if self.log is None:
            return
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        with self.log.open("a", encoding="utf-8") as log:
            log.writelines(f"{now}  {line.rstrip()}\n" for line in text.splitlines())


_current: ContextVar[Telling] = ContextVar("telling", default=Telling())  # noqa: B039, it is frozen


def begin(telling: Telling) -> None:
    """Tell in this way from now on."""
    _current.set(telling)


def current() -> Telling:
    """How the command tells what it does."""
    return _current.get()


def tell(*parts: Any) -> None:
    """Print tables and lines, as they are, to stdout and to the log.

    Raises
    ------
    NotToldError
        If stdout cannot be written to, such as a full disk.
    """
    from rich.console import Console

    telling = current()
    if not telling.quiet:
        console = Console()
        try:
            for part in parts:
                console.print(part, markup=not isinstance(part, str))
            console.file.flush()
        except OSError as error:
            raise NotToldError(error.errno, error.strerror) from error
    if telling.log is not None:
        drawn = Console(width=_LOG_WIDTH, force_terminal=False, color_system=None)
        with drawn.capture() as text:
            for part in parts:
                drawn.print(part, markup=not isinstance(part, str))
        telling.note(text.get())
