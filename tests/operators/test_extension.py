"""Operators at new samples, against a training set in which the new samples are some of the training samples."""

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.operators import Diagonal, DiffusionOperator
from integrated_diffusion.operators.extension import ExtendedOperator

N, AT = 30, [4, 7, 20]


@pytest.fixture
def parts():
    rng = np.random.default_rng(0)
    made = []
    for name in ("P", "Q"):
        K = rng.random((N, N)) * (rng.random((N, N)) < 0.3)
        made.append(DiffusionOperator(sp.csr_array(K + K.T + np.eye(N)), name))
    w = rng.random(N)
    return *made, w, rng.standard_normal((N, 4))


def rows(*operators):
    return {id(P): sp.csr_array(P.matrix[AT]) for P in operators}


@pytest.mark.parametrize(
    "build",
    [
        lambda P, Q: P,
        lambda P, Q: P**3 @ Q**2,
        lambda P, Q: (0.3 * P + 0.7 * Q) ** 3,
        lambda P, Q: 0.5 * (P @ Q**2) + 0.5 * (Q**2 @ P),
    ],
)
def test_rows_of_the_operator_itself(parts, build):
    P, Q, _, X = parts
    J = build(P, Q)
    np.testing.assert_allclose(ExtendedOperator(J, rows(P, Q)) @ X, (J @ X)[AT], atol=1e-12)


def test_a_mixture_is_one_of_the_views_that_measured_the_sample(parts):
    P, Q, _, X = parts
    known = rows(P, Q)
    known[id(Q)] = sp.csr_array(sp.diags_array([1.0, 0.0, 1.0]) @ known[id(Q)])
    known[id(Q)].eliminate_zeros()
    J = (0.3 * P + 0.7 * Q) ** 3
    expected = (J @ X)[AT]
    expected[1] = (P @ (J.base @ (J.base @ X)))[AT[1]]
    np.testing.assert_allclose(ExtendedOperator(J, known) @ X, expected, atol=1e-12)


def test_a_product_steps_first_in_the_next_view(parts):
    P, Q, _, X = parts
    known = rows(P, Q) | {id(P): sp.csr_array((3, N))}
    np.testing.assert_allclose(ExtendedOperator(P**2 @ Q**3, known) @ X, (Q**3 @ X)[AT], atol=1e-12)
    np.testing.assert_allclose(ExtendedOperator(Q**3 @ P**2, known) @ X, (Q**3 @ (P**2 @ X))[AT], atol=1e-12)
    both = ExtendedOperator(0.5 * (P @ Q) + 0.5 * (Q @ P), known) @ X
    np.testing.assert_allclose(both, 0.5 * (Q @ X)[AT] + 0.5 * (Q @ (P @ X))[AT], atol=1e-12)


def test_lazy_steps_against_the_walk_written_out(parts):
    P, Q, w, X = parts
    lazy = Diagonal(w, "w") @ P + Diagonal(1 - w, "1 - w")
    J = lazy**2 @ Q
    first, second = lazy.terms[0][1].factors[0], lazy.terms[1][1]
    v = w[AT]
    found = ExtendedOperator(J, rows(P, Q), {id(first): v, id(second): 1 - v}) @ X
    R, S = P.matrix[AT], Q.matrix[AT]
    expected = v[:, None] * (R @ (lazy @ (Q @ X))) + ((1 - v) * v)[:, None] * (R @ (Q @ X))
    expected += ((1 - v) ** 2)[:, None] * (S @ X)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_sample_without_rows_has_no_values(parts):
    P, _, _, X = parts
    known = {id(P): sp.csr_array(sp.diags_array([1.0, 0.0, 1.0]) @ P.matrix[AT])}
    known[id(P)].eliminate_zeros()
    assert np.isnan(ExtendedOperator(P**2, known) @ X).any(axis=1).tolist() == [False, True, False]


def test_an_operator_without_rows_is_refused(parts):
    P, _, _, X = parts
    with pytest.raises(TypeError, match="found Transpose"):
        ExtendedOperator(P.T, rows(P)) @ X
