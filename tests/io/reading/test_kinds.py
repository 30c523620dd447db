"""Several kinds of features in one matrix: `.h5ad`, folders of Cell Ranger, 10x `.h5`; `raw`."""

from __future__ import annotations

import gzip
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.io import mmwrite

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import DenoisedView, read, write_denoised
from integrated_diffusion.io.writing.assemble import as_mudata
from integrated_diffusion.scverse import as_mudata as mudata_of
from integrated_diffusion.scverse import tl

KINDS = ["Gene Expression"] * 7 + ["Antibody Capture"] * 5


@pytest.fixture
def cells(names, rna, atac) -> anndata.AnnData:
    features = [*(f"GENE{i}" for i in range(7)), *(f"CD{i}" for i in range(5))]
    var = pd.DataFrame({"feature_types": pd.Categorical(KINDS)}, index=features)
    return anndata.AnnData(sp.csr_matrix(np.hstack([rna, atac])), obs=pd.DataFrame({"n": 1}, index=names), var=var)


def test_one_h5ad_of_several_kinds(cells, tmp_path, rna, atac, array_blocks):
    cells.write_h5ad(tmp_path / "cells.h5ad")
    found = read(tmp_path / "cells.h5ad")
    assert found.feature_types == {"rna": "Gene Expression", "prot": "Antibody Capture"}
    assert found.feature_names["prot"] == [f"CD{i}" for i in range(5)]
    np.testing.assert_array_equal(found.views["rna"].toarray(), rna)
    np.testing.assert_array_equal(found.views["prot"].toarray(), atac)
    whole = as_mudata(found)
    assert whole.shape == (30, 12)
    assert list(whole["prot"].obs) == ["n"]
    assert list(read(tmp_path / "cells.h5ad", {"all": "cells", "prot": "prot"}).views["all"].shape) == [30, 12]
    # denoised values of some of the columns cannot be a layer of the whole file: they are a file of their own
    blocks = array_blocks(atac, 2)
    made = DenoisedView("prot", found.sample_names, found.feature_names["prot"], blocks, found.places["prot"])
    assert anndata.read_h5ad(write_denoised(made, tmp_path / "d.h5ad")).shape == (30, 5)


def test_one_anndata_of_several_kinds(cells):
    found = mudata_of(cells)
    assert {name: modality.shape for name, modality in found.mod.items()} == {"rna": (30, 7), "prot": (30, 5)}
    with pytest.raises(TypeError, match="without several kinds of features in var"):
        mudata_of(cells[:, :7])


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kind", ["features", "genes", "peaks"])
def test_folders_of_cell_ranger(tmp_path, names, rna, atac, zipped, kind):
    folder = tmp_path / "filtered_feature_bc_matrix"
    folder.mkdir()
    counts = np.hstack([rna, atac]).T
    mmwrite(folder / "matrix.mtx", sp.coo_array(counts), field="integer")
    rows = {
        "features": [f"ENSG{i}\tGENE{i}\t{what}" for i, what in enumerate(KINDS)],
        "genes": [f"ENSG{i}\tGENE{i}" for i in range(12)],
        "peaks": [f"chr1\t{i * 100}\t{i * 100 + 50}" for i in range(12)],
    }[kind]
    ending = "bed" if kind == "peaks" else "tsv"
    (folder / f"{kind}.{ending}").write_text("\n".join(rows) + "\n")
    (folder / "barcodes.tsv").write_text("\n".join(names) + "\n")
    if zipped:
        for path in list(folder.iterdir()):
            Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    np.savetxt(tmp_path / "other.csv", np.zeros(1))
    pd.DataFrame(atac, names).to_csv(tmp_path / "other.csv")
    matrix = folder / f"matrix.mtx{'.gz' * zipped}"
    for given in (folder, matrix):
        found = read([given, tmp_path / "other.csv"])
        assert found.sample_names == names
        if kind == "features":
            np.testing.assert_array_equal(found.views["prot"].toarray(), atac)
            assert found.feature_names["rna"] == [f"GENE{i}" for i in range(7)]
            assert list(as_mudata(found)["rna"].var["gene_ids"]) == [f"ENSG{i}" for i in range(7)]
        else:
            view = "rna" if kind == "genes" else "atac"
            np.testing.assert_array_equal(found.views[view].toarray(), counts.T)
            assert found.feature_names[view][1] == ("GENE1" if kind == "genes" else "chr1:100-150")
    (folder / f"barcodes.tsv{'.gz' * zipped}").unlink()
    with pytest.raises(ValueError, match=r"with barcodes\.tsv \(or \.gz\), found none"):
        read(folder)


def test_identifiers_of_a_10x_file_are_kept(tenx):
    assert list(as_mudata(read(tenx))["rna"].var["gene_ids"])[:2] == ["feature0", "feature1"]


def test_raw_in_files(tmp_path, names, rna, atac):
    first = anndata.AnnData(sp.csr_matrix(rna), obs=pd.DataFrame(index=names))
    first.raw = first.copy()
    first = first[:, :3].copy()
    first.X = first.X.toarray() - 0.5
    first.write_h5ad(tmp_path / "rna.h5ad")
    anndata.AnnData(atac, obs=pd.DataFrame(index=names)).write_h5ad(tmp_path / "prot.h5ad")
    for place in ("rna:raw/X", "rna:raw"):
        found = read([tmp_path / "rna.h5ad", tmp_path / "prot.h5ad"], {"rna": place, "prot": "prot"})
        np.testing.assert_array_equal(found.views["rna"].toarray(), rna)
        assert as_mudata(found)["rna"].shape == (30, 7)


def test_raw_in_python(names, rna, atac):
    first = anndata.AnnData(sp.csr_matrix(rna), obs=pd.DataFrame(index=names))
    first.var_names = [f"g{i}" for i in range(7)]
    counts = first[:, :5].copy()
    first.raw = first.copy()
    first = first[:, :5].copy()
    first.X = first.X.toarray() - 0.5
    other = anndata.AnnData(atac, obs=pd.DataFrame(index=names))
    model = IntegratedDiffusion(n_components=3, steps={"rna": 1, "prot": 1})
    by_raw = tl.integrate({"rna": first, "prot": other.copy()}, model, layers={"rna": "raw"})
    by_counts = tl.integrate({"rna": counts, "prot": other.copy()}, model)
    np.testing.assert_array_equal(by_raw.obsm["X_integrated"], by_counts.obsm["X_integrated"])
    np.testing.assert_array_equal(
        tl.denoise(by_raw, "rna")["rna"].layers["integrated"], tl.denoise(by_counts, "rna")["rna"].layers["integrated"]
    )
