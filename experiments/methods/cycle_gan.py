"""Cycle GAN: each view is translated into the other without being told which samples belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from experiments.methods.fused import N_COMPONENTS, Learned, LearningCurve
from experiments.methods.training import (
    HIDDEN,
    Budget,
    Split,
    adam,
    batches,
    bottleneck,
    mlp,
    scale_views,
    seeded,
    split_samples,
    step,
    train,
)

CYCLE_WEIGHT = 10.0
"""Weight of the cycle loss against the adversarial one (Zhu et al.)."""

BETAS = (0.5, 0.999)
"""Adam's memory, shortened as is usual for adversaries that keep moving (Zhu et al.)."""

MIN_EPOCHS = 50
"""Epochs before early stopping, which looks at the cycles only, may pick the weights."""


def cycle_gan(
    views: Mapping[str, np.ndarray],
    random_state: int = 0,
    budget: Budget = Budget(),  # noqa: B008 (a frozen value)
) -> Learned:
    """Train generators from each of two views to the other; their bottlenecks make the latent space.

    Two generators `G_ab` and `G_ba` with a bottleneck each, and two discriminators that tell a view's real samples
    from translated ones. The generators minimise the least-squares adversarial loss and `CYCLE_WEIGHT` times the
    cycle loss, the mean absolute difference between `a` and `G_ba(G_ab(a))` and likewise for `b`. Batches of the two
    views are drawn independently, so nothing says which samples are the same: a translation may be a plausible sample
    of the wrong kind. Networks are dense and without normalisation, since features are not pixels.

    Parameters
    ----------
    views
        Two dense views by name, `(n_samples, n_features)` each.
    random_state
        Seed of the weights, the samples held out and the batches.
    budget
        How long to train; the best weights are those of the least held-out cycle loss from epoch `MIN_EPOCHS` on.

    Returns
    -------
    Learned
        Latent `(n_samples, N_COMPONENTS)`, float32: both generators' bottlenecks side by side; each view as the
        translation of the other; the curve is of the cycle losses, summed over both views.

    Raises
    ------
    ValueError
        If there are not exactly two views, they differ in their samples, or the training diverges.

    References
    ----------
    Zhu et al., "Unpaired image-to-image translation using cycle-consistent adversarial networks", ICCV 2017.
    Mao et al., "Least squares generative adversarial networks", ICCV 2017.
    """
    if len(views) != 2:
        raise ValueError(
            f"cycle GAN: expected exactly two views, found {len(views)} ({', '.join(map(repr, views)) or 'none'}); "
            "name the two to translate between"
        )
    (name_a, a), (name_b, b) = scale_views(views).items()
    with seeded(random_state):
        model = _networks(a.values.shape[1], b.values.shape[1])
        curve = _fit(model, a.values, b.values, split_samples(len(a.values), budget.held_out), budget)
        with torch.no_grad():
            latent = torch.hstack([model.ab.encode(a.values), model.ba.encode(b.values)])
            reconstructed = {name_a: a.undo(model.ba(b.values)), name_b: b.undo(model.ab(a.values))}
    return Learned(latent.numpy(), reconstructed, curve)


@dataclass(frozen=True, eq=False)
class _CycleGAN:
    """Generators from `a` to `b` and back, and a discriminator for each view."""

    ab: nn.Module
    ba: nn.Module
    real_a: nn.Module
    real_b: nn.Module

    def cycle_loss(self, a: Tensor, b: Tensor, to_b: Tensor, to_a: Tensor) -> Tensor:
        """How far real samples are from where their translations are translated back to."""
        loss: Tensor = (a - self.ba(to_b)).abs().mean() + (b - self.ab(to_a)).abs().mean()
        return loss

    def deceit_loss(self, to_a: Tensor, to_b: Tensor) -> Tensor:
        """How far translations are from being taken for real."""
        loss: Tensor = (self.real_a(to_a) - 1).square().mean() + (self.real_b(to_b) - 1).square().mean()
        return loss

    def detection_loss(self, a: Tensor, b: Tensor, to_a: Tensor, to_b: Tensor) -> Tensor:
        """How far the discriminators are from telling real samples (1) from translations (0)."""
        translated = self.real_a(to_a.detach()).square().mean() + self.real_b(to_b.detach()).square().mean()
        return (self.deceit_loss(a, b) + translated) / 2


def _networks(n_a: int, n_b: int) -> _CycleGAN:
    """Untrained networks for views of `n_a` and `n_b` features."""
    return _CycleGAN(
        ab=bottleneck(n_a, N_COMPONENTS - N_COMPONENTS // 2, n_b),
        ba=bottleneck(n_b, N_COMPONENTS // 2, n_a),
        real_a=mlp((n_a, HIDDEN, HIDDEN, 1)),
        real_b=mlp((n_b, HIDDEN, HIDDEN, 1)),
    )


def _fit(model: _CycleGAN, a: Tensor, b: Tensor, rows: Split, budget: Budget) -> LearningCurve:
    """Let generators and discriminators take turns, a step each a batch."""
    translators, judges = nn.ModuleList([model.ab, model.ba]), nn.ModuleList([model.real_a, model.real_b])
    generators, discriminators = adam(translators, budget, BETAS), adam(judges, budget, BETAS)

    def epoch() -> float:
        total = 0.0
        unpaired = zip(batches(rows.train, budget.batch_size), batches(rows.train, budget.batch_size), strict=True)
        for rows_a, rows_b in unpaired:
            real_a, real_b = a[rows_a], b[rows_b]
            to_b, to_a = model.ab(real_a), model.ba(real_b)
            cycle = model.cycle_loss(real_a, real_b, to_b, to_a)
            step(generators, model.deceit_loss(to_a, to_b) + CYCLE_WEIGHT * cycle)
            step(discriminators, model.detection_loss(real_a, real_b, to_a, to_b))
            total += len(rows_a) * float(cycle.item())
        return total / len(rows.train)

    def held_out_loss() -> float:
        real_a, real_b = a[rows.held_out], b[rows.held_out]
        return float(model.cycle_loss(real_a, real_b, model.ab(real_a), model.ba(real_b)).item())

    return train(translators, epoch, held_out_loss, budget, MIN_EPOCHS)
