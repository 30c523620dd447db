"""Methods that other packages bring; scikit-learn's digits are told apart by chance at a tenth."""

from importlib.util import find_spec

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.decomposition import PCA

if find_spec("mofapy2") is None or find_spec("muon") is None:
    pytest.skip("the extra `experiments` is not installed", allow_module_level=True)

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods.fused import N_COMPONENTS, Diffused
from experiments.methods.mofa import mofa
from experiments.methods.wnn import affinities, connectivities, exact_neighbors, least_alike, preproc, wnn
from integrated_diffusion import datasets, metrics

DIGITS = datasets.noisy_digits((0.05, 0.05), n_samples=400)
COORDINATES = {name: PCA(30, random_state=0).fit_transform(X) for name, X in DIGITS.views.items()}


def test_clean_digits_are_told_apart_by_mofa(capsys):
    learned = mofa(DIGITS.views)
    assert learned.latent.shape == (400, N_COMPONENTS)
    assert metrics.knn_accuracy(learned.coordinates(), DIGITS.labels) > 0.8
    for name, X in DIGITS.views.items():
        assert learned.denoised(name, X).shape == X.shape
    assert capsys.readouterr().out == ""


def test_reconstruction_of_mofa_is_in_the_units_of_the_view():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(150, 3))
    clean = {"a": 7 + 100 * factors @ rng.normal(size=(3, 12)), "b": -3 + 0.01 * factors @ rng.normal(size=(3, 9))}
    views = {name: X + 0.05 * X.std() * rng.normal(size=X.shape) for name, X in clean.items()}
    given = {name: X.copy() for name, X in views.items()}
    learned = mofa(views)
    for name, X in clean.items():
        assert np.array_equal(views[name], given[name])
        np.testing.assert_allclose(learned.denoised(name, X), X, rtol=0, atol=0.2 * X.std())
        assert ((learned.denoised(name, X) - X) ** 2).mean() < 0.5 * ((views[name] - X) ** 2).mean()


def test_mofa_same_seed_same_bits():
    views = {name: X[:100] for name, X in COORDINATES.items()}
    first, second = (mofa(views, random_state=4) for _ in range(2))
    assert np.array_equal(first.latent, second.latent)
    assert all(np.array_equal(first.reconstructed[name], second.reconstructed[name]) for name in views)


def test_affinities_are_symmetric_with_one_on_the_diagonal():
    found = sp.csr_matrix(np.array([[0, 0.4, 0], [0.2, 0, 1], [0, 0, 0]], dtype=np.float32))
    K = affinities(found)
    assert K.dtype == np.float64
    np.testing.assert_allclose(K.toarray(), [[1, 0.3, 0], [0.3, 1, 0.5], [0, 0.5, 1]], rtol=1e-7)


def test_least_alike_by_brute_force():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    nearest = np.argsort(np.linalg.norm(X[:, None] - X, axis=2), axis=1)[:, 1:6]
    graph = sp.csr_array((np.ones(200), nearest.ravel(), np.arange(0, 201, 5)), shape=(40, 40))
    for i, chosen in enumerate(least_alike(X, graph, 4)):
        keys = []
        for j in range(40):
            shared = len(set(nearest[i]) & set(nearest[j]))
            if j != i and shared:
                keys.append((shared / (10 - shared), -np.linalg.norm(X[i] - X[j]), j))
        assert chosen.tolist() == [j for *_, j in sorted(keys)[:4]]


def test_least_alike_of_a_lonely_sample_are_its_neighbors():
    graph = sp.csr_array(np.array([[0, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]], dtype=float))
    assert least_alike(np.eye(4)[:, :2], sp.csr_array(graph[[3, 0, 0, 0]]), 2)[0].tolist() == [1, 2]


def test_exact_neighbors_start_with_the_sample():
    X = np.arange(5.0)[:, None]
    indices, distances, _ = exact_neighbors(X, 3, "euclidean", {})
    assert indices.tolist() == [[0, 1, 2], [1, 0, 2], [2, 1, 3], [3, 2, 4], [4, 3, 2]]
    assert distances.tolist() == [[0, 1, 2], [0, 1, 1], [0, 1, 1], [0, 1, 1], [0, 1, 2]]


@pytest.mark.slow
def test_clean_digits_are_told_apart_by_wnn():
    first, second = (wnn(COORDINATES) for _ in range(2))
    assert repr(first) == "WNN(view1, view2)"
    assert metrics.knn_accuracy(Diffused(first).coordinates(), DIGITS.labels) > 0.9
    assert np.array_equal(first @ DIGITS.clean, second @ DIGITS.clean)


@pytest.mark.slow
def test_exact_search_finds_what_muon_looks_for():
    approximate = connectivities(COORDINATES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preproc, "nearest_neighbors", exact_neighbors)
        exact = connectivities(COORDINATES)
    shared = ((approximate > 0).multiply(exact > 0)).sum()
    assert shared > 0.9 * max(approximate.nnz, exact.nnz)
