"""The dense computation is the published method: it finds what the package finds, and what the paper's formulas say."""

import numpy as np
import pytest

from benchmarks.against_dense import PAPER, denoise, elbow, published
from integrated_diffusion import IntegratedDiffusion, LocalDenoising
from integrated_diffusion.datasets import tree

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture(scope="module")
def views():
    return tree(n_samples=600, n_dimensions=20).views


def test_without_local_denoising_both_find_the_same(views):
    dense, own = published(views, None), IntegratedDiffusion.paper(local_denoising=None).fit(views)
    assert dense.steps == own.steps_
    assert dense.power == own.power_
    np.testing.assert_allclose(np.abs(dense.coordinates), np.abs(own.embedding_), atol=1e-8)


def test_local_denoising_changes_them(views):
    assert np.abs(published(views).coordinates - published(views, None).coordinates).max() > 1e-3


def test_one_level_is_half_the_samples_and_half_their_neighbours_mean(views):
    X = views["view1"]
    settings = PAPER.local_denoising
    operator = (K := _kernel(X)) / K.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(denoise(X, settings, 1), (X + operator @ X) / 2, atol=1e-12)


def test_few_samples_stay_as_they_are(views):
    X = views["view1"][:400]
    assert denoise(X, PAPER.local_denoising, 6) is X


def test_another_filter_is_refused(views):
    with pytest.raises(TypeError, match=r"expected PowerFilter\(t\), as published, found EntropyFilter"):
        denoise(views["view1"], LocalDenoising(min_size=100), 1)


def test_the_elbow_is_of_all_singular_values():
    s = np.array([1.0, 0.5, 0.2, 0.1, 0.01])
    p = s[:, None] ** np.arange(1, 101) / (s[:, None] ** np.arange(1, 101)).sum(axis=0)
    entropy = -np.sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0), axis=0)
    fall = -np.diff(entropy)
    mean_fall = (entropy[0] - entropy[1:]) / np.arange(1, 100)
    assert elbow(np.diag(s)) == np.flatnonzero(fall <= mean_fall / 3)[0] + 1


def _kernel(X):
    """Alpha-decay affinities, decay 40, of fifteen neighbours within reach of the fifth, mean of both directions."""
    d = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
    reach = np.sort(d, axis=1)[:, 5]
    directed = np.exp(-((d / reach[:, None]) ** 40))
    directed[(directed < 1e-4) | (d > np.sort(d, axis=1)[:, 15:16])] = 0
    return (directed + directed.T) / 2
