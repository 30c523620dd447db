"""Recipes: one named way from measured values to coordinates for each kind of measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from integrated_diffusion.views.checks import check_choice, check_count, check_counts
from integrated_diffusion.views.normalisation import centred_log_ratio, library_size_log, standardise, tf_idf
from integrated_diffusion.views.reduction import lsi, pca
from integrated_diffusion.views.validation import View


@dataclass(frozen=True)
class Recipe:
    """How one kind of measurement becomes a view.

    Attributes
    ----------
    name
        What the recipe is called.
    summary
        One line for summaries.
    counts
        Whether it needs counts, which are never negative.
    normalise
        Measured values to normalised ones, `(n_samples, n_features)` both, sparse if they were sparse.
    represent
        Normalised values, number of components (`None`: no reduction) and seed to coordinates
        `(n_samples, n_coordinates)`.
    """

    name: str
    summary: str
    counts: bool
    normalise: Callable[[View], View]
    represent: Callable[[View, int | None, int], View]

    def __str__(self) -> str:
        return f"{self.name}: {self.summary}"


@dataclass(frozen=True)
class Prepared:
    """One view after its recipe.

    Attributes
    ----------
    values
        Normalised values of all features, `(n_samples, n_features)`; sparse if they were measured sparse.
    representation
        Coordinates for neighbours and distances, `(n_samples, n_coordinates)`.
    recipe
        The recipe that made them.
    """

    values: View
    representation: View
    recipe: Recipe

    def __repr__(self) -> str:
        n_samples, n_features = self.values.shape
        return f"{n_samples} samples x {n_features} features -> {self.representation.shape[1]} ({self.recipe})"


def prepare(
    X: View, recipe: str, n_components: int | None = 50, random_state: int = 0, name: str | None = None
) -> Prepared:
    """Normalise one view and find its coordinates.

    Parameters
    ----------
    X
        Measured values, `(n_samples, n_features)`, as `validation.as_view` returns them.
    recipe
        Name of a recipe: one of `RECIPES`.
    n_components
        Number of coordinates; `None` keeps the normalised values.
    random_state
        Seed of the start vectors.
    name
        What to call the view in messages.

    Returns
    -------
    Prepared
        Normalised values and coordinates.

    Raises
    ------
    ValueError
        If there is no such recipe, `n_components` is below one, or a recipe for counts meets negative values.
    TypeError
        If `n_components` is no whole number.
    """
    check_choice(recipe, list(RECIPES), "recipe")
    chosen = RECIPES[recipe]
    if n_components is not None:
        check_count(n_components, "n_components")
    if chosen.counts:
        check_counts(X, name or recipe)
    values = chosen.normalise(X)
    return Prepared(values, chosen.represent(values, n_components, random_state), chosen)


def _as_they_are(X: View) -> View:
    return X


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("rna", "library size to the median, log, PCA", True, library_size_log, pca),
        Recipe("chromatin", "TF-IDF, LSI without the depth component", True, tf_idf, lsi),
        Recipe("protein", "centred log ratio per sample, PCA", True, centred_log_ratio, pca),
        Recipe("other", "features to unit variance, PCA", False, standardise, pca),
        Recipe("none", "values as they are, PCA", False, _as_they_are, pca),
    )
}
"""The recipes by name; `recognise` chooses among them."""
