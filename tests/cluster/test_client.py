"""Clusters of this machine."""

from __future__ import annotations

import atexit
import gc
from typing import Any

import dask
import pytest

from integrated_diffusion.cluster import client as module
from integrated_diffusion.cluster.client import QuickExit, cluster_for


def test_workers_end_without_a_search_for_garbage(monkeypatch):
    registered = []
    monkeypatch.setattr(atexit, "register", registered.append)
    QuickExit().setup(None)
    assert registered == [gc.freeze]


def test_workers_keep_some_free_memory_and_other_clusters_are_left_as_they_are(monkeypatch):
    seen, key = [], "distributed.nanny.pre-spawn-environ"
    before = dict(dask.config.get(key))

    def started(**_: Any) -> None:
        seen.append(dask.config.get(key))
        raise OSError("no cluster")

    monkeypatch.setattr(module, "LocalCluster", started)
    with pytest.raises(OSError, match="no cluster"):
        module.local_client(2)
    assert seen == [{**before, "MALLOC_TRIM_THRESHOLD_": 2**28, "MALLOC_MMAP_THRESHOLD_": 2**25}]
    assert dask.config.get(key) == before


def test_the_active_client_is_taken(client):
    assert cluster_for().client is client
    with pytest.raises(TypeError, match=r"client: expected a distributed.Client .* found 3"):
        cluster_for(3)
