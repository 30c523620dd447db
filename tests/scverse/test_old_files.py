"""Files of mudata 0.2 and 0.3 open as today's do.

Both in `data` are what this script wrote with mudata 0.2.3 on anndata 0.8.0, and with 0.3.0 on 0.10.8, compressed:

    import sys
    import anndata, mudata, numpy as np, pandas as pd, scipy.sparse as sp

    rng = np.random.default_rng(0)
    names = np.array([f"cell{i:02d}" for i in range(40)])
    place = rng.random(40)
    counts = lambda n: rng.poisson(1 + np.outer(place, 4 * rng.random(n))).astype("float32")
    order = rng.permutation(40)[:39]
    rna = anndata.AnnData(
        sp.csr_matrix(counts(12)),
        obs=pd.DataFrame({"kind": pd.Categorical(np.where(place > 0.5, "b", "a"))}, index=names),
        var=pd.DataFrame(index=[f"gene{i}" for i in range(12)]),
    )
    rna.obsm["X_pca"] = rng.standard_normal((40, 4)).astype("float32")
    prot = anndata.AnnData(
        counts(6)[order],
        obs=pd.DataFrame({"batch": pd.Categorical(["x", "y", "z"] * 13)}, index=names[order]),
        var=pd.DataFrame(index=[f"prot{i}" for i in range(6)]),
    )
    both = mudata.MuData({"rna": rna, "prot": prot})
    both.obs["place"] = pd.Series(place, names)
    both.obsm["X_map"] = np.column_stack([np.arange(40.0), np.arange(40.0)])
    both.uns["note"] = f"mudata {mudata.__version__}, anndata {anndata.__version__}"
    both.write(sys.argv[1])
"""

import gzip
import sys
from pathlib import Path

import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion import IntegratedDiffusion, cli
from integrated_diffusion.io import keys, read, stored_operator
from integrated_diffusion.scverse import MissingCellsWarning, tl

pytestmark = pytest.mark.filterwarnings("ignore::integrated_diffusion.DisconnectedGraphWarning")

VERSIONS = {"0.2": "mudata 0.2.3, anndata 0.8.0", "0.3": "mudata 0.3.0, anndata 0.10.8"}


@pytest.fixture(params=list(VERSIONS))
def version(request):
    return request.param


@pytest.fixture
def old(version, tmp_path):
    kept = Path(__file__).parent / "data" / f"mudata_{version}.h5mu.gz"
    (tmp_path / "old.h5mu").write_bytes(gzip.decompress(kept.read_bytes()))
    return tmp_path / "old.h5mu"


@pytest.fixture
def whole(old):
    """Of the 40 cells 39 are in both views."""
    mdata = mudata.read_h5mu(old)
    mdata = mdata[mdata["prot"].obs_names].copy()
    mdata.write(old.with_name("whole.h5mu"))
    return mdata


@pytest.fixture
def place():
    rng = np.random.default_rng(0)
    return pd.Series(rng.random(40), [f"cell{i:02d}" for i in range(40)])


MODEL = IntegratedDiffusion(n_components=3, n_pca=None, steps={"rna": 1, "prot": 1})


def test_what_is_in_them(old, version, place):
    mdata = mudata.read_h5mu(old)
    assert mdata.uns["note"] == VERSIONS[version]
    assert list(mdata.obs_names) != list(mdata["prot"].obs_names)
    np.testing.assert_allclose(mdata.obs["place"], place.loc[mdata.obs_names])
    expected = np.where(place.loc[mdata["rna"].obs_names] > 0.5, "b", "a")
    assert list(mdata["rna"].obs["kind"]) == list(expected)


def test_a_missing_cell_is_said(old):
    mdata = mudata.read_h5mu(old)
    missing = next(iter(set(mdata.obs_names) - set(mdata["prot"].obs_names)))
    with pytest.raises(ValueError, match=f"found 1 of 40 cells missing in 'prot' .first '{missing}'"):
        tl.integrate(mdata, MODEL, missing="error")
    with pytest.raises(ValueError, match=f"1 of 40 samples missing in 'prot' .first '{missing}'"):
        read(old, missing="refuse")
    assert read(old).measured["prot"].sum() == 39
    with pytest.warns(MissingCellsWarning, match=f"1 of 40 cells missing in 'prot' .first '{missing}'"):
        found = tl.integrate(mdata, MODEL, missing="drop")
    assert found.n_obs == 39
    np.testing.assert_array_equal(found.obsm["X_map"][:, 0], [int(name[4:]) for name in found.obs_names])


def test_numbers_are_those_of_the_right_cells(old, whole, oracles):
    by_hand, integrated_operator_by_hand = oracles
    with h5py.File(old) as file:  # past all that reads MuData
        counts = file["mod/rna/X"]
        rna = sp.csr_array((counts["data"][:], counts["indices"][:], counts["indptr"][:])).toarray()
        arrays = {"rna": rna, "prot": file["mod/prot/X"][:]}
        names = {name: file[f"mod/{name}/obs/_index"].asstr()[:] for name in arrays}
    tables = {name: pd.DataFrame(X, names[name]).loc[whole.obs_names] for name, X in arrays.items()}
    normalised = by_hand(tables)
    J = integrated_operator_by_hand(normalised, {"rna": 1, "prot": 1})
    tl.integrate(whole, MODEL)
    np.testing.assert_allclose(stored_operator(whole).operator.toarray(), J, atol=1e-6)
    for name, X in normalised.items():
        tl.denoise(whole, name)
        own = whole[name].obs_names
        np.testing.assert_allclose(whole[name].layers["integrated"], (J @ X).loc[own], rtol=1e-5)


def test_read_and_the_command_line_give_the_same(whole, old, monkeypatch):
    source, output = old.with_name("whole.h5mu"), old.with_name("out.h5mu")
    assert read(source).sample_names == list(whole.obs_names)
    command = [
        "run",
        str(source),
        "-o",
        str(output),
        "--steps=rna=1",
        "--steps=prot=1",
        "--n-components=3",
        "--n-pca=50",
    ]
    monkeypatch.setattr(sys, "argv", ["integrated-diffusion", *command])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    back = mudata.read_h5mu(output)
    tl.integrate(whole, MODEL)
    np.testing.assert_array_equal(back.obsm[keys.EMBEDDING], whole.obsm[keys.EMBEDDING])
    np.testing.assert_array_equal(stored_operator(back).operator.toarray(), stored_operator(whole).operator.toarray())
    assert back.uns["note"] == whole.uns["note"]


def test_results_go_into_the_very_old_file(old, monkeypatch, capsys):
    """If missing cells are refused, the error is one line, and the file stays as it was."""
    before = old.read_bytes()
    command = ["integrated-diffusion", "run", str(old), "-o", str(old), "--missing=refuse", "--overwrite"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "1 of 40 samples missing in" in capsys.readouterr().err
    assert old.read_bytes() == before
