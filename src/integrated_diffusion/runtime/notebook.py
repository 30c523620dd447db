"""Progress in a notebook: one line under the cell that is overwritten, and gone when the work is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from importlib import import_module

from integrated_diffusion.runtime.progress import Progress

_LEAST_SECONDS = 0.1  # between two updates, which are messages to a browser


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook. Nothing is imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


@contextmanager
def notebook_bar() -> Iterator[Progress]:
    """Show progress under the cell while the context lasts.

    Yields
    ------
    Progress
        The callback that shows it.
    """
    display = import_module("IPython.display")  # untyped, and there in every notebook

    start, shown = time.perf_counter(), -_LEAST_SECONDS
    handle = display.display(display.HTML(""), display_id=True)

    def show(stage: str, done: int, total: int) -> None:
        nonlocal shown
        seconds = time.perf_counter() - start
        if seconds - shown < _LEAST_SECONDS:
            return
        shown = seconds
        bar = f'<progress value="{done}" max="{max(total, 1)}"></progress>'
        handle.update(display.HTML(f"{bar} {escape(stage)} ({done}/{total}), {seconds:.0f} s"))

    try:
        yield show
    finally:
        handle.update(display.HTML(""))
