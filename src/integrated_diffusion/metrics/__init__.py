"""Scores of an embedding: by labels, by batches, and by noiseless data.

Labels: accuracy of nearest neighbours, cLISI, silhouette, connectivity of the graph, agreement with clusters; batches:
iLISI, silhouette, kBET, isolated labels. Those that scIB has are defined as there (Luecken et al., Nature Methods 2022,
19:41).
"""

from integrated_diffusion.metrics.cluster_agreement import ClusterAgreement, cluster_agreement
from integrated_diffusion.metrics.demap import Geodesics, demap
from integrated_diffusion.metrics.graph_connectivity import graph_connectivity
from integrated_diffusion.metrics.isolated_labels import isolated_label_f1, isolated_label_silhouette, isolated_labels
from integrated_diffusion.metrics.kbet import kbet
from integrated_diffusion.metrics.knn_accuracy import knn_accuracy
from integrated_diffusion.metrics.lisi import clisi, ilisi, lisi
from integrated_diffusion.metrics.silhouette import silhouette_batch, silhouette_label

__all__ = [
    "ClusterAgreement",
    "Geodesics",
    "clisi",
    "cluster_agreement",
    "demap",
    "graph_connectivity",
    "ilisi",
    "isolated_label_f1",
    "isolated_label_silhouette",
    "isolated_labels",
    "kbet",
    "knn_accuracy",
    "lisi",
    "silhouette_batch",
    "silhouette_label",
]
