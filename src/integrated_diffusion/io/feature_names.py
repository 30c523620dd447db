"""Features of a view found by their names."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np


def closest(name: str, known: Sequence[str]) -> str:
    """Return the known names that are most similar to `name`, or the first few, as text for messages.

    Parameters
    ----------
    name : str
        A name that is not among `known`.
    known : sequence of str
        Names that exist.
    """
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or list(known[:8])
    more = "" if len(near) == len(known) else f" (of {len(known)})"
    return ", ".join(map(repr, near)) + more if near else "nothing"


SYMBOL_COLUMNS = ("feature_name", "gene_symbols", "gene_symbol", "gene_name", "gene_names", "symbol", "gene_ids")
"""Columns of `var` with other names of the features: those of CELLxGENE, scanpy, Ensembl and Cell Ranger."""


def columns_named(
    names: Sequence[str], features: Sequence[str] | None, view: str, others: Sequence[Sequence[str]] = ()
) -> np.ndarray:
    """Return the columns of named features, `(n_features,)`; all of them unless named.

    A name that occurs twice (a gene symbol often does) selects all its columns.

    Parameters
    ----------
    names : sequence of str
        Names of the view's features.
    features : sequence of str or None
        The features that are wanted; `None` selects all.
    view : str
        Name of the view, for messages.
    others : sequence of sequence of str, default ()
        Other names of the same features, by which those are found that no name says.

    Raises
    ------
    ValueError
        If there is no such feature; the message has the closest names.
    """
    if features is None:
        return np.arange(len(names))
    at = _places(names)
    for other in others:
        at = _places(other) | at
    for name in features:
        if name not in at:
            raise ValueError(f"features: expected features of '{view}', found {name!r}; try {closest(name, list(at))}")
    return np.array([column for name in features for column in at[name]], dtype=np.intp)


def _places(names: Sequence[str]) -> dict[str, list[int]]:
    at: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        at.setdefault(name, []).append(column)
    return at


def are_all(columns: np.ndarray, n_features: int) -> bool:
    """Whether columns by number are all of `n_features`, in their order."""
    return np.array_equal(columns, np.arange(n_features))
