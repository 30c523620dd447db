"""Which recipe fits a view, by its values, its name and what its file says."""

from __future__ import annotations

import re

import numpy as np

from integrated_diffusion.views.checks import check_counts
from integrated_diffusion.views.validation import View

REPRESENTATION = "representation"
"""Feature type of coordinates somebody computed already, such as `obsm["X_pca"]`: they are not normalised."""


_KINDS = {
    "rna": r"(sc|sn|m)?rna(seq)?|gex|genes?|transcripts|transcriptome",
    "chromatin": r"(sc|sn)?atac(seq)?|peaks?|chromatin|accessibility",
    "protein": r"prot|proteins?|adt|antibod(y|ies)|cite(seq)?|ab",
}


def recognise(X: View, name: str, feature_types: str | None = None) -> str:
    """Name the recipe for a view from its values, its name and the type its file gives the features.

    Only whole numbers that are zero or more are counts. Counts of a known kind get that kind's recipe; counts of an
    unknown kind and everything else are `other`, coordinates that were computed before are `none`. Whole numbers of a
    known kind some of which are negative are a mistake.

    Parameters
    ----------
    X
        Measured values, `(n_samples, n_features)`.
    name
        Name of the view, such as `rna`, `ATAC` or `adt_counts`.
    feature_types
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
    kind = _kind(feature_types or "") or _kind(name)
    if kind is None or not _is_whole(X):
        return "other"
    check_counts(X, name)
    return kind


def is_counts(X: View) -> bool:
    """Whether all values are whole numbers of zero or more."""
    values = X if isinstance(X, np.ndarray) else X.data
    return bool((values >= 0).all()) and _is_whole(X)


def _is_whole(X: View) -> bool:
    values = X if isinstance(X, np.ndarray) else X.data
    return bool((values == np.rint(values)).all())


def _kind(label: str) -> str | None:
    """The kind of measurement that a label speaks of, if it is one."""
    words = set(re.split(r"[^a-z]+", label.lower()))
    kinds = [kind for kind, known in _KINDS.items() if any(re.fullmatch(known, word) for word in words)]
    return kinds[0] if len(kinds) == 1 else None
