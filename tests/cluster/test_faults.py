"""A worker that is killed changes nothing, and what cannot go on ends with one line."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

from clustered import as_dask, two_views
from integrated_diffusion import IntegratedDiffusion

pytestmark = pytest.mark.slow


def kill_after(client, seconds):
    """Kill a worker some time from now, and say when it is done."""
    killed = []

    def kill():
        for wait in seconds:
            time.sleep(wait)
            pids = []
            while not pids:  # a worker that is just starting does not answer
                pids = [pid for pid in client.run(os.getpid, on_error="ignore").values() if pid not in killed]
            pid = pids[0]
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread, killed


@pytest.mark.parametrize("seconds", [(1.0, 3.0), (2.5, 2.0)])
def test_workers_that_are_killed_twice_change_nothing(seconds):
    from distributed import Client, LocalCluster

    views = two_views(3_000)
    settings = {"n_components": 6}
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        expected = IntegratedDiffusion(**settings).fit(as_dask(views), client=client).embedding_.compute()
        thread, killed = kill_after(client, seconds)
        model = IntegratedDiffusion(**settings).fit(as_dask(views), client=client)
        found = model.embedding_.compute()
        thread.join()
        assert len(set(killed)) == 2
        assert abs(found - expected).max() <= 1e-9 * abs(expected).max()
        denoised = model.denoise("a", power=1, features=[0]).compute()
        assert np.isfinite(denoised).all()


def die(value):
    """End the process that computes it, as the system does when memory is short."""
    os._exit(1)


def test_a_task_that_ends_one_worker_after_another_is_one_error():
    import dask
    from distributed import Client, LocalCluster

    from integrated_diffusion.cluster.tasks import Cluster, ClusterError

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as local,
        Client(local) as client,
    ):
        cluster = Cluster(client)
        with pytest.raises(ClusterError, match=r"expected workers with enough memory.*give workers more memory"):
            cluster.gather(cluster.map(die, [1]))
