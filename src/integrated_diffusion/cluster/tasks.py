"""Tasks on a dask cluster: one function for every part of the data, and what comes back of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from distributed import Client, Future
from distributed.scheduler import KilledWorker

Parts: TypeAlias = list[Any]
"""Futures of what tasks return, one for each part of rows: it stays on the workers."""


_AT_ONCE = 8  # results that a task merges


class ClusterError(OSError):
    """The cluster lost a worker again and again, or the client lost the cluster."""


@dataclass(frozen=True, eq=False)
class Cluster:
    """A client of a dask cluster, through which every task is sent.

    Everything that tasks return can be computed again from what they were given, so that a worker that is lost costs
    time and changes nothing.

    Attributes
    ----------
    client : distributed.Client
        The client.
    """

    client: Client

    @property
    def n_threads(self) -> int:
        """Number of tasks that the cluster runs at once."""
        return max(1, sum(self.client.nthreads().values()))

    @property
    def memory_a_thread(self) -> float:
        """Bytes that the worker of least memory may use for each of its tasks; infinite without a limit or a worker."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return min(((worker["memory_limit"] or np.inf) / worker["nthreads"] for worker in workers), default=np.inf)

    def map(self, function: Callable[..., Any], *arguments: Iterable[Any]) -> Parts:
        """Run a function once for every item of the arguments, which may hold parts, on the workers.

        Parameters
        ----------
        function : callable
            A function of this package.
        *arguments : iterable
            Its arguments, all of the same length.
        """
        columns = [list(argument) for argument in arguments]
        if not columns[0]:
            return []
        if any(isinstance(value, Later) for column in columns for value in column):
            return self.now(self.later(function, *columns))
        return list(self.client.map(function, *columns, pure=False))

    @staticmethod
    def later(function: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
        """Say what to run for every item of the arguments; it becomes part of the task that needs the result.

        What is said here is used once: another use would compute it again.
        """
        return [Later(function, values) for values in zip(*arguments, strict=True)]

    def now(self, parts: Sequence[Any]) -> Parts:
        """Run what was said to be run later, one task for each part."""
        if not any(isinstance(part, Later) for part in parts):
            return list(parts)
        name = next(part.function.__name__ for part in parts if isinstance(part, Later))
        return list(self.client.map(run, [written(part) for part in parts], pure=False, key=name))

    def one(self, function: Callable[..., Any], *arguments: Any) -> Future:
        """Run a function once."""
        return self.client.submit(function, *arguments, pure=False)

    def put(self, value: Any) -> Future:
        """Hold a value on the workers that need it; it can be sent again if they are lost."""
        return self.one(same, value)

    def gather(self, parts: Sequence[Future]) -> list[Any]:
        """Bring small results to the client.

        Raises
        ------
        ClusterError
            If workers died of a task again and again, normally of too little memory.
        """
        try:
            return list(self.client.gather(list(parts)))
        except KilledWorker as error:
            raise ClusterError(
                "cluster: expected workers with enough memory, found that several died of one task; give workers more "
                "memory (--memory-per-worker), or take more workers"
            ) from error

    def reduced(self, function: Callable[..., Any], parts: Parts) -> Any:
        """Merge what all parts gave, some at a time, on the workers, and bring the result to the client.

        Parameters
        ----------
        function : callable
            From a list of results, in their order, to one of the same kind.
        parts : list of Future
            The results.
        """
        while len(parts) > 1:
            parts = self.map(function, [parts[i : i + _AT_ONCE] for i in range(0, len(parts), _AT_ONCE)])
        return self.gather(parts)[0]

    def computed(self, delayed: Sequence[Any]) -> Parts:
        """Compute delayed values and keep them on the workers."""
        return list(self.client.compute(list(delayed), optimize_graph=True))


@dataclass(frozen=True, eq=False)
class Later:
    """What a task is to run, some of whose arguments may be of this kind as well.

    Attributes
    ----------
    function : callable
        A function of this package.
    arguments : tuple
        Its arguments.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


_CALL = "call of a function"


def written(value: Any) -> Any:
    """Write what is to be run as nested lists, in which dask finds the results of other tasks."""
    if isinstance(value, Later):
        return [_CALL, value.function, *map(written, value.arguments)]
    return value


def run(value: Any) -> Any:
    """Run what `written` wrote."""
    if isinstance(value, list) and value and isinstance(value[0], str) and value[0] == _CALL:
        return value[1](*map(run, value[2:]))
    return value


def same(value: Any) -> Any:
    """Return the value."""
    return value


def item(values: Any, key: Any) -> Any:
    """Return one of several values."""
    return values[key]
