"""The comparison on digits says what the methods do."""

import numpy as np
import pytest

from integrated_diffusion.cli.digits_comparison import compare_on_digits
from integrated_diffusion.embedding import multiscale_map
from integrated_diffusion.metrics import knn_accuracy

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture(scope="module")
def shown():
    return compare_on_digits(n_samples=500)


def test_accuracies_are_those_of_the_maps(shown):
    """Who is ahead is said of all digits, in the README, whose test asks for it; of five hundred a few decide."""
    labels, operators = shown.data.labels, shown.model.operators_
    assert shown.accuracies["integrated diffusion"] == knn_accuracy(shown.model.embedding_, labels)
    for name, operator in operators.items():
        assert shown.accuracies[f"{name} alone"] == knn_accuracy(multiscale_map(operator), labels)
    assert shown.accuracies["integrated diffusion"] > shown.accuracies["view2 alone"] + 0.2


def test_the_noisier_sensor_takes_fewer_steps(shown):
    assert shown.model.steps_["view1"] > shown.model.steps_["view2"]


def test_maps(shown):
    names = {"integrated": "integrated diffusion", "view1": "view1 alone", "view2": "view2 alone"}
    expected = [f"{title}, accuracy {shown.accuracies[name]:.2f}" for title, name in names.items()]
    assert list(shown.maps) == expected
    for coordinates in shown.maps.values():
        assert coordinates.shape == (500, 2)
        assert np.isfinite(coordinates).all()
