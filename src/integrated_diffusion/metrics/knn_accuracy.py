"""Accuracy of a k-nearest-neighbour classifier on an embedding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import KNeighborsClassifier

from integrated_diffusion.metrics.neighbourhoods import categories
from integrated_diffusion.metrics.points import as_points
from integrated_diffusion.views.checks import check_count, check_n_neighbors


def knn_accuracy(embedding: np.ndarray, labels: npt.ArrayLike, n_neighbors: int = 5) -> float:
    """Share of samples whose label is the most frequent one among their nearest neighbours in the embedding.

    Leave-one-out: every sample is classified by all the others, so there are no folds to draw and nothing is random. A
    tie goes to the smallest label.

    Parameters
    ----------
    embedding : numpy.ndarray
        Coordinates of the samples, `(n_samples, n_components)`.
    labels : array-like
        Class of every sample, `(n_samples,)`.
    n_neighbors : int, default 5
        Number of neighbours that vote, the sample itself excluded.

    Returns
    -------
    float
        Accuracy, between 0 and 1.

    Raises
    ------
    TypeError
        If the embedding does not hold numbers.
    ValueError
        If it is not a finite two-dimensional array with one label a sample, a label is missing, or there are too few
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion import metrics
    >>> embedding = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> metrics.knn_accuracy(embedding, ["a", "a", "a", "b", "b", "b"], n_neighbors=2)
    1.0
    """
    points = as_points(embedding, "embedding")
    known = categories(labels, len(points), "labels", least=1)
    check_count(n_neighbors, "n_neighbors")
    check_n_neighbors(len(points), n_neighbors)
    return float(KNeighborsClassifier(n_neighbors).fit(points, known).score(None, known))
