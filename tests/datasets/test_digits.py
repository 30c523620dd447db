"""Views of digits: the same clean images, each view with its own noise of the level asked for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from integrated_diffusion.datasets import noisy_digits

IMAGES = np.arange(6 * 4 * 5).reshape(6, 4, 5).astype(np.uint8)
CLASSES = np.array([1, 1, 2, 2, 3, 3])


def test_default_is_the_embedded_digits():
    digits = noisy_digits()
    pixels, labels = load_digits(return_X_y=True)
    assert list(digits.views) == ["view1", "view2"]
    np.testing.assert_array_equal(digits.clean, (pixels / 16).astype(np.float32))
    np.testing.assert_array_equal(digits.labels, labels)
    assert {X.dtype for X in digits.views.values()} == {np.dtype(np.float32)}


def test_each_view_has_its_level():
    levels = (0.0, 0.3, 1.0, 4.0)
    digits = noisy_digits(levels)
    for X, level in zip(digits.views.values(), levels, strict=True):
        assert (X - digits.clean).std() == pytest.approx(level, rel=0.01)


def test_views_are_independent():
    digits = noisy_digits((1.0, 1.0, 1.0))
    noise = [(X - digits.clean).ravel() for X in digits.views.values()]
    np.testing.assert_allclose(np.corrcoef(noise), np.eye(3), atol=0.015)


def test_noise_makes_digits_harder_to_tell():
    digits = noisy_digits((0.0, 0.5, 4.0), n_samples=600)
    clean, some, much = (
        KNeighborsClassifier().fit(X, digits.labels).score(None, digits.labels) for X in digits.views.values()
    )
    assert clean > some > much > 0.05
    assert clean > 0.9 > 0.5 > much


def test_seeds():
    first, again, other = (noisy_digits(n_samples=50, random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.views["view2"], again.views["view2"])
    np.testing.assert_array_equal(first.labels, again.labels)
    assert not np.array_equal(first.clean, other.clean)


def test_a_sweep_changes_nothing_but_the_level():
    low, high = noisy_digits((0.5, 1.0), n_samples=80), noisy_digits((0.5, 2.0, 3.0), n_samples=80)
    np.testing.assert_array_equal(low.clean, high.clean)
    np.testing.assert_array_equal(low.views["view1"], high.views["view1"])
    np.testing.assert_allclose(2 * (low.views["view2"] - low.clean), high.views["view2"] - high.clean, atol=1e-5)


def test_own_images_are_scaled_and_flattened():
    digits = noisy_digits((0.0,), images=IMAGES, labels=CLASSES)
    np.testing.assert_allclose(digits.clean, IMAGES.reshape(6, 20) / 119, rtol=1e-6)
    np.testing.assert_array_equal(digits.clean, digits.views["view1"])
    assert noisy_digits((1.0,), images=IMAGES.astype(np.float64), labels=CLASSES).views["view1"].dtype == np.float64


def test_draws_keep_images_with_their_labels_and_their_scale():
    whole = noisy_digits((0.0,), images=IMAGES, labels=CLASSES)
    drawn = noisy_digits((0.0,), images=IMAGES, labels=CLASSES, n_samples=4, random_state=1)
    rows = [int(np.flatnonzero((whole.clean == image).all(axis=1))[0]) for image in drawn.clean]
    assert len(set(rows)) == 4
    np.testing.assert_array_equal(drawn.labels, CLASSES[rows])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: noisy_digits(()), ValueError, "noise: expected one level for each view"),
        (lambda: noisy_digits(0.3), ValueError, "noise: expected one level for each view, found 0.3"),
        (lambda: noisy_digits((0.3, -1.0)), ValueError, "noise: .* at least 0, found -1"),
        (lambda: noisy_digits(images=IMAGES), ValueError, "found images only; give the labels too"),
        (lambda: noisy_digits(labels=CLASSES), ValueError, "found labels only; give the images too"),
        (lambda: noisy_digits(images=IMAGES, labels=CLASSES[:5]), ValueError, r"each of 6 images, found .* \(5,\)"),
        (lambda: noisy_digits(images=IMAGES[0, 0], labels=CLASSES), ValueError, r"found \(5,\); reshape"),
        (lambda: noisy_digits(images=IMAGES.astype(str), labels=CLASSES), TypeError, "images: expected numbers"),
        (lambda: noisy_digits(images=IMAGES - 1.0, labels=CLASSES), ValueError, "values from -1.0 to 118.0"),
        (lambda: noisy_digits(images=IMAGES * np.nan, labels=CLASSES), ValueError, "values from nan"),
        (lambda: noisy_digits(images=IMAGES * 0, labels=CLASSES), ValueError, "values from 0 to 0"),
        (lambda: noisy_digits(n_samples=1_798), ValueError, "expected at most 1797.*found 1798"),
        (lambda: noisy_digits(n_samples=0), ValueError, "n_samples: expected at least 1, found 0"),
        (lambda: noisy_digits(n_samples=2.5), TypeError, "n_samples: expected a whole number"),
    ],
)
def test_errors_are_one_line(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
