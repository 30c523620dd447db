"""How well held-out counts are predicted by denoised ones, for every view of counts at hand.

python -m experiments.evaluation.denoised_counts [--cells N] [--seeds N] [--only SET]

Counts of one view are split binomially, everything is fitted to the one part (and the whole other view), and the other
part is predicted (molecular cross-validation, as the Open Problems denoising task does it):

- squared error: two halves; normalised values of one half are denoised and compared with those of the other half, which
  have the same expectation;
- Poisson loss: nine tenths and one tenth; expected counts, brought to the total of the held-out tenth, by
  `mean(mu - y log(mu + 1e-6))`;
- squared error by Open Problems: the same expected counts and the held-out tenth, each scaled to 10,000 a sample and
  `log(1 + x)`. A sample of a few hundred counts has a few dozen in a tenth, which makes this a score of zeros.

MAGIC is taken if `magic-impute` can be imported; it is in none of the environments that `make` builds for evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Annotated, NamedTuple

import numpy as np
import scipy.sparse as sp
import typer
from rich.console import Console
from sklearn.decomposition import PCA

from experiments.evaluation.sequencing import CITE_10K, CITE_800, FILES, NO_TYPE, RECIPES, SNARE, counts
from experiments.study.data import FOLDER, dense
from experiments.study.markdown import table
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.views.statistics import sums_along
from integrated_diffusion.views.validation import View

LEAST_SHARE = 0.01
"""Features that fewer cells have are left out: there is nothing to tell of them from a tenth of their counts."""
RANKS = (10, 20, 50)
"""Numbers of principal components."""
TRAIN_SHARES = (0.5, 0.9)
DEFAULT, RAW, MAGIC = "default", "raw", "MAGIC"
SCORES = ("squared error", "Poisson loss", "squared error by Open Problems")

Denoiser = Callable[[np.ndarray], np.ndarray]
"""From values, `(n_samples, n_features)`, to denoised ones."""


class Scored(NamedTuple):
    """One number."""

    view: str
    method: str
    score: str
    value: float


@dataclass(frozen=True, eq=False)
class Part:
    """A model that was fitted to a part of one view's counts, and the held-out part."""

    model: IntegratedDiffusion
    view: str
    train: View
    held_out: np.ndarray

    @property
    def denoisers(self) -> dict[str, Denoiser]:
        """The methods that the default is compared with, on any scale."""
        own, J = self.model.operators_[self.view], self.model.operator_
        n_features = self.train.shape[1]
        found: dict[str, Denoiser] = {
            RAW: lambda X: X,
            "own operator, t = 1": lambda X: own @ X,
            "own operator, t = 2": lambda X: own @ (own @ X),
            "J": lambda X: J @ X,
        }
        for rank in RANKS:
            if rank < n_features:
                found[f"{rank} principal components"] = _by_rank(rank)
        if find_spec("magic") is not None:
            found[MAGIC] = _magic
        return found


def _by_rank(rank: int) -> Denoiser:
    def reconstructed(X: np.ndarray) -> np.ndarray:
        model = PCA(rank, random_state=0).fit(X)
        return np.asarray(model.inverse_transform(model.transform(X)))

    return reconstructed


def _magic(X: np.ndarray) -> np.ndarray:
    import magic

    return np.asarray(magic.MAGIC(t=3, n_jobs=1, random_state=0, verbose=0).fit_transform(X, genes="all_genes"))


def split(X: View, share: float, rng: np.random.Generator) -> tuple[View, View]:
    """Split counts binomially, `share` of them to the first part.

    Parameters
    ----------
    X
        Counts.
    share
        Probability of the first part.
    rng
        Source of the draws.
    """
    whole = sp.csr_array(X)
    drawn = rng.binomial(np.rint(whole.data).astype(np.int64), share).astype(whole.dtype)
    first = sp.csr_array((drawn, whole.indices, whole.indptr), shape=whole.shape, copy=True)
    first.eliminate_zeros()
    return first, sp.csr_array(whole - first)


def scores(name: str, n_cells: int, seed: int) -> Iterator[Scored]:
    """Yield all scores of the views of a set.

    Parameters
    ----------
    name
        One of `FILES`.
    n_cells
        Most cells; of more, as many are drawn.
    seed
        Seed of the draw and of the splits.
    """
    views = _views(name, n_cells, seed)
    for view, X in views.items():
        rng = np.random.default_rng([seed, 1])
        halves, tenths = (_part(views, view, *split(X, share, rng), seed) for share in TRAIN_SHARES)
        title = f"{name}, {view}"
        for method, value in _squared_errors(halves).items():
            yield Scored(title, method, SCORES[0], value)
        for method, expected in _expected_counts(tenths):
            expected = np.maximum(expected, 0) * (tenths.held_out.sum() / np.maximum(expected, 0).sum())
            loss = float(np.mean(expected - tenths.held_out * np.log(expected + 1e-6)))
            yield Scored(title, method, SCORES[1], loss)
            difference = _log_of_shares(expected) - _log_of_shares(tenths.held_out)
            yield Scored(title, method, SCORES[2], float(np.mean(np.square(difference))))


def _views(name: str, n_cells: int, seed: int) -> dict[str, View]:
    measured = counts(name)
    cells = np.arange(len(measured.sample_names))
    if name != CITE_10K:
        cells = np.flatnonzero(read_labels(measured, "cell_type") != NO_TYPE)
    cells = np.sort(np.random.default_rng(seed).permutation(cells)[:n_cells])
    chosen = {view: X[cells] for view, X in measured.views.items()}
    return {view: X[:, sums_along(X != 0, axis=0) >= LEAST_SHARE * len(cells)] for view, X in chosen.items()}


def _part(views: Mapping[str, View], view: str, train: View, held_out: View, seed: int) -> Part:
    recipes = {name: RECIPES[name] for name in views}
    model = IntegratedDiffusion(n_components=2, recipes=recipes, random_state=seed)
    return Part(model.fit({**views, view: train}), view, train, dense(held_out))


def _squared_errors(part: Part) -> dict[str, float]:
    prepared = part.model.integration_.views[part.view]
    values, target = (
        dense(prepared.values),
        dense(part.model.recipes_[part.view].normalise(sp.csr_array(part.held_out))),
    )
    denoised = {name: denoise(values) for name, denoise in part.denoisers.items()}
    denoised[DEFAULT] = dense(part.model.denoise(part.view))
    return {name: float(np.mean(np.square(found - target))) for name, found in denoised.items()}


def _expected_counts(part: Part) -> Iterator[tuple[str, np.ndarray]]:
    values = dense(part.train)
    sizes = values.sum(axis=1, keepdims=True)
    shares = values / np.where(sizes > 0, sizes, 1)
    for name, denoise in part.denoisers.items():
        yield name, denoise(shares) * sizes
    yield DEFAULT, dense(part.model.denoise(part.view, scale="counts"))


def _log_of_shares(X: np.ndarray) -> np.ndarray:
    sizes = X.sum(axis=1, keepdims=True)
    return np.asarray(np.log1p(1e4 * X / np.where(sizes > 0, sizes, 1)))


def tables(found: Sequence[Scored]) -> str:
    """Return a Markdown table for each score: a row a method, a column a view, means over seeds and over views.

    Parameters
    ----------
    found
        All scores.
    """
    views, methods = (list(dict.fromkeys(getattr(row, what) for row in found)) for what in ("view", "method"))
    told = []
    for score in SCORES:
        mean = {
            (method, view): float(np.mean([row.value for row in found if row[:3] == (view, method, score)]))
            for method in methods
            for view in views
            if any(row[:3] == (view, method, score) for row in found)
        }
        rows = []
        for method in methods:
            ratios = [_relative(method, view, mean) for view in views if (method, view) in mean]
            cells = [f"{mean[method, view]:.5g}" if (method, view) in mean else "" for view in views]
            rows.append([method, *cells, f"{np.mean(ratios):.3f}"])
        told.append(table([score, *views, "mean, best = 0, worst = 1"], rows))
    return "\n\n".join(told)


def _relative(method: str, view: str, mean: Mapping[tuple[str, str], float]) -> float:
    """From 0 for the least loss of all methods on a view to 1 for the largest."""
    losses = [loss for (_, of), loss in mean.items() if of == view]
    return float((mean[method, view] - min(losses)) / (max(losses) - min(losses) or 1.0))


def main(
    cells: Annotated[int, typer.Option("--cells", help="Most cells of a set.")] = 1_500,
    seeds: Annotated[int, typer.Option("--seeds", help="Number of seeds.")] = 2,
    only: Annotated[str | None, typer.Option("--only", help="One set alone.")] = None,
) -> None:
    """Print a table of each score in Markdown."""
    console, found = Console(stderr=True), list[Scored]()
    for name in (SNARE, CITE_10K, CITE_800):
        if only in (None, name) and (FOLDER / FILES[name]).exists():
            for seed in range(seeds):
                console.print(f"{name}, seed {seed}")
                found += scores(name, cells, seed)
    print(tables(found))


if __name__ == "__main__":
    typer.run(main)
