"""Every format gives the numbers that went in, in one order; every mistake is one line."""

from __future__ import annotations

import os
import tracemalloc

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrated_diffusion.io import Place, read
from integrated_diffusion.io.reading.h5ad import H5ad
from integrated_diffusion.views.missing import MissingSamplesWarning
from integrated_diffusion.views.recognition import recognise
from measured import measured


def dense(X: object) -> np.ndarray:
    return X.toarray() if sp.issparse(X) else np.asarray(X)


def fails(message: str, *args, error: type[Exception] = ValueError) -> None:
    """`read` fails with one line: what was expected, what was found, what to do."""
    with pytest.raises(error, match=message) as found:
        read(*args)
    text = str(found.value)
    assert "\n" not in text
    assert "expected" in text
    assert "found" in text
    assert text.index("expected") < text.index("found") < text.rindex(";")


def test_h5mu(h5mu, names, rna, atac):
    measured = read(h5mu)
    assert list(measured.views) == ["rna", "atac"]
    assert measured.sample_names == names
    assert sp.issparse(measured.views["rna"])
    np.testing.assert_array_equal(dense(measured.views["rna"]), np.log1p(rna))
    np.testing.assert_array_equal(measured.views["atac"], atac)  # its cells stand in another order in the file
    assert measured.feature_names["atac"] == [f"peak{i}" for i in range(5)]
    assert measured.feature_types == {"rna": "Gene Expression", "atac": None}
    assert measured.places["atac"] == Place(h5mu, "mod/atac/X")
    assert (measured.format, measured.source) == ("h5mu", (h5mu,))
    assert repr(measured) == "30 samples from h5mu; features: rna 7, atac 5"


def test_h5mu_named_places(h5mu, rna, atac):
    measured = read([h5mu], {"counts": "rna:layers/counts", "reduced": "rna:obsm/X_pca", "peaks": "atac"})
    np.testing.assert_array_equal(dense(measured.views["counts"]), rna)
    np.testing.assert_array_equal(measured.views["reduced"], rna[:, :3] - 1.5)
    np.testing.assert_array_equal(measured.views["peaks"], atac)
    assert measured.feature_names["reduced"] == ["X_pca0", "X_pca1", "X_pca2"]
    kinds = {name: recognise(X, name, measured.feature_types[name]) for name, X in measured.views.items()}
    assert kinds == {"counts": "rna", "reduced": "none", "peaks": "chromatin"}


def test_h5ad(h5ads, names, rna, atac):
    measured = read(h5ads)
    assert measured.sample_names == names
    np.testing.assert_array_equal(dense(measured.views["rna"]), rna)
    np.testing.assert_array_equal(measured.views["atac"], atac)
    reduced = read(h5ads, {"a": "rna:obsm/X_pca", "b": "atac:X"})
    np.testing.assert_array_equal(reduced.views["a"], rna[:, :3] - 1.5)
    # The first file gives the order.
    assert read(h5ads[::-1]).sample_names == list(anndata.read_h5ad(h5ads[1]).obs_names)


def test_tables_are_matched_by_name(tables, names, rna, atac):
    measured = read(tables)
    assert measured.sample_names == names
    np.testing.assert_array_equal(measured.views["rna"], rna)
    np.testing.assert_array_equal(measured.views["atac"], atac)
    assert measured.feature_names["rna"] == [f"gene{i}" for i in range(7)]
    assert measured.format == "csv+tsv"


@given(order=st.permutations(range(8)))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_of_rows_does_not_matter(tmp_path, order):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(8, 2)), [f"{i:03d}" for i in range(8)])
    frame.to_csv(tmp_path / "a.csv")
    frame.iloc[order].to_csv(tmp_path / "b.csv")
    measured = read([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert measured.sample_names == list(frame.index)  # '001' stays text
    np.testing.assert_array_equal(measured.views["a"], measured.views["b"])


def test_files_with_names_can_be_mixed(tables, h5ads, atac, rna):
    measured = read([tables[0], h5ads[1]])
    np.testing.assert_array_equal(measured.views["rna"], rna)
    np.testing.assert_array_equal(measured.views["atac"], atac)
    assert measured.format == "csv+h5ad"


def test_npz(npz, rna, atac):
    measured = read(npz, {"x": "rna", "y": "atac"})
    np.testing.assert_array_equal(measured.views["x"], rna)
    assert measured.views["x"].dtype == np.float32  # whole numbers, exact in half the memory
    assert measured.sample_names[:2] == ["sample0", "sample1"]
    assert measured.feature_names["y"] == ["0", "1", "2", "3", "4"]


def test_large_whole_numbers_stay_exact(tmp_path):
    X = np.array([[2**24 + 1, 1], [3, 4]])
    np.savez(tmp_path / "views.npz", a=X, b=X)
    np.testing.assert_array_equal(read(tmp_path / "views.npz").views["a"], X)


def test_npy(tmp_path, rna, atac):
    for name, X in {"rna": rna, "atac": atac}.items():
        np.save(tmp_path / f"{name}.npy", X)
    measured = read([tmp_path / "rna.npy", tmp_path / "atac.npy"])
    np.testing.assert_array_equal(measured.views["atac"], atac)
    assert measured.format == "npy"


def test_tenx(tenx, names, rna, atac):
    measured = read(tenx)
    assert list(measured.views) == ["rna", "atac", "crispr_guide_capture"]
    assert measured.sample_names == names
    np.testing.assert_array_equal(dense(measured.views["rna"]), rna)
    np.testing.assert_array_equal(dense(measured.views["atac"]), atac[:, :4])
    assert sp.issparse(measured.views["rna"])
    assert measured.views["rna"].dtype == np.float32
    assert measured.feature_names["atac"] == [f"feature{i}" for i in range(7, 11)]
    assert measured.feature_types["atac"] == "Peaks"


@pytest.fixture
def tenx(tenx):
    """One guide in every cell, as a view must not be empty."""
    with h5py.File(tenx, "r+") as file:
        group = file["matrix"]
        X = sp.csc_array((group["data"][:], group["indices"][:], group["indptr"][:]), shape=(12, 30)).tolil()
        X[11, :] = 2
        X = X.tocsc()
        for part in ("data", "indices", "indptr"):
            del group[part]
            group[part] = getattr(X, part)
    return tenx


def test_missing_file_names_what_is_near(h5mu):
    fails(
        r"both\.h5m, found none; check the path, perhaps both\.h5mu",
        [h5mu.with_name("both.h5m")],
        error=FileNotFoundError,
    )
    fails("expected a file at", [h5mu.with_name("no") / "x.h5mu"])  # a ValueError too


def test_no_file_folder_empty_unknown(tmp_path):
    fails("expected at least one file, found none", [])
    fails("expected a file, found a folder", [tmp_path])
    (tmp_path / "empty.h5mu").touch()
    fails("found an empty file", [tmp_path / "empty.h5mu"])
    (tmp_path / "x.xlsx").write_text("x")
    fails(r"expected a file of format \.h5mu, .*found '\.xlsx'", [tmp_path / "x.xlsx"])


@pytest.mark.parametrize("suffix", [".h5mu", ".h5ad", ".h5", ".npz", ".npy"])
def test_foreign_content(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_text("this is text\n" * 50)
    fails("expected an .*found another kind of content", [path])


def test_foreign_table(tmp_path, tables):
    path = tmp_path / "x.csv"
    path.write_bytes(bytes(range(128, 256)) * 20)
    fails("expected a table", [path, tables[0]])
    path.write_text("a,b\nx,1\ny,2,3,4\n")
    fails("expected a table .*line 3", [path, tables[0]])
    path.write_text("a,b\nx,1,3,5\ny,2,4,6\n")
    fails("expected a heading for every column", [path, tables[0]])


def test_formats_under_another_name(h5mu, h5ads, tenx):
    for path, name in ((h5mu, "x.h5ad"), (h5mu, "x.h5"), (h5ads[0], "x.h5mu"), (tenx, "y.h5mu")):
        renamed = path.with_name(name)
        renamed.write_bytes(path.read_bytes())
        fails(f"{name}: expected an? .*found ", [renamed])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_truncated(h5mu, npz, tenx, share):
    for path in (h5mu, npz, tenx):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        fails("cut short|another kind", [path])


def test_damaged_in_the_middle(npz):
    content = bytearray(npz.read_bytes())
    content[300:340] = b"\xff" * 40
    npz.write_bytes(content)
    fails("damaged or cut short", [npz], {"a": "rna", "b": "atac"})


def test_unreadable(h5mu):
    h5mu.chmod(0)
    if os.access(h5mu, os.R_OK):
        pytest.skip("this user reads everything, whatever the permissions are")
    fails("found no permission", [h5mu], error=PermissionError)


def test_places_that_do_not_exist(h5mu, npz, h5ads):
    fails("expected a view at 'ran', found .*'rna:X'", [h5mu], {"a": "ran", "b": "atac"})
    fails("layers/count', found 'rna:layers/counts'", [h5mu], {"a": "rna:layers/count", "b": "atac"})
    fails("obsm/X_umap', found .*'rna:obsm/X_pca'", [h5ads[0]], {"a": "rna:obsm/X_umap", "b": "rna"})
    fails("'label', found 'labels'", [npz], {"a": "rna", "b": "label"})


def test_shapes(tmp_path, npz):
    fails(r"view 'labels': .* found 1 dimension \(30,\); .*views\.npz", [npz], {"a": "labels", "b": "rna"})
    np.save(tmp_path / "a.npy", np.ones((3, 2, 2)))
    np.save(tmp_path / "b.npy", np.ones((3, 2)))
    np.save(tmp_path / "c.npy", np.ones((4, 2)))
    np.save(tmp_path / "d.npy", np.ones((3, 0)))
    fails("found 3 dimensions", [tmp_path / "a.npy", tmp_path / "b.npy"])
    fails("expected the same samples in every view, found 3 in 'b', 4 in 'c'", [tmp_path / "b.npy", tmp_path / "c.npy"])
    fails("found 3 x 0", [tmp_path / "b.npy", tmp_path / "d.npy"])
    fails("expected at least two views", [tmp_path / "b.npy"])


def test_values_that_are_no_numbers(tmp_path):
    objects = np.array([[1, "a"], [None, 2]], dtype=object)
    np.savez(tmp_path / "objects.npz", a=np.ones((2, 2)), b=objects)
    fails("found pickled objects", [tmp_path / "objects.npz"], error=TypeError)
    np.save(tmp_path / "o.npy", objects)
    fails("found pickled objects", [tmp_path / "o.npy"], error=TypeError)
    np.savez(tmp_path / "text.npz", a=np.ones((2, 2)), b=np.array([["x", "y"], ["z", "u"]]))
    fails("view 'b': expected numbers, found text", [tmp_path / "text.npz"], error=TypeError)


def test_text_in_a_table(tables, names):
    frame = pd.read_csv(tables[0], index_col=0).assign(kind="T cell")
    frame.to_csv(tables[0])
    fails("text in column 'kind' .first 'T cell' in sample 'cell000'.", tables, error=TypeError)


def test_tables_of_headings_alone_and_of_yes_and_no(tables, rna):
    tables[1].write_text("cell\tp1\tp2\n")
    fails("view 'atac': expected at least one sample and one feature, found 0 x 2", tables)
    pd.read_csv(tables[0], index_col=0).assign(smoker=True).to_csv(tables[1], sep="\t")
    np.testing.assert_array_equal(read(tables).views["atac"], np.column_stack([rna, np.ones(len(rna))]))


def test_missing_values(tables, npz):
    frame = pd.read_csv(tables[0], index_col=0)
    frame.iloc[2, 3] = np.nan
    frame.to_csv(tables[0])
    fails(r"view 'rna': expected finite numbers, found 1 NaN .*row 2, column 3", tables)


def test_samples_that_differ(tables):
    frame = pd.read_csv(tables[0], index_col=0)
    frame.drop(index=["cell003", "cell007"]).rename(index={"cell001": "new"}).to_csv(tables[0])
    found = read(tables)
    assert found.sample_names[:28] == list(pd.read_csv(tables[0], index_col=0).index)
    assert set(found.sample_names[28:]) == {"cell001", "cell003", "cell007"}
    assert {name: int(mask.sum()) for name, mask in found.measured.items()} == {"rna": 28, "atac": 30}
    np.testing.assert_array_equal(found.measured["rna"], [True] * 28 + [False] * 3)
    with pytest.raises(ValueError, match=r"found 3 of 31 samples missing in 'rna' .*, 1 of 31 samples"):
        read(tables, missing="refuse")
    with pytest.warns(MissingSamplesWarning, match="they are left out, and 27 samples remain"):
        assert len(read(tables, missing="drop").sample_names) == 27


def test_names_that_repeat(tables):
    frame = pd.read_csv(tables[1], index_col=0, sep="\t")
    frame.rename(index={"cell004": "cell005"}).to_csv(tables[1], sep="\t")
    fails(r"every sample name once in 'atac', found 1 repeated \(first 'cell005'\)", tables)


def test_samples_missing_in_a_modality(h5mu, names):
    with h5py.File(h5mu, "r+") as file:
        index = file["mod/atac/obs/_index"]
        values = index["values"] if isinstance(index, h5py.Group) else index  # strings that may be missing, or plain
        values[0] = "elsewhere"
    found = read(h5mu)
    assert found.sample_names == [*names, "elsewhere"]
    assert found.measured["rna"].sum() == found.measured["atac"].sum() == 30


def test_files_that_cannot_be_distinguished(tables, h5ads, npz, tmp_path):
    fails("expected different names for different views", [tables[0], tables[0]])
    np.save(tmp_path / "x.npy", np.ones((30, 2)))
    fails(
        "sample names in every file or in none, found names for 'rna' but not for 'x'", [tables[0], tmp_path / "x.npy"]
    )


def test_all_zero_sample(tables):
    frame = pd.read_csv(tables[0], index_col=0)
    frame.iloc[4] = 0
    frame.to_csv(tables[0])
    with pytest.warns(MissingSamplesWarning, match="found 1 of 30 samples with only zero counts"):
        assert read(tables).measured["rna"].sum() == 29


def test_real_files():
    blood = read(measured("pbmc_hao2021_citeseq_800.h5mu"))
    assert {name: X.shape for name, X in blood.views.items()} == {"rna": (800, 500), "prot": (800, 224)}
    assert [recognise(X, name) for name, X in blood.views.items()] == ["rna", "protein"]
    six = ["fou", "fac", "kar", "pix", "zer", "mor"]
    assert list(read(measured("uci_mfeat_digits.npz"), {name: name for name in six}).views) == six


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csc_matrix, np.asarray])
@pytest.mark.parametrize(("largest", "dtype"), [(3, np.float32), (2**24, np.float32), (2**24 + 1, np.float64)])
def test_whole_numbers_are_never_wide_in_memory(tmp_path, monkeypatch, form, largest, dtype):
    """100,000 counts above zero, 64 bits each in the file; read a few thousand at a time."""
    counts = np.random.default_rng(0).poisson(0.7, (4_000, 50)).astype(np.int64)
    counts[0] = 1
    counts[:, 0] += 1
    counts[-1, 7] = largest
    anndata.AnnData(form(counts), pd.DataFrame(index=[f"c{i}" for i in range(4_000)])).write_h5ad(tmp_path / "a.h5ad")
    monkeypatch.setattr("integrated_diffusion.io.hdf5._PART_BYTES", 20_000)
    source = H5ad(tmp_path / "a.h5ad")
    source.read("a:X")
    tracemalloc.start()
    found = source.read("a:X").values
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.toarray() if sp.issparse(found) else found, counts)
    if sp.issparse(found):
        assert found.indices.dtype == np.int32
        kept = found.data.nbytes + found.indices.nbytes
    else:
        kept = found.nbytes
    assert peak < 1.25 * kept + 4_000 * 250  # names and the ends of the rows
