"""How separate clusters look, against the operator written out as a matrix."""

import numpy as np
import pytest
import scipy.sparse as sp

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.reproduction.figures import invented_clusters
from experiments.reproduction.figures.invented_clusters import MEASURED, operators, staying
from experiments.reproduction.settings import paper
from experiments.study.cells import Cell
from experiments.study.data import EMBEDDED
from integrated_diffusion import EntropyFilter, LocalDenoising, PowerFilter, diffusion_operator
from integrated_diffusion.datasets import noisy_digits
from integrated_diffusion.filters.spectral_clustering import spectral_clusters
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.views.reduction import pca


def cell(local_t, n_samples=120):
    return Cell("invented_clusters", 0, n_samples, (("images", EMBEDDED), ("noise", 3.2), ("local t", local_t)))


@pytest.mark.parametrize("n_clusters", [2, 5])
def test_staying_against_the_matrix(n_clusters):
    operator = diffusion_operator(noisy_digits((0.5,), n_samples=100).views["view1"])
    clusters = spectral_clusters(operator, n_clusters, 3)
    P = operator.toarray()
    shares = [P[i, clusters == clusters[i]].sum() for i in range(100)]
    assert staying(operator, 3, n_clusters) == pytest.approx(np.mean(shares), rel=1e-12)
    assert 1 / n_clusters < np.mean(shares) < 1


def test_nobody_leaves_clusters_that_nothing_joins():
    block = np.ones((6, 6))
    operator = DiffusionOperator(sp.csr_array(sp.block_diag([block] * 3)))
    assert staying(operator, 0, 3) == pytest.approx(1.0, abs=1e-12)
    everybody = DiffusionOperator(sp.csr_array(np.ones((12, 12))))
    assert staying(everybody, 0, 1) == pytest.approx(1.0, abs=1e-12)


def test_views_as_measured_are_not_denoised():
    views = noisy_digits((0.4, 3.2), n_samples=120, random_state=0).views
    found = operators(cell(MEASURED), views)
    for name, X in views.items():
        expected = diffusion_operator(pca(X, paper().n_pca, 0), paper().kernel)
        np.testing.assert_array_equal(found[name].toarray(), expected.toarray())


@pytest.mark.parametrize("local_t", ["2", "entropy"])
def test_local_t_is_the_one_asked_for(local_t):
    views = {"view2": noisy_digits((0.4, 3.2), n_samples=220, random_state=0).views["view2"]}  # above the least node
    found = operators(cell(local_t, 220), views)["view2"]
    X = pca(views["view2"], paper().n_pca, 0)
    filter = PowerFilter(2) if local_t == "2" else EntropyFilter()
    denoised = LocalDenoising(filter, n_clusters=5, min_size=100)(X, paper().kernel, 0)
    np.testing.assert_allclose((found @ X), diffusion_operator(denoised, paper().kernel) @ X, rtol=0, atol=1e-5)
    assert not np.allclose(found @ X, operators(cell("1", 220), views)["view2"] @ X, rtol=0, atol=1e-3)


def test_measures_elbow_and_separation_of_each_view():
    found = invented_clusters.measure(cell(MEASURED))
    assert {(row.method, row.score) for row in found} == {
        (view, score) for view in ("view1", "view2") for score in invented_clusters.TITLES
    }
    values = {(row.method, row.score): row.value for row in found}
    for view in ("view1", "view2"):
        assert values[view, "elbow"] >= 1
        assert 0.2 < values[view, "steps that stay in their cluster"] <= 1
