"""The study of batches on small digits: its simulated effect, its methods and its table."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from experiments.batches import compared
from experiments.batches.__main__ import as_markdown
from experiments.batches.effect import with_batch_effect
from experiments.batches.sets import Study
from experiments.study.cells import Cell
from integrated_diffusion import datasets

pytest.importorskip("leidenalg")


def small(n_samples, seed):
    noisy = datasets.noisy_digits((0.1, 0.2), n_samples=n_samples, random_state=seed)
    rng = np.random.default_rng(seed)
    labels = np.asarray(noisy.labels)
    codes = np.where(labels == 0, 1, rng.integers(0, 2, n_samples))
    return Study({name: with_batch_effect(X, codes, rng) for name, X in noisy.views.items()}, labels, codes)


def test_the_first_batch_is_left_as_it_is():
    X, codes = np.random.default_rng(0).standard_normal((50, 8)), np.repeat([0, 1], 25)
    changed = with_batch_effect(X, codes, np.random.default_rng(1))
    np.testing.assert_array_equal(changed[:25], X[:25])
    assert 0.05 < (changed[25:] == 0).mean() < 0.4


def test_batches_are_mixed_and_the_unshared_type_is_left_alone(monkeypatch):
    monkeypatch.setitem(compared.SETS, "small", small)
    cell = Cell("batches", 0, 400, (("set", "small"),))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pd.DataFrame(compared.measure(cell)).pivot(index="method", columns="score", values="value")
    assert set(found.columns) == set(compared.SCORES)
    plain, balanced, forced = (found.loc[method] for method in compared.METHODS)
    assert balanced[compared.ILISI] > plain[compared.ILISI] + 0.2
    assert balanced[compared.ACCURACY] > plain[compared.ACCURACY] - 0.01
    assert balanced[compared.ACROSS] < forced[compared.ACROSS]


def test_the_table_has_a_row_for_each_set_and_method():
    rows = [{"set": "digits, two batches", "method": "batch", "score": "iLISI", "value": value} for value in (0.4, 0.6)]
    table = as_markdown(pd.DataFrame(rows))
    assert any(line.startswith("| digits, two batches: batch |") and "0.500" in line for line in table.splitlines())
