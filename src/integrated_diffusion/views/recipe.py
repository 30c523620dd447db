"""Recipes: fitted to training samples, then applied to new samples in the same way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from integrated_diffusion.views.checks import check_counts
from integrated_diffusion.views.logarithms import check_no_logarithms
from integrated_diffusion.views.normalisation import Normalisation
from integrated_diffusion.views.reduction import FitReduction, Reduction
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
    >>> from integrated_diffusion.views.recipes import RECIPES
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
        return self.fit_transform(X, n_components, random_state)[0]

    def normalise(self, X: View) -> View:
        """Normalise samples, `(n_samples, n_features)`, by their own statistics."""
        statistics = Statistics.of(X, self.statistics)
        return self.normalisation.fit(statistics)(X, statistics)

    def reduce(self, values: View, n_components: int | None, random_state: int = 0) -> View:
        """Reduce normalised values, such as half of the features, by components of their own."""
        return self.fit_reduction(values, n_components, random_state)[0]

    def fit_transform(
        self, X: View, n_components: int | None = 50, random_state: int = 0
    ) -> tuple[FittedRecipe, View, View]:
        """Fit the recipe to training samples, and prepare these.

        Parameters
        ----------
        X : array
            As in `fit`.
        n_components : int or None, default 50
            As in `fit`.
        random_state : int, default 0
            As in `fit`.

        Returns
        -------
        fitted : FittedRecipe
            What prepares other samples.
        values : array of shape (n_samples, n_features)
            Normalised values of the training samples.
        coordinates : array of shape (n_samples, n_coordinates)
            Their coordinates.
        """
        statistics = Statistics.of(X, self.statistics)
        normalisation = self.normalisation.fit(statistics)
        values = normalisation(X, statistics)
        coordinates, reduction = self.fit_reduction(values, n_components, random_state)
        return FittedRecipe(self, normalisation, reduction, X.shape[1]), values, coordinates


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
            check_no_logarithms(X, "new samples", self.recipe.name)
        return self.reduce(self.normalise(X))
