"""One value from views to `J`: each step is what the step before it says, and nothing is computed twice."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from integrated_diffusion.filters import PowerFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.integration import integrate
from integrated_diffusion.integration.steps import FixedSteps
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.views.containers import measured_views
from integrated_diffusion.views.recipes import RECIPES, prepare
from oracles import dense_kernel_alpha_decay, dense_walk

CHOICES = {"n_neighbors": 6, "decay": 5.0}
CONSTRUCTION = Construction(AlphaDecayKernel(**CHOICES), steps=FixedSteps({"rna": 2, "lab": 1}), n_pca=3, n_jobs=1)
N = 70


@pytest.fixture
def views():
    rng = np.random.default_rng(0)
    return {"rna": rng.poisson(4.0, (N, 9)) + 1.0, "lab": rng.standard_normal((N, 5))}


def dense(X):
    return dense_walk(dense_kernel_alpha_decay(X, **CHOICES))


def test_from_views_to_the_operator(views):
    found = integrate(measured_views(views), CONSTRUCTION, {"rna": RECIPES["rna"]})
    by_hand = {"rna": prepare(views["rna"], "rna", 3), "lab": prepare(views["lab"], "none", 3)}
    for name, view in by_hand.items():
        np.testing.assert_array_equal(found.views[name].values, view.values)
        np.testing.assert_array_equal(found.coordinates[name], view.representation)
    P, Q = (dense(view.representation) for view in by_hand.values())
    np.testing.assert_allclose(found.operator.operator.toarray(), P @ P @ Q, atol=1e-12)
    assert found.steps.steps == {"rna": 2, "lab": 1}
    assert list(found.operators) == list(found.recipes) == list(found.samples.measured) == ["rna", "lab"]
    assert found.recipes["rna"].recipe is RECIPES["rna"]
    assert found.views["lab"].recipe is None


def test_coordinates_are_locally_denoised_if_that_is_asked_for(views):
    denoising = LocalDenoising(PowerFilter(2), min_size=2, max_depth=1)
    plain, denoised = (
        integrate(measured_views(views), Construction(CONSTRUCTION.kernel, how, CONSTRUCTION.steps, n_pca=3))
        for how in (None, denoising)
    )
    X = plain.coordinates["lab"]
    np.testing.assert_allclose(denoised.coordinates["lab"], (X + dense(X) @ dense(X) @ X) / 2, atol=1e-12)
    np.testing.assert_array_equal(denoised.views["lab"].representation, X)


def test_coordinates_that_were_given_are_used(views):
    given = prepare(views["rna"], "rna", 8)
    found = integrate(measured_views({**views, "rna": given}), CONSTRUCTION, {"rna": RECIPES["protein"]})
    assert found.views["rna"].values is given.values
    assert found.views["rna"].recipe is RECIPES["rna"]
    expected = prepare(given.representation, "none", 3).representation  # its leading principal components
    np.testing.assert_array_equal(found.coordinates["rna"], expected)


def test_what_follows_progress_is_not_kept(views):
    reported = []
    listening = Construction(**{**vars(CONSTRUCTION), "progress": lambda *at: reported.append(at)})
    found = integrate(measured_views(views), listening, {"rna": RECIPES["rna"]})
    assert reported == [
        ("rna: normalising", 0, 2),
        ("lab: principal components", 1, 2),
        ("rna: neighbours and kernel", 0, 2),
        ("lab: neighbours and kernel", 1, 2),
        ("steps", 0, 3),
    ]
    again = pickle.loads(pickle.dumps(found))
    assert again.construction == CONSTRUCTION
    np.testing.assert_array_equal(again.operator.operator.toarray(), found.operator.operator.toarray())


def test_a_view_of_which_a_recipe_leaves_nothing(views):
    flat = {**views, "lab": np.full((N, 5), 3.0)}
    with pytest.raises(ValueError, match="view 'lab': expected measured values, found only zeros"):
        integrate(measured_views(flat), CONSTRUCTION, {"lab": RECIPES["other"]})
