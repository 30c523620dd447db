"""kBET: whether batches occur around each sample as often as they do in all (Büttner et al. 2019)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from integrated_diffusion.metrics.neighbourhoods import categories, neighbourhoods
from integrated_diffusion.metrics.points import as_points

LEAST_SAMPLES = 10
"""Samples of the smallest label that is scored."""


def kbet(
    embedding: np.ndarray,
    batches: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    n_neighbors: int = 50,
    alpha: float = 0.05,
) -> float:
    """Share of samples around which batches are mixed: whose neighbours' batches chi-squared does not reject.

    The test compares how often each batch occurs among a sample's nearest neighbours with how often it occurs in all
    (Büttner et al., Nature Methods 2019, 16:43). With labels it is done among the samples of each label that several
    batches have, and averaged over these labels: batches with different shares of the labels can then be mixed too.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    batches : array-like of shape (n_samples,)
        Batch of every sample; at least two.
    labels : array-like of shape (n_samples,) or None, default None
        Label of every sample.
    n_neighbors : int, default 50
        Number of neighbours, the sample itself excluded; in a label at most a quarter of its samples, at least 5.
    alpha : float, default 0.05
        Level of the test.

    Returns
    -------
    float
        From 0 to 1; `1 - alpha` is expected where batches are mixed at random.

    Raises
    ------
    TypeError, ValueError
        If the arguments do not fit together, or no label of at least ten samples is in several batches.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion import metrics
    >>> metrics.kbet(np.arange(40.0)[:, None], ["a", "b"] * 20, n_neighbors=10)
    1.0
    """
    points = as_points(embedding, "embedding")
    by_batch = categories(batches, len(points), "batches")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: expected a level between 0 and 1, found {alpha}; 0.05 is usual")
    if labels is None:
        return _accepted(points, by_batch, n_neighbors, alpha)
    by_label, found = categories(labels, len(points), "labels", least=1), []
    for label in range(by_label.max() + 1):
        here = by_label == label
        if here.sum() >= LEAST_SAMPLES and len(np.unique(by_batch[here])) > 1:
            near = min(n_neighbors, max(5, int(here.sum()) // 4))
            found.append(_accepted(points[here], by_batch[here], near, alpha))
    if not found:
        raise ValueError("batches: expected a label that several have in common, found none; nothing can be mixed")
    return float(np.mean(found))


def _accepted(points: np.ndarray, batches: np.ndarray, n_neighbors: int, alpha: float) -> float:
    indices, _ = neighbourhoods(points, n_neighbors)
    names, codes = np.unique(batches, return_inverse=True)
    expected = n_neighbors * np.bincount(codes) / len(codes)
    cells = codes[indices] + len(names) * np.arange(len(indices))[:, None]
    observed = np.bincount(cells.ravel(), minlength=len(names) * len(indices)).reshape(len(indices), len(names))
    statistic = (np.square(observed - expected) / expected).sum(axis=1)
    return float(np.mean(chi2.sf(statistic, len(names) - 1) >= alpha))
