"""Trees: one connected piece of the geometry asked for, and noise on the branches it belongs to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist, pdist
from sklearn.decomposition import PCA
from sklearn.manifold import Isomap
from sklearn.neighbors import kneighbors_graph

from integrated_diffusion import metrics
from integrated_diffusion.datasets import tree
from integrated_diffusion.datasets.trees import _Branch


def noise_by_branch(simulated):
    """Standard deviation of the noise, (n_views, n_branches)."""
    branches = np.unique(simulated.labels)
    return np.array(
        [
            [(X - simulated.clean)[simulated.labels == branch].std() for branch in branches]
            for X in simulated.views.values()
        ]
    )


@settings(max_examples=25, deadline=None)
@given(
    n_branches=st.integers(1, 12), n_dimensions=st.integers(2, 30), extra=st.integers(0, 200), seed=st.integers(0, 99)
)
def test_every_branch_has_its_share_of_samples(n_branches, n_dimensions, extra, seed):
    lengths = np.random.default_rng(seed).uniform(0.5, 3.0, n_branches)
    n_samples = n_branches + extra
    simulated = tree(n_branches, lengths, n_dimensions, n_samples=n_samples, random_state=seed)
    counts = np.bincount(simulated.labels, minlength=n_branches)
    assert simulated.clean.shape == (n_samples, n_dimensions)
    assert all(X.shape == simulated.clean.shape for X in simulated.views.values())
    assert counts.sum() == n_samples
    assert (np.abs(counts - 1 - extra * lengths / lengths.sum()) < 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_tree_is_one_piece(seed):
    simulated = tree(random_state=seed)
    graph = kneighbors_graph(simulated.clean, 5)
    assert connected_components(graph, directed=False)[0] == 1


def test_each_branch_starts_on_an_earlier_one():
    simulated = tree(n_samples=4_000, random_state=1)
    for branch in range(1, 10):
        earlier, own = (simulated.clean[pick] for pick in (simulated.labels < branch, simulated.labels == branch))
        assert cdist(own[:1], earlier).min() < 2 * (1.0 / 400)


def test_branches_start_all_over_the_tree():
    simulated = tree(60, random_state=0, n_samples=6_000)
    starts = simulated.clean[np.searchsorted(simulated.labels, np.arange(1, 60))]
    parents = [
        simulated.labels[cdist(start[None], simulated.clean[simulated.labels < branch]).argmin()]
        for branch, start in enumerate(starts, start=1)
    ]
    assert len(np.unique(parents)) > 15
    assert pdist(starts).min() > 1e-3


@pytest.mark.parametrize("bend", [0.0, np.pi / 2, -3.0])
def test_branches_have_the_length_asked_for(bend):
    lengths = [1.0, 2.0, 5.0]
    simulated = tree(3, lengths, 10, n_samples=6_000, bend=bend)
    for branch, length in enumerate(lengths):
        steps = np.diff(simulated.clean[simulated.labels == branch], axis=0)
        assert np.linalg.norm(steps, axis=1).sum() == pytest.approx(length, rel=0.01)


def test_no_bend_is_straight_and_a_bend_is_an_arc():
    ends = np.array([0.0, 2.0])
    straight, arc = (_Branch(np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]), 2.0, b) for b in (0.0, np.pi))
    np.testing.assert_allclose(straight.at(ends), [[0, 0], [2, 0]], atol=1e-15)
    np.testing.assert_allclose(arc.at(ends), [[0, 0], [0, 4 / np.pi]], atol=1e-15)  # half a circle, radius 2 / pi
    from_centre = arc.at(np.linspace(0, 2, 9)) - [0, 2 / np.pi]
    np.testing.assert_allclose(np.linalg.norm(from_centre, axis=1), 2 / np.pi)


def test_the_noiseless_tree_is_learnable_but_not_by_two_linear_components():
    simulated = tree(n_samples=1_000)
    geodesics = metrics.Geodesics.of(simulated.clean, n_neighbors=10)
    assert geodesics.demap(Isomap(n_neighbors=10, n_components=10).fit_transform(simulated.clean)) > 0.97
    assert geodesics.demap(PCA(2).fit_transform(simulated.clean)) < 0.93


@pytest.mark.parametrize("n_views", [1, 2, 3, 6])
def test_every_branch_is_noisy_in_one_view(n_views):
    std = noise_by_branch(tree(noise=0.05, local_noise=(0.4,) * n_views))
    noisy = std > 0.2
    assert (noisy.sum(axis=0) == 1).all()
    assert np.ptp(noisy.sum(axis=1)) <= 1
    np.testing.assert_allclose(std[noisy], np.hypot(0.05, 0.4), rtol=0.03)
    np.testing.assert_allclose(std[~noisy], 0.05, rtol=0.03)


def test_levels_of_each_view():
    std = noise_by_branch(tree(noise=(0.02, 0.1), local_noise=(0.5, 1.0)))
    np.testing.assert_allclose(np.sort(std[0])[[0, -1]], [0.02, np.hypot(0.02, 0.5)], rtol=0.05)
    np.testing.assert_allclose(np.sort(std[1])[[0, -1]], [0.1, np.hypot(0.1, 1.0)], rtol=0.05)


def test_views_are_independent():
    simulated = tree(noise=1.0, local_noise=(0.0, 0.0, 0.0))
    noise = [(X - simulated.clean).ravel() for X in simulated.views.values()]
    np.testing.assert_allclose(np.corrcoef(noise), np.eye(3), atol=0.015)


def test_seeds():
    first, again, other = (tree(n_samples=200, random_state=seed) for seed in (3, np.random.default_rng(3), 4))
    for name in first.views:
        np.testing.assert_array_equal(first.views[name], again.views[name])
    assert not np.allclose(first.clean, other.clean)


def test_a_sweep_changes_nothing_but_the_level():
    low, high = (tree(n_samples=200, noise=0.0, local_noise=(level, 0.3)) for level in (0.1, 0.2))
    np.testing.assert_array_equal(low.clean, high.clean)
    np.testing.assert_array_equal(low.views["view2"], high.views["view2"])
    np.testing.assert_allclose(2 * (low.views["view1"] - low.clean), high.views["view1"] - high.clean, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_branches": 0}, ValueError, "n_branches: expected at least 1, found 0"),
        ({"n_branches": 2.0}, TypeError, "n_branches: expected a whole number"),
        ({"n_dimensions": 1}, ValueError, "n_dimensions: expected at least 2, found 1"),
        ({"n_samples": 9}, ValueError, "n_samples: expected at least 10, found 9"),
        ({"branch_length": 0.0}, ValueError, "branch_length: expected a finite number above 0"),
        ({"branch_length": [1.0, 2.0]}, ValueError, r"each branch \(10\), found 2"),
        ({"bend": 7.0}, ValueError, "bend: expected an angle of less than a full turn"),
        ({"bend": np.nan}, ValueError, "bend: .* found nan"),
        ({"noise": (0.1, 0.1, 0.1)}, ValueError, r"each view of local_noise \(2\), found 3"),
        ({"noise": -0.1}, ValueError, "noise: .* at least 0, found -0.1"),
        ({"local_noise": ()}, ValueError, "local_noise: expected one level for each view"),
        ({"local_noise": 0.1}, ValueError, "local_noise: expected one level for each view, found 0.1"),
        ({"local_noise": (0.1, -2.0)}, ValueError, "local_noise: .* at least 0, found -2"),
    ],
)
def test_errors_are_one_line(arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        tree(**arguments)
    assert "\n" not in str(caught.value)
