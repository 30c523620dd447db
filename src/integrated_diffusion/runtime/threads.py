"""Threads: as many as asked for, and the same bits whatever the number."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


def n_threads(n_jobs: int | None) -> int:
    """Turn scikit-learn's `n_jobs` into a number of threads: `None` is all cores, `-1` too, `-2` all but one."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs is None:
        return n_cores
    if n_jobs == 0:
        raise ValueError("n_jobs: expected a number of threads other than 0, found 0; use None for all cores")
    return n_jobs if n_jobs > 0 else max(1, n_cores + 1 + n_jobs)


def map_threads(function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int | None) -> list[Result]:
    """Apply `function` to every item, several at a time, and keep the order.

    The thread that calls takes items as well, and waits for nobody who has not begun: so calls may be nested.
    """
    items = list(items)
    n_helpers = min(n_threads(n_jobs), len(items)) - 1
    if n_helpers < 1:
        return [function(item) for item in items]
    results: list[Any] = [None] * len(items)
    left, asked = iter(range(len(items))), [function]

    def work() -> None:
        try:
            for place in left:
                results[place] = asked[0](items[place])
        finally:
            deque(left, maxlen=0)  # after an error nobody begins another

    helpers = [_pool(n_helpers).submit(work) for _ in range(n_helpers)]
    try:
        work()
    finally:
        begun = [helper for helper in helpers if not helper.cancel()]
        wait(begun)
        asked.clear()  # who has not begun keeps nothing alive
    for helper in begun:
        helper.result()
    return results


@cache
def _pool(n_helpers: int) -> ThreadPoolExecutor:
    """Threads that wait to be asked: to start new ones takes as long as a product with a small block."""
    return ThreadPoolExecutor(n_helpers)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads stay behind


def one_thread() -> AbstractContextManager[Any]:
    """Hold the libraries to one thread each while sums are made whose order would depend on how many there are."""
    limits: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limits


def one_blas_thread() -> AbstractContextManager[Any]:
    """Hold linear algebra to one thread: its many small products lose more by waiting for each other than they gain."""
    limits: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limits


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
