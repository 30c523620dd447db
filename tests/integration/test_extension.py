"""The integrated operator at new samples: its own rows at training samples, and the views that measured a sample."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from integrated_diffusion.integration import view_extension
from integrated_diffusion.integration.extension import new_rows
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import ORDERS, random_order
from integrated_diffusion.integration.view_extension import ViewExtension
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import diffusion_operator

N = 120


@pytest.fixture
def coordinates():
    rng = np.random.default_rng(0)
    return {"rna": rng.standard_normal((N, 3)), "prot": rng.standard_normal((N, 2))}


def built(coordinates, order, steps, weights=None, n_repeats=2):
    kernel = AlphaDecayKernel(n_neighbors=6, anisotropy=1.0)
    operators = {name: diffusion_operator(X, kernel, name=name) for name, X in coordinates.items()}
    views = {name: ViewExtension(name, P, coordinates[name], np.arange(N)) for name, P in operators.items()}
    return IntegratedOperator(operators, steps, order, n_repeats, weights), views


def all_of(coordinates, n=None):
    n = n or len(next(iter(coordinates.values())))
    return {name: np.ones(n, dtype=bool) for name in coordinates}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("power", [1, 2])
def test_training_samples_have_the_rows_of_the_integrated_operator(coordinates, order, weighted, power):
    rng = np.random.default_rng(1)
    weights = {name: rng.uniform(0.2, 1, N) for name in coordinates} if weighted else None
    if order != "random" and weighted:
        weights = {name: np.ones(N) for name in coordinates}  # a lazy step at the start has nowhere to stay
    integrated, views = built(coordinates, ORDERS[order], {"rna": 2, "prot": 1}, weights)
    some = rng.permutation(N)[:40]
    new = {name: X[some] for name, X in coordinates.items()}
    found = new_rows(integrated, views, new, all_of(new), power)
    X = rng.standard_normal((N, 5))
    np.testing.assert_allclose(found.extended @ X, (integrated.operator**power @ X)[some], atol=1e-12)
    assert not found.unused.any()
    np.testing.assert_allclose(found.first_step.sum(axis=1), 1)


def test_lazy_steps_stay_at_the_sample_until_it_leaves(coordinates):
    rng = np.random.default_rng(2)
    weights = {name: rng.uniform(0.2, 1, N) for name in coordinates}
    integrated, views = built(coordinates, ORDERS["given"], {"rna": 1, "prot": 1}, weights, n_repeats=1)
    new = {name: X[:9] for name, X in coordinates.items()}
    P, Q = (views[name].operator.matrix.toarray() for name in ("rna", "prot"))
    w, v = (weights[name][:, None] for name in ("rna", "prot"))
    X = rng.standard_normal((N, 2))
    X_after = v * (Q @ X) + (1 - v) * X
    expected = (w * (P @ X_after) + (1 - w) * v * (Q @ X))[:9] / (1 - (1 - w) * (1 - v))[:9]
    found = new_rows(integrated, views, new, all_of(new)).extended @ X
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_added_affinities_of_weighted_views_against_the_formula(coordinates):
    rng = np.random.default_rng(3)
    weights = {name: rng.uniform(0.2, 1, N) for name in coordinates}
    integrated, views = built(coordinates, random_order, {"rna": 2, "prot": 1}, weights, n_repeats=1)
    new = {name: rng.standard_normal((7, X.shape[1])) for name, X in coordinates.items()}
    found = new_rows(integrated, views, new, all_of(new))
    K, joint = 0.0, integrated.operator.affinities
    for name, share in (("rna", 2 / 3), ("prot", 1 / 3)):
        view = views[name].affinities(new[name])
        own = np.asarray(views[name].rows(view) @ weights[name])
        K = K + share * (own[:, None] * view.forward.toarray() + view.backward.toarray() * weights[name]) / 2
    K = K / joint.density()
    np.testing.assert_allclose(found.first_step.toarray(), K / K.sum(axis=1, keepdims=True), atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_sample_goes_by_the_views_that_measured_it(coordinates, order, weighted):
    weights = {name: np.full(N, 0.5) for name in coordinates} if weighted else None
    integrated, views = built(coordinates, ORDERS[order], {"rna": 2, "prot": 1}, weights)
    measured = {"rna": np.array([True, False, True]), "prot": np.array([False, True, True])}
    new = {name: X[np.flatnonzero(measured[name])] for name, X in coordinates.items()}
    found = new_rows(integrated, views, new, measured)
    assert found.by_view["rna"][[1]].nnz == found.by_view["prot"][[0]].nnz == 0
    np.testing.assert_allclose(found.extended @ np.ones((N, 1)), 1)
    assert np.isnan(found.distances["rna"]).tolist() == [False, True, False]
    if not weighted:
        np.testing.assert_allclose(found.first_step.toarray()[0], views["rna"].operator.matrix.toarray()[0], atol=1e-12)


def test_a_view_without_steps_places_samples_that_have_no_other(coordinates):
    integrated, views = built(coordinates, random_order, {"rna": 2, "prot": 0})
    measured = {"rna": np.array([False, True]), "prot": np.array([True, True])}
    new = {"rna": coordinates["rna"][[1]], "prot": coordinates["prot"][:2]}
    found = new_rows(integrated, views, new, measured)
    assert found.unused.tolist() == [True, False]
    P, Q = (views[name].operator for name in ("rna", "prot"))
    X = np.random.default_rng(4).standard_normal((N, 2))
    J = integrated.operator
    assert J.exponent == 2
    np.testing.assert_allclose((found.extended @ X)[0], (Q @ (P @ X))[0], atol=1e-12)
    np.testing.assert_allclose((found.extended @ X)[1], (J @ X)[1], atol=1e-12)


def test_a_view_that_measured_some_training_samples(coordinates):
    """Affinities stand in all samples, with empty rows where the view did not measure."""
    inside = np.arange(20, N)
    kernel = AlphaDecayKernel(n_neighbors=6, anisotropy=1.0)
    small = diffusion_operator(coordinates["prot"][inside], kernel).affinities
    whole = csr_array(small.directed)
    at = np.concatenate([np.zeros(20, dtype=int), whole.indptr])
    wide = csr_array((whole.data, inside[whole.indices], at), shape=(N, N))
    affinities = type(small)(wide, small.symmetrisation, small.anisotropy, fitted=small.fitted)
    view = ViewExtension("prot", DiffusionOperator.of(affinities, "prot"), coordinates["prot"][inside], inside)
    new = coordinates["prot"][inside][::7]
    expected = view.operator.matrix[inside[::7]].toarray()
    np.testing.assert_allclose(view.rows(view.affinities(new)).toarray(), expected, atol=1e-12)


def test_blocks_of_samples_change_nothing(coordinates, monkeypatch):
    integrated, views = built(coordinates, random_order, {"rna": 1, "prot": 1})
    new = {name: X + 0.1 for name, X in coordinates.items()}
    X = np.random.default_rng(5).standard_normal((N, 2))
    at_once = new_rows(integrated, views, new, all_of(new)).extended @ X
    monkeypatch.setattr(view_extension, "BLOCK", 17)
    np.testing.assert_allclose(new_rows(integrated, views, new, all_of(new)).extended @ X, at_once, atol=1e-14)


def test_a_kernel_that_keeps_no_bandwidths_is_named(coordinates):
    operator = DiffusionOperator(csr_array(np.ones((N, N))), "rna")
    view = ViewExtension("rna", operator, coordinates["rna"], np.arange(N))
    with pytest.raises(ValueError, match="view 'rna': expected a kernel that gives new samples affinities"):
        view.affinities(coordinates["rna"])
