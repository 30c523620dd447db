"""Two independent parts of one view: one to build diffusion operators from, the other to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.checks import check_counts, is_counts
from integrated_diffusion.views.prepared import PreparedView, prepared_by
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.sample_order import in_order_of_values
from integrated_diffusion.views.validation import View


class Split(Protocol):
    """What splits one view in two; it holds no data of its own."""

    def __call__(self, view: PreparedView, n_components: int | None, rng: np.random.Generator) -> tuple[View, View]:
        """Split one view.

        Parameters
        ----------
        view : PreparedView
            Its measured and normalised values, and the recipe that normalised them.
        n_components : int or None
            Number of coordinates that a recipe reduces each half to; `None` for all features.
        rng : numpy.random.Generator
            Random generator of the split.

        Returns
        -------
        kept : array of shape (n_samples, n_kept)
            The half that diffusion operators are built from.
        predicted : array of shape (n_samples, n_predicted)
            The half that is to be predicted; without columns if the view cannot be split.
        """
        ...


@dataclass(frozen=True)
class FeatureHalves:
    """Half of the normalised features, drawn at random, and the other half; each is reduced by the view's recipe.

    Noise that is independent between features is then independent between the two halves. A view of one feature cannot
    be split: its operator is built from it, and it is not predicted. Features are split and not the view's components,
    which are uncorrelated by construction: one half of them cannot predict the other where the signal is linear.

    Examples
    --------
    >>> from integrated_diffusion.views.prepared import PreparedView, prepared_by
    >>> X = np.ones((4, 5))
    >>> A, B = FeatureHalves()(PreparedView(X, X, X), 50, np.random.default_rng(0))
    >>> A.shape, B.shape
    ((4, 3), (4, 2))
    """

    def __call__(self, view: PreparedView, n_components: int | None, rng: np.random.Generator) -> tuple[View, View]:
        """Split one view; see `Split`."""
        values = view.comparable
        kept, predicted = (values[:, part] for part in self.columns(values.shape[1], rng))
        if view.recipe is None or not predicted.shape[1]:
            return kept, predicted
        seed = int(rng.integers(2**31))
        return view.recipe.reduce(kept, n_components, seed), view.recipe.reduce(predicted, n_components, seed)

    @staticmethod
    def columns(n_features: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of the features of each half, increasing; the first has one more if they are odd."""
        order = rng.permutation(n_features)
        half = (len(order) + 1) // 2
        return np.sort(order[:half]), np.sort(order[half:])


@dataclass(frozen=True)
class CountSplitting:
    """Every count split binomially into two, each half then normalised and reduced by the view's recipe.

    Independent halves of Poisson counts see all features, so that not even views of one feature are left out (Neufeld,
    Gao, Popp, Battle and Witten 2024). So are split views whose recipe is for counts, and whole counts without a
    recipe; all others by `FeatureHalves`.
    """

    def __call__(self, view: PreparedView, n_components: int | None, rng: np.random.Generator) -> tuple[View, View]:
        """Split one view; see `Split`.

        Raises
        ------
        ValueError
            If a view whose recipe is for counts has values that are none.
        """
        if not (is_counts(view.raw) if view.recipe is None else view.recipe.counts):
            return FeatureHalves()(view, n_components, rng)
        check_counts(view.raw, view.name)
        if not is_counts(view.raw):
            raise ValueError(
                f"view '{view.name}': expected whole counts, found numbers that are not whole; give the raw counts, or "
                "split by features"
            )
        halves = split_counts(view.raw, rng)
        fitted = None if view.fitted is None else view.fitted.recipe
        recipe, seed = view.recipe or fitted or RECIPES["none"], int(rng.integers(2**31))
        first, second = (prepared_by(recipe, half, n_components, seed, view.name).representation for half in halves)
        return first, second


def split_counts(counts: View, rng: np.random.Generator) -> tuple[View, View]:
    """Split every count binomially into two, with probability one half; what is sparse stays sparse.

    Counts are drawn in the order of the samples' hashes, so that a sample is split alike in whichever row it stands.

    Parameters
    ----------
    counts : array of shape (n_samples, n_features)
        Whole numbers of zero or more.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    tuple of two arrays of shape (n_samples, n_features)
        They add up to the counts.
    """
    ordered, places = in_order_of_values(counts)
    if isinstance(ordered, np.ndarray):
        first = rng.binomial(np.rint(ordered).astype(np.int64), 0.5).astype(counts.dtype)[places]
        return first, counts - first
    drawn = rng.binomial(np.rint(ordered.data).astype(np.int64), 0.5).astype(counts.dtype)
    first, second = (_with_values(ordered, values)[places] for values in (drawn, ordered.data - drawn))
    return first, second


def _with_values(X: sp.csr_array, values: np.ndarray) -> sp.csr_array:
    """Put other values in the same places; where they are zero, nothing is stored."""
    other = sp.csr_array((values, X.indices, X.indptr), shape=X.shape, copy=True)
    other.eliminate_zeros()
    return other
