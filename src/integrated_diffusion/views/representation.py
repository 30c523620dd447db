"""How features of a view without a recipe are scaled before distances are taken: as given, standardised, or by TF-IDF.

Distances add up features, so features must be comparable. Which representation makes them so is recognised by three
rules that look at the values alone, in this order:

1. columns that are uncorrelated are coordinates that were computed before, such as principal components: as given;
2. whole numbers of zero or more, nine in ten of which are zero, are sparse counts, such as words of documents: TF-IDF;
3. features whose spreads differ more than six-fold have different units: standardised.

Everything else is left as given. A representation is a `Recipe` that is used for neighbours and for prediction alone:
the values that are denoised stay as they were measured.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from integrated_diffusion.views.checks import check_choice, check_known, is_counts
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.coordinates import are_coordinates
from integrated_diffusion.views.normalisation import AsMeasured, Standardise
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipe import Recipe
from integrated_diffusion.views.reduction import fit_pca
from integrated_diffusion.views.text_counts import TextTfIdf
from integrated_diffusion.views.validation import View

AUTO = "auto"
"""Recognise the representation of each view."""

REPRESENTATIONS: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("given", "values as they are, PCA", False, AsMeasured, fit_pca),
        Recipe("standardised", "features to unit variance, PCA", False, Standardise, fit_pca),
        Recipe("tf_idf", "TF-IDF of length one, PCA", True, TextTfIdf, fit_pca),
    )
}
"""The representations by name; `recognise_representation` chooses among them."""

LARGEST_RATIO = 6.0
"""Largest quotient of the 90% and the 10% quantile of the spreads of features that have one unit."""
LEAST_ZEROS = 0.9
"""Share of zeros from which counts are sparse."""


def representations_of(
    representation: str | Mapping[str, str], measured: MeasuredViews, recipes: Collection[str] = ()
) -> dict[str, Recipe]:
    """Return the representation of each view that has no recipe and was not prepared before.

    Parameters
    ----------
    representation : str or mapping of str to str
        `'auto'` or a name in `REPRESENTATIONS`, for all views or by view; views that are not named are recognised.
    measured : MeasuredViews
        The views.
    recipes : collection of str, default ()
        Names of the views that have a recipe.

    Raises
    ------
    TypeError
        If `representation` is something else.
    ValueError
        If there is no such view or representation, a view has a recipe as well, or TF-IDF meets negative values.
    """
    named = representation if isinstance(representation, Mapping) else dict.fromkeys(measured.views, representation)
    check_known(list(named), tuple(measured.views), "representation")
    for name, chosen in named.items():
        if not isinstance(chosen, str):
            raise TypeError(
                f"representation: expected a name or a mapping from view to name, found {type(chosen).__name__}; "
                "'auto' recognises it"
            )
        check_choice(chosen, (AUTO, *REPRESENTATIONS), "representation")
        if isinstance(representation, Mapping) and name in recipes:
            raise ValueError(
                f"representation: expected views without a recipe, found '{name}', which has one; give one of the two"
            )
    return {
        name: _representation(X, named.get(name, AUTO))
        for name, X in measured.views.items()
        if name not in recipes and not isinstance(X, PreparedView)
    }


def _representation(X: View, name: str) -> Recipe:
    return REPRESENTATIONS[recognise_representation(X) if name == AUTO else name]


def recognise_representation(X: View) -> str:
    """Name the representation of a view by its values.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values.

    Returns
    -------
    str
        A name in `REPRESENTATIONS`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> recognise_representation(rng.standard_normal((100, 4)))
    'given'
    >>> recognise_representation(rng.standard_normal((100, 4)) * [1, 10, 100, 1000])
    'standardised'
    """
    if are_coordinates(X):
        return "given"
    if is_counts(X) and share_of_zeros(X) >= LEAST_ZEROS:
        return "tf_idf"
    return "standardised" if have_different_units(feature_spreads(X)) else "given"


def have_different_units(spreads: np.ndarray) -> bool:
    """Whether the spreads of features differ so much that they cannot have one unit."""
    return bool(len(spreads) > 1 and np.quantile(spreads, 0.9) > LARGEST_RATIO * np.quantile(spreads, 0.1))


def share_of_zeros(X: View) -> float:
    """Return the share of values that are zero.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values.
    """
    nonzero = np.count_nonzero(X) if isinstance(X, np.ndarray) else np.count_nonzero(X.data)
    return 1 - nonzero / (X.shape[0] * X.shape[1])


def feature_spreads(X: View) -> np.ndarray:
    """Return the spread of every feature that varies: the root of its variance per value that is not zero.

    Where no value is zero this is the standard deviation. A feature that is rarely measured varies little whatever its
    unit, a border pixel of images for instance; dividing by the share of values that are not zero keeps the unit.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values.

    Returns
    -------
    numpy.ndarray of shape (n_varying_features,)
        In units of the features.
    """
    n_samples = X.shape[0]
    if isinstance(X, np.ndarray):
        means, variances = X.mean(axis=0, dtype=np.float64), np.var(X, axis=0, dtype=np.float64)
        counts = np.count_nonzero(X, axis=0)
    else:
        means = np.asarray(X.mean(axis=0, dtype=np.float64))
        counts = np.bincount(X.indices[X.data != 0], minlength=X.shape[1])
        stored = np.bincount(X.indices, np.square(X.data - means[X.indices]), minlength=X.shape[1])
        n_stored = np.bincount(X.indices, minlength=X.shape[1])
        variances = (stored + (n_samples - n_stored) * means**2) / n_samples
    return spreads_by(n_samples, means, variances, counts)


def spreads_by(n_samples: int, means: np.ndarray, variances: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the spread of every feature that varies by the features' moments, and how many values are not zero."""
    varies = variances > 1e-12 * means**2  # a constant varies by its rounding
    return np.asarray(np.sqrt(variances[varies] * n_samples / counts[varies]))
