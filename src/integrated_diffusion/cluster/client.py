"""The cluster that is used: a given client, the active one, or one of this machine that is started."""

from __future__ import annotations

import atexit
import gc
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

import dask
from dask.utils import parse_bytes
from distributed import Client, LocalCluster, WorkerPlugin, get_client

from integrated_diffusion.cluster.tasks import Cluster

_ALLOCATION = {"MALLOC_TRIM_THRESHOLD_": 2**28, "MALLOC_MMAP_THRESHOLD_": 2**25}
"""glibc keeps up to 256 MB that were freed, and takes arrays of up to 32 MB from it; other C libraries ignore both."""


LEAST_MEMORY = 256 * 10**6
"""Bytes of a worker's memory that its packages alone need: with less it never starts, and dask waits for it."""


class QuickExit(WorkerPlugin):  # type: ignore[misc]
    """Lets a worker's process end at once: Python would look for garbage in all modules before, for seconds."""

    name = "quick-exit"

    def setup(self, worker: Any) -> None:
        """Keep the collector from what is there when the process ends."""
        atexit.register(gc.freeze)


def local_client(n_workers: int | None = None, memory_limit: str = "auto") -> Client:
    """Start a cluster of this machine, processes of one thread each, and return its client, which ends it.

    Parameters
    ----------
    n_workers : int or None, default None
        Number of processes; one a core unless given.
    memory_limit : str, default 'auto'
        Memory of each of them.

    Raises
    ------
    ValueError
        If the memory is no size, or less than what a worker needs to start.
    """
    if memory_limit != "auto" and parse_bytes(memory_limit) < LEAST_MEMORY:
        raise ValueError(f"memory_limit: expected at least 256MB, found {memory_limit}; a worker cannot start in less")
    with dask.config.set({"distributed.nanny.pre-spawn-environ": _environment()}), _without_interrupts():
        cluster = LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            memory_limit=memory_limit,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,  # workers log heartbeats missed at shutdown as errors; failures are raised
        )
    client = Client(cluster)
    client.register_plugin(QuickExit())
    return client


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep an interrupt for later, and from the threads and processes that are started meanwhile, for good.

    A terminal sends it to all processes. The client's ends the others.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    sys.warnoptions.append("ignore:resource_tracker")  # workers that are ended leave it semaphores, which it removes
    resource_tracker.ensure_running()  # here, as it lets interrupts through again when it starts
    sys.warnoptions.remove("ignore:resource_tracker")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _environment() -> dict[str, Any]:
    """Variables with which workers begin: those of dask, but they keep some of the memory that arrays leave free.

    Every task makes arrays of the same sizes. Dask has workers return free memory to the system at once, and what the
    system hands out again must be cleared first, or even fetched from the host of a virtual machine.
    """
    return {**dask.config.get("distributed.nanny.pre-spawn-environ"), **_ALLOCATION}


def cluster_for(client: Any = None) -> Cluster:
    """Return the cluster of a client; of the active client unless given; else of a new one on this machine.

    Parameters
    ----------
    client : distributed.Client or None, default None
        The client.

    Raises
    ------
    TypeError
        If it is no client of a distributed cluster.
    """
    if client is None:
        try:
            client = get_client()
        except ValueError:
            client = local_client()
    if not isinstance(client, Client) or client.asynchronous:
        raise TypeError(
            f"client: expected a distributed.Client that is not asynchronous, found {client!r}; make one by "
            "distributed.Client(address)"
        )
    return Cluster(client)
