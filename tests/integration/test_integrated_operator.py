"""The integrated operator and what it is made of: the same as its formula, also of shuffled samples."""

import pickle

import numpy as np
import pytest

from integrated_diffusion import AlphaDecayKernel, IntegratedDiffusion, IntegratedOperator, diffusion_operator
from integrated_diffusion.integration.orders import ORDERS
from oracles import dense_kernel_alpha_decay, dense_walk

KERNEL = AlphaDecayKernel(n_neighbors=6, decay=5.0, anisotropy=1.0)
N = 60


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return {"a": rng.standard_normal((N, 3)), "b": rng.standard_normal((N, 2))}


def weights_of(data):
    rng = np.random.default_rng(1)
    return {name: rng.uniform(0.1, 1, N) for name in data}


def joint_of(data, order="given", view_weights=None, kernel=KERNEL):
    operators = {name: diffusion_operator(X, kernel, name=name) for name, X in data.items()}
    return IntegratedOperator(operators, {"a": 2, "b": 1}, ORDERS[order], 2, view_weights)


def test_the_operator_is_its_formula(data):
    plain = AlphaDecayKernel(n_neighbors=6, decay=5.0)
    P, Q = (dense_walk(dense_kernel_alpha_decay(X, n_neighbors=6, decay=5.0)) for X in data.values())
    joint = joint_of(data, kernel=plain)
    np.testing.assert_allclose(joint.operator.toarray(), P @ P @ Q @ P @ P @ Q, atol=1e-12)
    np.testing.assert_allclose(joint.alone("a").toarray(), P @ P @ P @ P, atol=1e-12)
    mixed = joint_of(data, "random", kernel=plain)
    np.testing.assert_allclose(mixed.operator.toarray(), np.linalg.matrix_power((2 * P + Q) / 3, 2), atol=1e-12)
    np.testing.assert_allclose(mixed.alone("b").toarray(), Q @ Q, atol=1e-12)


@pytest.mark.parametrize("order", list(ORDERS))
@pytest.mark.parametrize("weighted", [False, True])
def test_shuffled_is_the_operator_of_shuffled_samples(data, order, weighted):
    """Permuting what was built gives what would have been built of permuted samples."""
    permutation = np.random.default_rng(2).permutation(N)
    view_weights = weights_of(data) if weighted else None
    found = joint_of(data, order, view_weights).shuffled("b", permutation)
    moved = None if view_weights is None else {**view_weights, "b": view_weights["b"][permutation]}
    expected = joint_of({**data, "b": data["b"][permutation]}, order, moved)
    np.testing.assert_allclose(found.operator.toarray(), expected.operator.toarray(), atol=1e-12)
    assert found.operators["a"] is not None
    assert np.abs(found.operator.toarray() - joint_of(data, order, view_weights).operator.toarray()).max() > 0.01


def test_an_operator_without_affinities_can_be_permuted(data):
    P = diffusion_operator(data["a"], KERNEL, name="a")
    of_a_kernel = type(P)(P.kernel, "a")
    permutation = np.random.default_rng(3).permutation(N)
    np.testing.assert_allclose(
        of_a_kernel.permuted(permutation).toarray(), P.toarray()[np.ix_(permutation, permutation)], atol=1e-12
    )


def test_the_estimator_keeps_it(data):
    model = IntegratedDiffusion(n_components=3, steps={"a": 1, "b": 1}).fit(data)
    assert model.integration_.operator.operator is model.operator_
    assert list(model.integration_.operator.operators) == ["a", "b"]
    copy = pickle.loads(pickle.dumps(model)).integration_.operator
    np.testing.assert_array_equal(copy.operator.toarray(), model.operator_.toarray())


def test_unknown_views_are_refused(data):
    joint = joint_of(data)
    with pytest.raises(ValueError, match=r"'c'.*correct the name"):
        joint.alone("c")
    with pytest.raises(ValueError, match=r"'c'.*correct the name"):
        joint.shuffled("c", np.arange(N))
