"""One view as it comes: an array, a data frame, an AnnData; its values, and the names that it came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class NamedValues:
    """Values of a view with the names of its samples.

    Attributes
    ----------
    X : array, sparse matrix or data frame of shape (n_samples, n_features)
        The values.
    obs_names : sequence of str
        A name for each row.
    """

    X: Any
    obs_names: Sequence[str]


def is_annotated(view: Any) -> bool:
    """Return whether a view is an AnnData, or something alike: values `X` with `obs_names`."""
    return hasattr(view, "obs_names") and hasattr(view, "X")


def values_of(view: Any) -> Any:
    """Return the values of a view: of an AnnData its `X`, else what is given."""
    return view.X if is_annotated(view) else view


def names_of_samples(view: Any) -> list[str] | None:
    """Return the names of a view's samples, `None` unless it is an AnnData, a data frame or has `obs_names`."""
    if is_annotated(view):
        return list(map(str, view.obs_names))
    return list(map(str, view.index)) if hasattr(view, "iloc") else None


def names_of_features(view: Any) -> list[str] | None:
    """Return the names of a view's features, `None` unless it is an AnnData or a data frame."""
    if hasattr(view, "var_names"):
        return list(map(str, view.var_names))
    return list(map(str, view.columns)) if hasattr(view, "iloc") else None
