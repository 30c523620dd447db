"""A view after its recipe: measured, normalised and reduced values side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from integrated_diffusion.views.validation import View

if TYPE_CHECKING:
    from integrated_diffusion.views.recipes import FittedRecipe, Recipe


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
        The recipe that was asked for; `None` where the values are taken as they are.
    fitted : FittedRecipe or None, default None
        What prepares new samples in the same way; `None` where the coordinates were given.
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

    def __repr__(self) -> str:
        n_samples, n_features = self.values.shape
        recipe = "values as they are" if self.recipe is None else self.recipe
        return f"{n_samples} samples x {n_features} features -> {self.representation.shape[1]} ({recipe})"


AnyView: TypeAlias = View | PreparedView
"""A view as it was measured, or prepared already."""


def prepared_or_as_measured(views: Mapping[str, AnyView]) -> dict[str, PreparedView]:
    """Return views by name, those that no recipe has prepared with their measured values as coordinates."""
    return {
        name: view if isinstance(view, PreparedView) else PreparedView(view, view, view, name=name)
        for name, view in views.items()
    }
