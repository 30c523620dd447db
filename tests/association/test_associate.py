"""Associations against the whole pipeline done densely, block by block or not, with any number of threads."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import AlphaDecayKernel, IntegratedOperator, diffusion_operator, given_order, random_order
from integrated_diffusion.association import (
    EqualFrequency,
    EqualWidth,
    FixedSmoothing,
    JointSmoothing,
    NearestNeighbors,
    NoSmoothing,
    Pairs,
    PerViewSmoothing,
    all_pairs,
    associate,
    mutual_information,
    streaming,
)
from integrated_diffusion.operators import Identity

N = 80
KERNEL = AlphaDecayKernel(n_neighbors=6, anisotropy=1.0)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return {"a": rng.standard_normal((N, 5)), "b": rng.standard_normal((N, 4))}


def joint_of(data, order=random_order):
    operators = {name: diffusion_operator(X, KERNEL, name=name) for name, X in data.items()}
    return IntegratedOperator(operators, {"a": 2, "b": 1}, order, 2)


def pairs_of(*columns):
    first, second = np.array(columns).T
    return Pairs(first, second, first.astype(str), second.astype(str))


def dense_scores(operator, other, A, B, pairs, estimator):
    smooth, smooth_other = operator.toarray() @ A, other.toarray() @ B
    return np.array(
        [
            mutual_information(smooth[:, a], smooth_other[:, b], estimator=estimator)
            for a, b in zip(pairs.first, pairs.second, strict=True)
        ]
    )


def shuffles_of(n, seed):
    rng = np.random.default_rng(seed)
    return [rng.permutation(N) for _ in range(n)]


PAIRS = pairs_of((0, 0), (4, 3), (2, 1), (0, 3), (2, 1))


@pytest.mark.parametrize("order", [random_order, given_order])
@pytest.mark.parametrize("estimator", [EqualFrequency(), EqualWidth(5)])
def test_joint_smoothing_is_the_pipeline_on_shuffled_data(data, order, estimator):
    """Build everything again, from values to neighbours to operator, from data of which one view was shuffled."""
    found = associate(
        JointSmoothing(joint_of(data, order), "a", "b"),
        data["a"],
        data["b"],
        PAIRS,
        estimator,
        n_shuffles=3,
        random_state=5,
    )
    J = joint_of(data, order).operator
    np.testing.assert_allclose(found.score, dense_scores(J, J, data["a"], data["b"], PAIRS, estimator), atol=1e-12)
    for null, shuffle in zip(found.nulls[0], shuffles_of(3, 5), strict=True):
        moved = {"a": data["a"], "b": data["b"][shuffle]}
        J = joint_of(moved, order).operator
        np.testing.assert_allclose(null, dense_scores(J, J, *moved.values(), PAIRS, estimator), atol=1e-12)


def test_per_view_smoothing_is_the_pipeline_on_shuffled_data(data):
    joint = joint_of(data, given_order)
    found = associate(PerViewSmoothing(joint, "a", "b"), data["a"], data["b"], PAIRS, n_shuffles=3, random_state=5)
    P, Q = joint.alone("a"), joint.alone("b")
    estimator = EqualFrequency()
    np.testing.assert_allclose(found.score, dense_scores(P, Q, data["a"], data["b"], PAIRS, estimator), atol=1e-12)
    for null, shuffle in zip(found.nulls[0], shuffles_of(3, 5), strict=True):
        moved = {"a": data["a"], "b": data["b"][shuffle]}
        rebuilt = joint_of(moved, given_order)
        expected = dense_scores(rebuilt.alone("a"), rebuilt.alone("b"), *moved.values(), PAIRS, estimator)
        np.testing.assert_allclose(null, expected, atol=1e-12)


@pytest.mark.parametrize("pairs", [PAIRS, pairs_of((0, 1), (1, 1), (4, 1)), pairs_of((2, 0), (2, 1), (2, 3))])
def test_no_smoothing_shuffles_rows(data, pairs):
    """Whichever side is the one with fewer features, which is held."""
    found = associate(NoSmoothing(), data["a"], data["b"], pairs, n_shuffles=4, random_state=1)
    columns = np.column_stack([pairs.first, pairs.second])
    np.testing.assert_array_equal(found.score, mutual_information(data["a"], data["b"], columns))
    for null, shuffle in zip(found.nulls[0], shuffles_of(4, 1), strict=True):
        np.testing.assert_array_equal(null, mutual_information(data["a"], data["b"][shuffle], columns))


def test_fixed_smoothing_keeps_the_operators_and_shuffles_values(data):
    joint = joint_of(data)
    J, Q = joint.operator, joint.alone("b")
    found = associate(FixedSmoothing(J, Q), data["a"], data["b"], PAIRS, n_shuffles=3, random_state=2)
    for null, shuffle in zip(found.nulls[0], shuffles_of(3, 2), strict=True):
        expected = dense_scores(J, Q, data["a"], data["b"][shuffle], PAIRS, EqualFrequency())
        np.testing.assert_allclose(null, expected, atol=1e-12)
    for null, shuffle in zip(found.nulls[1], shuffles_of(3, 2), strict=True):
        expected = dense_scores(J, Q, data["a"][shuffle], data["b"], PAIRS, EqualFrequency())
        np.testing.assert_allclose(null, expected, atol=1e-12)
    larger = np.where(found.nulls[0].mean(axis=0) >= found.nulls[1].mean(axis=0), *found.nulls)
    np.testing.assert_allclose(found.null_mean, larger.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.null_sd, larger.std(axis=0, ddof=1), atol=1e-12)


def test_identities_are_as_measured(data):
    plain = associate(NoSmoothing(), data["a"], data["b"], PAIRS, n_shuffles=3)
    smoothings = FixedSmoothing(Identity(N), Identity(N)), JointSmoothing(joint_of(data), "a", "b", power=0)
    for smoothing in smoothings:
        found = associate(smoothing, data["a"], data["b"], PAIRS, n_shuffles=3)
        np.testing.assert_allclose(found.score, plain.score, atol=1e-14)
        np.testing.assert_allclose(found.nulls[0], plain.nulls[0], atol=1e-14)


def wide():
    rng = np.random.default_rng(3)
    A, B = (np.where(rng.random((N, d)) < 0.3, rng.poisson(4, (N, d)), 0).astype(np.float32) for d in (70, 90))
    columns = rng.choice(70 * 90, 500, replace=False)
    return A, B, pairs_of(*zip(columns // 90, columns % 90, strict=True))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("estimator", [EqualFrequency(), NearestNeighbors()])
def test_tiles_and_blocks_change_nothing(data, monkeypatch, turned, estimator):
    A, B, pairs = wide()
    if turned:
        A, B, pairs = B, A, Pairs(pairs.second, pairs.first, pairs.second_names, pairs.first_names)
    if isinstance(estimator, NearestNeighbors):
        A, B = (X + np.random.default_rng(1).standard_normal(X.shape).astype(np.float32) for X in (A, B))
        pairs = Pairs(pairs.first[:10], pairs.second[:10], pairs.first_names[:10], pairs.second_names[:10])
    J = joint_of(data).operator
    smoothings = (
        NoSmoothing(),
        PerViewSmoothing(joint_of(data), "a", "b"),
        JointSmoothing(joint_of(data), "a", "b"),
        FixedSmoothing(J, J),
    )
    whole = [associate(smoothing, A, B, pairs, estimator, n_shuffles=3) for smoothing in smoothings]
    monkeypatch.setattr(streaming, "_LEAST_COLUMNS", 1)
    monkeypatch.setattr(streaming, "BLOCK_BYTES", 4 * N * 7)
    monkeypatch.setattr(streaming, "TILE_BYTES", N * 11)
    for smoothing, expected in zip(smoothings, whole, strict=True):
        found = associate(smoothing, A, B, pairs, estimator, n_shuffles=3, n_jobs=1)
        np.testing.assert_array_equal(found.score, expected.score)
        np.testing.assert_array_equal(found.nulls, expected.nulls)
        threaded = associate(smoothing, A, B, pairs, estimator, n_shuffles=3, n_jobs=3)
        np.testing.assert_array_equal(threaded.nulls, found.nulls)


def test_a_feature_is_smoothed_once_and_never_all_at_once(data, monkeypatch):
    A, B, pairs = wide()
    monkeypatch.setattr(streaming, "_MOST_COLUMNS", 8)
    J, seen = joint_of(data).operator, []

    class Watched(Identity):
        def _apply(self, block, workspace):
            seen.append(block.shape)
            return J @ block

    associate(FixedSmoothing(Watched(N), Watched(N)), A, B, pairs, n_shuffles=0)
    assert sum(n for _, n in seen) == len(np.unique(pairs.first)) + len(np.unique(pairs.second))
    assert max(n for _, n in seen) == 8


@pytest.mark.parametrize("first", [sp.csr_array, sp.csc_matrix, np.asarray])
def test_sparse_is_dense_and_float32_stays(data, first):
    A, B, pairs = wide()
    precision = []

    class Watched(Identity):
        def _apply(self, block, workspace):
            precision.append(block.dtype)
            return joint_of(data).operator @ block

    expected = associate(FixedSmoothing(Watched(N), Watched(N)), A, B, pairs, n_shuffles=3)
    found = associate(FixedSmoothing(Watched(N), Watched(N)), first(A), sp.csr_array(B), pairs, n_shuffles=3)
    np.testing.assert_array_equal(found.nulls, expected.nulls)
    np.testing.assert_array_equal(found.score, expected.score)
    assert set(precision) == {np.dtype(np.float32)}


def test_constants_stay_constant(data):
    """The rounding of rows that sum to one is no signal."""
    A, B = (np.full((N, 1), value, dtype=np.float32) for value in (0.1, 7.3))
    J = joint_of(data).operator
    assert len(np.unique(J @ A)) > 1
    found = associate(JointSmoothing(joint_of(data), "a", "b"), A, B, pairs_of((0, 0)), n_shuffles=3)
    assert found.score.tolist() == [0.0]
    assert found.nulls.tolist() == [[[0.0]] * 3]
    assert found.p_value.tolist() == [1.0]


def test_seeds_and_generators(data):
    def nulls(seed):
        return associate(NoSmoothing(), data["a"], data["b"], PAIRS, n_shuffles=3, random_state=seed).nulls

    np.testing.assert_array_equal(nulls(4), nulls(np.random.default_rng(4)))
    assert (nulls(4) != nulls(5)).any()


def test_progress_counts_pairs(data):
    heard = []
    pairs = all_pairs(list("vwxyz"), list("abcd"))
    associate(
        JointSmoothing(joint_of(data), "a", "b"),
        *data.values(),
        pairs,
        n_shuffles=3,
        progress=lambda *news: heard.append(news),
    )
    stages = list(dict.fromkeys(stage for stage, *_ in heard))
    assert stages == ["mutual information of shuffles", "mutual information"]
    for stage, pairs_in_all in zip(stages, (60, 20), strict=True):
        assert {total for reported, _, total in heard if reported == stage} == {pairs_in_all}
        done = [done for reported, done, _ in heard if reported == stage]
        assert done[0] == 0
        assert done == sorted(done)
        assert done[-1] == pairs_in_all


def test_mistakes(data):
    A, B = data.values()
    with pytest.raises(ValueError, match="expected 0 or at least 3, found 2"):
        associate(NoSmoothing(), A, B, PAIRS, n_shuffles=2)
    with pytest.raises(ValueError, match="expected the same samples in both, found 80 and 79"):
        associate(NoSmoothing(), A, B[1:], PAIRS)
    with pytest.raises(ValueError, match="expected columns of B from 0 to 2, found 3"):
        associate(NoSmoothing(), A, B[:, :3], PAIRS)
    with pytest.raises(ValueError, match="expected a block with 80 rows"):
        associate(PerViewSmoothing(joint_of(data), "a", "b"), A[1:], B[1:], PAIRS)
    with pytest.raises(ValueError, match="view: expected names of views among 'a', 'b', found 'c'"):
        PerViewSmoothing(joint_of(data), "a", "c")
    with pytest.raises(ValueError, match="expected two different views, found 'a' twice"):
        JointSmoothing(joint_of(data), "a", "a")


def test_smoothings_say_what_they_are(data):
    joint = joint_of(data, given_order)
    assert str(NoSmoothing()) == "as measured"
    assert str(PerViewSmoothing(joint, "a", "b")) == "each view by itself, a⁴ and b²"
    assert str(JointSmoothing(joint, "a", "b", power=2)) == "jointly, (a² · b)⁴"
    assert str(FixedSmoothing(joint.alone("a"), joint.alone("b"))) == "along a⁴ and b²"
    assert str(FixedSmoothing(joint.operator, joint.operator)) == "along (a² · b)²"
    smoothings = (
        NoSmoothing(),
        PerViewSmoothing(joint, "a", "b"),
        JointSmoothing(joint, "a", "b"),
        FixedSmoothing(joint.operator, joint.operator),
    )
    assert ["built from them" in smoothing.null for smoothing in smoothings] == [False, True, True, False]
    assert ["same operators" in smoothing.null for smoothing in smoothings] == [False, False, False, True]
