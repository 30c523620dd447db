"""Progress bars on a terminal; nothing is drawn into files and pipes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from integrated_diffusion.runtime.progress import Progress, silent


@contextmanager
def progress_bar(console: Console | None = None) -> Iterator[Progress]:
    """Show progress while the context lasts, if the console is a terminal.

    Parameters
    ----------
    console : rich.console.Console or None, default None
        Where to draw; `None` means stderr.

    Yields
    ------
    Progress
        The callback that draws; `silent` if the console is no terminal.
    """
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        yield show
