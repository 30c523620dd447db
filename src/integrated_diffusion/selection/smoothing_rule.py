"""Each view's own smoother, selected by held-out counts where there are counts, and by held-out features otherwise.

A second measurement of the same samples tells which smoother brings a first one closest to the truth: the squared
distance from it is the error of the denoised values plus a constant, as long as its noise is independent of theirs and
of that in the operators. Two halves of split counts are two such measurements (Batson, Royer and Webber 2019; Neufeld
et al. 2024). Without counts, some features are held out. The operator is built on the others, so that the noise of the
held-out features is independent of it, and their error is estimated without a second measurement; see
`estimated_errors`.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.selection.estimated_errors import estimated_errors, noise_variance
from integrated_diffusion.selection.smoother_errors import Loss, least_error, smoother_errors
from integrated_diffusion.selection.smoothers import INTEGRATED, OWN, SelectedSmoother, on_count_scale
from integrated_diffusion.selection.splits import split_counts
from integrated_diffusion.views.checks import is_counts
from integrated_diffusion.views.coordinates import are_coordinates
from integrated_diffusion.views.prepared import PreparedView, prepared_by
from integrated_diffusion.views.representation import REPRESENTATIONS
from integrated_diffusion.views.statistics import sums_along
from integrated_diffusion.views.validation import View

MOST_VALUES = 2_000_000
"""As many features are compared in one split as have so many values together."""
FEATURES = (64, 500)
"""Least and most of these features."""
SAMPLES_SEEN = 4_000
"""As many splits are made as see so many samples together, at least one and at most `MOST_SPLITS`."""
MOST_SPLITS = 5
HELD_OUT = 0.2
"""Share of the features that are held out where there are no counts."""


def select_smoother(view: PreparedView, integrated: IntegratedOperator, construction: Construction) -> SelectedSmoother:
    """Select the smoother of one view.

    Parameters
    ----------
    view : PreparedView
        The view; its name is that of its operator.
    integrated : IntegratedOperator
        `J`, with the views' operators. The view's own is built again without what is held out.
    construction : Construction
        How views become diffusion operators; its seed is that of the splits.

    Returns
    -------
    SelectedSmoother
        `J X` where nothing can be held out: a single feature, or coordinates, whose columns say nothing of each other.
    """
    quietly = replace(construction, progress=silent)
    seeds = [[construction.random_state, zlib.crc32(view.name.encode()), split] for split in range(_n_splits(view))]
    generators = [np.random.default_rng(seed) for seed in seeds]
    with one_blas_thread():
        if splits_counts(view):
            found = [_errors_by_counts(view, integrated, quietly, rng) for rng in generators]
            normalised, counts = (np.mean(errors, axis=0) for errors in zip(*found, strict=True))
            by = "count splitting"
            return replace(least_error(normalised, by, halved=True), counts=least_error(counts, by, halved=True))
        if view.values.shape[1] < 2 or are_coordinates(view.values):
            return SelectedSmoother(by="default")
        errors = np.mean([_errors_by_features(view, integrated, quietly, rng) for rng in generators], axis=0)
        return least_error(errors, "held-out features")


def splits_counts(view: PreparedView) -> bool:
    """Whether a view's smoother is selected by splitting counts: whole counts with a recipe for counts, or of words.

    Whole numbers of an unknown kind, such as pixels, need not vary as counts do.

    Parameters
    ----------
    view : PreparedView
        The view.
    """
    of_counts = view.representation_name == "tf_idf" if view.recipe is None else view.recipe.counts
    return of_counts and is_counts(view.raw)


def _n_splits(view: PreparedView) -> int:
    return int(np.clip(-(-SAMPLES_SEEN // view.shape[0]), 1, MOST_SPLITS))


def _errors_by_counts(
    view: PreparedView, integrated: IntegratedOperator, construction: Construction, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Errors of one half of the counts about the other, on the normalised scale and on that of counts."""
    first, second = split_counts(view.raw, rng)
    seed = int(rng.integers(2**31))
    recipe = view.recipe or REPRESENTATIONS["tf_idf"]
    half = prepared_by(recipe, first, construction.n_pca_of(view.name), seed, view.name)
    operators = _operators(view.name, half.representation, integrated, construction)
    columns = _some(np.flatnonzero(sums_along(first, axis=0) > 0), view.shape[0], rng)
    if view.recipe is None or half.fitted is None:  # denoised as measured
        values, others = first, second
    else:
        values, others = half.values, half.fitted.normalise(second)
    normalised = smoother_errors(operators, values, others, Loss(), columns)
    sizes = sums_along(first, axis=1)
    on_counts = {name: on_count_scale(operator, sizes) for name, operator in operators.items()}
    return normalised, smoother_errors(on_counts, first, second, Loss(poisson=True), columns)


def _errors_by_features(
    view: PreparedView, integrated: IntegratedOperator, construction: Construction, rng: np.random.Generator
) -> np.ndarray:
    """Estimated errors of some features, denoised by operators that are built on the others."""
    values = view.comparable
    n_features = values.shape[1]
    order = rng.permutation(n_features)
    n_held_out = max(1, round(HELD_OUT * n_features))
    held_out, kept = _some(order[:n_held_out], view.shape[0], rng), values[:, np.sort(order[n_held_out:])]
    seed = int(rng.integers(2**31))
    if view.recipe is not None:
        kept = view.recipe.reduce(kept, construction.n_pca_of(view.name), seed)
    coordinates = construction.reduce({view.name: kept})[view.name]
    operators = _operators(view.name, coordinates, integrated, construction)
    target = values[:, held_out]
    measured = np.asarray(target if isinstance(target, np.ndarray) else target.toarray(), dtype=np.float64)
    order = construction.draw_order(len(measured))
    noise = noise_variance(measured, coordinates, operators[INTEGRATED], seed, order)
    return estimated_errors(operators, measured, noise, rng, order)


def _operators(
    name: str, coordinates: View, integrated: IntegratedOperator, construction: Construction
) -> dict[str, Operator]:
    """The view's own operator on coordinates, and the integrated one with it in place of the view's."""
    own = construction.build_operator(construction.denoise({name: coordinates})[name], name)
    return {OWN: own, INTEGRATED: replace(integrated, operators={**integrated.operators, name: own}).operator}


def _some(columns: np.ndarray, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Some of the columns, drawn at random, in order; all if they are few."""
    most = int(np.clip(MOST_VALUES // n_samples, *FEATURES))
    return np.sort(rng.permutation(columns)[:most] if len(columns) > most else columns)
