"""Both solvers give the eigenpairs of the dense matrix, and the spectra are what their names say."""

import numpy as np
import pytest

from benchmarks import eigenpairs
from integrated_diffusion import diffusion_operator

N_SAMPLES, N_PAIRS = 900, 6


@pytest.fixture(scope="module", params=[eigenpairs.crowded, eigenpairs.separated], ids=["crowded", "separated"])
def operator(request):
    return diffusion_operator(request.param(N_SAMPLES, N_PAIRS))


@pytest.mark.parametrize("solve", [eigenpairs.own, eigenpairs.arpack])
def test_the_leading_values_are_those_of_the_dense_matrix(operator, solve):
    values, vectors = solve(operator, N_PAIRS)
    dense = np.linalg.eigvalsh(operator.conjugate.toarray())
    np.testing.assert_allclose(values, dense[np.argsort(-np.abs(dense))[:N_PAIRS]], atol=1e-10)
    assert eigenpairs.residual(operator, values, vectors) < 1e-6
    assert eigenpairs.residual(operator, values + 0.01, vectors) > 1e-3


def test_a_gap_follows_the_groups_and_none_the_plane():
    gaps = {}
    for draw in (eigenpairs.crowded, eigenpairs.separated):
        values = np.linalg.eigvalsh(diffusion_operator(draw(N_SAMPLES, N_PAIRS)).conjugate.toarray())[::-1]
        gaps[draw.__name__] = values[N_PAIRS - 1] - values[N_PAIRS]
    assert gaps["separated"] > 0.1
    assert gaps["crowded"] < 0.05
