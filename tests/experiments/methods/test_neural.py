"""The neural baselines learn, stop, repeat themselves to the bit, and leave torch as they found it."""

from __future__ import annotations

import numpy as np
import pytest

from integrated_diffusion import metrics
from integrated_diffusion.datasets import noisy_digits
from integrated_diffusion.views.reduction import pca

torch = pytest.importorskip("torch")

from experiments.methods.autoencoder import autoencoder  # noqa: E402 (they import torch)
from experiments.methods.cycle_gan import cycle_gan  # noqa: E402
from experiments.methods.domain_transfer import domain_transfer  # noqa: E402
from experiments.methods.fused import N_COMPONENTS  # noqa: E402
from experiments.methods.training import Budget, batches, scale_views, seeded, split_samples, train  # noqa: E402

COMPARED = pytest.mark.parametrize("baseline", [autoencoder, domain_transfer, cycle_gan])
SHORT = Budget(max_epochs=3)


@pytest.fixture(scope="module")
def digits():
    """Two nearly noiseless views of the same 400 digits, 20 components each, and the digits."""
    data = noisy_digits((0.05, 0.05), n_samples=400)
    return {name: pca(X, 20) for name, X in data.views.items()}, data.labels


@COMPARED
def test_learns_what_digits_have_in_common(baseline, digits):
    views, labels = digits
    found = baseline(views, budget=Budget(max_epochs=80))
    assert found.latent.shape == (400, N_COMPONENTS)
    assert metrics.knn_accuracy(found.latent, labels) > 0.8  # by chance 0.1; found 0.91 to 0.96
    assert len(found.curve.train) == len(found.curve.held_out) <= 80
    assert min(found.curve.held_out) < 0.75 * found.curve.held_out[0]
    for name, X in views.items():
        Y = found.reconstructed[name]
        assert (Y.shape, Y.dtype) == (X.shape, X.dtype)
        if baseline is not cycle_gan:  # which is not told which samples belong together
            assert np.mean((Y - X) ** 2) < 0.3 * np.mean(X.var(axis=0))


@COMPARED
def test_same_seed_same_bits(baseline, digits):
    views, _ = digits
    first, again, other = (baseline(views, seed, SHORT) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.latent, again.latent)
    for name in views:
        np.testing.assert_array_equal(first.reconstructed[name], again.reconstructed[name])
    assert first.curve == again.curve
    assert not np.array_equal(first.latent, other.latent)


@COMPARED
def test_leaves_torch_as_it_was(baseline, digits):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        state = torch.random.get_rng_state()
        baseline(digits[0], budget=SHORT)
        assert torch.equal(torch.random.get_rng_state(), state)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@COMPARED
def test_units_and_offsets_of_views_change_nothing(baseline, digits):
    views, _ = digits
    changed = {name: 64 * X.astype(np.float64) + 1000 for name, X in views.items()}
    plain, found = baseline(views, budget=SHORT), baseline(changed, budget=SHORT)
    np.testing.assert_allclose(found.latent, plain.latent, rtol=0, atol=1e-3)
    for name in views:
        np.testing.assert_allclose(found.reconstructed[name], 64 * plain.reconstructed[name] + 1000, rtol=1e-3)
        assert found.reconstructed[name].dtype == np.float64


@pytest.mark.parametrize("baseline", [autoencoder, domain_transfer])
def test_three_views_of_different_sizes(baseline, digits):
    first, second = digits[0].values()
    views = {"one": first, "two": second[:, :7], "three": second[:, 7:]}
    found = baseline(views, budget=SHORT)
    assert found.latent.shape == (400, N_COMPONENTS)
    assert {name: X.shape for name, X in found.reconstructed.items()} == {name: X.shape for name, X in views.items()}


def test_early_stopping_puts_the_best_weights_back():
    model = torch.nn.Linear(1, 1)
    losses = iter([5.0, 1.0, 4.0, 2.0, 3.0, 3.0, 0.0])
    visited = []

    def epoch():
        with torch.no_grad():
            model.bias.add_(1.0)
        visited.append(model.bias.item())
        return 0.0

    curve = train(model, epoch, lambda: next(losses), Budget(patience=2), min_epochs=3)
    assert curve.held_out == (5.0, 1.0, 4.0, 2.0, 3.0, 3.0)
    assert model.bias.item() == visited[3]  # the least loss, 1, came before weights counted


def test_a_diverging_loss_is_an_error():
    with pytest.raises(ValueError, match="lower the learning rate"):
        train(torch.nn.Linear(1, 1), lambda: 0.0, lambda: float("nan"), Budget())


def test_split_and_batches_visit_every_sample_once():
    with seeded(0):
        rows = split_samples(50, 0.2)
        visited = torch.cat(list(batches(rows.train, 16)))
    assert len(rows.held_out) == 10
    assert sorted(torch.cat([visited, rows.held_out]).tolist()) == list(range(50))


def test_a_constant_view_is_zero_and_comes_back():
    view = scale_views({"flat": np.full((4, 3), 7.0)})["flat"]
    assert not view.values.any()
    np.testing.assert_array_equal(view.undo(view.values), np.full((4, 3), 7.0))


def test_wrong_numbers_of_views_and_samples(digits):
    one, two = digits[0].values()
    with pytest.raises(ValueError, match=r"exactly two views, found 3 \('x', 'y', 'z'\)"):
        cycle_gan({"x": one, "y": two, "z": one})
    with pytest.raises(ValueError, match="two views or more, 20 at most, found 1"):
        domain_transfer({"x": one})
    with pytest.raises(ValueError, match="found 400 in 'x', 5 in 'y'"):
        autoencoder({"x": one, "y": two[:5]})
    with pytest.raises(ValueError, match="found no views"):
        autoencoder({})


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ({"max_epochs": 0}, "max_epochs: expected at least 1"),
        ({"patience": 0}, "patience: expected at least 1"),
        ({"batch_size": 0}, "batch_size: expected at least 1"),
        ({"learning_rate": 0.0}, "learning_rate: expected a finite number above 0"),
        ({"held_out": 1.0}, "held_out: expected a share below 1"),
    ],
)
def test_budgets_that_make_no_sense(choice, found):
    with pytest.raises(ValueError, match=found):
        Budget(**choice)
