"""An operator applied in blocks gives what it gives at once, whatever the size of a block."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import DiffusionOperator
from integrated_diffusion.operators import blockwise as blocks
from integrated_diffusion.operators.blockwise import BlockedProduct, applied_in_blocks

N = 40


@pytest.fixture
def operator():
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
def test_the_same_as_at_once(operator, values, dtype, form, columns, n_at_a_time, monkeypatch):
    monkeypatch.setattr(blocks, "MIN_COLUMNS", 1)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", n_at_a_time * N * np.dtype(dtype).itemsize)
    reported = []
    found = list(applied_in_blocks(operator, form(values.astype(dtype)), columns, lambda *said: reported.append(said)))
    assert [place.stop - place.start for place, _ in found] == [block.shape[1] for _, block in found]
    assert all(block.shape[1] <= n_at_a_time and block.dtype == dtype for _, block in found)
    assert [place.start for place, _ in found] == list(range(0, len(columns), n_at_a_time))
    assert reported == [("denoising", start, len(columns)) for start in range(0, len(columns), n_at_a_time)]
    whole = np.hstack([np.empty((N, 0)), *(block for _, block in found)])
    expected = operator.toarray() @ values[:, columns]
    np.testing.assert_allclose(whole, expected, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_the_same_bits_whatever_the_form(operator, values):
    dense, *others = (
        np.hstack([block for _, block in applied_in_blocks(operator, form(values), np.arange(11))])
        for form in (np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array)
    )
    for other in others:
        np.testing.assert_array_equal(other, dense)


def test_the_width_of_a_block_is_sixty_four_where_it_can_be(operator, monkeypatch):
    X = np.random.default_rng(2).standard_normal((N, 200))
    for n_fitting, widths in ((0, [16] * 12 + [8]), (7, [16] * 12 + [8]), (8, [64] * 3 + [8]), (140, [128, 72])):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", n_fitting * N * 8)
        found = list(applied_in_blocks(operator, X, np.arange(200)))
        assert [block.shape for _, block in found] == [(N, width) for width in widths]


def test_no_more_than_a_block_is_dense():
    """200 samples of 50,000 features would take 80 MB; one block takes 0.5 MB."""
    X = sp.random_array((200, 50_000), density=0.002, rng=np.random.default_rng(0), format="csr")
    operator = DiffusionOperator(sp.csr_array(sp.eye_array(200)), "rna")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", 2**19)
        next(applied_in_blocks(operator, X, np.arange(5)))  # what is loaded once
        tracemalloc.start()
        for _ in applied_in_blocks(operator, X, np.arange(50_000)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * 2**20 + 2 * (X.data.nbytes + X.indices.nbytes + 50_001 * 4)


def test_one_feature_costs_no_second_copy_of_all():
    X = sp.random_array((200, 50_000), density=0.02, rng=np.random.default_rng(0), format="csr")
    operator = DiffusionOperator(sp.csr_array(sp.eye_array(200)), "rna")
    next(applied_in_blocks(operator, X, np.arange(5)))
    tracemalloc.start()
    next(applied_in_blocks(operator, X, np.array([7])))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.data.nbytes / 2


@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_array])
def test_groups_of_sparse_columns_are_the_whole(operator, values, form, monkeypatch):
    """Eleven columns in groups of two, and blocks of one."""
    X, columns = form(values), np.array([3, 1, 1, 10, 0, 7, 2])
    monkeypatch.setattr(blocks, "MIN_COLUMNS", 1)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", N * 8)
    expected = list(applied_in_blocks(operator, X, columns))
    monkeypatch.setattr(blocks, "GROUP_BYTES", X.nnz * 12 * 2 // 11 + 1)
    found = list(applied_in_blocks(operator, X, columns))
    for (place, block), (expected_place, expected_block) in zip(found, expected, strict=True):
        assert place == expected_place
        np.testing.assert_array_equal(block, expected_block)
    np.testing.assert_allclose(
        np.hstack([block for _, block in found]), operator.toarray() @ values[:, columns], rtol=1e-12
    )


def test_all_features_of_a_large_matrix_cost_no_second_copy(monkeypatch):
    """The group that is at work is taken out of the matrix: indexed, turned to columns, and the one before it."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1)
    monkeypatch.setattr(blocks, "GROUP_BYTES", 2**17)
    X = sp.random_array((200, 50_000), density=0.05, rng=np.random.default_rng(0), format="csr")
    operator = DiffusionOperator(sp.csr_array(sp.eye_array(200)), "rna")
    next(applied_in_blocks(operator, X, np.arange(5)))
    tracemalloc.start()
    for _ in applied_in_blocks(operator, X, np.arange(50_000)):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**17 < X.data.nbytes / 3


@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array])
def test_from_any_block_on(operator, form, monkeypatch):
    X = form(np.random.default_rng(3).poisson(0.5, (N, 50)).astype(np.float32))
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1)
    averages = BlockedProduct(operator, X, np.arange(50))
    every = list(averages)
    for first in (16, 32, 48, 50):
        rest = list(averages.from_column(first))
        assert [place for place, _ in rest] == [place for place, _ in every if place.start >= first]
        for (_, block), (_, expected) in zip(rest[::-1], every[::-1], strict=False):
            np.testing.assert_array_equal(block, expected)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_a_fingerprint_differs_with_each_input(operator, values, form):
    def changed(X):
        other = X.copy()
        (other if isinstance(other, np.ndarray) else other.data)[-1] += 1
        return other

    X, every = form(values), np.arange(11)
    first = BlockedProduct(operator, X, every)
    assert BlockedProduct(operator, X.copy(), every.copy(), stage="another").fingerprint() == first.fingerprint()
    others = [
        BlockedProduct(operator @ operator, X, every),
        BlockedProduct(operator, changed(X), every),
        BlockedProduct(operator, X, every[::-1]),
        BlockedProduct(operator, X, every[:-1]),
        BlockedProduct(operator, X.astype(np.float32), every),
        BlockedProduct(DiffusionOperator(changed_affinity(operator)), X, every),
    ]
    assert len({averages.fingerprint() for averages in [first, *others]}) == 1 + len(others)


def changed_affinity(operator):
    K = operator.matrix.toarray() * np.asarray(operator.degrees)[:, None]
    K[3, 7] = K[7, 3] = K[3, 7] + 1e-3
    return sp.csr_array(K)
