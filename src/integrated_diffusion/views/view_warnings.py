"""Warnings about views that can be integrated, but hold nothing or nothing new."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import combinations

import numpy as np

from integrated_diffusion.views.prepared import AnyView, PreparedView
from integrated_diffusion.views.validation import View


class ViewWarning(UserWarning):
    """A view is constant, or the same as another."""


def warn_of_constant_or_equal(views: Mapping[str, AnyView]) -> None:
    """Warn of views in which nothing varies, and of views that are given twice.

    Parameters
    ----------
    views : mapping of str to array or PreparedView
        Checked views by name.
    """
    values = {name: view.values if isinstance(view, PreparedView) else view for name, view in views.items()}
    for name, X in values.items():
        if X.shape[0] > 1 and is_constant(X):
            _warn(f"view '{name}': expected samples that differ, found the same values in all; leave the view out")
    for first, second in combinations(values, 2):
        if are_equal(values[first], values[second]):
            _warn(
                f"views '{first}' and '{second}': expected two measurements, found the same values in both; leave one "
                "out"
            )


def is_constant(X: View) -> bool:
    """Whether all samples have the same values."""
    if isinstance(X, np.ndarray):
        return bool((X[0] == X).all())
    return bool((X.max(axis=0).toarray() == X.min(axis=0).toarray()).all())


def are_equal(X: View, Y: View) -> bool:
    """Whether two views have the same values, both dense or both sparse."""
    if X.shape != Y.shape or isinstance(X, np.ndarray) != isinstance(Y, np.ndarray):
        return False
    if isinstance(X, np.ndarray) or isinstance(Y, np.ndarray):
        return bool(np.array_equal(X, Y))
    return bool(X.nnz == Y.nnz and not abs(X - Y).sum())


def _warn(message: str) -> None:
    warnings.warn(message, ViewWarning, stacklevel=4)
