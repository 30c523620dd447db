"""What labels say of a map: accuracy of neighbours, agreement with clusters, how far labels stay apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.study.clustering import leiden
from integrated_diffusion import metrics

ACCURACY, NMI, ARI, LABEL_SILHOUETTE = "accuracy", "NMI", "ARI", "label silhouette"
CONNECTIVITY, CLISI = "connectivity", "cLISI"
LABEL_SCORES = (ACCURACY, NMI, ARI, CLISI, LABEL_SILHOUETTE, CONNECTIVITY)
"""In the order of tables."""


def label_scores(embedding: np.ndarray, labels: np.ndarray) -> Iterator[tuple[str, float]]:
    """Yield the name and the value of each score of `LABEL_SCORES`.

    Parameters
    ----------
    embedding
        Coordinates, `(n_samples, n_components)`.
    labels
        Of every sample, `(n_samples,)`.
    """
    yield ACCURACY, metrics.knn_accuracy(embedding, labels)
    agreement = metrics.cluster_agreement(leiden(embedding), labels)
    yield NMI, agreement.nmi
    yield ARI, agreement.ari
    yield LABEL_SILHOUETTE, metrics.silhouette_label(embedding, labels)
    yield CONNECTIVITY, metrics.graph_connectivity(embedding, labels)
    yield CLISI, metrics.clisi(embedding, labels)
