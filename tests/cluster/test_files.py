"""Files that are read chunk by chunk, and a store that is written chunk by chunk."""

from __future__ import annotations

import json
import shutil
import warnings

import anndata as ad
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion.cli import main
from integrated_diffusion.io.reading import lazy_names
from integrated_diffusion.io.reading.lazy import read_lazily

pytestmark = pytest.mark.filterwarnings("ignore:Writing zarr v2", "ignore:Observation names are not unique")

N = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two views of the same cells in two formats: sparse counts and a dense matrix."""
    folder, rng = tmp_path_factory.mktemp("files"), np.random.default_rng(2)
    Z = rng.gamma(1.0, size=(N, 4))
    rna = sp.csr_matrix(rng.poisson(Z @ rng.gamma(0.3, size=(4, 60)) + 0.05).astype(np.float64))
    obs = pd.DataFrame(index=[f"cell{i}" for i in range(N)])
    ad.AnnData(rna, obs=obs).write_h5ad(folder / "rna.h5ad")
    ad.AnnData(rng.poisson(3 * Z @ rng.gamma(1.0, size=(4, 15)) + 1.0), obs=obs).write_zarr(folder / "adt.zarr")
    ad.AnnData(sp.csc_matrix(rna), obs=obs).write_h5ad(folder / "columns.h5ad")
    ad.AnnData(rna[::-1], obs=obs[::-1]).write_h5ad(folder / "other.h5ad")
    ad.AnnData(rna[::3], obs=obs[::3]).write_h5ad(folder / "fewer.h5ad")
    ad.AnnData(rna, obs=obs.set_axis(["cell0", *obs.index[:-1]])).write_h5ad(folder / "twice.h5ad")
    return folder


def run(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["integrated-diffusion", *map(str, words)])
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # put back at the end of the test
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


def test_views_are_read_when_they_are_needed(folder):
    found = read_lazily([folder / "rna.h5ad", folder / "adt.zarr"])
    assert list(found.views) == ["rna", "adt"]
    assert found.samples[:2].tolist() == ["cell0", "cell1"]
    assert (found.views["rna"].compute() != ad.read_h5ad(folder / "rna.h5ad").X).nnz == 0
    np.testing.assert_array_equal(found.views["adt"].compute(), ad.io.read_zarr(folder / "adt.zarr").X)


@pytest.mark.filterwarnings("ignore:This setting will be removed:DeprecationWarning")
@pytest.mark.parametrize("suffix", [".h5mu", ".zarr"])
def test_modalities_keep_their_order_and_are_named_by_view(folder, tmp_path, suffix):
    rna, adt = ad.read_h5ad(folder / "rna.h5ad"), ad.io.read_zarr(folder / "adt.zarr")
    adt.var_names = [f"protein{i}" for i in range(adt.n_vars)]
    mdata, path = mudata.MuData({"rna": rna, "adt": adt}), tmp_path / f"cells{suffix}"
    mdata.write(path) if suffix == ".h5mu" else mdata.write_zarr(path)
    assert list(read_lazily([path]).views) == ["rna", "adt"]
    named = read_lazily([path], {"adt": "adt", "counts": "rna:X"})
    assert list(named.views) == ["adt", "counts"]
    assert (named.views["counts"].compute() != rna.X).nnz == 0


def test_stores_that_lead_elsewhere_or_run_code_are_refused(folder, tmp_path):
    shutil.copyfile(folder / "rna.h5ad", tmp_path / "rna.h5ad")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of version 2, in which a filter may be one that runs code
        ad.settings.zarr_write_format, before = 2, ad.settings.zarr_write_format
        ad.io.read_zarr(folder / "adt.zarr").write_zarr(tmp_path / "adt.zarr")
        ad.settings.zarr_write_format = before
    with h5py.File(tmp_path / "rna.h5ad", "r+") as file:
        del file["X"]
        file["X"] = h5py.ExternalLink("other.h5", "X")
    with pytest.raises(ValueError, match="a link to another file"):
        read_lazily([tmp_path / "rna.h5ad", folder / "adt.zarr"])
    metadata = tmp_path / "adt.zarr/X/.zarray"
    described = json.loads(metadata.read_text())
    metadata.write_text(json.dumps({**described, "dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]}))
    with pytest.raises(ValueError, match="found pickled objects, which can run code"):
        read_lazily([folder / "rna.h5ad", tmp_path / "adt.zarr"])


def test_samples_that_some_view_lacks_are_dropped_if_that_is_asked_for(folder):
    """The other file has the cells in the reverse order, and the fewer file every third of them."""
    found = read_lazily([folder / "rna.h5ad", folder / "other.h5ad", folder / "fewer.h5ad"], missing="drop")
    assert found.samples.tolist() == [f"cell{i}" for i in range(0, N, 3)]
    expected = ad.read_h5ad(folder / "rna.h5ad").X[::3]
    for view in found.views.values():
        assert (view.compute() != expected).nnz == 0
    with pytest.raises(ValueError, match=r"'fewer': expected the same samples .* by --missing drop"):
        read_lazily([folder / "rna.h5ad", folder / "fewer.h5ad"])
    with pytest.raises(ValueError, match="'twice': expected a name of its own for each sample, found 'cell0' twice"):
        read_lazily([folder / "twice.h5ad", folder / "rna.h5ad"], missing="drop")


def test_names_of_many_samples_are_compared_some_at_a_time(folder, monkeypatch):
    monkeypatch.setattr(lazy_names, "AT_ONCE", 64)
    assert len(read_lazily([folder / "rna.h5ad", folder / "adt.zarr"]).samples) == N
    with pytest.raises(ValueError, match="expected the same samples"):
        read_lazily([folder / "rna.h5ad", folder / "other.h5ad"])


def test_denoised_values_are_written_some_columns_at_a_time(client, folder, monkeypatch, capsys):
    monkeypatch.setattr("integrated_diffusion.cluster.denoising.COLUMNS_AT_ONCE", 4)
    inputs, address = (folder / "rna.h5ad", folder / "adt.zarr"), client.scheduler_info()["address"]
    chosen = ("--only", "adt", "--steps", "rna=1", "--steps", "adt=1", "--scale", "counts")
    assert run(monkeypatch, "denoise", *inputs, "-o", folder / "d.zarr", *chosen, "--cluster", address) == 0
    assert client.dashboard_link in capsys.readouterr().out
    found = ad.io.read_zarr(folder / "d.zarr")
    counts = ad.io.read_zarr(folder / "adt.zarr").X
    assert found.obs_names.tolist() == [f"cell{i}" for i in range(N)]
    assert found.var_names.tolist() == [str(i) for i in range(15)]
    np.testing.assert_allclose(found.X.sum(axis=1), counts.sum(axis=1), rtol=1e-6)
    assert run(monkeypatch, "denoise", *inputs, "-o", folder / "m.zarr", *chosen) == 0
    np.testing.assert_allclose(found.X, ad.io.read_zarr(folder / "m.zarr").X, rtol=1e-4)
    assert found.uns["integrated_denoising"]["scale"] == "counts"
    some = (*chosen, "--features", "3,7", "--cluster", address, "--overwrite")
    assert run(monkeypatch, "denoise", *inputs, "-o", folder / "d.zarr", *some) == 0
    np.testing.assert_allclose(ad.io.read_zarr(folder / "d.zarr").X, found.X[:, [3, 7]], rtol=1e-12)


def test_a_store_appears_whole_and_only_if_it_may(client, folder, monkeypatch, capsys):
    inputs, output = (folder / "rna.h5ad", folder / "adt.zarr"), folder / "joint.zarr"
    address = client.scheduler_info()["address"]
    words = (
        "run",
        *inputs,
        "-o",
        output,
        "--cluster",
        address,
        "--n-components",
        3,
        "--steps",
        "rna=1",
        "--steps",
        "adt=1",
    )
    assert run(monkeypatch, *words) == 0
    found = ad.io.read_zarr(output)
    assert found.obs_names.tolist() == [f"cell{i}" for i in range(N)]
    assert found.obsm["X_integrated"].shape == (N, 3)
    assert found.uns["integrated_diffusion"]["steps"] == {"rna": 1, "adt": 1}
    assert run(monkeypatch, *words) == 2
    assert "expected an output that is not there yet" in capsys.readouterr().err
    assert run(monkeypatch, "report", output, "-o", folder / "report.html") == 2
    assert "found coordinates alone, as a run with --workers or --cluster writes them" in capsys.readouterr().err
    np.testing.assert_array_equal(ad.io.read_zarr(output).obsm["X_integrated"], found.obsm["X_integrated"])
    assert run(monkeypatch, *words, "--overwrite") == 0
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rna.h5ad", "other.h5ad", "-o", "x.zarr"), "expected the same samples in the same order"),
        (("rna.h5ad", "columns.h5ad", "-o", "x.zarr"), "expected a dense array or csr_matrix at X, found csc_matrix"),
        (("rna.h5ad", "none.zarr", "-o", "x.zarr"), "expected a file, found none"),
        (("rna.h5ad", "adt.zarr", "-o", "x.h5mu"), "expected an output that ends in .zarr"),
        (("rna.h5ad", "adt.zarr", "-o", "x.zarr", "--batch", "donor"), "--batch: expected a run in memory"),
        (("rna.h5ad", "adt.zarr", "-o", "x.zarr", "--preset", "paper"), "--local-denoising: expected a run in memory"),
        (("rna.h5ad", "adt.zarr", "-o", "x.zarr", "--workers", "2"), "expected an address or --workers, found both"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(client, folder, monkeypatch, capsys, words, message):
    monkeypatch.chdir(folder)
    assert run(monkeypatch, "run", *words, "--cluster", client.scheduler_info()["address"]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (folder / "x.zarr").exists()
