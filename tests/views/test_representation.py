"""How features are scaled: what is recognised, and what comes out, against dense oracles."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.views.containers import measured_views
from integrated_diffusion.views.coordinates import are_coordinates, are_uncorrelated
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipes import RECIPES, as_measured, prepare
from integrated_diffusion.views.reduction import components_for, pca
from integrated_diffusion.views.representation import (
    REPRESENTATIONS,
    feature_spreads,
    recognise_representation,
    representations_of,
    share_of_zeros,
)


def correlated(n_samples: int = 120, n_features: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_samples, 3)) @ rng.standard_normal((3, n_features)) + rng.standard_normal(
        (n_samples, n_features)
    )


def words(n_samples: int = 80, n_features: int = 60, seed: int = 0) -> np.ndarray:
    counts = np.random.default_rng(seed).poisson(0.05, (n_samples, n_features)).astype(np.float64)
    counts[np.arange(n_samples), np.arange(n_samples) % n_features] += 1
    return counts


def images(n_samples: int = 200, seed: int = 0) -> np.ndarray:
    """Pixels from 0 to 255: those at the border are seldom written on."""
    rng = np.random.default_rng(seed)
    written = rng.random((n_samples, 40)) < np.linspace(0.01, 0.9, 40)
    return np.where(written, rng.integers(100, 256, (n_samples, 40)), 0).astype(np.float64)


def test_features_of_one_unit_stay_as_given():
    assert recognise_representation(correlated()) == "given"
    assert recognise_representation(images()) == "given"
    assert np.ptp(np.log10(images().std(axis=0))) > 0.5  # their standard deviations alone would say otherwise


def test_features_of_several_units_are_standardised():
    X = correlated() * np.logspace(0, 3, 8)
    assert recognise_representation(X) == "standardised"
    np.testing.assert_allclose(REPRESENTATIONS["standardised"].normalise(X), (X - X.mean(axis=0)) / X.std(axis=0))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_scale_of_a_view_does_not_matter(scale):
    assert recognise_representation(correlated() * scale) == "given"
    assert recognise_representation(correlated() * scale * np.logspace(0, 3, 8)) == "standardised"


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_sparse_counts_become_tf_idf(container):
    X = words()
    assert recognise_representation(container(X)) == "tf_idf"
    assert recognise_representation(container(X + 0.5 * (X > 0))) == "given"  # no counts
    found = REPRESENTATIONS["tf_idf"].normalise(container(X))
    assert sp.issparse(found) == sp.issparse(container(X))
    n_samples, documents = len(X), (X > 0).sum(axis=0)
    tf = np.where(X > 0, 1 + np.log(np.where(X > 0, X, 1)), 0)
    expected = tf * (np.log((1 + n_samples) / (1 + documents)) + 1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = found.toarray() if sp.issparse(found) else found
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found, TfidfTransformer(sublinear_tf=True).fit_transform(X).toarray(), atol=1e-12)


def test_principal_components_stay_as_given_however_different_their_spreads():
    X = correlated() * np.logspace(0, 3, 8)
    scores = pca(X, 7)
    assert are_coordinates(scores)
    assert not are_coordinates(X)
    assert not are_coordinates(np.random.default_rng(0).standard_normal((100, 20)))  # uncorrelated up to chance only
    assert recognise_representation(scores) == "given"
    assert recognise_representation(scores.astype(np.float32)) == "given"


def test_spreads_and_zeros_do_not_depend_on_the_container():
    X = images()
    X[:, 3] = 7.0
    stored = sp.csr_array(X)
    deviations = np.square(X - X.mean(axis=0)).sum(axis=0)
    varies = np.arange(X.shape[1]) != 3
    expected = np.sqrt(deviations[varies] / (X != 0).sum(axis=0)[varies])
    np.testing.assert_allclose(feature_spreads(X), expected)
    np.testing.assert_allclose(feature_spreads(stored), expected)
    assert share_of_zeros(X) == pytest.approx((X == 0).mean())
    assert share_of_zeros(stored) == pytest.approx((X == 0).mean())


def test_a_constant_feature_has_no_spread():
    X = correlated()
    X[:, 0] = 0.1
    assert len(feature_spreads(X)) == 7
    assert recognise_representation(np.full((10, 3), 0.1)) == "given"


def names_of(views, *settings):
    return {name: found.name for name, found in representations_of(*settings, measured_views(views)).items()}


def test_views_can_be_named():
    views = {"a": correlated(), "b": correlated(seed=1) * np.logspace(0, 3, 8)}
    assert names_of(views, "auto") == {"a": "given", "b": "standardised"}
    assert names_of(views, "given") == {"a": "given", "b": "given"}
    assert names_of(views, {"a": "standardised"}) == {"a": "standardised", "b": "standardised"}


def test_views_with_a_recipe_or_coordinates_have_no_representation():
    X, Y, Z = (correlated(seed=seed) for seed in range(3))
    measured = measured_views({"a": X, "b": Y, "c": PreparedView(Z, Z, pca(Z, 3))})
    assert list(representations_of("standardised", measured, ["a"])) == ["b"]
    with pytest.raises(ValueError, match="representation: expected views without a recipe, found 'a', which has one"):
        representations_of({"a": "given"}, measured, ["a"])
    with pytest.raises(TypeError, match="representation: expected a name or a mapping from view to name, found int"):
        representations_of({"b": 3}, measured)
    model = IntegratedDiffusion(n_components=3, steps={"a": 1, "b": 1}, recipes={"a": "other"}).fit({"a": X, "b": Y})
    assert model.representation_ == {"b": "given"}
    assert [repr(model.recipes_[name]) for name in "ab"] == [
        f"{kind}, fitted to 8 features" for kind in ("other", "given")
    ]


def test_the_model_takes_distances_of_scaled_values_and_denoises_measured_ones():
    views = {"a": correlated(), "b": correlated(seed=1) * np.logspace(0, 3, 8)}
    steps = {"a": 1, "b": 1}
    model = IntegratedDiffusion(n_components=3, steps=steps, n_jobs=1).fit(views)
    by_hand = views | {"b": REPRESENTATIONS["standardised"].normalise(views["b"])}
    given = IntegratedDiffusion(n_components=3, steps=steps, n_jobs=1, representation="given").fit(by_hand)
    assert model.representation_ == {"a": "given", "b": "standardised"}
    np.testing.assert_array_equal(model.embedding_, given.embedding_)
    np.testing.assert_allclose(model.denoise("b"), model.operator_ @ views["b"])


def test_prediction_is_of_scaled_values(monkeypatch):
    X = correlated() * np.logspace(0, 3, 8)
    scaled = REPRESENTATIONS["standardised"].normalise(X)
    view = as_measured(X, 4, representation=REPRESENTATIONS["standardised"])
    assert view.values is view.raw is X
    np.testing.assert_array_equal(view.comparable, scaled)
    np.testing.assert_array_equal(view.representation, pca(scaled, 4))
    assert as_measured(X).comparable is X
    np.testing.assert_array_equal(prepare(X, "other").comparable, RECIPES["other"].normalise(X))
    # Splits are drawn by the measured values, of which one model has the scaled ones.
    monkeypatch.setattr("integrated_diffusion.integration.integration.sample_order", lambda *_: np.arange(len(X)))
    one, other = (
        IntegratedDiffusion(n_components=3, n_jobs=1, representation=kind).fit({"a": correlated(seed=1), "b": Y})
        for kind, Y in (({"a": "given"}, X), ("given", scaled))
    )
    assert one.selection_.candidates == other.selection_.candidates


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("kind", REPRESENTATIONS)
def test_new_samples_are_scaled_like_the_training_samples(kind, container):
    X = container(words())
    fitted, values, coordinates = REPRESENTATIONS[kind].fit_transform(X, 5)
    np.testing.assert_allclose(fitted.transform(X), coordinates, atol=1e-10)
    dense = values if isinstance(values, np.ndarray) else values.toarray()
    one = fitted.normalise(X[:1])
    np.testing.assert_allclose(one if isinstance(one, np.ndarray) else one.toarray(), dense[:1], atol=1e-12)


def test_tf_idf_needs_counts_and_all_features():
    X = words()
    with pytest.raises(ValueError, match="expected counts"):
        as_measured(-X, name="words", representation=REPRESENTATIONS["tf_idf"])
    fitted = REPRESENTATIONS["tf_idf"].fit(X, 5)
    with pytest.raises(ValueError, match="expected all 60 features, as a sample's length is taken over all, found 7"):
        fitted.normalise(X[:, :7])
    assert not fitted.normalise(np.zeros((1, 60))).any()


@pytest.mark.parametrize(
    ("representation", "message"),
    [("tfidf", "representation"), ({"a": "whitened"}, "representation"), ({"c": "given"}, "representation")],
)
def test_unknown_representations_are_found_before_the_work(representation, message):
    with pytest.raises(ValueError, match=message):
        IntegratedDiffusion(representation=representation).fit({"a": correlated(), "b": correlated(seed=1)})


def test_the_published_method_takes_values_as_they_are():
    assert IntegratedDiffusion.paper().representation == "given"


def test_halves_of_coordinates_are_uncorrelated_and_halves_of_features_are_not():
    X = correlated(n_features=12)
    scores = np.asarray(pca(X, 10))
    assert are_uncorrelated(scores[:, :4], scores[:, 4:])
    assert not are_uncorrelated(X[:, :6], X[:, 6:])
    assert not are_uncorrelated(sp.csr_array(scores[:, :4]), scores[:, 4:])
    independent = np.random.default_rng(0).standard_normal((2, 100, 20))
    assert not are_uncorrelated(*independent)  # up to chance only
    assert not are_uncorrelated(np.ones((len(scores), 2)), scores[:, 4:])


def test_components_go_by_the_number_of_samples():
    assert [components_for(n) for n in (5, 12, 60, 299, 300, 10**6)] == [2, 2, 10, 49, 50, 50]
