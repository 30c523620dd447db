"""Mutual information against numpy's histograms, scikit-learn on labels, and a formula."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.feature_selection import mutual_info_regression
from sklearn.metrics import mutual_info_score

from integrated_diffusion import association
from integrated_diffusion.association import EqualFrequency, EqualWidth, NearestNeighbors, mutual_information

N = 300
BINNED = [EqualFrequency(), EqualWidth(), EqualFrequency(3), EqualWidth(256), EqualFrequency(256)]


def by_histogram(x, y, n_bins):
    table = np.histogram2d(x, y, bins=n_bins)[0]
    return entropy(table.sum(axis=1)) + entropy(table.sum(axis=0)) - entropy(table.ravel())


def middle_rank_bins(x, n_bins):
    """By hand: how many values are smaller, and how many are not larger."""
    return [int(n_bins * ((x < value).sum() + (x <= value).sum()) // (2 * len(x))) for value in x]


columns = st.integers(2, 60).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-6, 6), min_size=n, max_size=n)] * 2).map(
        lambda both: np.array(both, float)
    )
)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((N, 4))
    return A, A @ rng.standard_normal((4, 3)) + rng.standard_normal((N, 3))


@pytest.mark.parametrize("n_bins", [2, 10, 37])
def test_equal_width_is_numpys_histogram(data, n_bins):
    A, B = data
    pairs = np.array([[0, 0], [3, 2], [1, 2], [3, 0]])
    expected = [by_histogram(A[:, a], B[:, b], n_bins) for a, b in pairs]
    np.testing.assert_allclose(mutual_information(A, B, pairs, EqualWidth(n_bins)), expected, atol=1e-12)


@given(columns, st.integers(2, 12))
def test_equal_frequency_bins_by_middle_rank(both, n_bins):
    found = EqualFrequency(n_bins).prepare(both)
    assert found.dtype == np.uint8
    for x, bins in zip(both, found, strict=True):
        assert mutual_info_score(middle_rank_bins(x, n_bins), bins) == pytest.approx(entropy(np.unique_counts(bins)[1]))
        assert (np.diff(bins[np.argsort(x)].astype(int)) >= 0).all()
    expected = mutual_info_score(*(middle_rank_bins(x, n_bins) for x in both))
    assert mutual_information(*both, estimator=EqualFrequency(n_bins)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n_bins", [2, 7, 10, 256])
def test_bins_of_different_values_are_equally_full(n_bins):
    bins = EqualFrequency(n_bins).prepare(np.random.default_rng(1).standard_normal((1, 1_000)))[0]
    counts = np.bincount(bins, minlength=n_bins)
    assert len(counts) == n_bins
    assert np.ptp(counts) <= 1


@given(columns, st.sampled_from(BINNED))
def test_symmetric_and_bounded(both, estimator):
    score = mutual_information(*both, estimator=estimator)
    assert score == pytest.approx(mutual_information(*both[::-1], estimator=estimator), abs=1e-12)
    assert 0 <= score <= np.log(estimator.n_bins) + 1e-12


@given(columns, st.integers(0, 9), st.sampled_from(BINNED))
def test_the_order_of_samples_does_not_matter(both, seed, estimator):
    order = np.random.default_rng(seed).permutation(both.shape[1])
    assert mutual_information(*both[:, order], estimator=estimator) == pytest.approx(
        mutual_information(*both, estimator=estimator), abs=1e-12
    )


@given(columns)
def test_equal_frequency_depends_on_ranks_only(both):
    x, y = both
    assert mutual_information(np.exp(x), y**3 + y) == mutual_information(x, y)


def test_labels_as_scikit_learn():
    rng = np.random.default_rng(2)
    a = rng.integers(0, 5, N)
    b = (a + rng.integers(0, 2, N)) % 5
    wide = EqualWidth(5)
    assert mutual_information(a, b, estimator=wide) == pytest.approx(mutual_info_score(a, b), abs=1e-12)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_gaussian_by_nearest_neighbours(correlation):
    x, z = np.random.default_rng(3).standard_normal((2, 3_000))
    y = correlation * x + np.sqrt(1 - correlation**2) * z
    expected = -0.5 * np.log(1 - correlation**2)
    assert mutual_information(x, y, estimator=NearestNeighbors()) == pytest.approx(expected, abs=0.04)


def test_nearest_neighbours_are_scikit_learns(data):
    A, B = data
    found = mutual_information(A[:, :3], B, estimator=NearestNeighbors(5, random_state=7))
    expected = [
        mutual_info_regression(A[:, [i]], B[:, i], n_neighbors=5, random_state=7, discrete_features=False)[0]
        for i in range(3)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("estimator", [*BINNED, NearestNeighbors()])
def test_a_constant_has_no_information(estimator):
    x = np.random.default_rng(4).standard_normal(50)
    assert mutual_information(x, np.full(50, 0.1), estimator=estimator) == 0.0
    assert mutual_information(np.full(50, -7.3), x, estimator=estimator) == 0.0


def test_sparse_dense_and_either_precision_agree(data):
    A = np.where(np.abs(data[0]) < 1, 0, np.rint(data[0])).astype(np.float32)
    B = np.where(np.abs(data[1]) < 1, 0, np.rint(data[1])).astype(np.float32)
    pairs = np.array([[0, 0], [3, 2], [2, 2]])
    expected = mutual_information(A.astype(np.float64), B.astype(np.float64), pairs)
    for first, second in [(A, B), (sp.csr_array(A), sp.csc_matrix(B)), (sp.coo_array(A), B)]:
        np.testing.assert_array_equal(mutual_information(first, second, pairs), expected)


def test_same_bits_whatever_the_number_of_threads():
    A, B = np.random.default_rng(5).standard_normal((2, 200, 700))
    one, two = (mutual_information(A, B, n_jobs=n) for n in (1, 3))
    np.testing.assert_array_equal(one, two)


def test_shapes(data):
    A, B = data
    assert isinstance(mutual_information(A[:, 0], B[:, 0]), float)
    assert mutual_information(A[:, :1], B[:, 0]).shape == (1,)
    assert mutual_information(A[:, :3], B).shape == (3,)
    assert mutual_information(A[:, 0], B, [[0, 2], [0, 1]]).shape == (2,)


@pytest.mark.parametrize(
    ("A", "B", "pairs", "message"),
    [
        (np.array([1.0, np.nan]), np.ones(2), None, "view 'A': expected finite numbers, found 1 NaN"),
        (np.ones(3), np.ones(2), None, "expected the same samples in both, found 3 and 2"),
        (np.ones((3, 2)), np.ones((3, 3)), None, "expected as many columns .* found 2 and 3; give pairs"),
        (np.ones((3, 2)), np.ones((3, 3)), [[0, 3]], "expected columns of B from 0 to 2, found 3"),
        (np.ones((3, 2)), np.ones((3, 3)), [[-1, 0]], "expected columns of A from 0 to 1, found -1"),
        (np.ones((3, 2)), np.ones((3, 3)), [0, 1], r"expected one or more rows of two columns, found shape \(2,\)"),
        (np.ones((3, 2)), np.ones((3, 3)), np.empty((0, 2), int), "found shape"),
    ],
)
def test_errors_are_one_sentence(A, B, pairs, message):
    with pytest.raises(ValueError, match=message):
        mutual_information(A, B, pairs)


def test_pairs_are_whole_numbers():
    with pytest.raises(TypeError, match="expected numbers of columns, found float64"):
        mutual_information(np.ones((3, 2)), np.ones((3, 2)), [[0.0, 1.0]])


@pytest.mark.parametrize("binned", [EqualWidth, EqualFrequency])
def test_bins_are_two_to_256(binned):
    for wrong, error in ((1, ValueError), (257, ValueError), (2.5, TypeError)):
        with pytest.raises(error, match="n_bins: expected"):
            binned(wrong)


def test_fewer_neighbours_than_samples():
    with pytest.raises(ValueError, match="expected fewer neighbours than the 3 samples, found 3"):
        mutual_information(np.arange(3.0), np.arange(3.0), estimator=NearestNeighbors())
    with pytest.raises(ValueError, match="n_neighbors"):
        NearestNeighbors(0)


def test_every_public_name_is_there():
    assert all(hasattr(association, name) for name in association.__all__)
