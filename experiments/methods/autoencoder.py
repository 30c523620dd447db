"""One autoencoder of all views side by side: the views are fused before the network sees them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from experiments.methods.fused import N_COMPONENTS, Learned
from experiments.methods.training import Budget, bottleneck, minimise, scale_views, seeded, split_samples


def autoencoder(
    views: Mapping[str, np.ndarray],
    random_state: int = 0,
    budget: Budget = Budget(),  # noqa: B008 (a frozen value)
) -> Learned:
    """Train an autoencoder on the concatenated views; its bottleneck is the latent space.

    One hidden layer on either side of a bottleneck of `N_COMPONENTS`, trained by Adam on the squared error, to which
    every view counts alike however many features it has. The paper names no architecture, so this is the plain one.

    Parameters
    ----------
    views
        Dense views of the same samples by name, `(n_samples, n_features)` each; any number of them.
    random_state
        Seed of the weights, the samples held out and the batches.
    budget
        How long to train.

    Returns
    -------
    Learned
        Latent `(n_samples, N_COMPONENTS)`, float32; every view reconstructed from it; losses summed over the views,
        in units of each view's variance.

    Raises
    ------
    ValueError
        If the views differ in their samples, or the training diverges.

    References
    ----------
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313, 2006 (without
    its layerwise pretraining, which Adam made unnecessary).
    """
    scaled = scale_views(views)
    together = torch.hstack([view.values for view in scaled.values()])
    sizes = [view.values.shape[1] for view in scaled.values()]
    with seeded(random_state):
        model = bottleneck(sum(sizes), N_COMPONENTS, sum(sizes))
        rows = split_samples(len(together), budget.held_out)

        def loss(batch: Tensor) -> Tensor:
            return mean_squares(together[batch] - model(together[batch]), sizes)

        curve = minimise(loss, model, rows, budget)
        with torch.no_grad():
            latent = model.encode(together)
            parts = model.decode(latent).split(sizes, dim=1)
    reconstructed = {name: view.undo(part) for (name, view), part in zip(scaled.items(), parts, strict=True)}
    return Learned(latent.numpy(), reconstructed, curve)


def mean_squares(difference: Tensor, sizes: list[int]) -> Tensor:
    """Sum over the views side by side, of these numbers of features, of each view's mean square."""
    return torch.stack([part.square().mean() for part in difference.split(sizes, dim=1)]).sum()
