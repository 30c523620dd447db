"""Silhouettes: how compact labels are, and how little batches show within a label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.metrics import silhouette_samples

from integrated_diffusion.metrics.neighbourhoods import categories
from integrated_diffusion.metrics.points import as_points


def silhouette_label(embedding: np.ndarray, labels: npt.ArrayLike) -> float:
    """Mean silhouette of labels, from 0 to 1: `(s + 1) / 2`, as in scIB (Luecken et al. 2022).

    Compares all pairs of samples, a block of rows at a time.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    labels : array-like of shape (n_samples,)
        Label of every sample; at least two, and fewer than samples.

    Returns
    -------
    float
        1 for labels that are compact and far apart, one half where they overlap.

    Raises
    ------
    TypeError, ValueError
        If the arguments do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion import metrics
    >>> metrics.silhouette_label(np.array([[0.0], [0.0], [1.0], [1.0]]), ["a", "a", "b", "b"])
    1.0
    """
    return float(scaled_silhouettes(embedding, labels).mean())


def scaled_silhouettes(embedding: np.ndarray, labels: npt.ArrayLike) -> np.ndarray:
    """Return the silhouette of every sample, scaled to lie between 0 and 1; parameters as in `silhouette_label`."""
    points = as_points(embedding, "embedding")
    codes = categories(labels, len(points), "labels")
    return np.asarray((_silhouettes(points, codes, "labels") + 1) / 2)


def silhouette_batch(embedding: np.ndarray, labels: npt.ArrayLike, batches: npt.ArrayLike) -> float:
    """Mixing of batches within labels by silhouettes, from 0 to 1: `1 - |s|`, mean over labels, as in scIB.

    A silhouette of zero is that of batches that overlap. A label of one batch alone is not scored. The absolute value
    counts mixing better than even as bad, and nearest batches alone are compared: read it beside `ilisi`.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    labels : array-like of shape (n_samples,)
        Label of every sample.
    batches : array-like of shape (n_samples,)
        Batch of every sample; at least two.

    Returns
    -------
    float
        1 where batches overlap within every label.

    Raises
    ------
    TypeError, ValueError
        If the arguments do not fit together, or no label is in several batches.
    """
    points = as_points(embedding, "embedding")
    by_label = categories(labels, len(points), "labels", least=1)
    by_batch = categories(batches, len(points), "batches")
    found = []
    for label in range(by_label.max() + 1):
        here = by_label == label
        n_batches = len(np.unique(by_batch[here]))
        if 1 < n_batches < here.sum():
            found.append(1 - np.abs(_silhouettes(points[here], by_batch[here], "batches")).mean())
    if not found:
        raise ValueError("batches: expected a label that several have in common, found none; nothing can be mixed")
    return float(np.mean(found))


def _silhouettes(points: np.ndarray, codes: np.ndarray, what: str) -> np.ndarray:
    n_groups = len(np.unique(codes))
    if n_groups >= len(points):
        raise ValueError(
            f"{what}: expected fewer different ones than samples, found {n_groups} of {len(points)}; give groups of "
            "samples"
        )
    return np.asarray(silhouette_samples(points, codes))
