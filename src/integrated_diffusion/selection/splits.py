"""Two independent looks at one view: one half to build walks from, the other half to be predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.checks import check_choice, check_counts, check_known
from integrated_diffusion.views.recipes import RECIPES, prepare
from integrated_diffusion.views.recognition import is_counts
from integrated_diffusion.views.validation import View, as_array


class Split(Protocol):
    """What splits one view in two."""

    def __call__(self, name: str, X: View, rng: np.random.Generator) -> tuple[View, View]:
        """Return the half that walks are built from, and the half that is to be predicted."""
        ...


@dataclass(frozen=True)
class FeatureHalves:
    """Half of the features, drawn at random, and the other half.

    Noise that is independent between features is then independent between what a walk is built from and what it is to
    predict. A view of one feature cannot be split: its walk is built from it, and nobody is to predict it.

    Examples
    --------
    >>> A, B = FeatureHalves()("rna", np.ones((4, 5)), np.random.default_rng(0))
    >>> A.shape, B.shape
    ((4, 3), (4, 2))
    """

    def __call__(self, name: str, X: View, rng: np.random.Generator) -> tuple[View, View]:
        """Split one view."""
        order = rng.permutation(X.shape[1])
        half = (len(order) + 1) // 2
        kept, predicted = np.sort(order[:half]), np.sort(order[half:])
        return X[:, kept], X[:, predicted]


@dataclass(frozen=True, eq=False)
class RecipeHalves:
    """Half of the features, drawn at random, and the other half, each made coordinates by its view's recipe.

    For views that are given to a model as coordinates of a few components: components are uncorrelated by construction,
    so that one half of them says nothing of the other where the signal is linear; halves of the features do.

    Parameters
    ----------
    values
        Normalised values by view, `(n_samples, n_features)`; views that are not named are split as they are.
    recipes
        Recipe by view, see `preprocessing.RECIPES`.
    n_components
        Coordinates of each half; `None` for all.
    """

    values: Mapping[str, View] = field(repr=False)
    recipes: Mapping[str, str]
    n_components: int | None = 50

    def __post_init__(self) -> None:
        check_known(list(self.recipes), tuple(self.values), "recipes")
        for recipe in self.recipes.values():
            check_choice(recipe, list(RECIPES), "recipe")

    def __call__(self, name: str, X: View, rng: np.random.Generator) -> tuple[View, View]:
        """Split one view's features."""
        kept, predicted = FeatureHalves()(name, self.values.get(name, X), rng)
        if name not in self.recipes or not predicted.shape[1]:
            return kept, predicted
        represent, seed = RECIPES[self.recipes[name]].represent, int(rng.integers(2**31))
        return represent(kept, self.n_components, seed), represent(predicted, self.n_components, seed)


@dataclass(frozen=True, eq=False)
class CountSplitting:
    """Every count dealt to one of two halves by a coin, each half then normalised by its view's recipe.

    Poisson counts are thinned into independent halves that see all features, so that not even views of one feature are
    left out (Neufeld, Gao, Popp, Battle and Witten 2024).

    Parameters
    ----------
    counts
        Counts by view, `(n_samples, n_features)`; views that are not named are split by features.
    recipes
        Recipe by view, see `preprocessing.RECIPES`; `none` leaves the counts as they are.
    n_components
        Coordinates of each half; `None` for all.

    Raises
    ------
    ValueError
        If there is no such recipe, or a view has no whole counts of its samples.
    """

    counts: Mapping[str, View] = field(repr=False)
    recipes: Mapping[str, str]
    n_components: int | None = 50

    def __post_init__(self) -> None:
        check_known(list(self.recipes), tuple(self.counts), "recipes")
        for name in self.counts:
            check_choice(self.recipes.get(name, "none"), list(RECIPES), "recipe")

    def __call__(self, name: str, X: View, rng: np.random.Generator) -> tuple[View, View]:
        """Thin one view's counts."""
        if name not in self.counts:
            return FeatureHalves()(name, X, rng)
        counts = as_array(self.counts[name], name)
        check_counts(counts, name)
        if not is_counts(counts) or counts.shape[0] != X.shape[0]:
            raise ValueError(
                f"view '{name}': expected whole counts of {X.shape[0]} samples, found others of {counts.shape[0]}; "
                "give the raw counts of the same samples, or split by features"
            )
        halves = split_counts(counts, rng)
        recipe = self.recipes.get(name, "none")
        seed = int(rng.integers(2**31))
        first, second = (prepare(half, recipe, self.n_components, seed, name).representation for half in halves)
        return first, second


def split_counts(counts: View, rng: np.random.Generator) -> tuple[View, View]:
    """Deal every count to one of two halves by a fair coin; what is sparse stays sparse.

    Parameters
    ----------
    counts
        Whole numbers of zero or more, `(n_samples, n_features)`.
    rng
        Tosses the coins.
    """
    if isinstance(counts, np.ndarray):
        first = rng.binomial(np.rint(counts).astype(np.int64), 0.5).astype(counts.dtype)
        return first, counts - first
    dealt = rng.binomial(np.rint(counts.data).astype(np.int64), 0.5).astype(counts.dtype)
    first, second = (_with_values(counts, values) for values in (dealt, counts.data - dealt))
    return first, second


def _with_values(X: sp.csr_array, values: np.ndarray) -> sp.csr_array:
    """Put other values in the same places; where they are zero, nothing is stored."""
    other = sp.csr_array((values, X.indices, X.indptr), shape=X.shape, copy=True)
    other.eliminate_zeros()
    return other
