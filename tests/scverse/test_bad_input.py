"""A mistake is one clear sentence, and what was given stays as it was."""

import os
import subprocess
import sys

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.scverse import tl


@pytest.fixture
def untouched(integrated, contents):
    """The integrated MuData; afterwards it must be what it was."""
    before = contents(integrated)
    yield integrated
    assert contents(integrated) == before


def test_contents_see_a_single_bit(integrated, contents):
    before = contents(integrated)
    integrated["prot"].X[3, 4] += 1
    assert contents(integrated) != before


MISTAKES = {
    "an obsm key": (lambda m, n: tl.integrate(m, n, {"rna": "X_pcaa"}), "obsm of 'rna', found 'X_pcaa'; try 'X_pca'"),
    "no obsm": (lambda m, n: tl.integrate(m, n, {"prot": "X_pca"}), "of 'prot', found 'X_pca'; the modality has none"),
    "a view": (lambda m, n: tl.integrate(m, n, {"atac": "X"}), "use_rep: .*among 'rna', 'prot', found 'atac'"),
    "a layer": (lambda m, n: tl.integrate(m, n, layers={"rna": "raw"}), "expected a layer of 'rna', found 'raw'"),
    "steps": (
        lambda m, n: tl.integrate(m, n.set_params(steps={"rna": 1})),
        "steps: expected a number for every view, found none for 'prot'",
    ),
    "missing": (lambda m, n: tl.integrate(m, n, missing="some"), "missing: expected one of 'keep', 'drop', 'refuse'"),
    "denoised view": (lambda m, n: tl.denoise(m, "atac"), "view: .*among 'rna', 'prot', found 'atac'"),
    "a feature": (lambda m, n: tl.denoise(m, "rna", ["rna3", "rma4"]), "of 'rna', found 'rma4'; try 'rna4'"),
    "power": (lambda m, n: tl.denoise(m, "rna", power=0), "power: expected at least 1, found 0"),
    "threshold": (lambda m, n: tl.denoise(m, "rna", threshold=0), "threshold: expected a finite number above 0"),
    "associated view": (lambda m, n: tl.associate(m, "rna", "atac"), "view: .*'rna', 'prot', found 'atac'"),
    "no pairs": (lambda m, n: tl.associate(m, "rna", "prot"), "expected names that both views have, found none"),
    "shuffles": (
        lambda m, n: tl.associate(m, "rna", "prot", pd.DataFrame([["rna1", "prot1"]]), n_shuffles=-1),
        "n_shuffles: expected at least 0",
    ),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_one_sentence(untouched, model, mistake):
    act, said = MISTAKES[mistake]
    with pytest.raises(ValueError, match=said) as error:
        act(untouched, model)
    assert "\n" not in str(error.value)


def test_negative_counts(mdata, model, contents):
    mdata["prot"].X[3, 4] = -1
    before = contents(mdata)
    with pytest.raises(ValueError, match=r"view 'prot': expected counts .*found 1 negative values .smallest -1"):
        tl.integrate(mdata, model, recipes={"prot": "protein"})
    assert contents(mdata) == before


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers(mdata, model, value):
    mdata["prot"].X[3, 4] = value
    with pytest.raises(ValueError, match="view 'prot': expected finite numbers"):
        tl.integrate(mdata, model)
    assert not mdata.uns


def test_nothing_was_integrated(mdata):
    for act in (tl.denoise, lambda m, v: tl.associate(m, v, "prot"), lambda m, v: tl.write_denoised(m, v, "a.h5ad")):
        with pytest.raises(ValueError, match=r"an integrated operator in the MuData, found none.*`tl.integrate`"):
            act(mdata, "rna")


def test_a_subset_has_no_operator_but_can_be_integrated(untouched, model):
    subset = untouched[untouched.obs_names[:50]]
    np.testing.assert_array_equal(subset.obsm["X_integrated"], untouched.obsm["X_integrated"][:50])
    for act in (tl.denoise, lambda m, v: tl.associate(m, v, "prot", pd.DataFrame([["rna1", "prot1"]]))):
        with pytest.raises(ValueError, match="expected the 60 samples that were integrated in the MuData, found 50"):
            act(subset, "rna")
    whole = tl.integrate(subset.copy(), model)
    assert tl.denoise(whole, "rna")["rna"].layers["integrated"].shape == (50, 20)


def elsewhere(path, mode):
    """Another process that has a file open, until its input ends."""
    code = f"import h5py, sys; f = h5py.File({str(path)!r}, {mode!r}); print('open', flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


@pytest.fixture
def kept(tmp_path):
    anndata.AnnData(np.ones((2, 2))).write_h5ad(tmp_path / "a.h5ad")
    return tmp_path / "a.h5ad"


def test_an_output_that_another_process_writes_to(untouched, kept):
    before = kept.read_bytes()
    process = elsewhere(kept, "r+")
    try:
        with pytest.raises(ValueError, match=r"a.h5ad: expected a file that no other process writes to, found it open"):
            tl.write_denoised(untouched, "rna", kept)
    finally:
        process.communicate()
    assert kept.read_bytes() == before
    assert os.listdir(kept.parent) == ["a.h5ad"]
    tl.write_denoised(untouched, "rna", kept)


def test_an_output_that_another_process_reads_is_replaced_and_the_reader_keeps_the_old(untouched, kept):
    with h5py.File(kept, "r") as reader:
        tl.write_denoised(untouched, "rna", kept)
        assert reader["X"].shape == (2, 2)
    assert anndata.read_h5ad(kept).shape == (60, 20)


def test_a_read_only_output(untouched, kept):
    kept.chmod(0o444)
    before = kept.read_bytes()
    with pytest.raises(PermissionError, match="expected an output that may be replaced, found a read-only file"):
        tl.write_denoised(untouched, "rna", kept)
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.h5mu", "expected an output that ends in .h5ad or .zarr, found '.h5mu'"),
        ("nowhere/a.h5ad", "expected a folder .*nowhere, found none"),
    ],
)
def test_outputs_that_cannot_be(untouched, tmp_path, name, said):
    with pytest.raises(ValueError, match=said):
        tl.write_denoised(untouched, "rna", tmp_path / name)
    assert not os.listdir(tmp_path)


def test_the_file_that_holds_the_data_is_no_output(cells, model, tmp_path):
    for name, modality in cells.items():
        modality.write_h5ad(tmp_path / f"{name}.h5ad")
    before = (tmp_path / "rna.h5ad").read_bytes()
    backed = {name: anndata.read_h5ad(tmp_path / f"{name}.h5ad", backed="r") for name in cells}
    mdata = tl.integrate(backed, model)
    with pytest.raises(ValueError, match="expected an output beside the data, found the file that holds them"):
        tl.write_denoised(mdata, "rna", tmp_path / "rna.h5ad")
    assert (tmp_path / "rna.h5ad").read_bytes() == before


def test_a_file_that_is_read_only_can_be_integrated(mdata, model, tmp_path):
    mdata.write(tmp_path / "a.h5mu")
    (tmp_path / "a.h5mu").chmod(0o444)
    before = (tmp_path / "a.h5mu").read_bytes()
    backed = tl.integrate(mudata.read_h5mu(tmp_path / "a.h5mu", backed="r"), model)
    tl.denoise(backed, "prot")
    backed.file.close()
    assert (tmp_path / "a.h5mu").read_bytes() == before
    whole = tl.integrate(mudata.read_h5mu(tmp_path / "a.h5mu"), model)
    np.testing.assert_array_equal(backed.obsm["X_integrated"], whole.obsm["X_integrated"])
