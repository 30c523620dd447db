"""What is measured about the package alone: the curve beside the exact one, the product beside the bandwidth."""

import numpy as np
import pytest

from experiments.performance import sets
from experiments.performance.measures import entropy, product, stages
from integrated_diffusion import IntegratedDiffusion, diffusion_operator

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture(scope="module")
def views():
    return sets.draw_tree(900).views


def test_the_exact_curve_is_that_of_all_eigenvalues(views, monkeypatch):
    monkeypatch.setattr(entropy, "T_MAX", 30)
    found = entropy.measure(views)
    operator = diffusion_operator(views["view1"], IntegratedDiffusion.paper().kernel)
    size = np.abs(np.linalg.eigvals(operator.matrix.toarray()))
    powers = size[:, None] ** np.arange(1, 31)
    p = powers / powers.sum(axis=0)
    value = -np.sum(p * np.log(np.maximum(p, 1e-300)), axis=0)
    fall, mean_fall = -np.diff(value), (value[0] - value[1:]) / np.arange(1, 30)
    assert found["exact elbow"] == np.flatnonzero(fall <= mean_fall / 3)[0] + 1
    assert abs(found["elbow"] - found["exact elbow"]) <= 1
    assert 0 < found["largest relative error"] < 0.05
    assert 0 < found["largest error in standard errors"] < 6
    assert found["dense: seconds"] > 0
    assert found["quadrature: seconds"] > 0


def test_the_share_is_bytes_over_time_and_bandwidth(views, monkeypatch):
    monkeypatch.setattr(product, "triad_bytes_a_second", lambda: 2e9)
    monkeypatch.setattr(product, "best_seconds", lambda work: len(work()) / 900)  # one second, after one product
    found = product.measure(views)
    n_entries = diffusion_operator(views["view1"], IntegratedDiffusion.paper().kernel).kernel.nnz
    assert found["entries a row"] == pytest.approx(n_entries / 900)
    for width in product.WIDTHS:
        least = n_entries * (4 + 4) + 900 * (4 + 4) + 2 * 900 * width * 4
        assert found[f"{width} columns: share"] == pytest.approx(least / 2e9)
        assert found[f"{width} columns: share fetched"] == pytest.approx((least + n_entries * width * 4) / 2e9)
        assert found[f"{width} columns of 8 steps: share"] == pytest.approx(8 * least / 2e9)
    assert found["cores"] >= 1
    assert found["memory: GB"] > 0.5


def test_a_fit_is_the_sum_of_its_stages(views):
    found = stages.measure(views)
    seconds = [found[f"{stage}: seconds"] for stage in stages.STAGES]
    assert found["fit: seconds"] == pytest.approx(sum(seconds))
    assert found["fit: gigabytes"] == max(found[f"{stage}: gigabytes"] for stage in stages.STAGES)
    assert found["PHATE of J: seconds"] > 0
