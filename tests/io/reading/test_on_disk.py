"""Columns read from disk when needed are those of the whole view after its recipe."""

from __future__ import annotations

import tracemalloc

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion import DiffusionOperator
from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading import on_disk as module
from integrated_diffusion.io.reading import stored
from integrated_diffusion.io.reading.on_disk import on_disk
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.validation import as_view

N, N_FEATURES = 40, 23
FORMS = {"csr": sp.csr_matrix, "csc": sp.csc_matrix, "dense": np.asarray}
COLUMNS = [np.arange(N_FEATURES), np.array([5]), np.array([7, 2, 3, 4, 2, 22, 0])]


@pytest.fixture
def counts():
    X = np.random.default_rng(0).poisson(0.7, (N, N_FEATURES))
    X[:, 0] += 1
    X[:, 9] = 0  # a feature that is zero everywhere
    return X


@pytest.fixture(params=[10_000, 200])
def read_bytes(request, monkeypatch):
    monkeypatch.setattr(stored, "READ_BYTES", request.param)


def written(X, path):
    names = [f"f{i}" for i in range(X.shape[1])]
    anndata.AnnData(X, pd.DataFrame(index=[f"c{i}" for i in range(X.shape[0])]), pd.DataFrame(index=names)).write_h5ad(
        path
    )
    return Place(path, "X")


def dense(X):
    return X if isinstance(X, np.ndarray) else X.toarray()


@pytest.mark.usefixtures("read_bytes")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
def test_the_same_as_in_memory(counts, tmp_path, form, recipe, dtype):
    place = written(FORMS[form](counts.astype(dtype)), tmp_path / "a.h5ad")
    values = as_view(as_float(counts.astype(dtype)), "rna")
    whole = dense(RECIPES[recipe].normalise(values if form == "dense" else sp.csr_array(values)))
    found = on_disk(place, recipe)
    assert (found.shape, found.dtype) == (whole.shape, whole.dtype)
    tolerance = {"rtol": 2e-6, "atol": 1e-6} if whole.dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-14}
    for columns in COLUMNS:
        taken = found.take(columns)
        assert taken.dtype == whole.dtype
        assert sp.issparse(taken) == (form != "dense")
        np.testing.assert_allclose(dense(taken), whole[:, columns], **tolerance)


@pytest.mark.parametrize("form", FORMS)
def test_rows_in_another_order(counts, tmp_path, form):
    place = written(FORMS[form](counts.astype(np.float32)), tmp_path / "a.h5ad")
    rows = np.random.default_rng(1).permutation(N)
    np.testing.assert_array_equal(
        dense(on_disk(place, "rna", rows).take(COLUMNS[2])), dense(on_disk(place, "rna").take(COLUMNS[2]))[rows]
    )


@pytest.mark.usefixtures("read_bytes")
@pytest.mark.parametrize("form", FORMS)
def test_averages_of_what_is_on_disk(counts, tmp_path, form):
    rng = np.random.default_rng(2)
    operator = DiffusionOperator(sp.csr_array(np.exp(-(np.subtract.outer(*[rng.standard_normal(N)] * 2) ** 2))), "rna")
    place = written(FORMS[form](counts.astype(np.float32)), tmp_path / "a.h5ad")
    blocks = list(BlockedProduct(operator, on_disk(place, "rna"), np.arange(N_FEATURES)))
    expected = operator.toarray() @ RECIPES["rna"].normalise(counts.astype(np.float64))
    np.testing.assert_allclose(np.hstack([block for _, block in blocks]), expected, rtol=1e-5)


def test_numbers_that_float32_does_not_hold_stay_exact(tmp_path):
    X = np.array([[2**24 + 1, 1], [1, 2]])
    found = on_disk(written(sp.csr_matrix(X), tmp_path / "a.h5ad"), "none")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found.take(np.arange(2)).toarray(), X)
    assert found.take(np.array([1])).dtype == np.float64


@pytest.mark.parametrize("form", FORMS)
def test_fingerprints(counts, tmp_path, form):
    X = counts.astype(np.float32)
    first = on_disk(written(FORMS[form](X), tmp_path / "a.h5ad"), "rna").fingerprint()
    assert on_disk(written(FORMS[form](X), tmp_path / "b.h5ad"), "rna").fingerprint() == first
    X[3, 0] += 1
    place = written(FORMS[form](X), tmp_path / "c.h5ad")
    others = [
        on_disk(place, "rna").fingerprint(),
        on_disk(place, "protein").fingerprint(),
        on_disk(place, "rna", np.arange(N)[::-1]).fingerprint(),
    ]
    assert len({first, *others}) == 4


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("value", "message"), [(np.nan, "found NaN or infinity"), (-1, "found 1 negative values")])
def test_values_that_cannot_be(counts, tmp_path, form, value, message):
    X = counts.astype(np.float64)
    X[3, 4] = value
    with pytest.raises(ValueError, match=rf"a\.h5ad:X'?: expected .*{message}"):
        on_disk(written(FORMS[form](X), tmp_path / "a.h5ad"), "rna")


def test_damaged_places_and_unknown_encodings(counts, tmp_path):
    place = written(sp.csr_matrix(counts.astype(np.float32)), tmp_path / "a.h5ad")
    with h5py.File(place.file, "r+") as file:
        file["X/indices"][3] = 99
    with pytest.raises(ValueError, match=r"a\.h5ad:X: expected a whole sparse matrix, found a damaged one"):
        on_disk(place, "rna")
    with h5py.File(place.file, "r+") as file:
        file["X"].attrs["encoding-type"] = "dask"
    with pytest.raises(ValueError, match=r"expected a matrix encoded as csr_matrix, csc_matrix, array, found 'dask'"):
        on_disk(place, "rna")


@pytest.mark.parametrize("form", FORMS)
def test_the_view_is_never_in_memory(tmp_path, monkeypatch, form):
    """1,000 x 8,000 values, 32 MB dense and 6 MB sparse; parts and groups of a quarter of a megabyte, eight of them."""
    small = 2**18
    monkeypatch.setattr(stored, "READ_BYTES", small)
    monkeypatch.setattr("integrated_diffusion.operators.blockwise.GROUP_BYTES", small)
    X = sp.random_array((1_000, 8_000), density=0.1, rng=np.random.default_rng(0), dtype=np.float32, format="csr")
    place = written(FORMS[form](X.toarray()), tmp_path / "a.h5ad")

    def read():
        found = on_disk(place, "rna")
        assert found.n_bytes > 20 * small
        for start in range(0, 8_000, 800):
            found.take(np.arange(start, start + min(found.n_at_once(16), 16)))

    read()
    tracemalloc.start()
    read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * small
    assert module.group_of(16, 8_000, 32_000_000) == 64
