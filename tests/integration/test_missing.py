"""Integrated operators of views that lack samples, and imputed values, against dense matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from integrated_diffusion.integration.imputation import imputing
from integrated_diffusion.integration.imputation_repeats import imputation_repeats, without
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.kernels import Affinities, AlphaDecayKernel
from integrated_diffusion.operators import DiffusionOperator, EmbeddedOperator
from integrated_diffusion.operators.build import diffusion_operator

N = 18
NAMES = ("rna", "atac", "protein")


def affinities(n, seed):
    rng = np.random.default_rng(seed)
    A = rng.uniform(size=(n, n)) * (rng.uniform(size=(n, n)) < 0.3)
    np.fill_diagonal(A, 0)
    return A


def embedded(masks):
    """Each view's operator among all samples, and its dense matrix."""
    operators, dense = {}, {}
    for seed, (name, mask) in enumerate(masks.items()):
        P = DiffusionOperator.of(Affinities(sp.csr_array(affinities(int(mask.sum()), seed)), anisotropy=1.0), name)
        operators[name] = P if mask.all() else EmbeddedOperator(P, mask)
        dense[name] = np.eye(N)
        dense[name][np.ix_(mask, mask)] = P.toarray()
    return operators, dense


@st.composite
def masks(draw):
    """Which samples each view has measured; every sample is in some view, and every view has measured some."""
    found = {name: np.array(draw(st.lists(st.booleans(), min_size=N, max_size=N))) for name in NAMES}
    home = draw(st.lists(st.sampled_from(NAMES), min_size=N, max_size=N))
    for i, name in enumerate(home):
        found[name][i] = True
    for i, name in enumerate(NAMES):
        found[name][i] = True
    return found


def dense_mixture(dense, masks, shares):
    """At each sample the views that have measured it, each with its share of their sum."""
    J = np.zeros((N, N))
    for i in range(N):
        there = {name: share for name, share in shares.items() if masks[name][i] and share > 0}
        for name, share in there.items():
            J[i] += share / sum(there.values()) * dense[name][i]
    return J


STEPS = {"rna": 2, "atac": 1, "protein": 1}


@settings(max_examples=40)
@given(masks())
def test_the_mixture_is_over_the_views_that_a_sample_has(found):
    operators, dense = embedded(found)
    J = random_order(operators, STEPS)
    np.testing.assert_allclose(J.toarray(), dense_mixture(dense, found, STEPS), rtol=0, atol=1e-14)


@settings(max_examples=20)
@given(masks())
def test_products_step_through_views_that_a_sample_lacks(found):
    operators, dense = embedded(found)
    forward = dense["rna"] @ dense["rna"] @ dense["atac"] @ dense["protein"]
    np.testing.assert_allclose(given_order(operators, STEPS).toarray(), forward, rtol=0, atol=1e-14)
    backward = dense["protein"] @ dense["atac"] @ dense["rna"] @ dense["rna"]
    expected = (forward + backward) / 2
    np.testing.assert_allclose(both_orders(operators, STEPS).toarray(), expected, rtol=0, atol=1e-14)


@settings(max_examples=20)
@given(masks())
def test_weighted_mixtures_give_missing_views_no_weight(found):
    operators, _ = embedded(found)
    weights = {name: np.random.default_rng(i).uniform(0.1, 1, N) for i, name in enumerate(NAMES)}
    A = np.zeros((N, N))
    for seed, (name, mask) in enumerate(found.items()):
        whole = np.zeros((N, N))
        whole[np.ix_(mask, mask)] = affinities(int(mask.sum()), seed)
        A += STEPS[name] / 4 * (weights[name] * mask)[:, None] * whole
    K = (A + A.T) / 2 + np.eye(N)
    q = K.sum(axis=1)
    K = K / np.outer(q, q)
    expected = K / K.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(random_order(operators, STEPS, weights).toarray(), expected, rtol=0, atol=1e-13)


@settings(max_examples=20)
@given(masks(), st.sampled_from([given_order, both_orders, random_order]), st.integers(1, 3))
def test_views_without_steps_lead_samples_that_no_other_view_has(found, order, n_repeats):
    operators, dense = embedded(found)
    steps = {"rna": 2, "atac": 0, "protein": 0}
    joined = IntegratedOperator(operators, steps, order, n_repeats)
    J = dense["rna"] if order is random_order else dense["rna"] @ dense["rna"]
    others = dense_mixture(dense, found, {"rna": 0, "atac": 1, "protein": 1})
    J = np.where(found["rna"][:, None], J, others)
    np.testing.assert_allclose(joined.operator.toarray(), np.linalg.matrix_power(J, n_repeats), rtol=0, atol=1e-13)
    for name in NAMES:
        np.testing.assert_array_equal(joined.measured[name], found[name])


@settings(max_examples=30)
@given(masks(), st.integers(1, 3))
def test_imputed_values_are_averages_of_measured_ones(found, power):
    operators, dense = embedded(found)
    joined = IntegratedOperator(operators, STEPS, random_order)
    J = np.linalg.matrix_power(dense_mixture(dense, found, STEPS), power)
    X, w = np.random.default_rng(9).standard_normal((N, 4)), found["protein"].astype(float)
    denoiser = joined.denoiser("protein", power)
    denoised = denoiser @ X
    mass = J @ w
    reached = mass > 0
    expected = (J @ (w[:, None] * X))[reached] / mass[reached, None]
    np.testing.assert_allclose(denoised[reached], expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(denoiser @ np.ones(N), np.ones(N), rtol=0, atol=1e-12)
    low, high = X[found["protein"]].min(axis=0), X[found["protein"]].max(axis=0)
    assert ((denoised >= low - 1e-12) & (denoised <= high + 1e-12)).all()


def test_samples_that_reach_no_measured_one_soon_are_averaged_by_more_steps_or_get_the_mean():
    """A chain of five samples of which the first was measured, and one sample apart that reaches none."""
    A = np.zeros((6, 6))
    A[range(4), range(1, 5)] = 1.0
    P = DiffusionOperator.of(Affinities(sp.csr_array(A)), "P")
    measured = np.array([True, False, False, False, False, False])
    X = np.arange(6.0) + 3
    np.testing.assert_allclose(imputing(P, measured) @ X, np.full(6, 3.0), rtol=0, atol=1e-14)
    measured[1] = True
    dense, w = P.toarray(), measured.astype(float)
    expected = []
    for i, p in enumerate([1, 1, 1, 2, 4]):
        J = np.linalg.matrix_power(dense, p)
        expected.append((J @ (w * X))[i] / (J @ w)[i])
    np.testing.assert_allclose(imputing(P, measured) @ X, [*expected, 3.5], rtol=0, atol=1e-14)
    np.testing.assert_allclose(imputing(P, measured, 0) @ X, [3, 4, 3.5, 3.5, 3.5, 3.5], rtol=0, atol=1e-14)


def test_complete_views_are_denoised_as_ever():
    masks = {name: np.ones(N, dtype=bool) for name in NAMES}
    operators, _ = embedded(masks)
    joined = IntegratedOperator(operators, STEPS, random_order)
    assert joined.denoiser("rna") is joined.operator
    assert repr(joined.operator) == "0.5 rna + 0.25 atac + 0.25 protein"
    with pytest.raises(ValueError, match="view: expected names of views among"):
        joined.denoiser("x")


def on_a_circle(noise):
    """An integrated operator of two views of points on a circle, and noisy values of the second one."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 120)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    masks = {"rna": np.ones(120, dtype=bool), "prot": rng.uniform(size=120) < 0.6}
    kernel = AlphaDecayKernel(n_neighbors=5)
    operators = {}
    for name, mask in masks.items():
        P = diffusion_operator(circle[mask] + 0.05 * rng.standard_normal((mask.sum(), 2)), kernel, name=name)
        operators[name] = P if mask.all() else EmbeddedOperator(P, mask)
    values = circle + noise * rng.standard_normal(circle.shape)
    return IntegratedOperator(operators, {"rna": 1, "prot": 1}, random_order), masks["prot"], values, angle


@pytest.mark.parametrize("frequency", [0, 1, 4])
def test_repeats_are_those_that_predict_hidden_values_best(frequency):
    joint, mask, values, angle = on_a_circle(2.0)
    X = np.cos(frequency * angle)[:, None] if frequency else values
    rng, errors = np.random.default_rng(0), np.zeros(3)
    for _ in range(3):
        hidden = np.sort(rng.choice(np.flatnonzero(mask), size=round(0.2 * mask.sum()), replace=False))
        kept = mask.copy()
        kept[hidden] = False
        J = without(joint, "prot", kept)
        for p in (1, 2, 3):  # imputed values themselves are held to dense matrices above
            errors[p - 1] += ((imputing(J, kept, p) @ X - X)[hidden] ** 2).sum()
    found = imputation_repeats(joint, "prot", X[mask])
    assert found == 1 + np.argmin(errors)
    if not frequency:
        assert found > 1  # of noisy values of a smooth signal


def test_hidden_samples_have_no_part_in_the_view():
    joint, mask, _, _ = on_a_circle(0.1)
    kept = mask & (np.arange(120) % 4 > 0)
    J = without(joint, "prot", kept).toarray()
    alone = joint.operators["rna"].toarray()
    np.testing.assert_allclose(J[~kept], alone[~kept], rtol=0, atol=1e-15)
    P = (J - 0.5 * alone)[np.ix_(kept, ~kept)]
    np.testing.assert_allclose(P, 0, atol=1e-15)


def test_measured_rows_are_denoised_as_asked_and_imputed_ones_by_more_repeats():
    joint, mask, values, _ = on_a_circle(0.3)
    J, w = joint.operator.toarray(), mask.astype(float)
    found = replace(joint, imputation_repeats={"prot": 3}).denoiser("prot", 2) @ values
    for rows, p in ((mask, 2), (~mask, 6)):
        Jp = np.linalg.matrix_power(J, p)
        expected = (Jp @ (w[:, None] * values)) / (Jp @ w)[:, None]
        np.testing.assert_allclose(found[rows], expected[rows], rtol=0, atol=1e-12)


def test_too_few_samples_to_hide_some():
    *_, values, _ = on_a_circle(0.1)
    lonely = {name: np.zeros(120, dtype=bool) for name in ("rna", "prot")}
    lonely["rna"][:101], lonely["prot"][91:] = True, True
    operators = {
        name: EmbeddedOperator(diffusion_operator(values[m], AlphaDecayKernel(n_neighbors=5), name=name), m)
        for name, m in lonely.items()
    }
    apart = IntegratedOperator(operators, {"rna": 1, "prot": 1}, random_order)
    assert imputation_repeats(apart, "prot", values[lonely["prot"]]) == 1
