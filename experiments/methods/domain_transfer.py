"""Domain transfer: each view is encoded and the other views are decoded from it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from experiments.methods.fused import N_COMPONENTS, Learned
from experiments.methods.training import Budget, Scaled, bottleneck, minimise, scale_views, seeded, split_samples


def domain_transfer(
    views: Mapping[str, np.ndarray],
    random_state: int = 0,
    budget: Budget = Budget(),  # noqa: B008 (a frozen value)
) -> Learned:
    """Train networks that predict, from each view, all the others; their bottlenecks make the latent space.

    What a bottleneck keeps of a view is what foretells the other views of the same sample, so it has no use for the
    view's own noise. A view's encoder is shared by all its targets. The networks are trained by Adam on the squared
    error, summed over ordered pairs of views and in units of the target's variance, and stopped together.

    Parameters
    ----------
    views
        Dense views of the same samples by name, `(n_samples, n_features)` each; two or more.
    random_state
        Seed of the weights, the samples held out and the batches.
    budget
        How long to train.

    Returns
    -------
    Learned
        Latent `(n_samples, N_COMPONENTS)`, float32: the views' bottlenecks side by side, the components dealt out
        evenly and the first views given those left over; every view as the mean of its predictions from the others.

    Raises
    ------
    ValueError
        If there are fewer than two views or more than `N_COMPONENTS`, they differ in their samples, or the training
        diverges.

    References
    ----------
    The paper compares with "domain transfer" autoencoders and names no architecture. This is the plain form of it,
    paired samples and a squared error; Yang et al., "Multi-domain translation between single-cell imaging and
    sequencing data using autoencoders", Nature Communications 12, 2021, instead give every view its own autoencoder
    and align their latent spaces, which also works without pairs.
    """
    if not 2 <= len(views) <= N_COMPONENTS:
        raise ValueError(
            f"domain transfer: expected two views or more, {N_COMPONENTS} at most, found {len(views)} "
            f"({', '.join(map(repr, views)) or 'none'}); add or leave out views"
        )
    scaled = list(scale_views(views).values())
    values = [view.values for view in scaled]
    sizes = [X.shape[1] for X in values]
    with seeded(random_state):
        model = nn.ModuleList(_networks(sizes))
        rows = split_samples(len(values[0]), budget.held_out)

        def loss(batch: Tensor) -> Tensor:
            truth = [X[batch] for X in values]
            errors = [(truth[j] - Y).square().mean() for others in _predict(model, truth) for j, Y in others.items()]
            return torch.stack(errors).sum()

        curve = minimise(loss, model, rows, budget)
        with torch.no_grad():
            latent = torch.hstack([network.encode(X) for network, X in zip(model, values, strict=True)])
            predicted = _predict(model, values)
    reconstructed = {name: _mean_prediction(predicted, i, scaled[i]) for i, name in enumerate(views)}
    return Learned(latent.numpy(), reconstructed, curve)


def _networks(sizes: list[int]) -> list[nn.Module]:
    """One network a view, from its features to all the others'."""
    share, left_over = divmod(N_COMPONENTS, len(sizes))
    return [bottleneck(size, share + (i < left_over), sum(sizes) - size) for i, size in enumerate(sizes)]


def _predict(model: nn.ModuleList, views: list[Tensor]) -> list[dict[int, Tensor]]:
    """What is made, from each view, of every other view, by its position."""
    predicted = []
    for source, (network, X) in enumerate(zip(model, views, strict=True)):
        sizes = {j: view.shape[1] for j, view in enumerate(views) if j != source}
        predicted.append(dict(zip(sizes, network(X).split(list(sizes.values()), dim=1), strict=True)))
    return predicted


def _mean_prediction(predicted: list[dict[int, Tensor]], target: int, view: Scaled) -> np.ndarray:
    """Mean over the sources of what each makes of the target, in its units."""
    return view.undo(torch.stack([others[target] for others in predicted if target in others]).mean(dim=0))
