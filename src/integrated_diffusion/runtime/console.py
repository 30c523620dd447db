"""Progress on a terminal, line by line if asked for, in a log; nothing is drawn into files and pipes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from integrated_diffusion.runtime import telling
from integrated_diffusion.runtime.progress import Plan, Progress, silent


@contextmanager
def progress_bar(console: Console | None = None, plan: Plan | None = None) -> Iterator[Progress]:
    """Show progress while the context lasts: a bar on a terminal, lines if stages are to be named.

    Parameters
    ----------
    console : rich.console.Console or None, default None
        Where to draw; `None` means stderr.
    plan : Plan or None, default None
        The stages to come. With it the bar is of the whole run, and says how long the rest will take.

    Yields
    ------
    Progress
        The callback that draws, and adds the stages to the log; `silent` if there is nobody to tell.
    """
    console, how, start = console or Console(stderr=True), telling.current(), time.perf_counter()
    is_drawn = console.is_terminal and not how.quiet and not how.verbose
    if not (is_drawn or how.verbose or how.log):
        yield silent
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn())
    ends = (MofNCompleteColumn(),) if plan is None else (TextColumn("{task.percentage:3.0f}%"),)
    rest = () if plan is None else (TextColumn("{task.fields[left]}"),)
    bar = RichProgress(
        *columns, *ends, TimeElapsedColumn(), *rest, console=console, transient=True, disable=not is_drawn
    )
    last = ""
    with bar:
        task = bar.add_task("starting", total=None if plan is None else 1.0, left="")

        def show(stage: str, done: int, total: int) -> None:
            nonlocal last
            seconds = time.perf_counter() - start
            if plan is None:
                bar.update(task, description=stage, completed=done, total=total)
            else:
                share = plan.share_done(stage, done, total)
                share = max(share, float(bar.tasks[0].completed))
                bar.update(task, description=stage, completed=share, left=_left(seconds, share))
            if stage != last:
                last = stage
                how.note(f"{seconds:8.1f} s  {stage}")
                if how.verbose:
                    console.print(f"{seconds:8.1f} s  {stage}", markup=False, highlight=False)

        yield show


def _left(seconds: float, share: float) -> str:
    """How long the rest will take, once enough is done to say so."""
    if share < 0.05 or seconds < 1:
        return ""
    minutes, rest = divmod(round(seconds * (1 - share) / share), 60)
    return f"about {minutes} min {rest:02d} s left" if minutes else f"about {rest} s left"
