"""Recipes: one named way from measured values to coordinates for each kind of measurement."""

from __future__ import annotations

from dataclasses import replace

from integrated_diffusion.views.checks import check_choice, check_count
from integrated_diffusion.views.normalisation import AsMeasured, CentredLogRatio, LibrarySizeLog, Standardise, TfIdf
from integrated_diffusion.views.prepared import PreparedView, prepared_by
from integrated_diffusion.views.recipe import Recipe
from integrated_diffusion.views.reduction import fit_lsi, fit_pca
from integrated_diffusion.views.validation import View


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
    recipe = recipe_name(recipe, "recipe")
    if n_components is not None:
        check_count(n_components, "n_components")
    return prepared_by(RECIPES[recipe], X, n_components, random_state, name or recipe)


def as_measured(
    X: View,
    n_components: int | None = 50,
    random_state: int = 0,
    name: str = "view",
    representation: Recipe | None = None,
) -> PreparedView:
    """Find the coordinates of a view whose values are kept as they were measured, as no recipe was given.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Measured values.
    n_components : int or None, default 50
        Number of coordinates; `None` keeps the features.
    random_state : int, default 0
        Seed of the start vectors.
    name : str, default 'view'
        What to call the view in messages.
    representation : Recipe or None, default None
        How features are scaled before distances are taken, see `views.representation`; `None`: not at all.
    """
    prepared = prepared_by(representation or RECIPES["none"], X, n_components, random_state, name)
    return replace(prepared, values=X, recipe=None)


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

ALIASES = {
    "gex": "rna",
    "lognorm": "rna",
    "atac": "chromatin",
    "tfidf": "chromatin",
    "adt": "protein",
    "clr": "protein",
}
"""Other names of recipes: of the assay, or of what is done."""


def recipe_name(recipe: str, what: str) -> str:
    """Return the name of a recipe that is called by it or by another, in capitals or not.

    Raises
    ------
    ValueError
        If there is no such recipe; `what` names the parameter.

    Examples
    --------
    >>> recipe_name("CLR", "recipes"), recipe_name("rna", "recipes")
    ('protein', 'rna')
    """
    name = ALIASES.get(recipe.lower(), recipe.lower()) if isinstance(recipe, str) else recipe
    check_choice(name, (*RECIPES, *ALIASES), what)
    return name
