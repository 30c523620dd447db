"""Missing samples on the command line: kept, dropped or refused, from files of every kind to files."""

from __future__ import annotations

import json

import anndata as ad
import mudata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.io import keys, stored_operator
from mudata_settings import own_columns

N = 90
FAST = ("--n-components", "3", "--steps", "rna=1", "--steps", "prot=1")
pytestmark = [
    pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning"),
    pytest.mark.filterwarnings("default::integrated_diffusion.views.missing.MissingSamplesWarning"),
]


@pytest.fixture
def lacking(h5mu, tmp_path):
    """A MuData whose RNA lacks ten cells, and whose proteins lack twenty others."""
    with own_columns():
        whole = mudata.read_h5mu(h5mu)
        part = mudata.MuData({"rna": whole["rna"][10:].copy(), "prot": whole["prot"][:70].copy()})
        part.obs["kind"] = whole.obs["kind"].reindex(part.obs_names)
        part.write(tmp_path / "lacking.h5mu")
    return tmp_path / "lacking.h5mu"


def read_h5mu(path):
    with own_columns():
        return mudata.read_h5mu(path)


def test_kept_and_denoised_by_the_stored_operator(run, lacking, tmp_path):
    joint = tmp_path / "joint.h5mu"
    code, out, err = run("run", lacking, "-o", joint, *FAST, "--color", "kind")
    assert code == 0, err
    assert "90 samples; measured: 80 by rna, 70 by prot" in out
    data = read_h5mu(joint)
    assert data.obsm[keys.EMBEDDING].shape == (N, 3)
    assert data.obsm[keys.MEASURED].sum(axis=0).tolist() == [80, 70]
    assert (data["rna"].n_obs, data["prot"].n_obs) == (80, 70)

    code, _, err = run("denoise", joint, "-o", tmp_path / "prot.h5ad", "--only", "prot")
    assert code == 0, err
    denoised = ad.read_h5ad(tmp_path / "prot.h5ad")
    assert list(denoised.obs_names) == list(data.obs_names)
    code, _, err = run("denoise", lacking, "-o", tmp_path / "again.h5ad", "--only", "prot", *FAST[2:])
    assert code == 0, err
    again = ad.read_h5ad(tmp_path / "again.h5ad")
    np.testing.assert_allclose(denoised.X, again[denoised.obs_names].X, rtol=1e-5, atol=1e-5)
    J = stored_operator(data)
    assert np.isfinite(denoised.X).all()
    assert J.measured["prot"].sum() == 70

    code, _, err = run("denoise", joint, "-o", tmp_path / "layer.h5mu", "--only", "prot")
    assert code == 0, err
    layer = pd.DataFrame(read_h5mu(tmp_path / "layer.h5mu")["prot"].layers[keys.DENOISED_LAYER], data["prot"].obs_names)
    own = pd.DataFrame(denoised.X, denoised.obs_names).loc[layer.index]
    np.testing.assert_allclose(layer, own, rtol=1e-6)


def test_associations_and_report(run, lacking, tmp_path):
    joint, table = tmp_path / "joint.h5mu", tmp_path / "pairs.tsv"
    code, _, err = run("run", lacking, "-o", joint, *FAST)
    assert code == 0, err
    pd.DataFrame({"a": ["rna1"], "b": ["prot1"]}).to_csv(table, sep="\t", index=False)
    code, _, err = run("associate", joint, "-o", tmp_path / "found.csv", "--pairs", table, "--n-shuffles", "3")
    assert code == 0, err
    for words in (("--smoothing", "views"), ("--smoothing", "none"), ("--null", "views")):
        again = run(
            "associate", joint, "-o", tmp_path / "a.csv", "--pairs", table, "--n-shuffles", "3", *words, "--overwrite"
        )
        assert again[0] == 0, again[2]
    code, _, err = run("report", joint, "-o", tmp_path / "report.html")
    assert code == 0, err
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_dropped(run, lacking, tmp_path):
    code, _, err = run("run", lacking, "-o", tmp_path / "joint.h5mu", *FAST, "--missing", "drop")
    assert code == 0, err
    assert "60 samples remain" in " ".join(err.split())
    data = read_h5mu(tmp_path / "joint.h5mu")
    assert data.n_obs == data["rna"].n_obs == data["prot"].n_obs == 60
    assert keys.MEASURED not in data.obsm


def test_refused(run, lacking, tmp_path):
    code, _, err = run("run", lacking, "-o", tmp_path / "joint.h5mu", *FAST, "--missing", "refuse")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "found 10 of 90 samples missing in 'rna'" in err
    assert not (tmp_path / "joint.h5mu").exists()


def test_tables_are_matched_by_name(run, lacking, tmp_path):
    data = read_h5mu(lacking)
    paths = [tmp_path / "rna.csv", tmp_path / "prot.csv"]
    for path in paths:
        data[path.stem].to_df().to_csv(path)
    code, _, err = run("run", *paths, "-o", tmp_path / "joint.npz", *FAST)
    assert code == 0, err
    with np.load(tmp_path / "joint.npz") as found:
        assert found["embedding"].shape == (N, 3)
        names = list(found["sample_names"])
    assert names[:80] == list(data["rna"].obs_names)
    assert json.loads((tmp_path / "joint.json").read_text())["n_samples"] == N
    code, _, err = run("run", *paths, "-o", tmp_path / "joint.h5mu", *FAST, "--overwrite")  # their picture is one
    assert code == 0, err
    joint = read_h5mu(tmp_path / "joint.h5mu")
    assert list(joint.obs_names) == names
    np.testing.assert_array_equal(np.load(tmp_path / "joint.npz")["embedding"], joint.obsm[keys.EMBEDDING])


def test_annotated_tables_keep_their_annotations(run, lacking, tmp_path):
    data = read_h5mu(lacking)
    paths = [tmp_path / "rna.h5ad", tmp_path / "prot.h5ad"]
    for path in paths:
        cells = data[path.stem].copy()
        cells.obs["half"] = pd.Categorical(["a", "b"] * (cells.n_obs // 2))
        cells.write(path)
    code, _, err = run("run", *paths, "-o", tmp_path / "joint.h5mu", *FAST, "--color", "half")
    assert code == 0, err
    joint = read_h5mu(tmp_path / "joint.h5mu")
    assert joint.n_obs == N
    assert list(joint["rna"].obs["half"]) == ["a", "b"] * 40


def test_arrays_with_rows_of_nan(run, tmp_path):
    rng = np.random.default_rng(0)
    place = rng.uniform(0, 1, (N, 1))
    views = {name: np.hstack([np.sin(3 * place), place]) @ rng.normal(size=(2, 6)) for name in ("rna", "prot")}
    views = {name: X + 0.1 * rng.normal(size=X.shape) for name, X in views.items()}
    views["rna"][:15] = np.nan
    np.savez(tmp_path / "in.npz", **views)
    code, out, err = run("run", tmp_path / "in.npz", "-o", tmp_path / "out.npz", *FAST)
    assert code == 0, err
    assert "measured: 75 by rna, 90 by prot" in out
    code, _, err = run("denoise", tmp_path / "in.npz", "-o", tmp_path / "rna.csv", "--only", "rna", *FAST[2:])
    assert code == 0, err
    assert pd.read_csv(tmp_path / "rna.csv", index_col=0).notna().to_numpy().all()
