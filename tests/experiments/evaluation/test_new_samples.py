"""Scores of new samples on sets where they are known."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation.new_samples import Paired, aligned_correlation, correlation, distances, scores
from integrated_diffusion import datasets


def test_a_turned_map_is_the_same_map():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 3))
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    train, test = np.arange(40), np.arange(40, 60)
    assert aligned_correlation(3 * X @ turn + 5, X, train, test) == pytest.approx(1)
    assert aligned_correlation(rng.standard_normal((60, 3)), X, train, test) < 0.5
    assert correlation(2 * X + 1, X) == pytest.approx(1)


def test_all_scores_of_a_small_set():
    made = datasets.noisy_digits(noise=(0.2, 0.4), n_samples=300, random_state=0)
    data = Paired("digits", made.views, None, "view2", made.labels)
    found = scores(data)
    assert found["Procrustes, held out"] > 0.9
    assert found["predict: error"] < 1
    assert 0 <= distances(data)["above 1, others"] < 0.3
