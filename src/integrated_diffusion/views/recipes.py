"""Recipes: one named way from measured values to coordinates for each kind of measurement.

A recipe is fitted to the training samples; what was fitted prepares new samples in the same way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from integrated_diffusion.views.checks import check_choice, check_count, check_counts
from integrated_diffusion.views.normalisation import (
    AsMeasured,
    CentredLogRatio,
    LibrarySizeLog,
    Normalisation,
    Standardise,
    TfIdf,
)
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.reduction import FitReduction, Reduction, fit_lsi, fit_pca
from integrated_diffusion.views.statistics import Statistics
from integrated_diffusion.views.validation import View, as_array


@dataclass(frozen=True)
class Recipe:
    """How one kind of measurement becomes a view.

    Attributes
    ----------
    name : str
        What the recipe is called.
    summary : str
        One line for summaries.
    counts : bool
        Whether it needs counts, which are never negative.
    normalisation : type of Normalisation
        What is fitted to normalise measured values.
    fit_reduction : FitReduction
        What is fitted to reduce normalised values.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.random.default_rng(0).poisson(3.0, (60, 25)).astype(float)
    >>> fitted = RECIPES["rna"].fit(counts[:50], n_components=4)
    >>> fitted, fitted.transform(counts[50:]).shape
    (rna, fitted to 25 features, (10, 4))
    """

    name: str
    summary: str
    counts: bool
    normalisation: type[Normalisation]
    fit_reduction: FitReduction

    def __str__(self) -> str:
        return f"{self.name}: {self.summary}"

    @property
    def statistics(self) -> Collection[str]:
        """Names of the statistics that normalising training data takes; see `views.statistics`."""
        return *self.normalisation.of_samples, *self.normalisation.of_features

    def fit(self, X: View, n_components: int | None = 50, random_state: int = 0) -> FittedRecipe:
        """Fit the recipe to training samples.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Measured values, as `validation.as_view` returns them.
        n_components : int or None, default 50
            Number of coordinates; `None` keeps the normalised values.
        random_state : int, default 0
            Seed of the start vectors.

        Returns
        -------
        FittedRecipe
        """
        return self._fit(X, n_components, random_state)[0]

    def prepare(
        self, X: View, n_components: int | None = 50, random_state: int = 0, name: str = "view"
    ) -> PreparedView:
        """Fit the recipe to training samples, and prepare these.

        Parameters
        ----------
        X, n_components, random_state
            As in `fit`.
        name : str, default 'view'
            What to call the view in messages.

        Returns
        -------
        PreparedView
            The samples' normalised values and coordinates, and the fitted recipe.

        Raises
        ------
        ValueError
            If a recipe for counts meets negative values.
        """
        if self.counts:
            check_counts(X, name)
        fitted, values, scores = self._fit(X, n_components, random_state)
        return PreparedView(X, values, scores, self, fitted, name)

    def normalise(self, X: View) -> View:
        """Normalise samples, `(n_samples, n_features)`, by their own statistics."""
        statistics = Statistics.of(X, self.statistics)
        return self.normalisation.fit(statistics)(X, statistics)

    def reduce(self, values: View, n_components: int | None, random_state: int = 0) -> View:
        """Reduce normalised values, such as half of the features, by components of their own."""
        return self.fit_reduction(values, n_components, random_state)[0]

    def _fit(self, X: View, n_components: int | None, random_state: int) -> tuple[FittedRecipe, View, View]:
        statistics = Statistics.of(X, self.statistics)
        normalisation = self.normalisation.fit(statistics)
        values = normalisation(X, statistics)
        scores, reduction = self.fit_reduction(values, n_components, random_state)
        return FittedRecipe(self, normalisation, reduction, X.shape[1]), values, scores


@dataclass(frozen=True, eq=False)
class FittedRecipe:
    """A recipe with all that was fitted to the training samples; it holds none of these.

    Attributes
    ----------
    recipe : Recipe
        What was fitted.
    normalisation : Normalisation
        The fitted normalisation: median depth, inverse document frequencies, means and scales.
    reduction : Reduction
        The fitted reduction: loadings and the scores of the mean.
    n_features : int
        Number of features.
    """

    recipe: Recipe
    normalisation: Normalisation
    reduction: Reduction
    n_features: int

    def __repr__(self) -> str:
        return f"{self.recipe.name}, fitted to {self.n_features} features"

    def normalise(self, X: View) -> View:
        """Normalise samples, `(n_samples, n_features)`; sparse if they are sparse and nothing centres them."""
        return self.normalisation(X, Statistics.of(X, self.normalisation.of_samples))

    def reduce(self, values: View) -> View:
        """Reduce normalised values, `(n_samples, n_features)`, to coordinates, `(n_samples, n_coordinates)`."""
        return self.reduction(values)

    def transform(self, X: View) -> View:
        """Prepare new samples in the way of the training samples.

        Parameters
        ----------
        X : array of shape (n_new, n_features)
            Their measured values, features in the order of the training data.

        Returns
        -------
        numpy.ndarray or scipy.sparse.csr_array of shape (n_new, n_coordinates)
            Coordinates among those of the training samples.

        Raises
        ------
        TypeError
            If it holds no numbers.
        ValueError
            If the number of features is another, a value is not finite, or counts are negative.
        """
        X = as_array(X, "new samples")
        if X.shape[1] != self.n_features:
            raise ValueError(
                f"new samples: expected the {self.n_features} features of the fit, found {X.shape[1]}; give the same "
                "features in the same order"
            )
        if self.recipe.counts:
            check_counts(X, "new samples")
        return self.reduce(self.normalise(X))


def prepare(
    X: View, recipe: str, n_components: int | None = 50, random_state: int = 0, name: str | None = None
) -> PreparedView:
    """Normalise one view by a recipe and find its coordinates.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Measured values, as `validation.as_view` returns them.
    recipe : str
        Name of a recipe, one of `RECIPES`.
    n_components : int or None, default 50
        Number of coordinates; `None` keeps the normalised values.
    random_state : int, default 0
        Seed of the start vectors.
    name : str or None, default None
        What to call the view in messages; the recipe's name unless given.

    Returns
    -------
    PreparedView
        Normalised values, coordinates, and the fitted recipe.

    Raises
    ------
    ValueError
        If there is no such recipe, `n_components` is below one, or a recipe for counts meets negative values.
    TypeError
        If `n_components` is no whole number.
    """
    check_choice(recipe, list(RECIPES), "recipe")
    if n_components is not None:
        check_count(n_components, "n_components")
    return RECIPES[recipe].prepare(X, n_components, random_state, name or recipe)


def as_measured(X: View, n_components: int | None = 50, random_state: int = 0, name: str = "view") -> PreparedView:
    """Find a view's principal components, its values as they are; no recipe was asked for."""
    return replace(RECIPES["none"].prepare(X, n_components, random_state, name), recipe=None)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("rna", "library size to the median, log, PCA", True, LibrarySizeLog, fit_pca),
        Recipe("chromatin", "TF-IDF, LSI without the depth component", True, TfIdf, fit_lsi),
        Recipe("protein", "centred log ratio per sample, PCA", True, CentredLogRatio, fit_pca),
        Recipe("other", "features to unit variance, PCA", False, Standardise, fit_pca),
        Recipe("none", "values as they are, PCA", False, AsMeasured, fit_pca),
    )
}
"""The recipes by name; `recognise` chooses among them."""
