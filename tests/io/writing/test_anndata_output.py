"""Blocks of columns become one matrix, dense or sparse, in memory or in a file, in the same numbers."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion import DiffusionOperator
from integrated_diffusion.io.writing import StartedAnewWarning, Tables
from integrated_diffusion.io.writing.denoised import write_anndata
from integrated_diffusion.io.writing.formats import ANNDATA_SUFFIXES
from integrated_diffusion.io.writing.in_memory import gathered
from integrated_diffusion.operators.blockwise import BlockedProduct

SHAPE = (9, 7)


@pytest.fixture
def values():
    return np.random.default_rng(0).standard_normal(SHAPE)


def test_what_is_as_large_as_the_threshold_stays(array_blocks):
    values = np.array([[0.5, -0.5, 0.25, -0.75]])
    found = gathered(array_blocks(values, 2), values.shape, 0.5)
    np.testing.assert_array_equal(found.toarray(), [[0.5, -0.5, 0, -0.75]])


def cut(values, threshold):
    """What is left in float32, by hand."""
    kept = values.astype(np.float32)
    return kept if threshold is None else np.where(np.abs(kept) >= threshold, kept, np.float32(0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("threshold", [None, 0.5, 100.0])
def test_gathered(array_blocks, values, dtype, size, threshold):
    values = values.astype(dtype)
    found = gathered(array_blocks(values, size), SHAPE, threshold)
    assert found.dtype == np.float32
    assert found.shape == SHAPE
    if threshold is not None:
        assert isinstance(found, sp.csr_array)
        assert found.nnz == np.count_nonzero(cut(values, threshold))
        assert found.has_canonical_format
        found = found.toarray()
    np.testing.assert_array_equal(found, cut(values, threshold))


@pytest.fixture
def tables():
    obs = pd.DataFrame({"kind": pd.Categorical(list("abcabcabc"))}, [f"cell{i}" for i in range(9)])
    return obs, pd.DataFrame({"long": np.arange(7)}, [f"gene{i}" for i in range(7)])


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("threshold", [None, 0.5, 100.0])
def test_written_as_anndata_reads_it(array_blocks, values, tables, tmp_path, size, threshold):
    described = Tables(*tables, {"how": {"power": 2}})
    path = write_anndata(array_blocks(values, size), described, tmp_path / "a.h5ad", threshold)
    for backed in (None, "r"):
        found = anndata.read_h5ad(path, backed=backed)
        X = found[:].to_memory().X
        assert sp.issparse(X) == (threshold is not None)
        assert X.dtype == np.float32
        np.testing.assert_array_equal(X.toarray() if sp.issparse(X) else X, cut(values, threshold))
        pd.testing.assert_frame_equal(found.obs, tables[0])
        pd.testing.assert_frame_equal(found.var, tables[1])
        assert found.uns["how"] == {"power": 2}
    found.file.close()


@pytest.mark.parametrize("threshold", [0.0, -1.0, np.nan, np.inf, True])
def test_thresholds_that_make_no_sense(array_blocks, values, tables, tmp_path, threshold):
    with pytest.raises(ValueError, match="threshold: expected a finite number above 0"):
        gathered(array_blocks(values, 3), SHAPE, threshold)
    with pytest.raises(ValueError, match="threshold: expected a finite number above 0"):
        write_anndata(array_blocks(values, 3), Tables(*tables), tmp_path / "a.h5ad", threshold)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("threshold", [None, 0.5])
def test_what_is_not_whole_leaves_nothing(array_blocks, values, tables, tmp_path, threshold):
    short = array_blocks(values[:, :5], 3)
    with pytest.raises(ValueError, match="expected 7 columns, found 5"):
        write_anndata(short, Tables(*tables), tmp_path / "a.h5ad", threshold)
    assert not list(tmp_path.iterdir())
    path = write_anndata(array_blocks(values, 3), Tables(*tables), tmp_path / "a.h5ad", threshold)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="expected 7 columns"):
        write_anndata(short, Tables(*tables), path, threshold)
    assert path.read_bytes() == before


def test_other_outputs(array_blocks, values, tables, tmp_path):
    with pytest.raises(ValueError, match=r"expected an output that ends in \.h5ad or \.zarr, found '\.csv'"):
        write_anndata(array_blocks(values, 3), Tables(*tables), tmp_path / "a.csv")
    with pytest.raises(ValueError, match=r"expected an output that ends in \.h5ad, found '\.zarr'"):
        write_anndata(array_blocks(values, 3), Tables(*tables), tmp_path / "a.zarr", 0.5)


@pytest.mark.parametrize("suffix", ANNDATA_SUFFIXES)
def test_tables_that_changed_are_not_gone_on_with(values, tables, tmp_path, suffix):
    """Writing resumes where it was stopped, but not with another table of samples."""
    obs = tables[0]
    rest = np.arange(70) % 7
    wide = pd.DataFrame({"long": np.arange(70)}, [f"gene{i}" for i in range(70)])
    operator, path = DiffusionOperator(sp.csr_array(np.eye(9) + 1), "rna"), tmp_path / f"a{suffix}"
    reported = []

    def averages(stop_at):
        def progress(stage, done, total):
            reported.append(done)
            if done == stop_at:
                raise KeyboardInterrupt

        return BlockedProduct(operator, values, rest, progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("integrated_diffusion.operators.blockwise.BLOCK_BYTES", 1)
        for stop_at in (48, 64):
            with pytest.raises(KeyboardInterrupt):
                write_anndata(averages(stop_at), Tables(obs, wide), path)
        assert reported == [0, 16, 32, 48, 48, 64]
        with pytest.warns(StartedAnewWarning):
            write_anndata(averages(None), Tables(obs.assign(kind="z"), wide), path)
    found = anndata.read_h5ad(path) if suffix == ".h5ad" else anndata.io.read_zarr(path)
    np.testing.assert_allclose(found.X, operator.toarray() @ values[:, rest], rtol=1e-5, atol=1e-6)
    assert set(found.obs["kind"]) == {"z"}
    pd.testing.assert_frame_equal(found.var, wide)
