"""What the neural baselines share: how views are scaled, how networks are built, and how long they are trained."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from experiments.methods.fused import LearningCurve
from integrated_diffusion.views.checks import check_count, check_positive

HIDDEN = 128
"""Units of every hidden layer."""


@dataclass(frozen=True)
class Budget:
    """How long and how fast to train.

    Parameters
    ----------
    max_epochs
        Most passes over the samples.
    patience
        Epochs without a lower held-out loss after which training stops.
    batch_size
        Samples per step.
    learning_rate
        Of Adam.
    held_out
        Share of the samples that are not trained on, between 0 and 1.
    """

    max_epochs: int = 200
    patience: int = 20
    batch_size: int = 128
    learning_rate: float = 1e-3
    held_out: float = 0.1

    def __post_init__(self) -> None:
        for what in ("max_epochs", "patience", "batch_size"):
            check_count(getattr(self, what), what)
        for what in ("learning_rate", "held_out"):
            check_positive(getattr(self, what), what)
        if self.held_out >= 1:
            raise ValueError(f"held_out: expected a share below 1, found {self.held_out}; choose a smaller one")


@dataclass(frozen=True, eq=False)
class Scaled:
    """A view without its mean and divided by the root of its mean variance: features keep their relative scales.

    `values` has shape `(n_samples, n_features)`, `mean` `(n_features,)`; `dtype` is that of the view.
    """

    values: Tensor
    mean: np.ndarray
    scale: float
    dtype: np.dtype

    def undo(self, values: Tensor) -> np.ndarray:
        """Return scaled `values` in the units of the view, of any number of samples."""
        X: np.ndarray = values.numpy().astype(np.float64) * self.scale + self.mean
        return X.astype(self.dtype, copy=False)


@dataclass(frozen=True, eq=False)
class Split:
    """Rows trained on and rows held out."""

    train: Tensor
    held_out: Tensor


def scale_views(views: Mapping[str, np.ndarray]) -> dict[str, Scaled]:
    """Scale every view as a whole; the views must have the same samples, at least two."""
    sizes = {len(X) for X in views.values()}
    if len(sizes) != 1 or min(sizes) < 2:
        raise ValueError(
            "expected views of the same two or more samples, found "
            f"{', '.join(f'{len(X)} in {name!r}' for name, X in views.items()) or 'no views'}; "
            "keep the samples that all views have"
        )
    return {name: _scale(X) for name, X in views.items()}


def split_samples(n_samples: int, held_out: float) -> Split:
    """Hold out a random share of the samples, at least one; drawn from torch's generator (see `seeded`)."""
    n_held_out = min(max(1, round(held_out * n_samples)), n_samples - 1)
    order = torch.randperm(n_samples)
    return Split(train=order[n_held_out:], held_out=order[:n_held_out])


def batches(rows: Tensor, batch_size: int) -> Iterator[Tensor]:
    """Every row once, in random order, `batch_size` at a time; drawn from torch's generator (see `seeded`)."""
    yield from rows[torch.randperm(len(rows))].split(batch_size)


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers of these sizes with leaky rectifiers between them."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out, dtype=torch.float32), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


def bottleneck(n_in: int, n_latent: int, n_out: int) -> nn.Sequential:
    """An encoder to `n_latent` coordinates and a decoder from them, one hidden layer each: `.encode`, `.decode`."""
    parts = {"encode": mlp((n_in, HIDDEN, n_latent)), "decode": mlp((n_latent, HIDDEN, n_out))}
    return nn.Sequential(OrderedDict(parts))


@contextmanager
def seeded(random_state: int) -> Iterator[None]:
    """Seed torch and hold it to one thread, so that a seed gives the same bits; both are put back afterwards."""
    n_threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(random_state)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(n_threads)


def minimise(loss: Callable[[Tensor], Tensor], model: nn.Module, rows: Split, budget: Budget) -> LearningCurve:
    """Train a model by Adam on the loss of some rows, until the loss of those held out no longer falls."""
    optimiser = adam(model, budget)

    def epoch() -> float:
        """Mean loss over the samples, each as its batch was visited."""
        total = 0.0
        for batch in batches(rows.train, budget.batch_size):
            total += len(batch) * step(optimiser, loss(batch))
        return total / len(rows.train)

    return train(model, epoch, lambda: float(loss(rows.held_out).item()), budget)


def adam(model: nn.Module, budget: Budget, betas: tuple[float, float] = (0.9, 0.999)) -> torch.optim.Adam:
    """Adam on all weights of a model, which are moved by one kernel: that halves the time of small networks."""
    return torch.optim.Adam(model.parameters(), budget.learning_rate, betas=betas, fused=True)


def step(optimiser: torch.optim.Optimizer, loss: Tensor) -> float:
    """Move the optimiser's weights, and no others, down the loss once; return the loss before."""
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    optimiser.zero_grad()
    torch.autograd.backward(loss, inputs=weights)
    optimiser.step()
    return float(loss.item())


def train(
    model: nn.Module,
    epoch: Callable[[], float],
    held_out_loss: Callable[[], float],
    budget: Budget,
    min_epochs: int = 1,
) -> LearningCurve:
    """Repeat epochs until the held-out loss no longer falls, and put the best weights back.

    Parameters
    ----------
    model
        All the weights that `epoch` moves.
    epoch
        One pass over the samples trained on; returns their loss.
    held_out_loss
        Loss of the samples held out.
    budget
        Most epochs, and patience.
    min_epochs
        Epochs before which no weights count as the best (at most `budget.max_epochs`).

    Returns
    -------
    LearningCurve
        Both losses after every epoch.

    Raises
    ------
    ValueError
        If the training diverges.
    """
    losses: list[float] = []
    held_out: list[float] = []
    first = min(min_epochs, budget.max_epochs)
    best, best_weights = first, model.state_dict()
    for number in range(1, budget.max_epochs + 1):
        losses.append(epoch())
        with torch.no_grad():
            held_out.append(held_out_loss())
        if not np.isfinite(held_out[-1]):
            raise ValueError(
                f"expected a finite held-out loss, found {held_out[-1]} after epoch {number} at a learning rate of "
                f"{budget.learning_rate}; lower the learning rate"
            )
        if number == first or (number > first and held_out[-1] < held_out[best - 1]):
            best, best_weights = number, copy.deepcopy(model.state_dict())
        elif number - best >= budget.patience:
            break
    model.load_state_dict(best_weights)
    return LearningCurve(tuple(losses), tuple(held_out))


def _scale(X: np.ndarray) -> Scaled:
    mean = X.mean(axis=0, dtype=np.float64)
    centred = X - mean
    scale = float(np.sqrt(np.mean(centred**2))) or 1.0  # a constant view is all zeros, in any unit
    values = torch.from_numpy(np.ascontiguousarray(centred / scale, dtype=np.float32))
    return Scaled(values, mean, scale, X.dtype)
