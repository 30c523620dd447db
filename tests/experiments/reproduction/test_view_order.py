"""The other order multiplies the operators the other way round, and swapped steps are those of the other view."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods import ALTERNATING, INTEGRATED, PAPER_STEPS
from experiments.reproduction.figures import global_noise, view_order
from experiments.reproduction.figures.view_order import CLEANER, NOISIER, SWAPPED
from experiments.reproduction.settings import paper
from experiments.study.cells import Cell
from experiments.study.data import EMBEDDED, digits
from integrated_diffusion import diffusion_operator
from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.operators import product
from integrated_diffusion.views.reduction import pca

LEVEL, SEED, N_SAMPLES = 1.6, 3, 150


def cell(order):
    return Cell("view_order", SEED, N_SAMPLES, (("images", EMBEDDED), ("noise", LEVEL), ("order", order)))


@pytest.fixture(scope="module")
def simulated():
    return digits(EMBEDDED, (global_noise.VIEW1, LEVEL), N_SAMPLES, SEED)


@pytest.fixture(scope="module")
def operators(simulated):
    """Each view's operator; Algorithm 1 leaves so few samples as they are."""
    return {name: diffusion_operator(pca(X, 50, SEED), paper().kernel) for name, X in simulated.views.items()}


@pytest.fixture
def measured(monkeypatch):
    """A measurement that also gives the integrated operators that were scored, by method."""

    def measure(cell):
        diffused = []

        def scored(E, labels):
            return knn_accuracy(E, labels)

        class Recorded(view_order.Diffused):
            def coordinates(self, power=1):
                diffused.append(self.operator)
                return super().coordinates(power)

        with monkeypatch.context() as patch:
            patch.setattr(view_order, "Diffused", Recorded)
            patch.setattr("experiments.methods.Diffused", Recorded)
            patch.setattr(view_order, "knn_accuracy", scored)
            rows = view_order.measure(cell)
        return rows, {row.method: operator for row, operator in zip(rows, diffused, strict=True)}

    return measure


@pytest.mark.parametrize("order", [CLEANER, NOISIER])
def test_order_is_that_of_the_factors_and_steps_go_with_their_view(order, operators, simulated, measured):
    rows, joint = measured(cell(order))
    names = ["view1", "view2"] if order == CLEANER else ["view2", "view1"]
    steps = paper().steps(operators, SEED).steps
    assert steps["view1"] != steps["view2"]  # otherwise swapping them is nothing
    swapped = {"view1": steps["view2"], "view2": steps["view1"]}
    for method, taken in ((ALTERNATING, dict.fromkeys(names, 1)), (INTEGRATED, steps), (SWAPPED, swapped)):
        first, second = (np.linalg.matrix_power(operators[name].toarray(), taken[name]) for name in names)
        np.testing.assert_allclose(joint[method].toarray(), first @ second, rtol=0, atol=1e-10)
        assert np.abs(first @ second - second @ first).max() > 1e-3
    assert {(row.method, row.score) for row in rows} == {
        (method, score) for method in (*PAPER_STEPS, SWAPPED) for score in ("accuracy", "accuracy, J once")
    }
    found = {row.score: row.value for row in rows if row.method == ALTERNATING}
    J = product(*(operators[name] for name in names))
    for score, power in (("accuracy", paper().power), ("accuracy, J once", 1)):
        expected = knn_accuracy(diffusion_map(J, 20, power), simulated.labels)
        assert found[score] == pytest.approx(expected, abs=1e-9)
