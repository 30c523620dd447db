"""Checks of parameters: every message says what was expected, what was found and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from integrated_diffusion.views.validation import View


def check_n_neighbors(n_samples: int, n_neighbors: int) -> None:
    """Raise `ValueError` unless every sample can have `n_neighbors` neighbours besides itself."""
    if n_neighbors < 1:
        raise ValueError(f"expected n_neighbors of at least 1, found {n_neighbors}; ask for more neighbours")
    if n_samples <= n_neighbors:
        raise ValueError(
            f"expected more samples than neighbours, found {n_samples} samples for n_neighbors={n_neighbors}; "
            "measure more samples or ask for fewer neighbours"
        )


def check_counts(X: View, name: str) -> None:
    """Raise `ValueError` if values declared to be counts are negative."""
    values = X if isinstance(X, np.ndarray) else X.data
    n_negative = int(np.count_nonzero(values < 0))
    if n_negative:
        raise ValueError(
            f"view '{name}': expected counts (zero or more), found {n_negative} negative values "
            f"(smallest {values.min():g}); declare another kind of data, such as 'other', or give the raw counts"
        )


def check_same_features(n_found: int, n_integrated: int | None, where: str) -> None:
    """Raise `ValueError` if counts have another number of features than when they were integrated.

    Parameters
    ----------
    n_found : int
        Features that there are.
    n_integrated : int or None
        Features that there were; `None` if that is not known.
    where : str
        What to call the values.
    """
    if n_integrated is not None and n_found != n_integrated:
        raise ValueError(
            f"{where}: expected the {n_integrated:,} features that were integrated, found {n_found:,}, of which other "
            "sums would be taken; choose features after denoising, or integrate again"
        )


def check_still_whole(X: View, name: str, recipe: str) -> None:
    """Raise `ValueError` if values that were whole counts at the integration are whole no more.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        The values that are there now, or a part of them.
    name : str
        What to call them in messages.
    recipe : str
        Name of the recipe that normalised the counts.
    """
    if not is_whole(X):
        raise ValueError(
            f"{name}: expected the whole counts that were integrated by the recipe '{recipe}', found numbers that are "
            "not whole, as if they had been normalised since; put the counts back, or integrate again"
        )


def is_counts(X: View) -> bool:
    """Whether all values are whole numbers of zero or more."""
    values = X if isinstance(X, np.ndarray) else X.data
    return bool((values >= 0).all()) and is_whole(X)


def is_whole(X: View) -> bool:
    """Whether all values are whole numbers."""
    values = X if isinstance(X, np.ndarray) else X.data
    return bool((values == np.rint(values)).all())


def check_known(found: Sequence[str], known: Sequence[str], what: str) -> None:
    """Raise `ValueError` if a name in `found` is not in `known`; `what` says what carries the names."""
    unknown = [name for name in found if name not in known]
    if unknown:
        raise ValueError(
            f"{what}: expected names of views among {', '.join(map(repr, known))}, "
            f"found {', '.join(map(repr, unknown))}; correct the name"
        )


def check_choice(value: Any, choices: Sequence[str], what: str) -> None:
    """Raise `ValueError` unless `value` is one of the `choices`; `what` names the parameter."""
    if value not in choices:
        raise ValueError(
            f"{what}: expected one of {', '.join(map(repr, choices))}, found {value!r}; choose one of these"
        )


def check_positive(value: float, what: str) -> None:
    """Raise `ValueError` unless `value` is a finite number above zero; `what` names the parameter."""
    if isinstance(value, bool) or not (isinstance(value, int | float | np.number) and np.isfinite(value) and value > 0):
        raise ValueError(f"{what}: expected a finite number above 0, found {value!r}; choose one")


def check_count(value: Any, what: str, least: int = 1) -> None:
    """Raise `TypeError` or `ValueError` unless `value` is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{what}: expected a whole number, found {value!r}; give an int")
    if value < least:
        raise ValueError(f"{what}: expected at least {least}, found {value}; give {least} or more")
