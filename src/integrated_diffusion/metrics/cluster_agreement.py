"""Agreement of clusters with labels at the best resolution: NMI and ARI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from integrated_diffusion.metrics.neighbourhoods import categories

RESOLUTIONS = tuple(np.linspace(0.2, 2.0, 10).round(1).tolist())
"""Resolutions that scIB tries."""


class ClusterAgreement(NamedTuple):
    """How well clusters agree with labels.

    Attributes
    ----------
    nmi : float
        Normalised mutual information, by the arithmetic mean of the entropies.
    ari : float
        Adjusted Rand index.
    resolution : float
        Resolution of the clusters.
    """

    nmi: float
    ari: float
    resolution: float


def cluster_agreement(
    cluster: Callable[[float], npt.ArrayLike], labels: npt.ArrayLike, resolutions: Sequence[float] = RESOLUTIONS
) -> ClusterAgreement:
    """Cluster at several resolutions, and score the clusters of the resolution with the highest NMI, as in scIB.

    Parameters
    ----------
    cluster : callable
        From a resolution to a cluster for every sample, `(n_samples,)`; Leiden on a graph of neighbours for instance.
    labels : array-like of shape (n_samples,)
        Label of every sample.
    resolutions : sequence of float, default 0.2, 0.4, ..., 2.0
        Resolutions to try.

    Raises
    ------
    ValueError
        If there is no resolution, or not one cluster for each sample.

    Examples
    --------
    >>> cluster_agreement(lambda resolution: [0, 0, 1, 1], ["a", "a", "b", "b"], [1.0])
    ClusterAgreement(nmi=1.0, ari=1.0, resolution=1.0)
    """
    if not len(resolutions):
        raise ValueError("resolutions: expected at least one, found none; 0.2 to 2.0 is usual")
    known = np.asarray(labels)
    truth, found = categories(known, len(known), "labels", least=1), []
    for resolution in resolutions:
        clusters = categories(cluster(resolution), len(known), "cluster", least=1)
        nmi = normalized_mutual_info_score(truth, clusters)
        found.append(ClusterAgreement(float(nmi), float(adjusted_rand_score(truth, clusters)), float(resolution)))
    return max(found, key=lambda agreement: agreement.nmi)
