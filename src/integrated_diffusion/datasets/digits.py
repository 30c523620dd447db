"""Handwritten digits seen through several cameras, each with its own noise (figure 2A)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.datasets import load_digits

from integrated_diffusion.datasets.noise import add_noise, as_levels
from integrated_diffusion.datasets.views import NoisyViews
from integrated_diffusion.views.checks import check_count


def noisy_digits(
    noise: Sequence[float] = (0.3, 1.0),
    *,
    images: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    n_samples: int | None = None,
    random_state: int | np.random.Generator = 0,
) -> NoisyViews:
    """Make views of the same digits that differ only in their Gaussian pixel noise (figures 2A and 2C of the paper).

    With one seed the chosen digits and the noise pattern of every view stay the same at every noise level, and the
    noise of a view does not depend on how many views follow it.

    Parameters
    ----------
    noise : sequence of float, default (0.3, 1.0)
        Standard deviation of the pixel noise of each view, on pixels between 0 and 1; as many views as levels.
    images : numpy.ndarray or None, default None
        Images of shape `(n, height, width)` or `(n, n_pixels)`, without negative pixels, such as MNIST; they are
        divided by their largest pixel. By default the 1,797 digits of 8 x 8 pixels that come with scikit-learn.
    labels : numpy.ndarray or None, default None
        Class of every image, `(n,)`; needed with `images`.
    n_samples : int or None, default None
        Number of images to draw without replacement; all of them, in their order, by default.
    random_state : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    NoisyViews
        Views named `view1`, `view2`, ..., the noiseless pixels and the classes; float64 if `images` are, otherwise
        float32.

    Raises
    ------
    TypeError
        If the images are not numbers, or `n_samples` is not a whole number.
    ValueError
        If there is no noise level, a level is negative, the images are empty, all black, negative or not finite, come
        without a label each, or are fewer than `n_samples`.

    Examples
    --------
    >>> from integrated_diffusion import datasets
    >>> datasets.noisy_digits(noise=(0.3, 1.0, 4.0), n_samples=200)
    NoisyViews(200 samples, 10 labels: view1 200 x 64, view2 200 x 64, view3 200 x 64; float32)
    """
    levels = as_levels(noise, "noise")
    images, labels = _embedded_digits() if images is None and labels is None else _checked(images, labels)
    rng = np.random.default_rng(random_state)
    brightest = images.max()  # of all images, so that a draw of some is scaled alike
    if n_samples is not None:
        chosen = _draw(len(images), n_samples, rng)
        images, labels = images[chosen], labels[chosen]
    pixels = images.reshape(len(images), -1)
    clean: np.ndarray = pixels.astype(np.float64 if pixels.dtype == np.float64 else np.float32)
    clean /= float(brightest)
    views = {f"view{m}": add_noise(clean, std, rng) for m, std in enumerate(levels, start=1)}
    return NoisyViews(views, clean, labels)


def _embedded_digits() -> tuple[np.ndarray, np.ndarray]:
    images, labels = load_digits(return_X_y=True)
    return images.astype(np.float32), labels


def _checked(images: np.ndarray | None, labels: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    if images is None or labels is None:
        given, missing = ("images", "labels") if labels is None else ("labels", "images")
        raise ValueError(f"expected images together with their labels, found {given} only; give the {missing} too")
    images, labels = np.asarray(images), np.asarray(labels)
    if images.dtype.kind not in "fiub":
        raise TypeError(f"images: expected numbers, found {images.dtype}; convert the pixels to float first")
    if images.ndim < 2 or 0 in images.shape:
        raise ValueError(
            f"images: expected shape (n, height, width) or (n, n_pixels) with pixels, found {images.shape}; "
            "reshape them, one image a row"
        )
    if labels.shape != (len(images),):
        raise ValueError(
            f"labels: expected one for each of {len(images)} images, found an array of shape {labels.shape}; "
            f"give an array of shape ({len(images)},)"
        )
    darkest, brightest = images.min(), images.max()
    if not (np.isfinite(brightest) and 0 <= darkest < brightest):
        raise ValueError(
            f"images: expected finite pixels of at least 0, not all the same, found values from {darkest} to "
            f"{brightest}; shift or clip them first"
        )
    return images, labels


def _draw(n_images: int, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    check_count(n_samples, "n_samples")
    if n_samples > n_images:
        raise ValueError(
            f"n_samples: expected at most {n_images}, the number of images, found {n_samples}; draw fewer or give "
            "more images"
        )
    return rng.choice(n_images, size=n_samples, replace=False)
