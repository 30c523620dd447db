"""p-values of scores beside few nulls each, and the results that carry them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, t

from integrated_diffusion.association import Associations, NoSmoothing, Pairs, associate, mutual_information
from integrated_diffusion.association.null import least_spread, p_values


def by_hand(scores, nulls, least):
    """Pair by pair, shuffle by shuffle."""
    n_shuffles, n_pairs = nulls.shape

    def extremity(value, references):
        n = len(references)
        return t.sf((value - references.mean()) / (max(references.std(ddof=1), least) * np.sqrt(1 + 1 / n)), n - 1)

    pool = [extremity(nulls[i, j], np.delete(nulls[:, j], i)) for i in range(n_shuffles) for j in range(n_pairs)]
    seen = [extremity(scores[j], nulls[:, j]) for j in range(n_pairs)]
    return np.array([(1 + sum(null <= own for null in pool)) / (1 + len(pool)) for own in seen])


@pytest.mark.parametrize("least", [1e-9, 0.9])
@pytest.mark.parametrize("n_shuffles", [3, 10])
def test_by_hand(n_shuffles, least):
    rng = np.random.default_rng(0)
    scores, nulls = rng.standard_normal(12) + 1, rng.standard_normal((n_shuffles, 12))
    np.testing.assert_allclose(p_values(scores, nulls, least), by_hand(scores, nulls, least), atol=1e-12)


@pytest.mark.parametrize(
    ("draw", "n_shuffles"),
    [("standard_normal", 3), ("standard_normal", 10), ("standard_exponential", 10), ("standard_exponential", 50)],
)
def test_uniform_without_an_association(n_shuffles, draw):
    """Pairs differ a thousandfold in place and spread."""
    rng = np.random.default_rng(1)
    drawn = getattr(rng, draw)((n_shuffles + 1, 4_000)) * 10 ** rng.uniform(-3, 0, 4_000) + rng.uniform(0, 2, 4_000)
    p = p_values(drawn[0], drawn[1:], 1e-9)
    assert kstest(p, "uniform").statistic < 0.03
    for level in (0.01, 0.05):
        assert abs((p <= level).mean() - level) < 3 * np.sqrt(level / 4_000)


def test_small_p_values_need_no_more_shuffles():
    rng = np.random.default_rng(2)
    scores, nulls = rng.standard_normal(2_000), rng.standard_normal((10, 2_000))
    scores[:50] += 12
    found = p_values(scores, nulls, 1e-3)
    assert np.median(found[:50]) < 1e-3  # by rank among ten none is below 1/11
    result = Associations(Pairs(*[np.arange(2_000)] * 4), scores, nulls[None], 300, "")
    is_found = result.q_value <= 0.05
    assert is_found[:50].mean() > 0.9
    assert is_found[50:].sum() <= 6


def test_pairs_of_constant_scores_are_not_significant():
    rng = np.random.default_rng(3)
    scores, nulls = rng.standard_normal(5), rng.standard_normal((10, 5))
    p = p_values(np.r_[scores, 0.0, 0.1], np.column_stack([nulls, np.zeros((10, 1)), np.full((10, 1), 0.1)]), 1e-3)
    np.testing.assert_array_equal(p[:5], p_values(scores, nulls, 1e-3))
    assert p[5:].tolist() == [1.0, 1.0]
    assert p_values(np.zeros(1), np.zeros((4, 1)), 1e-3).tolist() == [1.0]


def test_rare_features_have_a_spread():
    """Ten nulls of rare features are often the same; those that are not must not set the limit for all pairs."""
    rng = np.random.default_rng(5)
    n_samples, n_pairs, n_related = 1_000, 400, 40
    A, B = (rng.random((n_samples, n_pairs)) < 0.01 for _ in "ab")
    B[:, :n_related] |= A[:, :n_related] & (rng.random((n_samples, n_related)) < 0.7)
    found = associate(NoSmoothing(), A.astype(float), B.astype(float), Pairs(*[np.arange(n_pairs)] * 4))
    assert (found.null_sd < least_spread(n_samples) / 10).mean() > 0.05
    assert (found.q_value <= 0.05)[:n_related].mean() > 0.9
    assert (found.q_value <= 0.05)[n_related:].sum() <= 4


@pytest.mark.parametrize("n_samples", [200, 2_000])
def test_the_least_spread_is_that_of_two_binary_features(n_samples):
    rng = np.random.default_rng(6)
    A, B = (rng.integers(0, 2, (n_samples, 3_000)).astype(float) for _ in "ab")
    assert mutual_information(A, B).std() == pytest.approx(least_spread(n_samples), rel=0.1)


def result_of(distance=None, n_shuffles=4):
    rng = np.random.default_rng(4)
    pairs = Pairs([0, 1, 2], [1, 1, 0], ["a", "b", "c"], ["y", "y", "x"], distance)
    return Associations(pairs, np.array([0.2, 0.9, 0.3]), 0.1 * rng.random((1, n_shuffles, 3)), 50, "as measured")


def test_the_table():
    found = result_of(np.array([5, 6, 7]))
    table = found.frame()
    assert list(table) == [
        *("first", "second", "score", "null_mean", "null_sd", "excess", "p_value", "q_value", "distance")
    ]
    expected = pd.DataFrame(
        {"first": list("abc"), "second": list("yyx"), "score": found.score, "null_mean": found.nulls[0].mean(axis=0)}
    )
    expected["null_sd"] = found.nulls[0].std(axis=0, ddof=1)
    expected["excess"] = expected["score"] - expected["null_mean"]
    expected["p_value"] = found.p_value
    expected["distance"] = [5, 6, 7]
    expected = expected.sort_values(["p_value", "excess"], ascending=[True, False], ignore_index=True)
    pd.testing.assert_frame_equal(table.drop(columns="q_value"), expected, check_dtype=False)
    p = table["p_value"].to_numpy()
    benjamini_hochberg = np.minimum.accumulate((p * 3 / np.arange(1, 4))[::-1])[::-1]
    np.testing.assert_allclose(table["q_value"], benjamini_hochberg)
    assert "distance" not in result_of().frame()


def test_the_mean_over_pairs():
    found = result_of()
    each = found.nulls[0].mean(axis=1)
    assert found.mean.score == pytest.approx(1.4 / 3)
    assert found.mean.null_mean == pytest.approx(each.mean())
    assert found.mean.null_sd == pytest.approx(each.std(ddof=1))
    assert found.mean.excess == pytest.approx(1.4 / 3 - each.mean())


def test_it_prints_what_was_found():
    found = result_of()
    assert repr(found).startswith("Associations(3 pairs of 50 samples, as measured: mean 0.467 nats, null 0.0")
    n_found = (found.q_value <= 0.05).sum()
    assert repr(found).endswith(f"; {n_found} at a false discovery rate of 5% by 4 permutations)")


def test_without_shuffles_there_is_no_null():
    found = result_of(n_shuffles=0)
    table = found.frame()
    assert table["score"].tolist() == [0.9, 0.3, 0.2]
    assert table[["null_mean", "null_sd", "excess", "p_value", "q_value"]].isna().all(axis=None)
    assert np.isnan(found.mean.null_mean)
    assert repr(found) == "Associations(3 pairs of 50 samples, as measured: mean 0.467 nats, no null)"
