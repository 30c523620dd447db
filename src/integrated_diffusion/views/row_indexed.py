"""Several views as one container whose rows can be taken: what cross-validation splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp


class Views(Mapping[str, Any]):
    """Views by name, whose samples can be taken by number or by a mask.

    scikit-learn takes rows of what has a `shape` and can be indexed. With a dictionary or a list it would take views
    for samples. So give `Views` to `cross_val_score`, `GridSearchCV` or `train_test_split`; what is left out there is
    seen by no step of the fit.

    Parameters
    ----------
    views : mapping or sequence
        A mapping from name to array, sparse matrix or data frame, or a list of them (named `view1`, `view2`, ...).

    Raises
    ------
    TypeError
        If `views` is neither.
    ValueError
        If there are no views, or they have different numbers of samples.

    Examples
    --------
    >>> views = Views({"rna": np.arange(8.0).reshape(4, 2), "prot": np.ones((4, 3))})
    >>> views
    Views of 4 samples: rna 2, prot 3
    >>> views[[0, 2]]["rna"]
    array([[0., 1.],
           [4., 5.]])
    """

    def __init__(self, views: Any) -> None:
        if isinstance(views, Sequence) and not isinstance(views, str | bytes):
            views = {f"view{i}": values for i, values in enumerate(views, start=1)}
        if not isinstance(views, Mapping) or not all(isinstance(name, str) for name in views):
            raise TypeError(
                f"Views: expected a mapping from name to array or a list of arrays, found {type(views).__name__}; "
                "write for instance Views({'rna': X, 'atac': Y})"
            )
        self._views = {name: _indexable(values) for name, values in views.items()}
        sizes = {name: values.shape[0] for name, values in self._views.items()}
        if len(set(sizes.values())) != 1:
            found = ", ".join(f"{size} in '{name}'" for name, size in sizes.items()) or "no view"
            raise ValueError(f"Views: expected the same samples in every view, found {found}; put them in one order")

    @property
    def shape(self) -> tuple[int, int]:
        """Number of samples, and of features of all views together."""
        first = next(iter(self._views.values()))
        return int(first.shape[0]), sum(int(values.shape[1]) for values in self._views.values())

    def __getitem__(self, key: Any) -> Any:
        """Return one view, by its name, or all views of some samples, by numbers, a mask or a slice."""
        if isinstance(key, str):
            return self._views[key]
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:  # as scikit-learn asks
            key = key[0]
        rows = np.arange(self.shape[0])[key if isinstance(key, slice) else np.asarray(key)]
        rows = np.atleast_1d(rows)
        return Views({name: X.iloc[rows] if hasattr(X, "iloc") else X[rows] for name, X in self._views.items()})

    def __iter__(self) -> Iterator[str]:
        """Names of the views."""
        return iter(self._views)

    def __len__(self) -> int:
        """Number of views."""
        return len(self._views)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {values.shape[1]}" for name, values in self._views.items())
        return f"Views of {self.shape[0]} samples: {sizes}"


def _indexable(values: Any) -> Any:
    if sp.issparse(values):
        return sp.csr_array(values)
    values = values if hasattr(values, "iloc") else np.asarray(values)
    if values.ndim != 2:
        raise ValueError(
            f"Views: expected two-dimensional arrays (samples x features), found shape {values.shape}; reshape it"
        )
    return values
