"""LISI: how many categories there are, in effect, in the neighbourhood of each sample (Korsunsky et al. 2019)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from integrated_diffusion.metrics.neighbourhoods import categories, neighbourhoods
from integrated_diffusion.views.checks import check_positive

_BLOCK = 4_096
_BISECTIONS = 60


def lisi(
    embedding: np.ndarray, labels: npt.ArrayLike, n_neighbors: int = 90, perplexity: float | None = None
) -> np.ndarray:
    """Effective number of categories around each sample, the local inverse Simpson index.

    Neighbours are weighted by `exp(-beta d)`, with `beta` such that their entropy is the logarithm of the perplexity;
    the index is `1 / sum_c p_c^2`, where `p_c` is the weight of category `c` (Korsunsky et al., Nature Methods 2019,
    16:1289).

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    labels : array-like of shape (n_samples,)
        Category of every sample: its batch, or its cell type.
    n_neighbors : int, default 90
        Number of neighbours, the sample itself excluded; at most all others.
    perplexity : float or None, default None
        Effective number of neighbours; a third of `n_neighbors` unless given.

    Returns
    -------
    numpy.ndarray of shape (n_samples,)
        From 1, one category, to the number of categories.

    Raises
    ------
    TypeError, ValueError
        If the arguments do not fit together, or the perplexity is not below the number of neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion import metrics
    >>> metrics.lisi(np.arange(6.0)[:, None], ["a", "b"] * 3, n_neighbors=5, perplexity=4).round(1).tolist()
    [1.8, 1.5, 1.6, 1.6, 1.5, 1.8]
    """
    n_neighbors = min(n_neighbors, max(1, len(embedding) - 1))
    indices, distances = neighbourhoods(embedding, n_neighbors)
    codes = categories(labels, len(indices), "labels", least=1)
    perplexity = n_neighbors / 3 if perplexity is None else perplexity
    check_positive(perplexity, "perplexity")
    if not 1 <= perplexity < n_neighbors:
        raise ValueError(
            f"perplexity: expected at least 1 and less than the {n_neighbors} neighbours, found {perplexity:g}; a "
            "third of them is usual"
        )
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(indices), _BLOCK)]
    return np.concatenate([_effective(codes[indices[rows]], distances[rows], perplexity) for rows in blocks])


def ilisi(
    embedding: np.ndarray, batches: npt.ArrayLike, n_neighbors: int = 90, perplexity: float | None = None
) -> float:
    """Mixing of batches, median LISI by batch, from 0 (each by itself) to 1 (all mixed evenly).

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    batches : array-like of shape (n_samples,)
        Batch of every sample; at least two.
    n_neighbors, perplexity : int and float or None
        As in `lisi`.
    """
    n_batches = _number(batches, len(embedding), "batches")
    return float((np.median(lisi(embedding, batches, n_neighbors, perplexity)) - 1) / (n_batches - 1))


def clisi(
    embedding: np.ndarray, labels: npt.ArrayLike, n_neighbors: int = 90, perplexity: float | None = None
) -> float:
    """Separation of labels, from median LISI by label: 1 where neighbourhoods have one label, 0 where they have all.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    labels : array-like of shape (n_samples,)
        Label of every sample; at least two.
    n_neighbors, perplexity : int and float or None
        As in `lisi`.
    """
    n_labels = _number(labels, len(embedding), "labels")
    return float((n_labels - np.median(lisi(embedding, labels, n_neighbors, perplexity))) / (n_labels - 1))


def _number(labels: npt.ArrayLike, n_samples: int, what: str) -> int:
    return int(categories(labels, n_samples, what).max()) + 1


def _effective(labels: np.ndarray, distances: np.ndarray, perplexity: float) -> np.ndarray:
    weights = weights_of(distances, perplexity)
    n_labels = int(labels.max()) + 1
    cells = labels + n_labels * np.arange(len(labels))[:, None]
    shares = np.bincount(cells.ravel(), weights.ravel(), n_labels * len(labels)).reshape(len(labels), n_labels)
    return np.asarray(1 / np.square(shares).sum(axis=1))


def weights_of(distances: np.ndarray, perplexity: float) -> np.ndarray:
    """Return weights `exp(-beta d)` of neighbours, with the `beta` of each row that gives the perplexity.

    Parameters
    ----------
    distances : numpy.ndarray of shape (n_rows, n_neighbors)
        Distances, nearest first.
    perplexity : float
        Exponential of the entropy of the weights; more than can be reached where many are equally near.

    Returns
    -------
    numpy.ndarray of shape (n_rows, n_neighbors)
        Rows sum to one.
    """
    beyond = distances - distances[:, :1]  # a shift changes no weight, and the largest exponential is one
    scale = beyond.max(axis=1)
    beyond = beyond / np.where(scale > 0, scale, 1)[:, None]
    low, high = np.full(len(beyond), -30.0), np.full(len(beyond), 30.0)  # logarithms of beta
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        is_wide = _entropy(_softmax(beyond, middle)) > np.log(perplexity)
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    return _softmax(beyond, (low + high) / 2)


def _softmax(beyond: np.ndarray, log_beta: np.ndarray) -> np.ndarray:
    weights = np.exp(-np.exp(log_beta)[:, None] * beyond)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _entropy(weights: np.ndarray) -> np.ndarray:
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    return np.asarray(-(weights * logs).sum(axis=1))
