"""Clusters of this machine."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import subprocess
import sys
import time
from typing import Any

import anndata as ad
import dask
import numpy as np
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


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ("1kB", "memory_limit: expected at least 256MB, found 1kB; a worker cannot start in less"),
        ("4", "memory_limit: expected at least 256MB, found 4; a worker"),
        ("4 bananas", "Could not interpret 'bananas'"),
    ],
)
def test_memory_in_which_no_worker_starts_is_refused(size, message):
    with pytest.raises(ValueError, match=message):
        module.local_client(1, size)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes")
def test_an_interrupt_from_a_terminal_is_one_line(tmp_path):
    """A terminal sends it to workers as well."""
    rng = np.random.default_rng(0)
    for name in "ab":
        ad.AnnData(rng.standard_normal((3_000, 5))).write_h5ad(tmp_path / f"{name}.h5ad")
    words = ["run", "a.h5ad", "b.h5ad", "-o", "joint.zarr", "--workers", "1"]
    running = subprocess.Popen(
        [sys.executable, "-m", "integrated_diffusion", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert "dashboard" in running.stdout.readline()  # workers are there
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130
    assert said == "integrated-diffusion: stopped; no incomplete output was written\n"
    assert not (tmp_path / "joint.zarr").exists()
