"""What all baselines share: one signature, one list, no dependence on what must not matter."""

from __future__ import annotations

import inspect
from importlib import import_module

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.neighbors import KNeighborsTransformer

from integrated_diffusion import fusion
from integrated_diffusion.filters import PowerFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.fusion import METHODS, Method, method
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import Operator

# Affinities multiplied leave many samples alone; see test_affinities.
pytestmark = pytest.mark.filterwarnings(
    "ignore:view '.* ∘ .*:integrated_diffusion.operators.build.DisconnectedGraphWarning"
)

SETTINGS = {
    "kernel": AlphaDecayKernel(n_neighbors=8, decay=4.0),
    "local_denoising": LocalDenoising(PowerFilter(2), n_clusters=3, min_size=70),
    "n_pca": 3,
}


def make_views(n_views: int = 2, n: int = 120, seed: int = 0) -> dict[str, np.ndarray]:
    """Three groups, seen by several sensors."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.arange(n) % 3)
    return {
        f"sensor{i}": rng.standard_normal((n, 4 + i)) + 2.0 * np.eye(3, 4 + i)[group] for i in range(1, n_views + 1)
    }


all_methods = pytest.mark.parametrize("name", sorted(METHODS))


def test_every_method_of_the_design_is_listed():
    assert set(METHODS) == {
        "integrated",
        "alternating",
        "feature_concatenation",
        "distance_addition",
        "affinity_addition",
        "affinity_multiplication",
        "local_denoising_only",
        "powering_only",
    }


@all_methods
def test_names_signature_and_words(name):
    fuse = METHODS[name]
    assert getattr(fusion, name) is fuse
    assert name in fusion.__all__
    assert fuse.__name__ == name
    assert len(fuse.__doc__) > 40
    signature = inspect.signature(fuse)
    assert signature == inspect.signature(METHODS["integrated"])
    protocol = inspect.signature(Method.__call__).parameters
    assert list(signature.parameters) == list(protocol)[1:]
    for parameter, declared in zip(signature.parameters.values(), list(protocol.values())[1:], strict=True):
        assert (parameter.default, parameter.kind) == (declared.default, declared.kind)


@all_methods
@pytest.mark.parametrize("n_views", [2, 3, 6])
def test_an_operator_whatever_the_number_of_views(name, n_views):
    views = make_views(n_views)
    J = METHODS[name](views, **SETTINGS)
    assert isinstance(J, Operator)
    dense = J.toarray()
    assert dense.shape == (120, 120)
    assert (dense >= 0).all()
    np.testing.assert_allclose(dense.sum(axis=1), 1, atol=1e-12)
    for view in views:
        assert view in repr(J)


@all_methods
@pytest.mark.parametrize("scale", [1e-4, 1e3])
def test_the_scale_of_a_view_does_not_matter(name, scale):
    views = make_views(3)
    rescaled = views | {"sensor2": scale * views["sensor2"]}
    found, expected = (METHODS[name](v, **SETTINGS).toarray() for v in (rescaled, views))
    np.testing.assert_allclose(found, expected, atol=1e-9)


@all_methods
def test_the_origin_of_a_view_does_not_matter(name):
    views = make_views(2)
    moved = views | {"sensor1": views["sensor1"] + 50.0}
    found, expected = (METHODS[name](v, **SETTINGS).toarray() for v in (moved, views))
    np.testing.assert_allclose(found, expected, atol=1e-9)


@all_methods
def test_permuting_samples_permutes_the_operator(name):
    views = make_views(2)
    order = np.random.default_rng(1).permutation(120)
    permuted = METHODS[name]({view: X[order] for view, X in views.items()}, **SETTINGS).toarray()
    np.testing.assert_allclose(permuted, METHODS[name](views, **SETTINGS).toarray()[np.ix_(order, order)], atol=1e-9)


@all_methods
def test_the_kind_of_container_does_not_matter(name):
    views = make_views(2)
    expected = METHODS[name](views, **SETTINGS).toarray()
    listed = METHODS[name](list(views.values()), **SETTINGS)
    assert "view1" in repr(listed)
    np.testing.assert_array_equal(listed.toarray(), expected)
    sparse = {view: sp.csr_matrix(X) for view, X in views.items()}
    np.testing.assert_allclose(METHODS[name](sparse, **SETTINGS).toarray(), expected, atol=1e-9)


@all_methods
def test_threads_and_repetition_change_nothing(name):
    views = make_views(2)
    one, two, again = (METHODS[name](views, n_jobs=n, **SETTINGS).toarray() for n in (1, 2, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(two, again)


@all_methods
def test_any_search_for_neighbours(name):
    views = make_views(2)
    tree = KNeighborsTransformer(algorithm="ball_tree")
    found = METHODS[name](views, search=tree, **SETTINGS).toarray()
    np.testing.assert_allclose(found, METHODS[name](views, **SETTINGS).toarray(), atol=1e-9)


@all_methods
def test_duplicated_samples(name):
    views = {view: np.vstack([X, X[:30]]) for view, X in make_views(2).items()}
    J = METHODS[name](views, **SETTINGS)
    dense = J.toarray()
    assert np.isfinite(dense).all()
    np.testing.assert_allclose(dense.sum(axis=1), 1, atol=1e-12)


@all_methods
@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ({"a": np.ones((50, 2))}, ValueError, "at least two views"),
        ([np.ones((50, 2)), np.ones((49, 2))], ValueError, "same samples in every view, found 50 in 'view1', 49 in"),
        ([np.ones((50, 2)), np.full((50, 2), np.nan)], ValueError, "view 'view2': expected finite numbers, found 100"),
        ([np.ones((5, 2)), np.ones((5, 2))], ValueError, "more samples than neighbours, found 5 samples for n_n.*=8"),
        (np.ones((50, 2)), TypeError, "found ndarray"),
    ],
)
def test_bad_views_are_refused(name, views, error, message):
    with pytest.raises(error, match=message):
        METHODS[name](views, **SETTINGS)


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        ({"sensor1": 1}, ValueError, "steps: expected a number for every view, found none for 'sensor2'"),
        ({"sensor1": 1, "sensor2": 1, "sensor3": 1}, ValueError, "steps: expected names of views among .* 'sensor3'"),
        ({"sensor1": 0, "sensor2": 0}, ValueError, "at least one view with steps"),
        ({"sensor1": -1, "sensor2": 1}, ValueError, r"steps\['sensor1'\]: expected at least 0, found -1"),
        ({"sensor1": 1.5, "sensor2": 1}, TypeError, r"steps\['sensor1'\]: expected a whole number"),
        ("elbow", ValueError, "steps: expected 'cross_validated', 'entropy' or a mapping"),
        (3, TypeError, "steps: expected .* a mapping .* found int"),
    ],
)
def test_bad_steps_are_refused(steps, error, message):
    with pytest.raises(error, match=message):
        fusion.powering_only(make_views(2), steps=steps, **SETTINGS)


def test_a_custom_baseline(monkeypatch):
    listed = dict(METHODS)  # a copy, so that other tests do not see it
    monkeypatch.setattr(import_module("integrated_diffusion.fusion.method"), "METHODS", listed)
    seen = {}

    @method
    def first_view(views, construction):
        """The first view's diffusion operator."""
        seen.update(views)
        return construction.build_operator(next(iter(construction.reduce(views).values())), next(iter(views)))

    assert listed["first_view"] is first_view
    assert inspect.signature(first_view) == inspect.signature(METHODS["integrated"])
    assert first_view.__name__ == "first_view"
    own, *shared = first_view.__doc__.splitlines()
    assert own == "The first view's diffusion operator."
    assert set(inspect.signature(first_view).parameters) <= {line.partition(" :")[0] for line in shared}
    J = first_view(make_views(2), **SETTINGS)
    assert repr(J) == "sensor1"
    assert {view: X.shape[1] for view, X in seen.items()} == {"sensor1": 5, "sensor2": 6}
    with pytest.raises(ValueError, match="at least two views"):
        first_view([np.ones((50, 2))])


def test_formulas():
    views = make_views(3)
    steps = {"sensor1": 3, "sensor2": 0, "sensor3": 1}
    assert {name: repr(METHODS[name](views, steps=steps, **SETTINGS)) for name in METHODS} == {
        "integrated": "sensor1³ · sensor3",
        "alternating": "sensor1 · sensor2 · sensor3",
        "feature_concatenation": "[sensor1, sensor2, sensor3]",
        "distance_addition": "sensor1 ⊕ sensor2 ⊕ sensor3",
        "affinity_addition": "sensor1 + sensor2 + sensor3",
        "affinity_multiplication": "sensor1 ∘ sensor2 ∘ sensor3",
        "local_denoising_only": "sensor1 · sensor2 · sensor3",
        "powering_only": "sensor1³ · sensor3",
    }


def test_no_local_denoising_means_none():
    rng = np.random.default_rng(0)
    views = {name: rng.normal(size=(150, 4)) for name in "ab"}
    plain = fusion.powering_only(views, steps={"a": 1, "b": 1})
    off = fusion.integrated(views, steps={"a": 1, "b": 1}, local_denoising=None)
    on = fusion.integrated(views, steps={"a": 1, "b": 1})
    block = rng.normal(size=150)
    np.testing.assert_array_equal(off @ block, plain @ block)
    assert not np.allclose(on @ block, plain @ block)
