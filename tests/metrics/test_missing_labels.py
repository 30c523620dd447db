"""Samples without a label are refused, in the same words by every score."""

import numpy as np
import pandas as pd
import pytest

from integrated_diffusion import metrics

RNG = np.random.default_rng(0)
EMBEDDING, BATCHES = RNG.standard_normal((60, 3)), np.repeat(["x", "y"], 30)
NUMBERS = np.r_[np.ones(25), np.full(25, 2.0), np.full(10, np.nan)]
TEXT = pd.Series(NUMBERS).map({1: "T", 2: "B"})


@pytest.mark.parametrize("labels", [NUMBERS, TEXT], ids=["numbers", "text"])
@pytest.mark.parametrize(
    "score",
    [
        lambda labels: metrics.isolated_labels(labels, BATCHES),
        lambda labels: metrics.isolated_label_f1([BATCHES], labels, BATCHES),
        lambda labels: metrics.knn_accuracy(EMBEDDING, labels),
        lambda labels: metrics.clisi(EMBEDDING, labels),
        lambda labels: metrics.graph_connectivity(EMBEDDING, labels),
        lambda labels: metrics.silhouette_label(EMBEDDING, labels),
    ],
)
def test_missing_labels_are_counted(score, labels):
    with pytest.raises(ValueError, match="expected a label for every sample, found 10 without one"):
        score(labels)


def test_numbers_may_be_labels():
    halves = np.where(BATCHES == "x", 0.5, 1.5)
    assert metrics.knn_accuracy(EMBEDDING, halves) == metrics.knn_accuracy(EMBEDDING, BATCHES)
