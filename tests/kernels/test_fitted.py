"""Affinities of new samples, against the formulas written out densely."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.kernels import fitted as fitted_module
from integrated_diffusion.kernels.fitted import cross_affinities
from integrated_diffusion.neighbors import find_neighbors
from integrated_diffusion.neighbors.index import neighbor_index
from integrated_diffusion.operators import DiffusionOperator

KERNELS = {
    "default": AlphaDecayKernel(n_neighbors=6, anisotropy=1.0),
    "soft": AlphaDecayKernel(n_neighbors=5, decay=2.0, bandwidth="capped", anisotropy=0.5),
    "mutual": AlphaDecayKernel(n_neighbors=8, decay=4.0, symmetrisation="mutual"),
    "gaussian": GaussianKernel(n_neighbors=7),
    "eps": GaussianKernel(n_neighbors=7, eps=3.0, max_neighbors=20),
}


def rows_of(kernel, T, Q):
    affinities = kernel.affinities(find_neighbors(T, kernel.n_candidates))
    neighbors = neighbor_index(T, affinities.fitted.n_candidates + 1).query(Q)
    found = cross_affinities(affinities.fitted, affinities.directed, neighbors, T, Q)
    return affinities, found, found.rows(affinities.symmetrisation, affinities.density(), affinities.own)


def dense_rows(kernel, T, Q):
    """Each new sample joins the others, which keep their bandwidths, neighbours and density."""
    decay = getattr(kernel, "decay", 2.0)
    D, own = cdist(T, T), cdist(Q, T)
    k, most = kernel.n_neighbors, kernel.n_candidates
    sorted_T = np.sort(D + np.diag(np.full(len(T), np.inf)), axis=1)
    kth, kth_new = sorted_T[:, k - 1], np.sort(own, axis=1)[:, k - 1]
    median = np.median(kth)
    if getattr(kernel, "eps", None):
        kth = np.full(len(T), np.sqrt(kernel.eps))
        kth_new = np.full(len(Q), np.sqrt(kernel.eps))
    elif kernel.bandwidth == "global":
        kth, kth_new = np.full(len(T), median), np.full(len(Q), median)
    elif kernel.bandwidth == "capped":
        kth, kth_new = np.minimum(kth, median), np.minimum(kth_new, median)

    def cut(A, allowed):
        return np.where(allowed & (kernel.threshold <= A), A, 0.0)

    last = sorted_T[:, most - 1]
    A = cut(np.exp(-((D / kth[:, None]) ** decay)), last[:, None] >= D)
    np.fill_diagonal(A, 0)
    F = cut(np.exp(-((own / kth_new[:, None]) ** decay)), np.argsort(np.argsort(own, axis=1), axis=1) < most)
    B = cut(np.exp(-((own / kth[None]) ** decay)), own <= last[None])
    mean = kernel.symmetrisation == "mean"
    K = ((A + A.T) / 2 if mean else np.sqrt(A * A.T)) + np.eye(len(T))
    R = ((F + B) / 2 if mean else np.sqrt(F * B)) / K.sum(axis=1) ** kernel.anisotropy
    return R / R.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_rows_of_new_samples_are_those_of_the_formula(name, seed):
    rng = np.random.default_rng(seed)
    T, Q = rng.standard_normal((80, 3)), rng.standard_normal((12, 3))
    _, _, rows = rows_of(KERNELS[name], T, Q)
    expected = dense_rows(KERNELS[name], T, Q)
    defined = np.isfinite(expected).all(axis=1)  # mutual affinities of an outlier may all be zero
    np.testing.assert_allclose(rows.toarray()[defined], expected[defined], atol=1e-12)
    np.testing.assert_allclose(rows.sum(axis=1), 1)


@pytest.mark.parametrize("name", KERNELS)
def test_a_training_sample_has_its_row_of_the_fit(name):
    T = np.random.default_rng(3).standard_normal((90, 4))
    affinities, found, rows = rows_of(KERNELS[name], T, T[::-1])
    np.testing.assert_allclose(rows.toarray(), DiffusionOperator.of(affinities).matrix.toarray()[::-1], atol=1e-12)
    assert found.same.toarray().tolist() == np.eye(90)[::-1].tolist()


def test_above_the_exact_size_the_reverse_neighbours_of_training_samples_are_all_found(monkeypatch):
    monkeypatch.setattr(fitted_module, "EXACT_SAMPLES", 10)
    T = np.random.default_rng(5).standard_normal((300, 4))
    affinities, _, rows = rows_of(KERNELS["default"], T, T)
    np.testing.assert_allclose(rows.toarray(), DiffusionOperator.of(affinities).matrix.toarray(), atol=1e-12)
    Q = np.random.default_rng(6).standard_normal((100, 4))
    _, _, near = rows_of(KERNELS["default"], T, Q)
    monkeypatch.undo()
    _, _, exact = rows_of(KERNELS["default"], T, Q)
    assert abs(near - exact).sum(axis=1).mean() < 0.05


def test_a_sample_far_from_all_others_goes_to_the_nearest():
    T = np.random.default_rng(7).standard_normal((50, 2))
    _, found, rows = rows_of(GaussianKernel(n_neighbors=5), T, np.array([[100.0, 0.0]]))
    assert rows.toarray()[0].argmax() == T[:, 0].argmax()
    np.testing.assert_allclose(rows.sum(), 1)
    assert found.distance[0] > 20


def test_distances_are_about_one_among_the_training_samples():
    rng = np.random.default_rng(8)
    T = rng.standard_normal((500, 3))
    _, found, _ = rows_of(KERNELS["default"], T, rng.standard_normal((200, 3)))
    assert 0.8 < np.median(found.distance) < 1.3
