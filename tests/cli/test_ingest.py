"""`ingest`: new cells of one file among those of another."""

import mudata
import numpy as np

from mudata_settings import own_columns

FIT = ("--steps", "rna=1", "--steps", "prot=1", "--n-neighbors", "10")


def integrated(run, h5mu, tmp_path):
    code, _, err = run("run", h5mu, "-o", tmp_path / "joint.h5mu", *FIT)
    assert code == 0, err
    with own_columns():
        query = mudata.MuData({"rna": mudata.read_h5mu(h5mu)["rna"][:25].copy()})
        query.write(tmp_path / "query.h5mu")
    return tmp_path / "query.h5mu", tmp_path / "joint.h5mu"


def test_a_query_is_placed(run, h5mu, tmp_path):
    query, joint = integrated(run, h5mu, tmp_path)
    words = ("ingest", query, "--reference", joint, "-o", tmp_path / "mapped.h5mu", "--transfer", "kind")
    code, out, err = run(*words, "--predict", "prot")
    assert code == 0, err
    assert "placed 25 cells" in out
    assert "kind: <type " in out
    with own_columns():
        mapped, reference = (mudata.read_h5mu(tmp_path / name) for name in ("mapped.h5mu", "joint.h5mu"))
    assert mapped.obsm["integrated_predicted_prot"].shape == (25, 20)
    assert mapped.obs["integrated_kind"].notna().all()
    assert np.isfinite(mapped.obs["integrated_distance"]).all()
    assert mapped.obsm["X_integrated"].shape == (25, reference.obsm["X_integrated"].shape[1])


def test_mistakes_are_one_line(run, h5mu, tmp_path):
    query, joint = integrated(run, h5mu, tmp_path)
    for words, message in (
        ((query, "--reference", h5mu, "-o", tmp_path / "m.h5mu"), "expected an integrated operator in the reference"),
        ((query, "--reference", joint, "-o", joint), "expected an output beside the reference"),
        ((query, "--reference", joint, "-o", tmp_path / "m.h5ad"), "expected an output that ends in .h5mu"),
        ((query, "--reference", joint, "-o", tmp_path / "m.h5mu", "--transfer", "x"), "expected a column"),
        ((tmp_path / "no.h5mu", "--reference", joint, "-o", tmp_path / "m.h5mu"), "no.h5mu"),
    ):
        code, _, err = run("ingest", *words)
        assert code == 2
        assert message in err
        assert err.count("\n") == 1
        assert not (tmp_path / "m.h5mu").exists()
