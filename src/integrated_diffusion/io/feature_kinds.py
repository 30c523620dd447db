"""Views by the kind of their features, where one matrix has several kinds: `var["feature_types"]`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

_VIEWS = {"Gene Expression": "rna", "Peaks": "atac", "Antibody Capture": "prot"}


def view_of(kind: str) -> str:
    """Return the name of the view of a kind of features: `rna`, `atac`, `prot`, or the kind in lower case."""
    return _VIEWS.get(kind) or re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_") or "features"


def columns_by_view(kinds: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the columns of each view, in the order in which the kinds appear.

    Parameters
    ----------
    kinds : sequence of str
        Kind of each feature.
    """
    views = np.array([view_of(kind) for kind in kinds], dtype=object)
    return {name: np.flatnonzero(views == name) for name in dict.fromkeys(views)}


def split_view(inside: str) -> str:
    """Return where in an AnnData the matrix is of which a place names one kind: `X` of `X:Gene Expression`."""
    return inside.partition(":")[0] if inside.startswith("X:") else inside
