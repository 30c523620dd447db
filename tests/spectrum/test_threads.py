"""Solvers give the same bits with one thread, with several, and in the plain workspace."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.embedding.singular import leading_coordinates
from integrated_diffusion.operators import DiffusionOperator, Workspace
from integrated_diffusion.spectrum import LanczosQuadrature, eigenvalues, leading_eigenpairs, singular_values

N = 40_000
"""More rows than a chunk has."""


def clusters(n_jobs):
    """A random graph of eight clusters with few edges between them: eight leading values, and a gap."""
    rng = np.random.default_rng(0)
    cluster = rng.integers(8, size=N)
    order = np.argsort(cluster, kind="stable")
    rows = np.repeat(order, 4)
    columns = np.concatenate([rng.permutation(order[cluster[order] == k].repeat(4)) for k in range(8)])
    far = rng.uniform(size=len(columns)) < 0.05
    columns[far] = rng.integers(N, size=far.sum())
    A = sp.csr_array((rng.uniform(0.5, 1, len(rows)), (rows, columns)), shape=(N, N))
    return DiffusionOperator(sp.csr_array(A + A.T + sp.eye_array(N)), "clusters", n_jobs)


SOLVERS = {
    "eigenvalues": lambda P: eigenvalues(P, LanczosQuadrature(n_probes=6, n_steps=8, n_deflated=8, n_blocks=2)),
    "singular values": lambda P: singular_values(P @ P, LanczosQuadrature(6, 8, 8, 2)),
    "eigenpairs": lambda P: leading_eigenpairs(P, 4, tolerance=1e-3),
    "coordinates": lambda P: leading_coordinates(P**3, 3),
    "a product": lambda P: P**3 @ np.random.default_rng(1).standard_normal((N, 20)),
}


@pytest.mark.parametrize("solve", SOLVERS.values(), ids=SOLVERS)
def test_no_bit_depends_on_the_number_of_threads(solve):
    one, three = (solve(clusters(n_jobs)) for n_jobs in (1, 3))
    for left, right in zip(_arrays(one), _arrays(three), strict=True):
        np.testing.assert_array_equal(left, right)


def _arrays(answer):
    if hasattr(answer, "probe_nodes"):
        return [answer.nodes, answer.weights, answer.probe_nodes, answer.probe_weights]
    return answer if isinstance(answer, tuple) else [answer]


IN_ANY_WORKSPACE = {
    "eigenvalues": lambda P, kind: eigenvalues(P, LanczosQuadrature(6, 8, 8, 2), kind=kind),
    "singular values": lambda P, kind: singular_values(P @ P, LanczosQuadrature(6, 8, 8, 2), kind=kind),
    "eigenpairs": lambda P, kind: leading_eigenpairs(P, 4, tolerance=1e-3, kind=kind),
}


@pytest.mark.parametrize("solve", IN_ANY_WORKSPACE.values(), ids=IN_ANY_WORKSPACE)
def test_no_bit_depends_on_the_workspace(solve):
    compiled, plain = (solve(clusters(2), kind) for kind in (None, Workspace))
    for left, right in zip(_arrays(compiled), _arrays(plain), strict=True):
        np.testing.assert_array_equal(left, right)
