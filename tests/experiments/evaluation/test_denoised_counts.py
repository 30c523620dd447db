"""Denoised values scored on held-out counts: nothing is lost in the split, and every method stands in every table."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation import denoised_counts, denoised_features
from experiments.evaluation.denoised_counts import DEFAULT, RAW, SCORES, scores, split, tables
from experiments.evaluation.sequencing import CITE_800
from experiments.evaluation.sets import SETS


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_split_loses_no_count(share):
    X = sp.csr_array(np.random.default_rng(0).poisson(3.0, size=(50, 40)).astype(np.float32))
    first, second = split(X, share, np.random.default_rng(1))
    np.testing.assert_array_equal((first + second).toarray(), X.toarray())
    assert min(first.data.min(), second.min()) >= 0
    assert first.sum() / X.sum() == pytest.approx(share, abs=0.03)


def test_every_method_is_scored_on_every_view(monkeypatch):
    rng = np.random.default_rng(2)
    place = rng.random((90, 1)) * 6
    views = {
        name: sp.csr_array(rng.poisson(mean * (1 + np.cos(place + 6 * rng.random(n)))).astype(np.float32))
        for name, mean, n in (("rna", 1.0, 60), ("prot", 8.0, 12))
    }
    monkeypatch.setattr(denoised_counts, "_views", lambda name, n_cells, seed: views)
    found = list(scores(CITE_800, 90, 0))
    assert all(np.isfinite(row.value) for row in found)
    for view in views:
        for score in SCORES:
            methods = [row.method for row in found if (row.view, row.score) == (f"{CITE_800}, {view}", score)]
            assert {RAW, DEFAULT, "J", "own operator, t = 1", "own operator, t = 2"} <= set(methods)
    text = tables(found)
    assert text.count(f"| {DEFAULT} |") == len(SCORES)


def test_errors_about_the_clean_features():
    found = list(denoised_features.scores(SETS["tree 0.1"], "", 120, 0))
    assert len(found) == 2 * len(denoised_features.METHODS)
    by_method = {row.method: row.value for row in found if row.view == "tree 0.1, view1"}
    assert by_method["default"] < by_method["as measured"]
    assert denoised_features.told(found).count("\n") == 4
