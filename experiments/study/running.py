"""Cells in, results in the journal out: two processes, one thread each, progress on the terminal."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed, wait
from contextlib import contextmanager
from multiprocessing import get_context

from experiments.study.cells import Cell, Measured
from experiments.study.journal import Journal
from integrated_diffusion.runtime.console import progress_bar

Measure = Callable[[Cell], list[Measured]]

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def run(cells: Sequence[Cell], measure: Measure, journal: Journal[Cell, list[Measured]], pool: Executor) -> None:
    """Measure the cells that the journal does not have yet.

    Parameters
    ----------
    cells
        The work.
    measure
        Does one cell; found by name in the workers, so a function of a module.
    journal
        Where results go as they come.
    pool
        Who does it, see `workers`.
    """
    missing = [cell for cell in cells if cell not in journal]
    if not missing:
        return
    pending = {pool.submit(_quietly, measure, cell): cell for cell in missing}
    try:
        with progress_bar() as progress:
            for done, future in enumerate(as_completed(pending), start=len(cells) - len(missing) + 1):
                journal.keep(pending[future], future.result())
                progress(pending[future].experiment, done, len(cells))
    except BaseException as error:
        # A broken pool fails all that is left by itself; what is cancelled meanwhile would keep it from ending.
        broken = isinstance(error, BrokenExecutor)
        under_way = [future for future in pending if broken or not future.cancel()]
        for future in wait(under_way).done:  # what was under way when another cell failed is not lost
            if future.exception() is None and pending[future] not in journal:
                journal.keep(pending[future], future.result())
            elif future.exception() is error and not broken:
                error.add_note(f"in the cell {pending[future].key}")
        raise


@contextmanager
def workers(count: int, cells_each: int | None = None) -> Iterator[Executor]:
    """Processes that measure; what is not begun is dropped when something fails or the user stops the run.

    Parameters
    ----------
    count
        Number of processes, of one thread each.
    cells_each
        After how many cells a process is replaced, so that memory is that of its own cells; never unless given.
    """
    # Set before the workers load their linear algebra; a forked one would have loaded it already.
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), max_tasks_per_child=cells_each)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings: graphs in pieces and joined noiseless graphs are part of what is studied, not news."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _quietly(measure: Measure, cell: Cell) -> list[Measured]:
    with quiet():
        return measure(cell)
