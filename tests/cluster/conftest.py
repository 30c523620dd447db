"""One cluster of two processes for all tests of this folder."""

from __future__ import annotations

import pytest

pytest.importorskip("distributed")


@pytest.fixture(scope="session")
def client():
    from integrated_diffusion.cluster.client import local_client

    client = local_client(2)
    with client.cluster, client:
        yield client
