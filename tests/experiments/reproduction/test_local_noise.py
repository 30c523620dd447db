"""Trees are compared between some samples, and pictures are scored of the paper's method taken apart."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods import METHODS, PAPER_STEPS, Prepared
from experiments.reproduction.figures import local_noise
from experiments.reproduction.settings import paper
from experiments.study.cells import Cell, Measured
from integrated_diffusion.datasets import tree
from integrated_diffusion.metrics import Geodesics


@pytest.mark.parametrize(("n_samples", "n_compared"), [(1_100, 1_000), (90, 90)])
def test_a_thousand_samples_are_compared(n_samples, n_compared):
    simulated = tree(n_samples=n_samples, noise=0.02, random_state=0)
    found = local_noise.truth(simulated)
    assert (len(found.samples), found.n_total) == (n_compared, n_samples)


def test_pictures_are_scored_of_the_method_taken_apart(monkeypatch):
    others = [Measured("MOFA", "DEMaP", 0.5)]
    monkeypatch.setattr(local_noise, "scored", lambda *_: list(others))  # every method, and slow
    cell = Cell("local_noise", 3, 120, (("local noise", 0.1),))
    rows = local_noise.measure(cell)
    assert rows[:1] == others
    simulated = tree(n_samples=120, noise=0.02, local_noise=(0.1, 0.1), random_state=3)
    prepared = Prepared(simulated.views, paper(), 3)
    geodesics = Geodesics.of(simulated.clean)
    assert [(row.method, row.score) for row in rows[1:]] == [(name, "DEMaP, PHATE") for name in PAPER_STEPS]
    for row in rows[1:]:
        picture = METHODS[row.method].fuse(prepared).picture()
        assert row.value == pytest.approx(geodesics.demap(picture), abs=1e-12)
