"""Where steps lead, against the operator written out as a matrix."""

import numpy as np
import pytest
import scipy.sparse as sp

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.reproduction.figures import torn_branches
from experiments.reproduction.figures.torn_branches import KERNELS, where_steps_lead
from experiments.reproduction.settings import paper
from experiments.study.cells import Cell
from integrated_diffusion import diffusion_operator
from integrated_diffusion.datasets import tree
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.views.reduction import pca


def dense(operator, labels):
    P = operator.toarray()
    leaving = np.array([P[i, labels != labels[i]].sum() for i in range(len(P))])
    return leaving, np.array([P[i, i] for i in range(len(P))])


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_where_steps_lead_against_the_matrix(kernel):
    simulated = tree(n_samples=120, noise=0.02, local_noise=(0.4, 0.4), random_state=0)
    operator = diffusion_operator(simulated.views["view1"], kernel)
    leaving, resting = where_steps_lead(operator, simulated.labels)
    expected_leaving, expected_resting = dense(operator, simulated.labels)
    np.testing.assert_allclose(leaving, expected_leaving, rtol=0, atol=1e-12)
    np.testing.assert_allclose(resting, expected_resting, rtol=0, atol=1e-12)
    assert leaving.max() > 0.05  # there is something to find


def test_where_steps_lead_by_hand():
    K = sp.csr_array([[1.0, 0.5, 0.5, 0.0], [0.5, 1.0, 0.0, 0.0], [0.5, 0.0, 1.0, 0.5], [0.0, 0.0, 0.5, 1.0]])
    leaving, resting = where_steps_lead(DiffusionOperator(K), np.array([7, 7, 2, 2]))
    np.testing.assert_allclose(leaving, [0.25, 0, 0.25, 0], atol=1e-12)
    np.testing.assert_allclose(resting, [0.5, 2 / 3, 0.5, 2 / 3])


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_measures_the_samples_on_noisy_branches(level):
    cell = Cell("torn_branches", 0, 120, (("local noise", level), ("kernel", "15, local, mean")))
    found = {row.score: row for row in torn_branches.measure(cell)}
    assert set(found) == set(torn_branches.TITLES)
    simulated = tree(n_samples=120, noise=0.02, local_noise=(level, level), random_state=0)
    off = np.linalg.norm(simulated.views["view1"] - simulated.clean, axis=1)
    noisy = {label for label in set(simulated.labels) if off[simulated.labels == label].mean() > 0.5}
    if level:  # half the branches of the view, by 0.3 in each of 60 features
        assert 0 < len(noisy) < len(set(simulated.labels))
        operator = diffusion_operator(pca(simulated.views["view1"], paper().n_pca), KERNELS["15, local, mean"])
        leaving, resting = dense(operator, simulated.labels)
        of_noisy = np.isin(simulated.labels, list(noisy))
        assert found["steps off the branch"].value == pytest.approx(leaving[of_noisy].mean(), rel=1e-9)
        assert found["steps that stay put"].value == pytest.approx(resting[of_noisy].mean(), rel=1e-9)
    assert -1 <= found["DEMaP"].value <= 1
    assert {row.method for row in found.values()} == {"alternating", "view1"}
