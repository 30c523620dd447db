"""One split against loops over samples, and against halves that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.selection import FeatureHalves
from integrated_diffusion.selection.cv_split import CrossValidationSplit, make_cv_split

N = 24
CONSTRUCTION = Construction(kernel=AlphaDecayKernel(n_neighbors=5), n_jobs=1)


def walk(seed, n=N):
    rng = np.random.default_rng(seed)
    K = rng.uniform(size=(n, n)) * (rng.uniform(size=(n, n)) < 0.2)
    return DiffusionOperator(sp.csr_array(K + K.T + np.eye(n)), f"view{seed}")


def target(seed, n=N, n_components=3):
    B = np.random.default_rng(seed).standard_normal((n, n_components))
    B -= B.mean(axis=0)
    return (B / np.sqrt((B**2).sum() / n)).astype(np.float32)


def split_of(held_out, n=N):
    seen = np.ones(n, dtype=np.float32)
    seen[held_out] = 0
    walks = {name: walk(seed, n) for seed, name in enumerate(("rna", "atac"))}
    targets = {"rna": target(2, n), "atac": target(3, n, 2)}
    return CrossValidationSplit(walks, targets, np.asarray(held_out), seen)


def dense_prediction(J, B, held_out):
    """`pred_i = sum_j J_ij w_j B_j / sum_j J_ij w_j`, one sample and one other at a time."""
    predicted = np.zeros((len(held_out), B.shape[1]))
    for place, i in enumerate(held_out):
        total, weight = np.zeros(B.shape[1]), 0.0
        for j in range(len(B)):
            if j not in held_out:
                total += J[i, j] * B[j].astype(np.float64)
                weight += J[i, j]
        if weight > 0:
            predicted[place] = total / weight
    return predicted


def dense_error(B, predicted, held_out):
    """Squared error about the held-out samples, relative to predicting the mean of the others, which is zero."""
    whole = sum((B[i].astype(np.float64) ** 2).sum() for i in held_out)
    return sum(((B[i] - predicted[place]) ** 2).sum() for place, i in enumerate(held_out)) / whole


@pytest.mark.parametrize("order", [given_order, both_orders, random_order])
@pytest.mark.parametrize("held_out", [[0], [1, 5, 6, 20], list(range(12))], ids=len)
def test_errors_are_those_of_the_operators_averages(held_out, order):
    cv_split = split_of(held_out)
    J = order(cv_split.operators, {"rna": 2, "atac": 1}) ** 2
    found = cv_split.errors(J)
    dense = J.toarray()
    expected = [dense_error(B, dense_prediction(dense, B, held_out), held_out) for B in cv_split.targets.values()]
    assert found.shape == (2,)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def in_pieces(held_out):
    """Two pieces of six samples that do not know of each other."""
    K = np.kron(np.eye(2), np.ones((6, 6)))
    P = DiffusionOperator(sp.csr_array(K))
    seen = np.ones(12, dtype=np.float32)
    seen[held_out] = 0
    return CrossValidationSplit({"rna": P}, {"rna": target(4, 12)}, np.array(held_out), seen), P


def test_a_sample_that_reaches_no_other_is_predicted_by_the_mean():
    cv_split, P = in_pieces(list(range(6)))
    B = cv_split.targets["rna"]
    np.testing.assert_array_equal(cv_split.errors(P), [1.0])
    assert (B[:6] ** 2).sum() > 0


def test_some_reach_others_and_some_do_not():
    held_out = [0, 1, 2, 3, 4, 5, 6, 7]
    cv_split, P = in_pieces(held_out)
    B = cv_split.targets["rna"].astype(np.float64)
    rest = np.vstack([np.zeros((6, 3)), np.tile(B[8:].mean(axis=0), (2, 1))])
    assert cv_split.errors(P)[0] == pytest.approx(((B[:8] - rest) ** 2).sum() / (B[:8] ** 2).sum(), rel=1e-6)


@pytest.mark.parametrize("nothing", [np.zeros((N, 2), np.float32), np.zeros((N, 1), np.float32)])
def test_what_does_not_vary_is_predicted_no_better_than_by_the_mean(nothing):
    cv_split = split_of([1, 4, 7])
    flat = replace(cv_split, targets={"rna": nothing, "atac": cv_split.targets["atac"]})
    J = cv_split.operators["rna"]
    assert flat.errors(J)[0] == 1.0
    assert flat.errors(J)[1] == cv_split.errors(J)[1]


def test_who_has_a_twin_that_was_seen_is_never_wrong():
    K = sp.csr_array(np.kron(np.eye(6), np.ones((2, 2))))
    B = np.repeat(target(5, 6), 2, axis=0)
    seen = np.tile([1, 0], 6).astype(np.float32)
    cv_split = CrossValidationSplit({"rna": DiffusionOperator(K)}, {"rna": B}, np.flatnonzero(seen == 0), seen)
    assert cv_split.errors(cv_split.operators["rna"])[0] < 1e-12


@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_what_is_held_out_is_no_part_of_its_own_prediction(seed):
    held_out = [2, 3, 11, 17]
    cv_split = split_of(held_out)
    J = given_order(cv_split.operators, {"rna": 1, "atac": 2})
    targets = {name: B.copy() for name, B in cv_split.targets.items()}
    for B in targets.values():
        B[held_out] = 100 * np.random.default_rng(seed).standard_normal(B[held_out].shape)
    found = replace(cv_split, targets=targets).errors(J)
    before = {name: dense_prediction(J.toarray(), B, held_out) for name, B in cv_split.targets.items()}
    np.testing.assert_allclose(
        found, [dense_error(targets[name], before[name], held_out) for name in targets], rtol=1e-5
    )
    assert (np.abs(found - cv_split.errors(J)) > 1e-3).all()


def measured(n=60, seed=0):
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((n, 3))
    return {
        "rna": hidden @ rng.standard_normal((3, 14)) + 0.1 * rng.standard_normal((n, 14)),
        "pair": hidden[:, :2] + 0.1 * rng.standard_normal((n, 2)),
        "age": hidden[:, :1].copy(),
    }


def made(views, split=None, held_out=0.25, n_targets=20, seed=7, construction=CONSTRUCTION):
    return make_cv_split(views, construction, split or FeatureHalves(), held_out, n_targets, seed)


def test_operators_are_built_on_one_half_and_the_other_is_to_be_predicted():
    halves = {}

    def remembered(view, n_components, rng):
        halves[view.name] = FeatureHalves()(view, n_components, rng)
        return halves[view.name]

    cv_split = made(measured(), remembered)
    seen = cv_split.seen > 0
    assert np.array_equal(np.flatnonzero(~seen), cv_split.held_out)
    assert len(cv_split.held_out) == 15
    for name, (kept, predicted) in halves.items():
        expected = diffusion_operator(CONSTRUCTION.reduce({name: kept})[name], CONSTRUCTION.kernel)
        np.testing.assert_array_equal(cv_split.operators[name].kernel.toarray(), expected.kernel.toarray())
        if predicted.shape[1]:
            centred = predicted - predicted[seen].mean(axis=0)
            centred /= np.sqrt((centred[seen] ** 2).sum(axis=1).mean())
            B = cv_split.targets[name].astype(np.float64)
            np.testing.assert_allclose(B @ B.T, centred @ centred.T, atol=1e-5)  # the same up to a rotation


def test_only_leading_components_are_predicted():
    cv_split = made(measured(), n_targets=2)
    assert cv_split.targets["rna"].dtype == np.float32
    B = cv_split.targets["rna"].astype(np.float64)
    assert B.shape == (60, 2)
    np.testing.assert_allclose(B[cv_split.seen > 0].mean(axis=0), 0, atol=1e-6)
    assert (B[cv_split.seen > 0] ** 2).sum() / cv_split.seen.sum() == pytest.approx(1, rel=1e-5)


def test_of_two_features_one_makes_the_operator_and_one_is_predicted():
    cv_split = made(measured())
    assert list(cv_split.operators) == ["rna", "pair", "age"]
    assert cv_split.targets["pair"].shape == (60, 1)


def test_one_feature_has_an_operator_and_nothing_to_predict():
    cv_split = made(measured())
    assert list(cv_split.targets) == ["rna", "pair"]
    assert cv_split.errors(cv_split.operators["age"]).shape == (2,)


def test_constant_halves_are_predicted_as_nothing():
    views = measured()
    views["rna"] = np.ones((60, 14))
    cv_split = made(views)
    assert not cv_split.targets["rna"].any()
    assert cv_split.errors(cv_split.operators["pair"])[0] == 1.0


def test_same_seed_same_split_another_seed_another():
    one, again, other = (made(measured(), seed=seed) for seed in (1, 1, 2))
    for name in one.operators:
        np.testing.assert_array_equal(one.operators[name].kernel.toarray(), again.operators[name].kernel.toarray())
    for name in one.targets:
        np.testing.assert_array_equal(one.targets[name], again.targets[name])
    np.testing.assert_array_equal(one.held_out, again.held_out)
    assert not np.array_equal(one.held_out, other.held_out)
    assert not np.array_equal(one.targets["rna"], other.targets["rna"])


@pytest.mark.parametrize(("held_out", "n_hidden"), [(0.001, 1), (0.2, 12), (0.5, 30)])
def test_as_many_are_held_out_as_asked_for(held_out, n_hidden):
    cv_split = made(measured(), held_out=held_out)
    assert len(np.unique(cv_split.held_out)) == len(cv_split.held_out) == n_hidden


def test_some_samples_are_always_left_to_train():
    cv_split = made(measured(), held_out=0.995)
    assert cv_split.seen.any()
    assert all(np.isfinite(B).all() for B in cv_split.targets.values())


@pytest.mark.parametrize("factor", [2.0**-20, 2.0**20])
def test_units_do_not_matter(factor):
    views = measured()
    J = made(views).operators["rna"]
    errors = made(views).errors(J)
    scaled = made({name: factor * X for name, X in views.items()})
    np.testing.assert_allclose(scaled.errors(scaled.operators["rna"]), errors, rtol=1e-5)


def test_a_disconnected_graph_of_a_half_is_not_warned_of():
    views = {"rna": np.repeat([0.0, 100.0], 30)[:, None] + np.random.default_rng(0).uniform(size=(60, 4))}
    assert made(views).errors(made(views).operators["rna"]) < 0.1


def test_wide_sparse_views_are_never_made_dense(monkeypatch):
    X = sp.random_array((60, 5_000), density=0.01, rng=np.random.default_rng(0), format="csr")

    def small_only(form):
        def checked(self, *args, **options):
            assert self.shape[1] < 1_000, "a wide view was made dense"
            return form(self, *args, **options)

        return checked

    for kind in (sp.csr_array, sp.csc_array, sp.coo_array):
        for form in ("toarray", "todense"):
            monkeypatch.setattr(kind, form, small_only(getattr(kind, form)))
    with pytest.raises(AssertionError, match="a wide view"):
        X.toarray()
    cv_split = made({"peaks": X, "rna": measured()["rna"]}, construction=replace(CONSTRUCTION, n_pca=5), n_targets=4)
    assert cv_split.targets["peaks"].shape == (60, 4)
    assert cv_split.errors(cv_split.operators["peaks"]).shape == (2,)


def test_sparse_views_make_the_split_of_dense_ones():
    X = sp.random_array((60, 40), density=0.3, rng=np.random.default_rng(0), format="csr")
    sparse, dense = (made({"peaks": form}, construction=replace(CONSTRUCTION, n_pca=5)) for form in (X, X.toarray()))
    np.testing.assert_array_equal(sparse.held_out, dense.held_out)
    np.testing.assert_allclose(
        sparse.operators["peaks"].kernel.toarray(), dense.operators["peaks"].kernel.toarray(), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(sparse.targets["peaks"], dense.targets["peaks"], atol=1e-5)


@pytest.mark.parametrize("constant", [0.1, 1.0, 1e8])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_view_is_nobodys_success(constant, dtype):
    views = measured() | {"flat": np.full((60, 4), constant, dtype=dtype)}
    cv_split = made(views)
    assert not cv_split.targets["flat"].any()
    assert cv_split.errors(cv_split.operators["rna"])[list(cv_split.targets).index("flat")] == 1.0


def test_splits_do_not_depend_on_the_order_of_the_views():
    views = measured()
    one, other = made(views), made(dict(reversed(views.items())))
    np.testing.assert_array_equal(one.held_out, other.held_out)
    for name, B in one.targets.items():
        np.testing.assert_array_equal(B, other.targets[name])
