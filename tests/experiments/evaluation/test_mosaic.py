"""Mosaics of complete sets: who lacks what, and what is scored."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation.mosaic import SHARE, Complete, accuracies, imputations, mosaic
from integrated_diffusion import IntegratedDiffusion, datasets

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def whole():
    simulated = datasets.noisy_digits(noise=(0.2, 0.4), n_samples=200)
    return Complete(simulated.views, simulated.labels, None)


def test_two_views_lack_samples_of_their_own(whole):
    found = mosaic(whole, 0)
    first, second = found.samples.measured.values()
    assert (~first).sum() == (~second).sum() == round(SHARE * 200)
    assert (first | second).all()
    for name, X in whole.views.items():
        np.testing.assert_array_equal(found.views[name], X[found.samples.measured[name]])


def test_scores_of_maps_and_of_imputed_values(whole):
    settings = {"steps": dict.fromkeys(whole.views, 1), "n_components": 5}
    model, of_complete = (IntegratedDiffusion(**settings).fit(views) for views in (mosaic(whole, 0), whole.views))
    scores = accuracies(whole, model, of_complete)
    assert len(scores) == 9
    assert scores["within reach"] <= max(
        scores["complete"], scores["only first, by labels"], scores["only second, by labels"]
    )
    assert all(0 <= score <= 1 for score in scores.values())
    found = imputations(whole, model)
    assert list(found) == ["denoise", "J", "kNN", "ridge"]
    assert found["denoise"] == pytest.approx(found["J"], rel=1e-5)  # steps by hand: nothing is chosen by prediction
    assert all(-1 <= correlation <= 1 and error > 0 for correlation, error in found.values())
    assert found["denoise"][1] < 1
