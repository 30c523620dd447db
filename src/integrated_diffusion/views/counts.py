"""Counts behind a view: whether a view has them, and the library size of each sample."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.views.checks import check_counts, is_counts
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.statistics import Values, sums_along
from integrated_diffusion.views.validation import View


def check_count_scale(X: Values, recipe: str, name: str) -> None:
    """Raise `ValueError` unless expected counts of a view can be told: it has a recipe for counts, or whole numbers.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Measured values.
    recipe : str
        Name of the view's recipe, one of `RECIPES`; others are those of no counts.
    name : str
        What to call the view in messages.
    """
    if recipe in RECIPES and RECIPES[recipe].counts:
        check_counts(X, name)
    elif not is_counts(X):
        raise ValueError(
            f"scale='counts': expected a view of counts, found that '{name}' (recipe '{recipe}') has values that are "
            "not whole or are negative; leave the scale out, or give the raw counts and a recipe for them"
        )


def library_sizes(X: View) -> np.ndarray:
    """Sum of each sample over all features, `(n_samples,)`, float64."""
    return sums_along(X, axis=1)
