"""Clusters of this machine."""

from __future__ import annotations

import atexit
import gc

import pytest

from integrated_diffusion.cluster.client import QuickExit, cluster_for


def test_workers_end_without_a_search_for_garbage(monkeypatch):
    registered = []
    monkeypatch.setattr(atexit, "register", registered.append)
    QuickExit().setup(None)
    assert registered == [gc.freeze]


def test_the_active_client_is_taken(client):
    assert cluster_for().client is client
    with pytest.raises(TypeError, match=r"client: expected a distributed.Client .* found 3"):
        cluster_for(3)
