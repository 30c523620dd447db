"""Scores of an embedding: k-nearest-neighbour accuracy by labels, DEMaP by noiseless data."""

from integrated_diffusion.metrics.demap import Geodesics, demap
from integrated_diffusion.metrics.knn_accuracy import knn_accuracy

__all__ = ["Geodesics", "demap", "knn_accuracy"]
