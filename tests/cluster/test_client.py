"""Clusters of this machine."""

from __future__ import annotations

import atexit
import gc
import os

import pytest

from integrated_diffusion.cluster.client import QuickExit, cluster_for

dask = pytest.importorskip("dask")


def test_workers_end_without_a_search_for_garbage(monkeypatch):
    registered = []
    monkeypatch.setattr(atexit, "register", registered.append)
    QuickExit().setup(None)
    assert registered == [gc.freeze]


def test_workers_keep_some_free_memory_and_other_clusters_are_left_as_they_are(client):
    for environment in client.run(lambda: dict(os.environ)).values():
        assert int(environment["MALLOC_TRIM_THRESHOLD_"]) == 2**28
        assert environment["OMP_NUM_THREADS"] == "1"
    assert dask.config.get("distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_") == 65_536


def test_the_active_client_is_taken(client):
    assert cluster_for().client is client
    with pytest.raises(TypeError, match=r"client: expected a distributed.Client .* found 3"):
        cluster_for(3)
