"""The cluster that is used: a given client, the active one, or one of this machine that is started."""

from __future__ import annotations

import logging
from typing import Any

from integrated_diffusion.cluster.tasks import Cluster


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
    from distributed import Client, get_client

    if client is None:
        try:
            client = get_client()
        except ValueError:
            client = Client(processes=True, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.ERROR)
    if not isinstance(client, Client) or client.asynchronous:
        raise TypeError(
            f"client: expected a distributed.Client that is not asynchronous, found {client!r}; make one by "
            "distributed.Client(address)"
        )
    return Cluster(client)
