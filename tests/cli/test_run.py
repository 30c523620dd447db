"""The command line as a user meets it: files in, files out, and one line for every mistake."""

import json
import os
import signal
import subprocess
import sys
import time

import anndata as ad
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.version import __version__
from integrated_diffusion.views.recipes import RECIPES
from mudata_settings import own_columns

N = 90

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


def read_h5mu(path):
    with own_columns():
        return mudata.read_h5mu(path)


def read_anndata(path):
    return ad.read_h5ad(path) if path.suffix == ".h5ad" else ad.io.read_zarr(path)


FAST = ("--n-components", "3", "--no-local-denoising")


class TestRun:
    def test_arrays_in_arrays_and_a_record_out(self, run, npz, tmp_path):
        output = tmp_path / "out.npz"
        code, out, err = run("run", npz, "-o", output, *FAST, "--steps", "a=2", "--steps", "b=1", "--power", "2")
        assert code == 0, err
        with np.load(output) as found:
            assert found["embedding"].shape == (N, 3)
            assert found["phate"].shape == (N, 2)
        record = json.loads(output.with_suffix(".json").read_text())
        assert record["steps"] == {"a": 2, "b": 1}
        assert record["power"] == 2
        assert record["version"] == __version__
        assert record["operator"] == "a² · b"
        assert record["parameters"]["n_components"] == 3
        assert record["views"]["a"]["recipe"] == "other"
        assert len(record["entropy"]["b"]["value"]) == 100
        assert output.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        for word in ("view", "samples", "neighbours", "elbow", "steps", "a² · b", "power 2", "wrote"):
            assert word in out

    def test_same_seed_same_bytes(self, run, npz, tmp_path):
        for name, n_jobs in (("one", 1), ("two", 2)):
            assert run("run", npz, "-o", tmp_path / f"{name}.npz", *FAST, "--n-jobs", n_jobs)[0] == 0
        with np.load(tmp_path / "one.npz") as one, np.load(tmp_path / "two.npz") as two:
            for name in one.files:
                np.testing.assert_array_equal(one[name], two[name])

    def test_steps_by_prediction_tell_what_each_view_is_worth(self, run, npz, tmp_path):
        code, out, err = run("run", npz, "-o", tmp_path / "out.npz", *FAST)
        assert code == 0, err
        record = json.loads((tmp_path / "out.json").read_text())
        tried = record["selection"]
        assert set(tried["view_contributions"]) == set(tried["steps"]) == {"a", "b"}
        assert tried["error"] == sorted(tried["error"])
        columns = (tried["steps"]["a"], tried["steps"]["b"], tried["n_repeats"], tried["weight_exponent"])
        assert {len(column) for column in columns} == {len(tried["error"])}
        models = set(zip(*columns, strict=True))
        assert len(models) == len(tried["error"]) >= 5
        assert {(1, 1, 1, 0), (1, 0, 1, 0), (0, 1, 1, 0)} < models  # equal steps, and each view alone
        for name, contribution in tried["view_contributions"].items():
            assert f"{name} {contribution}" in out

    @pytest.mark.parametrize(("order", "formula"), [("given", "a² · b"), ("both", "0.5 a² · b + 0.5 b · a²")])
    def test_orders(self, run, npz, tmp_path, order, formula):
        words = ("--steps", "a=2", "--steps", "b=1", "--power", "1", "--order", order)
        assert run("run", npz, "-o", tmp_path / "out.npz", *FAST, *words)[0] == 0
        assert json.loads((tmp_path / "out.json").read_text())["operator"] == formula

    @pytest.mark.parametrize("option", ["--split-counts", "--thin"])
    def test_counts_are_split(self, run, h5mu, tmp_path, option):
        code, _, err = run("run", h5mu, "-o", tmp_path / "out.npz", *FAST, option)
        assert code == 0, err
        assert ("--thin is called --split-counts now" in err) == (option == "--thin")
        record = json.loads((tmp_path / "out.json").read_text())
        assert record["parameters"]["steps"]["split"]["kind"] == "CountSplitting"
        assert record["parameters"]["recipes"] == {"rna": "rna", "prot": "protein"}
        assert set(record["selection"]["view_contributions"]) == {"rna", "prot"}

    def test_count_splitting_needs_counts_and_cross_validation(self, run, npz, h5mu, tmp_path):
        check_mistake(
            run, ["run", npz, "-o", tmp_path / "out.npz", "--split-counts"], "expected a view of counts", tmp_path
        )
        words = ["run", h5mu, "-o", tmp_path / "out.npz", "--split-counts", "--preset", "paper"]
        check_mistake(run, words, "expected cross-validated steps", tmp_path)

    def test_mudata_keeps_what_was_in_it(self, run, h5mu, tmp_path):
        output = tmp_path / "joint.h5mu"
        code, out, err = run("run", h5mu, "-o", output, *FAST, "--color", "kind")
        assert code == 0, err
        with h5py.File(output) as file:
            assert file["obsm/X_integrated"].shape == (N, 3)
            assert file["obsm/X_integrated_phate"].shape == (N, 2)
            assert {"integrated_connectivities", "integrated_distances"} <= set(file["obsp"])
            assert set(file["uns/integrated_diffusion/steps"]) == {"rna", "prot"}
        joint, before = read_h5mu(output), read_h5mu(h5mu)
        pd.testing.assert_frame_equal(joint.obs, before.obs)
        assert (joint["rna"].X != before["rna"].X).nnz == 0
        assert "rna" in out
        assert "protein" in out

    def test_paper_preset_and_recipes(self, run, h5mu, tmp_path):
        code, _, err = run(
            "run", h5mu, "-o", tmp_path / "out.npz", *FAST, "--preset", "paper", "--normalize", "prot=other"
        )
        assert code == 0, err
        record = json.loads((tmp_path / "out.json").read_text())
        assert record["views"]["prot"]["recipe"] == "other"
        assert record["views"]["rna"]["recipe"] == "rna"
        assert record["parameters"]["kernel"]["kind"] == "AlphaDecayKernel"

    def test_tables_are_matched_by_name(self, run, views, tmp_path):
        names = [f"s{i}" for i in range(N)]
        pd.DataFrame(views["a"], index=names).to_csv(tmp_path / "a.csv")
        pd.DataFrame(views["b"], index=names).to_csv(tmp_path / "b.csv")
        shuffled = np.random.default_rng(2).permutation(N)
        (tmp_path / "other").mkdir()
        pd.DataFrame(views["b"], index=names).iloc[shuffled].to_csv(tmp_path / "other" / "b.csv")
        for name, second in (("x", tmp_path / "b.csv"), ("y", tmp_path / "other" / "b.csv")):
            assert run("run", tmp_path / "a.csv", second, "-o", tmp_path / f"{name}.npz", *FAST)[0] == 0
        with np.load(tmp_path / "x.npz") as x, np.load(tmp_path / "y.npz") as y:
            np.testing.assert_array_equal(x["embedding"], y["embedding"])


class TestDenoise:
    def test_chosen_features_are_what_the_model_gives(self, run, npz, tmp_path):
        steps = ("--steps", "a=2", "--steps", "b=1", "--no-local-denoising")
        whole = run("denoise", npz, "-o", tmp_path / "all.npz", "--only", "a", *steps)
        some = run("denoise", npz, "-o", tmp_path / "some.csv", "--only", "a", "--features", "3,7", *steps)
        assert whole[0] == 0, whole[2]
        assert some[0] == 0, some[2]
        with np.load(tmp_path / "all.npz") as found:
            values, names = found["values"], list(found["feature_names"])
        table = pd.read_csv(tmp_path / "some.csv", index_col=0)
        chosen = [names.index(name) for name in table.columns]
        np.testing.assert_allclose(table.to_numpy(), values[:, chosen], rtol=1e-5)

    def test_smooths(self, run, npz, views, tmp_path):
        assert run("denoise", npz, "-o", tmp_path / "a.npy", "--only", "a")[0] == 0
        assert np.load(tmp_path / "a.npy").var(axis=0).sum() < 0.9 * views["a"].shape[1]  # standardised before

    def test_layer_in_a_mudata(self, run, h5mu, tmp_path):
        code, _, err = run("denoise", h5mu, "-o", tmp_path / "out.h5mu", "--only", "rna", "--no-local-denoising")
        assert code == 0, err
        assert read_h5mu(tmp_path / "out.h5mu")["rna"].layers["integrated"].shape == (N, 40)

    @pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
    def test_a_file_of_its_own_from_arrays(self, run, npz, tmp_path, suffix):
        steps = ("--steps", "a=2", "--steps", "b=1", "--only", "a")
        assert run("denoise", npz, "-o", tmp_path / "all.npz", *steps)[0] == 0
        code, out, err = run("denoise", npz, "-o", tmp_path / f"all{suffix}", *steps)
        assert code == 0, err
        assert f"all{suffix}" in out
        found = read_anndata(tmp_path / f"all{suffix}")
        with np.load(tmp_path / "all.npz") as expected:
            np.testing.assert_array_equal(found.X, expected["values"])
            assert list(found.obs_names) == list(expected["sample_names"])
            assert list(found.var_names) == list(expected["feature_names"])
        assert found.uns["integrated_denoising"]["operator"] == "a² · b"

    def test_chosen_features_of_an_anndata_are_a_file_of_their_own_and_all_a_layer(self, run, views, tmp_path):
        for name, X in views.items():
            data = ad.AnnData(X.astype(np.float32), obs=pd.DataFrame(index=[f"s{i}" for i in range(N)]))
            data.var_names = [f"{name}{i}" for i in range(X.shape[1])]
            data.write(tmp_path / f"{name}.h5ad")
        words = ("denoise", tmp_path / "a.h5ad", tmp_path / "b.h5ad", "--only", "a", *FAST[2:])
        assert run(*words, "-o", tmp_path / "all.h5ad")[0] == 0
        assert run(*words, "-o", tmp_path / "some.h5ad", "--features", "a5,a2")[0] == 0
        whole, some = (ad.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("all", "some"))
        np.testing.assert_array_equal(whole.X, views["a"].astype(np.float32))
        np.testing.assert_array_equal(some.X, whole.layers["integrated"][:, [5, 2]])
        assert list(some.var_names) == ["a5", "a2"]
        check_mistake(run, [*words, "-o", tmp_path / "a.h5ad", "--features", "a5"], "would be lost", tmp_path)

    @pytest.mark.parametrize(("only", "features", "said"), [("c", None, "'c'"), ("a", "nonsense", "'nonsense'")])
    def test_unknown_names(self, run, npz, tmp_path, only, features, said):
        words = ["denoise", npz, "-o", tmp_path / "out.npz", "--only", only]
        check_mistake(run, [*words, *(["--features", features] if features else [])], said, tmp_path)


def check_mistake(run, words, said, folder):
    """Exit 2, one line on stderr that says it, nothing on stdout, nothing written."""
    before = sorted(folder.rglob("*"))
    code, out, err = run(*words)
    assert code == 2
    assert err.startswith("integrated-diffusion: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert said in err
    assert out == ""
    assert sorted(folder.rglob("*")) == before


def break_value(views, value):
    broken = {name: X.copy() for name, X in views.items()}
    broken["b"][4, 2] = value
    return broken


MISTAKES = {
    "NaN": (lambda v: break_value(v, np.nan), "1 NaN and 0 infinite values (first at row 4, column 2)"),
    "infinite": (lambda v: break_value(v, np.inf), "0 NaN and 1 infinite"),
    "text": (lambda v: {**v, "b": np.full((N, 3), "x")}, "found text"),
    "objects": (lambda v: {**v, "b": np.full((N, 3), None)}, "expected"),
    "three dimensions": (lambda v: {**v, "b": np.ones((N, 3, 2))}, "3 dimensions"),
    "one dimension": (lambda v: {**v, "b": np.ones(N)}, "found 1 ('a')"),
    "counts of samples differ": (lambda v: {**v, "b": v["b"][:-1]}, "90 in 'a', 89 in 'b'"),
    "single view": (lambda v: {"a": v["a"]}, "at least two views"),
    "empty view": (lambda v: {**v, "b": np.ones((N, 0))}, "90 x 0"),
    "few samples": (lambda v: {name: X[:4] for name, X in v.items()}, "found"),
    "zero sample": (lambda v: {**v, "b": v["b"] * (np.arange(N) != 7)[:, None]}, "first at row 7"),
    "zero view": (lambda v: {**v, "b": np.zeros((N, 3))}, "only zeros"),
}


class TestMistakes:
    @pytest.mark.parametrize("mistake", MISTAKES)
    def test_values(self, run, views, tmp_path, mistake):
        spoil, said = MISTAKES[mistake]
        np.savez(tmp_path / "in.npz", **spoil(views))
        check_mistake(run, ["run", tmp_path / "in.npz", "-o", tmp_path / "out.npz"], said, tmp_path)

    def test_missing_file(self, run, tmp_path):
        check_mistake(run, ["run", tmp_path / "no.npz", "-o", tmp_path / "out.npz"], "found none", tmp_path)

    @pytest.mark.parametrize("suffix", [".npz", ".h5mu", ".h5ad", ".h5", ".csv", ".npy"])
    def test_foreign_content(self, run, tmp_path, suffix):
        (tmp_path / f"in{suffix}").write_bytes(b"\x00\xffnot at all\x00" * 40)
        check_mistake(run, ["run", tmp_path / f"in{suffix}", "-o", tmp_path / "out.npz"], f"in{suffix}", tmp_path)

    def test_truncated(self, run, npz, h5mu, tmp_path):
        for file in (npz, h5mu):
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
            check_mistake(run, ["run", file, "-o", tmp_path / "out.npz"], file.name, tmp_path)

    def test_unknown_format(self, run, tmp_path):
        (tmp_path / "in.xlsx").write_bytes(b"anything")
        check_mistake(run, ["run", tmp_path / "in.xlsx", "-o", tmp_path / "out.npz"], "xlsx", tmp_path)

    def test_names_differ_or_repeat(self, run, views, tmp_path):
        names = [f"s{i}" for i in range(N)]
        pd.DataFrame(views["a"], index=names).to_csv(tmp_path / "a.csv")
        words = ["run", tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / "out.npz"]
        for other, said, more in (
            (["x", *names[1:]], "'s0'", ["--missing", "refuse"]),
            ([f"x{name}" for name in names], "no sample bridges", []),
            (["s1", *names[1:]], "repeated", []),
        ):
            pd.DataFrame(views["b"], index=other).to_csv(tmp_path / "b.csv")
            check_mistake(run, [*words, *more], said, tmp_path)

    def test_negative_counts(self, run, npz, tmp_path):
        words = ["run", npz, "-o", tmp_path / "out.npz", "--normalize", "a=rna"]
        check_mistake(run, words, "negative", tmp_path)

    def test_output_folder(self, run, npz, tmp_path):
        check_mistake(run, ["run", npz, "-o", tmp_path / "no" / "out.npz"], "folder", tmp_path)
        (tmp_path / "file").write_text("in the way")
        check_mistake(run, ["run", npz, "-o", tmp_path / "file" / "out.npz"], "folder", tmp_path)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_output_folder_that_is_locked(self, run, npz, tmp_path):
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        check_mistake(run, ["run", npz, "-o", locked / "out.npz"], "written to", tmp_path)

    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            ("--steps", "c=2", "'c'"),
            ("--steps", "a=two", "'two'"),
            ("--steps", "a", "NAME=VALUE"),
            ("--steps", "a=2", "'b'"),
            ("--normalize", "c=rna", "'c'"),
            ("--normalize", "a=magic", "'magic'"),
            ("--view", "c", "c"),
            ("--n-components", "0", "n_components"),
            ("--n-components", "500", "n_components"),
            ("--n-components", "many", "--n-components"),
            ("--power", "0", "power"),
            ("--n-neighbors", "90", "neighbours"),
            ("--color", "kind", "kind"),
            ("--preset", "best", "--preset"),
            ("--order", "sideways", "--order"),
            ("--n-jobs", "0", "n_jobs"),
            ("--nonsense", "1", "--nonsense"),
        ],
    )
    def test_options(self, run, npz, tmp_path, option, value, said):
        check_mistake(run, ["run", npz, "-o", tmp_path / "out.npz", option, value], said, tmp_path)

    def test_unknown_command(self, run, tmp_path):
        check_mistake(run, ["walk"], "walk", tmp_path)

    def test_nothing_given(self, run, tmp_path):
        check_mistake(run, ["run"], "inputs", tmp_path)


COMMANDS = ("run", "denoise", "associate", "report", "demo")


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_fits_a_terminal_of_80_columns_with_examples_on_one_line(self, run, command):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert max(map(len, out.splitlines())) <= 80
        examples = [line for line in out.splitlines() if line.startswith(f"  integrated-diffusion {command} ")]
        described = " ".join(out.split("Options:")[0].split())
        assert len(examples) == described.count(f"integrated-diffusion {command} ") - 1 > 0  # one more is the usage
        for example in examples:
            assert f"{example.strip()} " in f"{described} "

    def test_names_recipes_and_orders(self, run):
        text = " ".join(run("run", "--help")[1].split())
        *first, last = RECIPES
        assert f"{', '.join(first)} or {last}" in text
        assert all(order in text for order in ORDERS)

    def test_without_anything(self, run):
        code, out, _ = run()
        assert code == 0
        for command in COMMANDS:
            assert command in out
        assert "..." not in out.split("Commands:")[1]  # summaries are whole

    def test_version(self, run):
        assert run("--version") == (0, f"{__version__}\n", "")


def test_demo(run, tmp_path):
    code, out, err = run("demo", "--data", "digits", "-o", tmp_path / "demo.png", "--n-samples", 300)
    assert code == 0, err
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")
    for row in ("view1 alone", "concatenated features", "alternating diffusion", "integrated diffusion"):
        assert row in out


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_leaves_no_half_output(tmp_path, stop):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "in.npz", a=rng.normal(size=(8000, 30)), b=rng.normal(size=(8000, 30)))
    output = tmp_path / "out.npz"
    output.write_text("what was there before")
    # What runs in the background ignores Ctrl-C, and its children do too unless that is changed.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heard}; from integrated_diffusion import cli; print('ready', flush=True); cli.script()"
    command = [sys.executable, "-c", program, "run", tmp_path / "in.npz", "-o", output, "--overwrite"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    assert process.poll() is None, "too quick to be stopped: make the input larger"
    process.send_signal(stop)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if stop == signal.SIGINT else -signal.SIGKILL)
    assert err.count("\n") <= 1
    assert output.read_text() == "what was there before"
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == ["in.npz", "out.npz"]


class TestNothingIsLost:
    def test_denoised_values_never_replace_what_was_measured(self, run, views, tmp_path):
        for name, X in views.items():
            pd.DataFrame(X, index=[f"s{i}" for i in range(N)]).to_csv(tmp_path / f"{name}.csv")
        for only, output in (("a", "b.csv"), ("b", "b.csv")):
            words = ["denoise", tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / output, "--only", only]
            check_mistake(run, words, "would be lost", tmp_path)

    def test_chosen_features_are_no_layer(self, run, h5mu, tmp_path):
        words = ["denoise", h5mu, "-o", tmp_path / "out.h5mu", "--only", "rna", "--features", "rna1"]
        check_mistake(run, words, ".csv", tmp_path)

    def test_a_picture_that_cannot_be_written_stops_the_run_before_it(self, run, npz, tmp_path):
        (tmp_path / "out.png").mkdir()
        check_mistake(run, ["run", npz, "-o", tmp_path / "out.npz", *FAST], "out.png", tmp_path)

    def test_names_are_no_formulas_and_no_markup(self, run, views, tmp_path):
        np.savez(tmp_path / "in.npz", **{"$x^$": views["a"], "_[/red]": views["b"]})
        code, out, err = run("run", tmp_path / "in.npz", "-o", tmp_path / "out.npz", *FAST)
        assert code == 0, err
        assert "$x^$" in out
        assert "_[/red]" in out

    def test_labels_in_an_npz_are_no_view(self, run, views, tmp_path):
        np.savez(tmp_path / "in.npz", **views, kind=np.arange(N) % 3)
        assert run("run", tmp_path / "in.npz", "-o", tmp_path / "out.npz", *FAST, "--color", "kind")[0] == 0

    def test_features_of_one_name_are_all_kept(self, run, views, tmp_path):
        names = [f"s{i}" for i in range(N)]
        for name, X in views.items():
            X = np.round(np.abs(X) * 5)
            data = ad.AnnData(X.astype(np.float32), obs=pd.DataFrame(index=names))
            data.var_names = ["same" if i < 3 else f"{name}{i}" for i in range(X.shape[1])]
            data.write(tmp_path / f"{name}.h5ad")
        words = ["denoise", tmp_path / "a.h5ad", tmp_path / "b.h5ad", "--only", "a", "--no-local-denoising", "-o"]
        assert run(*words, tmp_path / "all.npz")[0] == 0
        assert run(*words, tmp_path / "some.npz", "--features", "same,a5")[0] == 0
        with np.load(tmp_path / "all.npz") as whole, np.load(tmp_path / "some.npz") as some:
            assert whole["values"].shape == (N, 12)
            np.testing.assert_allclose(some["values"], whole["values"][:, [0, 1, 2, 5]], rtol=1e-6)

    def test_damaged_indices(self, run, h5mu, tmp_path):
        with h5py.File(h5mu, "r+") as file:
            file["mod/rna/X/indices"][3] = 10_000
        check_mistake(run, ["run", h5mu, "-o", tmp_path / "out.npz"], "damaged", tmp_path)

    def test_unknown_encoding(self, run, h5mu, tmp_path):
        with h5py.File(h5mu, "r+") as file:
            file["mod/rna/X"].attrs["encoding-type"] = "hologram"
        check_mistake(run, ["run", h5mu, "-o", tmp_path / "out.npz"], "'hologram'", tmp_path)

    def test_negative_counts_name_their_view(self, run, npz, tmp_path):
        check_mistake(run, ["run", npz, "-o", tmp_path / "o.npz", "--normalize", "b=rna"], "view 'b'", tmp_path)

    def test_colons_in_names(self, run, views, tmp_path):
        names = [f"s{i}" for i in range(N)]
        for i, X in enumerate(views.values()):
            pd.DataFrame(X, index=names).to_csv(tmp_path / f"x:{i}.csv")
        modalities = {}
        for i, X in enumerate(views.values()):
            var = pd.DataFrame(index=[f"{i}_{j}" for j in range(X.shape[1])])
            modalities[f"x:{i}"] = ad.AnnData(X, obs=pd.DataFrame(index=names), var=var)
        with own_columns():
            mudata.MuData(modalities).write(tmp_path / "x.h5mu")
        for inputs in ([tmp_path / "x:0.csv", tmp_path / "x:1.csv"], [tmp_path / "x.h5mu"]):
            code, out, err = run("run", *inputs, "-o", tmp_path / "out.npz", *FAST, "--overwrite")
            assert code == 0, err
            assert "x:0" in out
            assert "x:1" in out


def test_more_memory_than_allowed_is_one_line(run, h5mu, tmp_path):
    code, _, err = run("run", h5mu, "-o", tmp_path / "out.h5mu", "--max-memory", "1kB")
    assert code == 2
    assert err.count("\n") == 1
    assert "expected values that fit into 0.0 MB of memory, found that they declare" in err
    assert "--max-memory" in err
    assert not (tmp_path / "out.h5mu").exists()
    code, _, err = run("report", h5mu, "-o", tmp_path / "out.html", "--max-memory", "much")
    assert code == 2
    assert "--max-memory: expected a size such as 8GB or 500MB, found 'much'; give one" in err


def test_counts_that_were_normalised_since_are_not_denoised(run, h5mu, tmp_path):
    joint = tmp_path / "joint.h5mu"
    assert run("run", h5mu, "-o", joint, *FAST, "--steps", "rna=1", "--steps", "prot=1")[0] == 0
    with h5py.File(joint, "r+") as file:
        X = file["mod/rna/X"]
        stored = X["data"] if isinstance(X, h5py.Group) else X
        stored_values = np.log1p(stored[:].astype(np.float32))
        name, attributes = stored.name, dict(stored.attrs)
        del file[name]
        file[name] = stored_values
        file[name].attrs.update(attributes)
    code, _, err = run("denoise", joint, "-o", tmp_path / "d.csv", "--only", "rna")
    assert code == 2
    assert "expected the whole counts that were integrated by the recipe 'rna', found numbers that are not whole" in err
