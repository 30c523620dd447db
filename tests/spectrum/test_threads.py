"""Tall blocks go through in chunks: a dense product's numbers, and the same bits with one thread or several."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.embedding.singular import leading_coordinates
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.spectrum import LanczosQuadrature, chunks, eigenvalues, leading_eigenpairs, singular_values

N = 40_000
"""More rows than a chunk has."""


def towns(n_jobs):
    """Eight towns of random acquaintances, few of them between towns: eight leading values, and a gap."""
    rng = np.random.default_rng(0)
    town = rng.integers(8, size=N)
    order = np.argsort(town, kind="stable")
    rows = np.repeat(order, 4)
    columns = np.concatenate([rng.permutation(order[town[order] == k].repeat(4)) for k in range(8)])
    far = rng.uniform(size=len(columns)) < 0.05
    columns[far] = rng.integers(N, size=far.sum())
    A = sp.csr_array((rng.uniform(0.5, 1, len(rows)), (rows, columns)), shape=(N, N))
    return DiffusionOperator(sp.csr_array(A + A.T + sp.eye_array(N)), "towns", n_jobs)


ASKED = {
    "eigenvalues": lambda P: eigenvalues(P, LanczosQuadrature(n_probes=6, n_steps=8, n_deflated=8, n_blocks=2)),
    "singular values": lambda P: singular_values(P @ P, LanczosQuadrature(6, 8, 8, 2)),
    "eigenpairs": lambda P: leading_eigenpairs(P, 4, tolerance=1e-3),
    "coordinates": lambda P: leading_coordinates(P**3, 3),
    "a product": lambda P: P**3 @ np.random.default_rng(1).standard_normal((N, 20)),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_no_bit_depends_on_the_number_of_threads(ask):
    one, three = (ask(towns(n_jobs)) for n_jobs in (1, 3))
    for left, right in zip(_arrays(one), _arrays(three), strict=True):
        np.testing.assert_array_equal(left, right)


def _arrays(answer):
    if hasattr(answer, "probe_nodes"):
        return [answer.nodes, answer.weights, answer.probe_nodes, answer.probe_weights]
    return answer if isinstance(answer, tuple) else [answer]


@pytest.mark.parametrize("n", [10, 300])
def test_chunks_are_the_whole(n, monkeypatch):
    monkeypatch.setattr(chunks, "_ROWS", 64)
    rng = np.random.default_rng(2)
    basis, block, shares = rng.standard_normal((n, 5)), rng.standard_normal((n, 3)), rng.standard_normal((5, 3))
    np.testing.assert_allclose(chunks.overlaps(basis, block), basis.T @ block, rtol=0, atol=1e-12)
    np.testing.assert_allclose(chunks.combined(basis, shares), basis @ shares, rtol=0, atol=1e-13)
    left = block.copy()
    chunks.take_off(left, basis, shares)
    np.testing.assert_allclose(left, block - basis @ shares, rtol=0, atol=1e-13)
