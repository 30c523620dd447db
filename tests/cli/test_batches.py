"""`--batch`: a column of the input, told in the summary and kept in the record; and every refusal."""

from __future__ import annotations

import json

import mudata
import numpy as np
import pytest

from cli.conftest import call
from integrated_diffusion import IntegratedDiffusion
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")


@pytest.fixture
def run(monkeypatch, capsys):
    return lambda *words: call(monkeypatch, capsys, *words)


@pytest.fixture
def labelled(tmp_path, views):
    np.savez(tmp_path / "in.npz", **views, donor=np.repeat(["first", "second"], 45))
    return tmp_path / "in.npz"


def test_an_array_of_batches(run, labelled, views, tmp_path):
    options = ("--view", "a", "--view", "b", "--normalize", "a=none", "--normalize", "b=none")
    code, out, err = run("run", labelled, "-o", tmp_path / "j.npz", *options, "--batch", "donor", "--n-components", "3")
    assert (code, err) == (0, "")
    assert "batches donor: first 45, second 45 samples; balanced in a, b" in " ".join(out.split())
    record = json.loads((tmp_path / "j.json").read_text())
    assert record["batches"] == {
        "column": "donor",
        "names": ["first", "second"],
        "sizes": [45, 45],
        "codes": [0] * 45 + [1] * 45,
        "views": ["a", "b"],
    }
    expected = IntegratedDiffusion(n_components=3, recipes={"a": "none", "b": "none"})
    expected.fit(views, batch=np.repeat(["first", "second"], 45))
    with np.load(tmp_path / "j.npz") as found:
        np.testing.assert_array_equal(found["embedding"], expected.embedding_)


def test_a_column_of_a_mudata_for_a_named_view(run, h5mu, tmp_path):
    output = tmp_path / "joint.h5mu"
    code, _, err = run(
        "run", h5mu, "-o", output, "--batch", "kind", "--batch-view", "rna", "--steps", "rna=1", "--steps", "prot=1"
    )
    assert (code, err) == (0, "")
    with own_columns():
        data = mudata.read_h5mu(output)
    kept = data.uns["integrated_diffusion"]["batches"]
    assert kept["column"] == "kind"
    assert list(kept["names"]) == ["<type 0>", "<type 1>", "<type 2>"]
    assert list(kept["views"]) == ["rna"]
    page = tmp_path / "page.html"
    assert run("report", output, "-o", page)[0] == 0
    assert "neighbours in every batch of rna" in page.read_text()


def test_denoise_integrates_again_by_batches(run, labelled, tmp_path):
    options = ("--view", "a", "--view", "b", "--only", "a", "--steps", "a=1", "--steps", "b=1")
    assert run("denoise", labelled, "-o", tmp_path / "plain.npy", *options)[0] == 0
    assert run("denoise", labelled, "-o", tmp_path / "batches.npy", *options, "--batch", "donor")[0] == 0
    assert not np.array_equal(np.load(tmp_path / "plain.npy"), np.load(tmp_path / "batches.npy"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--batch", "doner"), "expected a column 'doner'"),
        (("--batch", "donor", "--batch-view", "c"), "expected names of views among 'a', 'b', found 'c'"),
        (("--batch-view", "a"), "batch_views: expected batches to balance, found none"),
    ],
)
def test_one_line_for_each_mistake(run, labelled, tmp_path, options, said):
    code, _, err = run("run", labelled, "-o", tmp_path / "j.npz", "--view", "a", "--view", "b", *options)
    assert code == 2
    assert said in " ".join(err.split())
    assert not (tmp_path / "j.npz").exists()
