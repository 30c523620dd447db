"""What was integrated comes back from files, subsets and other orders; files are left as they were."""

import re
import warnings

import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion.io import keys, read, stored_operator
from integrated_diffusion.scverse import MissingCellsWarning, pp, tl


def operator_by_name(mdata):
    return pd.DataFrame(stored_operator(mdata).operator.toarray(), mdata.obs_names, mdata.obs_names)


def test_there_and_back(integrated, tmp_path):
    tl.denoise(integrated, "prot")
    tl.denoise(integrated, "prot", ["prot1", "prot5"])
    tl.denoise(integrated, "rna", threshold=0.5)
    found = tl.associate(integrated, "rna", "prot", pd.DataFrame([["rna1", "prot2"], ["rna3", "prot0"]]))
    pp.prepare(integrated, n_components=3)
    integrated.write(tmp_path / "a.h5mu")
    back = mudata.read_h5mu(tmp_path / "a.h5mu")
    operators = (stored_operator(data).operator.toarray() for data in (back, integrated))
    np.testing.assert_array_equal(*operators)
    np.testing.assert_array_equal(back["prot"].layers["integrated"], integrated["prot"].layers["integrated"])
    assert (back["rna"].layers["integrated"] != integrated["rna"].layers["integrated"]).nnz == 0
    pd.testing.assert_frame_equal(
        back["prot"].obsm["integrated_denoised"], integrated["prot"].obsm["integrated_denoised"], check_names=False
    )
    kept = back.uns[keys.ASSOCIATIONS]
    assert (kept["first"], kept["second"], kept["n_shuffles"]) == ("rna", "prot", 10)
    assert kept["smoothing"] == found.smoothing
    pd.testing.assert_frame_equal(
        kept["table"].reset_index(drop=True), found.frame().reset_index(drop=True), check_dtype=False
    )
    tl.denoise(back, "prot", power=2)
    tl.denoise(integrated, "prot", power=2)
    np.testing.assert_array_equal(back["prot"].layers["integrated"], integrated["prot"].layers["integrated"])
    again = tl.associate(back, "rna", "prot", pd.DataFrame([["rna1", "prot2"], ["rna3", "prot0"]]))
    pd.testing.assert_frame_equal(again.frame(), found.frame())


def test_updates_and_other_orders_keep_the_operator(integrated, J):
    integrated.obs["later"] = 1
    integrated.update()
    np.testing.assert_allclose(operator_by_name(integrated).loc[J.index, J.index], J, atol=1e-6)
    shuffled = integrated[J.index[np.random.default_rng(3).permutation(60)]].copy()
    np.testing.assert_allclose(operator_by_name(shuffled).loc[J.index, J.index], J, atol=1e-6)
    tl.denoise(shuffled, "prot")
    tl.denoise(integrated, "prot")
    ours, theirs = (pd.DataFrame(m["prot"].layers["integrated"], m["prot"].obs_names) for m in (shuffled, integrated))
    np.testing.assert_allclose(ours.loc[theirs.index], theirs, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Setting element .* of view:anndata.ImplicitModificationWarning")
def test_a_view_of_a_mudata_becomes_its_own(mdata, model, contents):
    before = contents(mdata)
    part = mdata[mdata.obs_names[:50]]
    found = tl.integrate(part, model)
    tl.denoise(found, "prot")
    assert found is part
    assert not found.is_view
    assert contents(mdata) == before


def test_an_open_file(mdata, model, tmp_path):
    mdata["rna"].X = sp.csc_matrix(mdata["rna"].X)
    mdata.write(tmp_path / "a.h5mu")
    before = (tmp_path / "a.h5mu").read_bytes()
    backed = mudata.read_h5mu(tmp_path / "a.h5mu", backed="r")
    assert tl.integrate(backed, model) is backed
    tl.integrate(mdata, model)
    np.testing.assert_array_equal(backed.obsm[keys.EMBEDDING], mdata.obsm[keys.EMBEDDING])
    for data in (mdata, backed):
        tl.denoise(data, "prot")
        tl.associate(data, "rna", "prot", pd.DataFrame([["rna1", "prot2"]]), n_shuffles=3)
    np.testing.assert_array_equal(backed["prot"].layers["integrated"], mdata["prot"].layers["integrated"])
    pd.testing.assert_frame_equal(*(data.uns[keys.ASSOCIATIONS]["table"] for data in (backed, mdata)))
    assert backed.uns[keys.RECORD]["views"]["rna"]["place"] == "a.h5mu:mod/rna/X"
    backed.file.close()
    assert (tmp_path / "a.h5mu").read_bytes() == before


@pytest.mark.skipif(hasattr(mudata, "settings"), reason="mudata 0.4 has left these ways")
def test_mudatas_old_ways_do_not_warn_of_ours(mdata, cells, model):
    with mudata.set_options(pull_on_update=None):
        tl.integrate(mdata, model)
        tl.denoise(mdata, "rna", ["rna1"])
        with pytest.warns(MissingCellsWarning) as caught:
            tl.integrate({"rna": cells["rna"], "prot": cells["prot"][1:].copy()}, model, missing="drop")
    assert len(caught) == 1


@pytest.fixture
def tenx(tables, tmp_path):
    """Cell Ranger's layout; two genes have one symbol, and a third kind of feature stands between."""
    rna, prot = tables["rna"], tables["prot"].loc[tables["rna"].index]
    counts = sp.csc_matrix(np.hstack([rna, prot]).T.astype(np.int32))
    symbols = ["TWICE", "TWICE", *rna.columns[2:], *prot.columns]
    with h5py.File(tmp_path / "feature_bc_matrix.h5", "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = np.array(list(rna.index), dtype="S")
        group["data"], group["shape"] = counts.data, np.array(counts.shape, dtype=np.int32)
        group["indices"], group["indptr"] = counts.indices.astype(np.int64), counts.indptr.astype(np.int64)
        features = group.create_group("features")
        features["id"] = np.array([f"ENSG{i}" for i in range(28)], dtype="S")
        features["name"] = np.array(symbols, dtype="S")
        features["genome"] = np.array(["GRCh38"] * 28, dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * 20 + ["Antibody Capture"] * 8, dtype="S")
        features["_all_tag_keys"] = np.array(["genome"], dtype="S")
    return tmp_path / "feature_bc_matrix.h5"


@pytest.mark.filterwarnings("ignore:Variable names are not unique", "ignore:var_names are not unique")
def test_a_10x_file_as_muon_reads_it(muon, tenx, model, normalised, J):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = muon.read_10x_h5(tenx)
    tl.integrate(found, model)
    assert [v["recipe"] for v in found.uns[keys.RECORD]["views"].values()] == ["rna", "protein"]
    np.testing.assert_allclose(operator_by_name(found).loc[J.index, J.index], J, atol=1e-6)
    tl.denoise(found, "rna", ["TWICE", "rna5"])
    frame = found["rna"].obsm["integrated_denoised"]
    assert list(frame.columns) == ["TWICE", "TWICE-1", "rna5"]
    np.testing.assert_allclose(frame, (J @ normalised["rna"]).loc[frame.index, ["rna0", "rna1", "rna5"]], rtol=1e-5)
    assert read(tenx).feature_names["rna"][:2] == ["TWICE", "TWICE"]


def test_an_error_names_the_remedy(integrated):
    integrated.uns[keys.RECORD][keys.OPERATOR]["order"] = "sideways"
    with pytest.raises(ValueError, match=re.escape("found 'sideways'; integrate again by one of these")):
        tl.denoise(integrated, "rna")
