"""The recipe of a view: the given one, or one recognised by its values, its name and its file."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from integrated_diffusion.views.checks import check_choice, check_counts, check_known, is_counts, is_whole
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.logarithms import are_logarithms
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipe import Recipe
from integrated_diffusion.views.recipes import RECIPES, recipe_name
from integrated_diffusion.views.validation import View

REPRESENTATION = "representation"
"""Feature type of coordinates that were computed before, such as `obsm["X_pca"]`: they are not normalised."""

_KINDS = {
    "rna": r"(sc|sn|m)?rna(seq)?|gex|genes?|transcripts|transcriptome",
    "chromatin": r"(sc|sn)?atac(seq)?|peaks?|chromatin|accessibility",
    "protein": r"prot|proteins?|adt|antibod(y|ies)|cite(seq)?|ab",
}


def recognise(X: View, name: str, feature_types: str | None = None) -> str:
    """Name the recipe for a view from its values, its name and the type its file gives the features.

    Whole numbers of a known kind get that kind's recipe, and so do numbers of RNA and proteins that are not whole and
    no logarithms, such as counts without ambient RNA. Logarithms and other normalised values of a known kind are
    `none`: taken as they are, and so are coordinates that were computed before. Values of an unknown kind are `other`.
    Whole numbers of a known kind some of which are negative are a mistake.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Measured values.
    name : str
        Name of the view, such as `rna`, `ATAC` or `adt_counts`.
    feature_types : str or None, default None
        Type of the features, such as `Gene Expression`, if the file says so.

    Returns
    -------
    str
        One of the names in `RECIPES`.

    Raises
    ------
    ValueError
        If whole numbers of a known kind are negative.
    """
    if feature_types == REPRESENTATION:
        return "none"
    kind = kind_of(feature_types or "") or kind_of(name)
    if kind is None:
        return "other"
    if is_whole(X):
        check_counts(X, name)
        return kind
    return "none" if kind == "chromatin" or _some_negative(X) or are_logarithms(X) else kind


def counts_of_a_kind(X: View, *labels: str) -> str | None:
    """Return the first label that names a kind of measurement, if the values are counts; else `None`.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values that stand where coordinates usually do, in `obsm`.
    *labels : str
        What they are called, such as `protein_expression`.
    """
    kinds = [label for label in labels if kind_of(label) is not None]
    return kinds[0] if kinds and is_counts(X) else None


def recipes_of(recipes: str | Mapping[str, str | Recipe | None] | None, measured: MeasuredViews) -> dict[str, Recipe]:
    """Return the recipe of each view that is to be normalised.

    Parameters
    ----------
    recipes : 'auto', mapping of str to str or Recipe, or None
        Recipe by view, one of `RECIPES` by name or a value; `None` for no view; `'auto'` for what `recognise` says.
    measured : MeasuredViews
        The views.

    Raises
    ------
    TypeError
        If `recipes` is something else.
    ValueError
        If there is no such view or recipe, or whole numbers of a known kind are negative.
    """
    if recipes is None:
        return {}
    if isinstance(recipes, str):
        check_choice(recipes, ("auto",), "recipes")
        return {
            name: RECIPES[recognise(X, name, measured.feature_types.get(name))]
            for name, X in measured.views.items()
            if not isinstance(X, PreparedView)
        }
    if not isinstance(recipes, Mapping):
        raise TypeError(
            f"recipes: expected None, 'auto' or a mapping from view to recipe, found {type(recipes).__name__}; write "
            "for instance {'rna': 'rna', 'prot': 'protein'}"
        )
    check_known(list(recipes), tuple(measured.views), "recipes")
    return {name: _recipe(recipe) for name, recipe in recipes.items() if recipe is not None}


def _recipe(recipe: str | Recipe) -> Recipe:
    if isinstance(recipe, Recipe):
        return recipe
    return RECIPES[recipe_name(recipe, "recipes")]


def _some_negative(X: View) -> bool:
    return bool(((X if isinstance(X, np.ndarray) else X.data) < 0).any())


def kind_of(label: str) -> str | None:
    """The kind of measurement that a label names, if it names just one."""
    words = set(re.split(r"[^a-z]+", label.lower()))
    kinds = [kind for kind, known in _KINDS.items() if any(re.fullmatch(known, word) for word in words)]
    return kinds[0] if len(kinds) == 1 else None
