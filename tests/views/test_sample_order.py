"""The order in which samples are drawn from depends on their values, not on their rows."""

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.views.containers import measured_views
from integrated_diffusion.views.sample_order import in_order_of_values, order_among, row_hashes, sample_order


def counts(n_samples=200, n_features=9, seed=0):
    return np.random.default_rng(seed).poisson(1.5, (n_samples, n_features)).astype(float) + np.eye(
        n_samples, n_features
    )


def test_rows_of_different_values_have_different_hashes_and_equal_rows_the_same():
    X = counts(5000)
    assert len(np.unique(row_hashes(X))) == len(np.unique(X, axis=0)) > 1000


@pytest.mark.parametrize("form", [sp.csr_array, lambda X: X.astype(np.float32), lambda X: np.where(X == 0, -0.0, X)])
def test_a_hash_is_of_the_values_and_not_of_how_they_are_held(form):
    X = counts()
    np.testing.assert_array_equal(row_hashes(form(X)), row_hashes(X))


def test_parts_have_the_hashes_of_the_whole(monkeypatch):
    X = counts()
    whole = row_hashes(X)
    monkeypatch.setattr("integrated_diffusion.views.sample_order._BLOCK", 50)
    np.testing.assert_array_equal(row_hashes(X), whole)
    np.testing.assert_array_equal(row_hashes(sp.csr_array(X)), whole)


def test_the_samples_come_in_one_order_whatever_their_rows_and_the_order_of_the_views():
    views = {"a": counts(), "b": counts(seed=1)}
    views["b"][::7] = np.nan  # not measured
    rows = np.random.default_rng(2).permutation(200)
    found = [
        np.asarray(order)
        for order in (
            _order(views),
            rows[_order({name: X[rows] for name, X in views.items()})],
            _order({"b": views["b"], "a": views["a"]}),
        )
    ]
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])
    assert not np.array_equal(found[0], np.sort(found[0]))


def _order(views):
    measured = measured_views(views)
    return sample_order(measured.views, measured.samples)


def test_samples_of_the_same_values_come_in_the_order_of_their_names():
    import pandas as pd

    X = pd.DataFrame(np.ones((4, 3)) * [1, 2, 3], index=["d", "a", "c", "b"])
    Y = pd.DataFrame(np.arange(8.0).reshape(4, 2) // 4 + 1, index=["d", "a", "c", "b"])
    measured = measured_views({"x": X, "y": Y})
    order = sample_order(measured.views, measured.samples)
    names = [measured.samples.names[i] for i in order]
    assert sorted(names[:2]) == names[:2]
    assert sorted(names[2:]) == names[2:]


def test_the_order_of_some_samples_is_that_of_all():
    order = np.array([3, 0, 4, 1, 2])
    kept = np.array([True, False, True, True, False])  # 0, 2 and 3 become 0, 1 and 2
    np.testing.assert_array_equal(order_among(order, kept), [2, 0, 1])


def test_rows_in_their_order_find_their_places_again():
    X = counts()
    ordered, places = in_order_of_values(sp.csr_array(X))
    np.testing.assert_array_equal(ordered.toarray()[places], X)
