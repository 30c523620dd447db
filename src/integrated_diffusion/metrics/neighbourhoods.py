"""What scores of neighbourhoods share: neighbours in an embedding, and a category for every sample."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from integrated_diffusion.metrics.points import as_points
from integrated_diffusion.views.checks import check_count, check_n_neighbors


def neighbourhoods(embedding: np.ndarray, n_neighbors: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest neighbours of every sample in an embedding, itself excluded.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    n_neighbors : int
        Number of neighbours.

    Returns
    -------
    indices, distances : numpy.ndarray of shape (n_samples, n_neighbors)
        Nearest first.
    """
    points = as_points(embedding, "embedding")
    check_count(n_neighbors, "n_neighbors")
    check_n_neighbors(len(points), n_neighbors)
    distances, indices = NearestNeighbors(n_neighbors=n_neighbors).fit(points).kneighbors()
    return indices, distances


def categories(labels: npt.ArrayLike, n_samples: int, what: str, least: int = 2) -> np.ndarray:
    """Return the category of every sample as a number, `(n_samples,)`.

    Parameters
    ----------
    labels : array-like of shape (n_samples,)
        Category of every sample.
    n_samples : int
        Number of samples.
    what : str
        What the labels are called in messages.
    least : int, default 2
        Smallest number of categories.

    Raises
    ------
    ValueError
        If there is not one label for each sample, a label is missing, or there are too few categories.
    """
    known = np.asarray(labels)
    if known.shape != (n_samples,):
        raise ValueError(
            f"{what}: expected one for each of {n_samples} samples of the embedding, found an array of shape "
            f"{known.shape}; give an array of shape ({n_samples},)"
        )
    n_missing = int(np.count_nonzero(pd.isna(known)))
    if n_missing:
        raise ValueError(
            f"{what}: expected a label for every sample, found {n_missing} without one; leave these samples out"
        )
    names, codes = np.unique(known.astype(str) if known.dtype == object else known, return_inverse=True)
    if len(names) < least:
        raise ValueError(f"{what}: expected at least {least} different ones, found {len(names)}; nothing can be scored")
    return np.asarray(codes)
