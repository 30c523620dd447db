"""Questions to what is integrated: which features go together, and one page to look at."""

import re

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.association import (
    EqualFrequency,
    FixedSmoothing,
    JointSmoothing,
    NoSmoothing,
    associate,
    matching_pairs,
)
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.writing.assemble import joined
from integrated_diffusion.io.writing.mudata_file import write_mudata
from integrated_diffusion.operators import blockwise as blocks
from integrated_diffusion.scverse import normalised_values, pp, tl
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")

FAST = ("--n-components", "3", "--steps", "rna=1", "--steps", "prot=1")
TABLE = "rna,prot\nrna0,prot0\nrna1,prot0\nrna2,prot7\n"


def read_anndata(path):
    return anndata.read_h5ad(path) if path.suffix == ".h5ad" else anndata.io.read_zarr(path)


def opened(path):
    with own_columns():
        return mudata.read_h5mu(path)


@pytest.fixture
def joint(begin, run, h5mu, tmp_path):
    def integrated_file(folder):
        code, _, err = run("run", h5mu, "-o", folder / "joint.h5mu", *FAST)
        assert code == 0, err

    begin(integrated_file)
    (tmp_path / "table.csv").write_text(TABLE)
    return tmp_path / "joint.h5mu"


def test_pairs_of_a_table_in_a_table(run, joint, tmp_path):
    words = ("--pairs", tmp_path / "table.csv", "--n-shuffles", "4", "--random-state", "3")
    code, out, err = run("associate", joint, "-o", tmp_path / "pairs.csv", *words)
    assert code == 0, err
    found = pd.read_csv(tmp_path / "pairs.csv")
    assert {*zip(found["first"], found["second"], strict=True)} == {
        ("rna0", "prot0"),
        ("rna1", "prot0"),
        ("rna2", "prot7"),
    }
    data = opened(joint)
    A, B = (normalised_values.normalised(data, view) for view in ("rna", "prot"))
    pairs = matching_pairs(["0", "1", "2"], ["0"])
    pairs = type(pairs)([0, 1, 2], [0, 0, 7], ["rna0", "rna1", "rna2"], ["prot0", "prot0", "prot7"])
    integrated = stored_operator(data)
    J = integrated.operator
    expected = associate(FixedSmoothing(J, J), A, B, pairs, EqualFrequency(10), 4, 3).frame()
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12)
    assert (tmp_path / "pairs_associations.png").read_bytes().startswith(b"\x89PNG")
    assert run("associate", joint, "-o", tmp_path / "views.csv", *words, "--null", "views")[0] == 0
    expected = associate(JointSmoothing(integrated, "rna", "prot"), A, B, pairs, EqualFrequency(10), 4, 3).frame()
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "views.csv"), expected, check_exact=False, rtol=1e-12)
    for word in ("score", "null", "excess", "rna0", "prot0", "wrote"):
        assert word in out


def test_a_mudata_gains_the_table_and_keeps_the_rest(run, joint, tmp_path):
    words = ("--pairs", tmp_path / "table.csv", "--n-shuffles", "3", "--between", "rna,prot")
    picture = joint.with_suffix(".png").read_bytes()
    assert run("associate", joint, "-o", tmp_path / "more.h5mu", *words)[0] == 0
    assert (tmp_path / "more_associations.png").exists()
    assert joint.with_suffix(".png").read_bytes() == picture
    before, after = opened(joint), opened(tmp_path / "more.h5mu")
    kept = after.uns[keys.ASSOCIATIONS]
    assert (kept["first"], kept["second"], int(kept["n_shuffles"])) == ("rna", "prot", 3)
    assert len(kept["table"]) == 3
    np.testing.assert_array_equal(after.obsm[keys.EMBEDDING], before.obsm[keys.EMBEDDING])
    pd.testing.assert_frame_equal(after.obs, before.obs)


def test_other_smoothings(run, joint, tmp_path):
    words = ("--pairs", tmp_path / "table.csv", "--n-shuffles", "0", "--n-bins", "5")
    scores = {}
    for name in ("joint", "views", "none"):
        assert run("associate", joint, "-o", tmp_path / f"{name}.tsv", *words, "--smoothing", name)[0] == 0
        scores[name] = pd.read_csv(tmp_path / f"{name}.tsv", sep="\t").set_index(["first", "second"])["score"]
    code, out, _ = run("associate", joint, "-o", tmp_path / "again.csv", "--pairs", tmp_path / "joint.tsv", *words[2:])
    assert code == 0
    assert "nan" not in out
    again = pd.read_csv(tmp_path / "again.csv").set_index(["first", "second"])["score"]
    pd.testing.assert_series_equal(again, scores["joint"])
    data = opened(joint)
    A, B = (normalised_values.normalised(data, view) for view in ("rna", "prot"))
    pairs = type(matching_pairs(["x"], ["x"]))([2], [7], ["rna2"], ["prot7"])
    raw = associate(NoSmoothing(), A, B, pairs, EqualFrequency(5), 0).score[0]
    assert scores["none"]["rna2", "prot7"] == pytest.approx(raw, rel=1e-12)
    assert len({round(score["rna2", "prot7"], 6) for score in scores.values()}) == 3


def test_what_is_not_integrated_is_integrated_first(run, h5mu, tmp_path):
    (tmp_path / "table.csv").write_text(TABLE)
    words = ("--pairs", tmp_path / "table.csv", "--n-shuffles", "0")
    code, _, err = run("associate", h5mu, "-o", tmp_path / "out.h5mu", *words)
    assert code == 0, err
    after = opened(tmp_path / "out.h5mu")
    assert keys.EMBEDDING in after.obsm
    assert len(after.uns[keys.ASSOCIATIONS]["table"]) == 3


MISTAKES = {
    "no pairs": ((), "expected .*found none .*'rna0'.*'prot0'"),
    "two sources": (("--pairs", "table.csv", "--column", "x"), "found --pairs and --column; leave one out"),
    "no column": (("--column", "linked"), "expected a column of var of 'prot'"),
    "no view": (("--between", "rna,protein", "--pairs", "table.csv"), "'protein'; correct the name"),
    "one view": (("--between", "rna", "--pairs", "table.csv"), "expected two views"),
    "no such table": (("--pairs", "tabel.csv"), "expected a file at .*perhaps table.csv"),
    "no such genes": (("--genes", "genes.gtf"), "expected a file at"),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_mistakes_are_one_line(run, joint, tmp_path, monkeypatch, mistake):
    monkeypatch.chdir(tmp_path)
    words, message = MISTAKES[mistake]
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code, _, err = run("associate", joint, "-o", tmp_path / "out.csv", *words)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert re.search(message, err), err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_output_of_another_kind(run, joint, tmp_path):
    code, _, err = run("associate", joint, "-o", tmp_path / "out.json")
    assert code == 2
    assert "ends in .csv or .tsv or .h5mu or .zarr, found '.json'" in err


class TestReport:
    def test_one_page(self, run, joint, tmp_path):
        words = ("--features", "rna1,prot2", "--title", "A <b>title</b>")
        code, out, err = run("report", joint, "-o", tmp_path / "report.html", *words)
        assert code == 0, err
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert page.lower().startswith("<!doctype html>")
        assert "A &lt;b&gt;title&lt;/b&gt;" in page
        assert "A <b>title" not in page
        assert "wrote" in out

    @pytest.mark.parametrize(
        ("words", "message"),
        [(("--features", "rna1,CD4x"), "'CD4x'"), (("--features", ""), "wrote")],
    )
    def test_features_are_looked_up(self, run, joint, tmp_path, words, message):
        code, out, err = run("report", joint, "-o", tmp_path / "report.html", *words)
        assert message in (err if code else out)

    def test_what_is_not_integrated(self, run, h5mu, tmp_path):
        code, _, err = run("report", h5mu, "-o", tmp_path / "report.html")
        assert code == 2
        assert "expected an integrated operator" in err
        assert "integrate first" in err
        assert not (tmp_path / "report.html").exists()

    def test_no_mudata(self, run, tmp_path):
        (tmp_path / "x.h5mu").write_bytes(b"nothing of the kind")
        code, _, err = run("report", tmp_path / "x.h5mu", "-o", tmp_path / "report.html")
        assert code == 2
        assert "expected an HDF5 file" in err


class TestNothingIsLost:
    def test_what_is_read_is_never_replaced(self, run, joint, h5mu, tmp_path):
        table, other = tmp_path / "table.csv", tmp_path / "other.csv"
        other.write_text(TABLE)
        for words in (
            (joint, "-o", table, "--pairs", table),
            (joint, "-o", other, "--genes", other),
            (table, other, "-o", table),
            (h5mu, table, "-o", h5mu),
        ):
            before = {path: path.read_bytes() for path in tmp_path.iterdir()}
            code, _, err = run("associate", *words)
            assert code == 2
            assert "would be lost; choose another name" in err
            assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before

    def test_threads_and_seeds_are_checked(self, run, joint, tmp_path):
        words = ("--pairs", tmp_path / "table.csv", "-o", tmp_path / "out.csv")
        assert "n_jobs: expected a number of threads" in run("associate", joint, *words, "--n-jobs", 0)[2]
        assert "--random-state" in run("associate", joint, *words, "--random-state", -1)[2]
        assert not (tmp_path / "out.csv").exists()


class TestDenoise:
    def test_an_integrated_file_is_denoised_by_its_own_operator(self, run, joint, tmp_path):
        code, out, err = run("denoise", joint, "-o", tmp_path / "out.h5mu", "--only", "rna", "--times", 2)
        assert code == 0, err
        data, found = opened(joint), opened(tmp_path / "out.h5mu")
        J = stored_operator(data).operator
        assert f"integrated operator J = {J!r}" in " ".join(out.split())
        expected = J @ (J @ np.asarray(normalised_values.normalised(data, "rna").toarray(), dtype=np.float64))
        np.testing.assert_allclose(found["rna"].layers["integrated"], expected, rtol=1e-4, atol=1e-6)
        how = found["rna"].uns[keys.DENOISING]
        assert (how["view"], int(how["power"]), how["operator"]) == ("rna", 2, repr(J))
        words = ("denoise", joint, "-o", tmp_path / "out.csv", "--only", "rna", "--features", "rna3, rna1")
        assert run(*words)[0] == 0
        chosen = pd.read_csv(tmp_path / "out.csv", index_col=0)
        assert list(chosen.columns) == ["rna3", "rna1"]
        np.testing.assert_allclose(
            chosen["rna1"], (J @ normalised_values.normalised(data, "rna").toarray())[:, 1], rtol=1e-4
        )

    def test_other_settings_make_another_operator(self, run, joint, tmp_path):
        words = ("--only", "rna", "--steps", "rna=2", "--steps", "prot=2")
        code, out, err = run("denoise", joint, "-o", tmp_path / "out.h5mu", *words)
        assert code == 0, err
        assert "rna² · prot²" in out
        assert opened(tmp_path / "out.h5mu")["rna"].uns[keys.DENOISING]["operator"] == "rna² · prot²"
        for asked in (("--n-pca", 7), ("--random-state", 1)):  # neither is ignored because the file has an operator
            code, out, err = run(
                "denoise", joint, "-o", tmp_path / "other.h5mu", "--only", "rna", *asked, "--overwrite"
            )
            assert code == 0, err
            assert "normalisation" in " ".join(out.split())  # the table of a fit

    @pytest.mark.parametrize("scale", ["normalised", "counts"])
    def test_a_stored_file_repeats_what_was_selected(self, run, h5mu, tmp_path, scale):
        words = ("--only", "rna", "--scale", scale)
        assert run("run", h5mu, "-o", tmp_path / "joint.h5mu", "--n-components", 3)[0] == 0
        code, out, err = run("denoise", tmp_path / "joint.h5mu", "-o", tmp_path / "stored.h5mu", *words)
        assert code == 0, err
        assert "rna denoised: " in out
        assert run("denoise", h5mu, "-o", tmp_path / "fitted.h5mu", *words)[0] == 0
        stored, fitted = (opened(tmp_path / f"{name}.h5mu")["rna"] for name in ("stored", "fitted"))
        np.testing.assert_allclose(stored.layers["integrated"], fitted.layers["integrated"], rtol=1e-4, atol=1e-5)
        assert stored.uns[keys.DENOISING] == fitted.uns[keys.DENOISING]
        assert stored.uns[keys.DENOISING]["scale"] == scale
        if scale == "counts":
            totals = np.asarray(stored.X.sum(axis=1)).ravel()
            np.testing.assert_allclose(stored.layers["integrated"].sum(axis=1), totals, rtol=1e-4)

    def test_an_amount_is_given(self, run, joint, tmp_path):
        words = ("denoise", joint, "-o", tmp_path / "out.h5mu", "--only", "rna")
        code, out, err = run(*words, "--amount", 0.25)
        assert code == 0, err
        assert "0.75 X + 0.25 J X" in out
        X = normalised_values.normalised(opened(joint), "rna").toarray()
        expected = 0.75 * X + 0.25 * (stored_operator(opened(joint)).operator @ X)
        np.testing.assert_allclose(opened(tmp_path / "out.h5mu")["rna"].layers["integrated"], expected, rtol=1e-4)
        for amount, message in (("much", "--amount: expected a number"), ("2", "from 0 to 1, found 2")):
            code, _, err = run(*words, "--amount", amount, "--overwrite")
            assert (code, message in err) == (2, True), err
        code, _, err = run(*words, "--amount", "cross_validated", "--overwrite")
        assert (code, "a smoother of 'rna' in the record" in err) == (2, True)

    def test_values_that_are_no_counts(self, run, npz, tmp_path):
        words = ("--only", "a", "--scale", "counts", "--steps", "a=1", "--steps", "b=1")
        code, _, err = run("denoise", npz, "-o", tmp_path / "out.npz", *words)
        assert (code, "scale='counts': expected a view of counts" in err) == (2, True), err
        assert not (tmp_path / "out.npz").exists()

    def test_no_names_are_all_features(self, run, h5mu, tmp_path):
        words = ("--only", "rna", "--features", "", "--steps", "rna=1", "--steps", "prot=1")
        assert run("denoise", h5mu, "-o", tmp_path / "out.h5mu", *words)[0] == 0
        assert opened(tmp_path / "out.h5mu")["rna"].layers["integrated"].shape == (90, 40)

    @pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
    @pytest.mark.parametrize("features", [None, "rna3,rna1"])
    def test_a_file_of_its_own(self, run, joint, tmp_path, suffix, features):
        words = ("--only", "rna", *(["--features", features] if features else []))
        assert run("denoise", joint, "-o", tmp_path / f"out{suffix}", *words)[0] == 0
        data, found = opened(joint), read_anndata(tmp_path / f"out{suffix}")
        expected = stored_operator(data).operator @ normalised_values.normalised(data, "rna").toarray()
        columns = [3, 1] if features else list(range(40))
        np.testing.assert_allclose(found.X, expected[:, columns], rtol=1e-4, atol=1e-6)
        assert list(found.obs_names) == list(data.obs_names)
        assert list(found.var_names) == [f"rna{i}" for i in columns]
        assert found.uns[keys.DENOISING] == {
            "view": "rna",
            "smoother": "integrated",
            "power": 1,
            "amount": 1.0,
            "scale": "normalised",
            "threshold": 0.0,
            "operator": repr(stored_operator(data).operator),
        }

    def test_values_of_other_views_are_not_read(self, run, joint, tmp_path):
        whole = run("denoise", joint, "-o", tmp_path / "a.npy", "--only", "rna")
        assert whole[0] == 0, whole[2]
        with h5py.File(joint, "r+") as file:
            del file["mod/prot/X"]
            del file["obsm/X_integrated"]
        assert run("denoise", joint, "-o", tmp_path / "b.npy", "--only", "rna")[0] == 0
        np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))

    def test_cells_of_a_modality_in_an_order_of_their_own(self, run, h5mu, tmp_path):
        data = opened(h5mu)
        turned = joined({"prot": data["prot"], "rna": data["rna"][::-1].copy()})
        write_mudata(turned, tmp_path / "turned.h5mu")
        assert run("run", tmp_path / "turned.h5mu", "-o", tmp_path / "joint.h5mu", *FAST)[0] == 0
        assert run("denoise", tmp_path / "joint.h5mu", "-o", tmp_path / "out.h5ad", "--only", "rna")[0] == 0
        data, found = opened(tmp_path / "joint.h5mu"), read_anndata(tmp_path / "out.h5ad")
        assert list(data["rna"].obs_names) != list(data.obs_names) == list(found.obs_names)
        expected = stored_operator(data).operator @ normalised_values.normalised(data, "rna").toarray()
        np.testing.assert_allclose(found.X, expected, rtol=1e-4, atol=1e-6)

    def test_what_was_prepared_is_taken_as_it_was(self, run, h5mu, tmp_path):
        data = pp.prepare(opened(h5mu), recipes={"rna": "protein"})
        tl.integrate(data, IntegratedDiffusion(n_components=2, steps={"rna": 1, "prot": 1}))
        write_mudata(data, tmp_path / "joint.h5mu")
        assert run("denoise", tmp_path / "joint.h5mu", "-o", tmp_path / "out.h5ad", "--only", "rna")[0] == 0
        expected = stored_operator(data).operator @ data["rna"].layers[keys.NORMALISED_LAYER].toarray()
        np.testing.assert_allclose(read_anndata(tmp_path / "out.h5ad").X, expected, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
    def test_a_stopped_command_goes_on(self, run, joint, tmp_path, suffix, monkeypatch):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", 1)
        words, seen = ("--only", "rna", "-o", tmp_path / f"out{suffix}"), []

        def interrupted(self, first):
            for place, block in from_column(self, first):
                if place.start == 32 and 32 not in seen:
                    seen.append(32)
                    raise KeyboardInterrupt
                seen.append(place.start)
                yield place, block

        from_column = blocks.BlockedProduct.from_column
        monkeypatch.setattr(blocks.BlockedProduct, "from_column", interrupted)
        assert run("denoise", joint, *words)[0] == 130
        assert not (tmp_path / f"out{suffix}").exists()
        assert run("denoise", joint, *words)[0] == 0
        assert seen == [0, 16, 32, 32]
        assert run("denoise", joint, "--only", "rna", "-o", tmp_path / "whole.npy")[0] == 0
        np.testing.assert_array_equal(read_anndata(tmp_path / f"out{suffix}").X, np.load(tmp_path / "whole.npy"))
        assert not list(tmp_path.glob(".*"))

    def test_a_folder_of_the_user_stays(self, run, joint, tmp_path):
        (tmp_path / "mine.zarr").mkdir()
        (tmp_path / "mine.zarr" / "letter").write_text("dear")
        code, _, err = run("denoise", joint, "-o", tmp_path / "mine.zarr", "--only", "rna")
        assert (code, err.count("\n")) == (2, 1)
        assert "found a folder of that name; choose another name" in err
        assert (tmp_path / "mine.zarr" / "letter").read_text() == "dear"

    def test_mistakes(self, run, joint, tmp_path):
        for words, message in (
            (("--only", "rnb"), "'rnb'; correct the name"),
            (("--only", "rna", "--features", "rna99x"), "'rna99x'; try"),
        ):
            code, _, err = run("denoise", joint, "-o", tmp_path / "out.csv", *words)
            assert code == 2
            assert message in err
            assert not (tmp_path / "out.csv").exists()


def test_a_10x_file_of_rna_and_peaks_from_first_to_last(run, tmp_path):
    """Cell Ranger ARC's layout: features of both kinds in one matrix, by columns, peaks named by their place."""
    rng = np.random.default_rng(0)
    cells, starts = 90, 1_000 * np.arange(1, 31)
    rates = rng.gamma(1, 1, (3, 70))[rng.integers(3, size=cells)]
    counts = sp.csc_array((rng.poisson(rates) + (np.arange(70) == 0)).T.astype(np.int32))
    names = [f"GENE{i}" for i in range(40)] + [f"chr1:{start}-{start + 200}" for start in starts]
    with h5py.File(tmp_path / "filtered_feature_bc_matrix.h5", "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = np.array([f"CELL{i}-1" for i in range(cells)], dtype="S")
        for part in ("data", "indices", "indptr"):
            group[part] = getattr(counts, part)
        group["shape"] = np.array(counts.shape, dtype=np.int32)
        features = group.create_group("features")
        features["id"] = features["name"] = np.array(names, dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * 40 + ["Peaks"] * 30, dtype="S")
    lines = [f'chr1\ttest\tgene\t{s + 50}\t{s + 90}\t.\t+\t.\tgene_name "GENE{i}";\n' for i, s in enumerate(starts[:5])]
    (tmp_path / "genes.gtf").write_text("".join(lines))
    joint = tmp_path / "joint.h5mu"
    code, _, err = run("run", tmp_path / "filtered_feature_bc_matrix.h5", "-o", joint, "--n-components", "3")
    assert code == 0, err
    record = opened(joint).uns[keys.RECORD]
    assert {name: view["recipe"] for name, view in record["views"].items()} == {"rna": "rna", "atac": "chromatin"}
    words = ("--genes", tmp_path / "genes.gtf", "--window", 500, "--n-shuffles", 3)
    code, _, err = run("associate", joint, "-o", tmp_path / "pairs.csv", *words)
    assert code == 0, err
    found = pd.read_csv(tmp_path / "pairs.csv")
    expected = {(f"GENE{i}", f"chr1:{s}-{s + 200}") for i, s in enumerate(starts[:5])}
    assert set(zip(found["first"], found["second"], strict=True)) == expected
    assert set(found["distance"]) == {0}
    assert run("report", joint, "-o", tmp_path / "report.html")[0] == 0
