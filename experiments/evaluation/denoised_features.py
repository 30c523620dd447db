"""How far denoised features are from the clean ones, where these are known: simulated digits and trees.

python -m experiments.evaluation.denoised_features [--samples N] [--seeds N]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

import numpy as np
import typer

from experiments.evaluation.sets import DataSet, sets_of
from experiments.study.cells import Scale
from experiments.study.data import EMBEDDED, MNIST, dense
from experiments.study.markdown import table
from integrated_diffusion import IntegratedDiffusion

NAMES = (
    "digits 0.4 + 0.4",
    "digits 0.4 + 0.8",
    "digits 0.4 + 1.6",
    "digits 0.4 + 3.2",
    "tree 0",
    "tree 0.1",
    "tree 0.2",
    "tree 0.3",
)
"""Sets of `evaluation.sets` whose clean values are known."""
METHODS = ("as measured", "own operator, t = 1", "own operator, t = 2", "J", "default")


class Scored(NamedTuple):
    """Mean squared error of a view."""

    view: str
    method: str
    value: float


def scores(found: DataSet, images: str, n_samples: int, seed: int) -> Iterator[Scored]:
    """Yield the errors of all methods on all views of a set.

    Parameters
    ----------
    found
        The set.
    images
        Where digits come from.
    n_samples, seed
        Number of samples, and the seed of data and methods.
    """
    known = found.make(images, n_samples, seed)
    if known.clean is None:
        raise ValueError(f"{found.name}: expected a set whose clean values are known; leave it out")
    model = IntegratedDiffusion(n_components=2, random_state=seed).fit(known.views)
    for view, measured in known.views.items():
        X, own, J = dense(measured), model.operators_[view], model.operator_
        values = (X, own @ X, own @ (own @ X), J @ X, dense(model.denoise(view)))
        for method, denoised in zip(METHODS, values, strict=True):
            yield Scored(f"{found.name}, {view}", method, float(np.mean(np.square(denoised - known.clean))))


def told(found: Sequence[Scored]) -> str:
    """Return a Markdown table, a row a view and a column a method, means over seeds.

    Parameters
    ----------
    found
        All errors.
    """
    views = list(dict.fromkeys(row.view for row in found))
    mean = {
        (view, method): float(np.mean([row.value for row in found if row[:2] == (view, method)]))
        for view in views
        for method in METHODS
    }
    rows = [[view, *(f"{mean[view, method]:.3g}" for method in METHODS)] for view in views]
    means = [float(np.exp(np.mean([np.log(mean[view, method]) for view in views]))) for method in METHODS]
    last = ["geometric mean", *(f"{value:.3g}" for value in means)]
    return table(["squared error", *METHODS], [*rows, last])


def main(
    samples: Annotated[int, typer.Option("--samples", help="Samples of each set.")] = 600,
    seeds: Annotated[int, typer.Option("--seeds", help="Number of seeds.")] = 2,
    quick: Annotated[bool, typer.Option("--quick", help="Digits that come along, without real data.")] = False,
) -> None:
    """Print a table in Markdown."""
    images = EMBEDDED if quick else MNIST
    scale = Scale("denoised features", MNIST, tuple(range(seeds)), (), samples)  # quick or not, all of `NAMES`
    sets = sets_of(scale, NAMES)
    print(told([row for found in sets for seed in range(seeds) for row in scores(found, images, samples, seed)]))


if __name__ == "__main__":
    typer.run(main)
