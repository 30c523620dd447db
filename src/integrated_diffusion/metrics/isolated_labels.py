"""Isolated labels: those that fewest batches have, which forced mixing would lose (Luecken et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from integrated_diffusion.metrics.neighbourhoods import categories
from integrated_diffusion.metrics.silhouette import scaled_silhouettes


def isolated_labels(labels: npt.ArrayLike, batches: npt.ArrayLike, most_batches: int | None = None) -> np.ndarray:
    """Return the labels that are in few batches, sorted.

    Parameters
    ----------
    labels, batches : array-like of shape (n_samples,)
        Label and batch of every sample.
    most_batches : int or None, default None
        Most batches of an isolated label; the fewest that any label is in unless given.

    Raises
    ------
    ValueError
        If no label is in that few batches, a label is missing, or there is not one batch for each label.

    Examples
    --------
    >>> isolated_labels(["T", "T", "B"], ["first", "second", "second"]).tolist()
    ['B']
    """
    known = np.asarray(labels)
    categories(known, len(known), "labels", least=1)
    codes = categories(batches, len(known), "batches")
    names = np.unique(known)
    counts = np.array([len(np.unique(codes[known == name])) for name in names])
    limit = counts.min() if most_batches is None else most_batches
    found = names[counts <= limit]
    if not len(found):
        raise ValueError(
            f"most_batches: expected a label in at most {limit} batches, found none; the fewest are {counts.min()}"
        )
    return np.asarray(found)


def isolated_label_silhouette(
    embedding: np.ndarray, labels: npt.ArrayLike, batches: npt.ArrayLike, most_batches: int | None = None
) -> float:
    """Mean silhouette of the isolated labels, from 0 to 1, each label the same weight.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    labels, batches : array-like of shape (n_samples,)
        Label and batch of every sample.
    most_batches : int or None, default None
        As in `isolated_labels`.
    """
    known, silhouettes = np.asarray(labels), scaled_silhouettes(embedding, labels)
    found = isolated_labels(known, batches, most_batches)
    return float(np.mean([silhouettes[known == name].mean() for name in found]))


def isolated_label_f1(
    clusterings: Iterable[npt.ArrayLike],
    labels: npt.ArrayLike,
    batches: npt.ArrayLike,
    most_batches: int | None = None,
) -> float:
    """F1 score of the cluster that fits an isolated label best, mean over these labels.

    Parameters
    ----------
    clusterings : iterable of array-like of shape (n_samples,)
        Clusters of the samples, such as those of several resolutions; the best cluster of all is taken.
    labels, batches : array-like of shape (n_samples,)
        Label and batch of every sample.
    most_batches : int or None, default None
        As in `isolated_labels`.
    """
    known = np.asarray(labels)
    best: dict[str, float] = {}
    found = isolated_labels(known, batches, most_batches)
    for clusters in clusterings:
        codes = categories(clusters, len(known), "clusterings", least=1)
        sizes = np.bincount(codes)
        for name in found:
            inside = np.bincount(codes[known == name], minlength=len(sizes))
            score = float((2 * inside / (sizes + (known == name).sum())).max())
            best[name] = max(score, best.get(name, 0.0))
    if not best:
        raise ValueError("clusterings: expected at least one, found none; give clusters of the samples")
    return float(np.mean(list(best.values())))
