"""A walk applied block by block gives what it gives at once, whatever the size of a block."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import DiffusionOperator, blocks
from integrated_diffusion.blocks import applied_in_blocks

N = 40


@pytest.fixture
def walk():
    X = np.random.default_rng(0).standard_normal((N, 3))
    K = np.exp(-((X[:, None] - X[None]) ** 2).sum(axis=2))
    return DiffusionOperator(sp.csr_array(K), "rna")


@pytest.fixture
def values():
    X = np.random.default_rng(1).poisson(0.5, (N, 11)).astype(np.float64)
    X[0] += 1
    return X


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("columns", [np.arange(11), np.array([7, 2, 2, 10]), np.array([3]), np.array([], dtype=int)])
@pytest.mark.parametrize("n_at_a_time", [1, 3, 100])
def test_the_same_as_at_once(walk, values, dtype, form, columns, n_at_a_time, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", n_at_a_time * N * np.dtype(dtype).itemsize)
    told = []
    found = list(applied_in_blocks(walk, form(values.astype(dtype)), columns, lambda *said: told.append(said)))
    assert [place.stop - place.start for place, _ in found] == [block.shape[1] for _, block in found]
    assert all(block.shape[1] <= n_at_a_time and block.dtype == dtype for _, block in found)
    assert [place.start for place, _ in found] == list(range(0, len(columns), n_at_a_time))
    assert told == [("denoising", start, len(columns)) for start in range(0, len(columns), n_at_a_time)]
    whole = np.hstack([np.empty((N, 0)), *(block for _, block in found)])
    expected = walk.toarray() @ values[:, columns]
    np.testing.assert_allclose(whole, expected, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_the_same_bits_whatever_the_form(walk, values):
    dense, *others = (
        np.hstack([block for _, block in applied_in_blocks(walk, form(values), np.arange(11))])
        for form in (np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array)
    )
    for other in others:
        np.testing.assert_array_equal(other, dense)


def test_a_block_is_at_least_one_column(walk, values, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1)
    assert [block.shape for _, block in applied_in_blocks(walk, values, np.arange(3))] == [(N, 1)] * 3


def test_no_more_than_a_block_is_dense():
    """200 samples of 50,000 features would take 80 MB; one block takes 0.5 MB."""
    X = sp.random_array((200, 50_000), density=0.002, rng=np.random.default_rng(0), format="csr")
    walk = DiffusionOperator(sp.csr_array(sp.eye_array(200)), "rna")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", 2**19)
        next(applied_in_blocks(walk, X, np.arange(5)))  # what is loaded once
        tracemalloc.start()
        for _ in applied_in_blocks(walk, X, np.arange(50_000)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * 2**20 + 2 * (X.data.nbytes + X.indices.nbytes + 50_001 * 4)


def test_one_feature_costs_no_second_copy_of_all():
    X = sp.random_array((200, 50_000), density=0.02, rng=np.random.default_rng(0), format="csr")
    walk = DiffusionOperator(sp.csr_array(sp.eye_array(200)), "rna")
    next(applied_in_blocks(walk, X, np.arange(5)))
    tracemalloc.start()
    next(applied_in_blocks(walk, X, np.array([7])))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.data.nbytes / 2
