"""A view after its recipe: measured, normalised and reduced values side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from integrated_diffusion.views.checks import check_counts
from integrated_diffusion.views.logarithms import check_no_logarithms
from integrated_diffusion.views.recipe import FittedRecipe, Recipe
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class PreparedView:
    """One view: its measured values, the normalised ones, and the coordinates in which neighbours are sought.

    Attributes
    ----------
    raw : array of shape (n_samples, n_features)
        Values as they were measured.
    values : array of shape (n_samples, n_features)
        Normalised values of all features, sparse if they were measured sparse; the measured ones without a recipe.
    representation : array of shape (n_samples, n_coordinates)
        Coordinates for neighbours and distances.
    recipe : Recipe or None, default None
        The given recipe; `None` where the values are taken as they are.
    fitted : FittedRecipe or None, default None
        What prepares new samples in the same way: the fitted recipe, or the representation of a view without one;
        `None` where the coordinates were given.
    name : str, default 'view'
        What to call the view in messages.
    """

    raw: View
    values: View
    representation: View
    recipe: Recipe | None = None
    fitted: FittedRecipe | None = None
    name: str = "view"

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return self.raw.shape[0], self.raw.shape[1]

    @property
    def comparable(self) -> View:
        """Values by which neighbours are sought, `(n_samples, n_features)`: by the recipe or by the representation."""
        if self.recipe is not None or self.fitted is None:
            return self.values
        return self.fitted.normalise(self.raw)

    @property
    def representation_name(self) -> str | None:
        """How the features of a view without a recipe are scaled; `None` for a view with one, or given coordinates."""
        return None if self.recipe is not None or self.fitted is None else self.fitted.recipe.name

    def at(self, rows: np.ndarray) -> PreparedView:
        """Return some rows, by number or as a mask, as they were prepared."""
        parts = {name: getattr(self, name)[rows] for name in ("raw", "values", "representation")}
        return replace(self, **parts)

    def __repr__(self) -> str:
        n_samples, n_features = self.values.shape
        recipe = "values as they are" if self.recipe is None else self.recipe
        return f"{n_samples} samples x {n_features} features -> {self.representation.shape[1]} ({recipe})"


def prepared_by(
    recipe: Recipe, X: View, n_components: int | None = 50, random_state: int = 0, name: str = "view"
) -> PreparedView:
    """Fit a recipe to a view, and prepare it.

    Parameters
    ----------
    recipe : Recipe
        How the view is normalised and reduced.
    X : array of shape (n_samples, n_features)
        Measured values.
    n_components : int or None, default 50
        Number of coordinates; `None` keeps the normalised values.
    random_state : int, default 0
        Seed of the start vectors.
    name : str, default 'view'
        What to call the view in messages.

    Raises
    ------
    ValueError
        If a recipe for counts meets negative values or logarithms of counts.
    """
    if recipe.counts:
        check_counts(X, name)
        check_no_logarithms(X, name, recipe.name)
    fitted, values, coordinates = recipe.fit_transform(X, n_components, random_state)
    return PreparedView(X, values, coordinates, recipe, fitted, name)


AnyView: TypeAlias = View | PreparedView
"""A view as it was measured, or prepared already."""


def rows_of(view: AnyView, rows: np.ndarray) -> AnyView:
    """Return some rows of a view, by number or as a mask."""
    return view.at(rows) if isinstance(view, PreparedView) else view[rows]


def prepared_or_as_measured(views: Mapping[str, AnyView]) -> dict[str, PreparedView]:
    """Return views by name, those that no recipe has prepared with their measured values as coordinates."""
    return {
        name: view if isinstance(view, PreparedView) else PreparedView(view, view, view, name=name)
        for name, view in views.items()
    }
