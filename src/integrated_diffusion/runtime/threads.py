"""Threads: a given number of them, and the same bits whatever the number.

The threads are daemons that wait for work in a queue, and no lock is held while they work. So a process never waits for
them when it ends, and a `KeyboardInterrupt` at any moment leaves nothing behind that a later call would wait for.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import cache
from numbers import Integral
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


def n_threads(n_jobs: int | None) -> int:
    """Return the number of threads that scikit-learn's `n_jobs` stands for.

    Parameters
    ----------
    n_jobs : int or None
        Number of threads. `None` and `-1` mean all cores that this process may use, `-2` all but one.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    TypeError
        If `n_jobs` is no whole number.
    ValueError
        If it is 0.
    """
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs is None:
        return n_cores
    if not isinstance(n_jobs, Integral):
        raise TypeError(f"n_jobs: expected a whole number or None, found {n_jobs!r}; use None for all cores")
    if n_jobs == 0:
        raise ValueError("n_jobs: expected a number of threads other than 0, found 0; use None for all cores")
    return n_jobs if n_jobs > 0 else max(1, n_cores + 1 + n_jobs)


def map_threads(function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int | None) -> list[Result]:
    """Apply a function to every item, several at a time.

    The calling thread works too, and waits only for threads that have begun an item, so calls may be nested. After an
    error or a `KeyboardInterrupt` no further item is begun, and the call ends when the items in work are done; a second
    `KeyboardInterrupt` ends the wait for these. So items should be short: a few tenths of a second.

    Parameters
    ----------
    function : callable
        Called with one item; should release the global interpreter lock.
    items : iterable
        The items.
    n_jobs : int or None
        Number of threads, see `n_threads`.

    Returns
    -------
    list
        What the function returned, in the order of the items.
    """
    items = list(items)
    n_helpers = min(n_threads(n_jobs), len(items)) - 1
    if n_helpers < 1:
        return [function(item) for item in items]
    call = _Call(function, items, n_helpers)
    try:
        queue = _queue_of(n_helpers)
        for _ in range(n_helpers):
            queue.put(call)
        call.work()
    finally:
        results, errors = call.close()
    if errors:
        raise errors[0]
    return results


class _Call(Generic[Item, Result]):
    """The items of one call of `map_threads`, shared by the threads that work on them.

    Every step that threads could disagree about is one operation of a range iterator, a deque or a queue, each of which
    the interpreter does as a whole.
    """

    def __init__(self, function: Callable[[Item], Result], items: list[Item], n_helpers: int) -> None:
        self.results: list[Any] = [None] * len(items)
        self._work, self._left = [(function, items)], iter(range(len(items)))
        self._places = deque(range(n_helpers))
        self._ended: SimpleQueue[BaseException | None] = SimpleQueue()
        self._n_helpers = n_helpers

    def work(self) -> None:
        """Take items until none is left; after an error none is left for the other threads either."""
        function, items = self._work[0]
        try:
            for place in self._left:
                self.results[place] = function(items[place])
        finally:
            self._stop()

    def help(self) -> None:
        """Do the same in a helping thread, and tell how it ended; nothing if the call is over."""
        try:
            self._places.pop()
        except IndexError:
            return
        error = None
        try:
            self.work()
        except BaseException as raised:  # raised again in the thread that called
            error = raised
        self._ended.put(error)

    def close(self) -> tuple[list[Result], list[BaseException]]:
        """Let no helper begin any more, wait for those that have begun, and return the results and their errors.

        Helpers that are busy with items of an outer call find this one in their queue long after: it keeps nothing
        alive by then.
        """
        self._stop()
        n_begun = self._n_helpers
        while self._places:
            try:
                self._places.pop()
            except IndexError:  # a helper was quicker
                break
            n_begun -= 1
        ended = [self._ended.get() for _ in range(n_begun)]
        self._work.clear()
        results, self.results = self.results, []
        return results, [error for error in ended if error is not None]

    def _stop(self) -> None:
        deque(self._left, maxlen=0)


@cache
def _queue_of(n_helpers: int) -> SimpleQueue[_Call[Any, Any]]:
    """Return the queue of so many waiting threads: to start new ones takes as long as a product with a small block."""
    queue: SimpleQueue[_Call[Any, Any]] = SimpleQueue()

    def help_forever() -> None:
        while True:
            queue.get().help()

    for number in range(n_helpers):
        threading.Thread(target=help_forever, name=f"map_threads {number + 1} of {n_helpers}", daemon=True).start()
    return queue


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_queue_of.cache_clear)  # a child has none of its parent's threads


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which each library uses one thread, for sums whose order would depend on their number."""
    limits: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limits


def one_blas_thread() -> AbstractContextManager[Any]:
    """Return a context in which linear algebra uses one thread: many small products are slower with several."""
    limits: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limits


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
