"""What counts as a view, and one clear sentence for everything that does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.names import match_rows

View: TypeAlias = np.ndarray | sp.csr_array
"""One sensor's measurements, `(n_samples, n_features)`, dense or sparse, float32 or float64, finite."""


def as_view(values: Any, name: str) -> View:
    """Check one measured view and return it as a float array, sparse if it came sparse.

    Parameters
    ----------
    values
        As for `as_array`.
    name
        What to call it in messages.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array
        As from `as_array`.

    Raises
    ------
    TypeError, ValueError
        As `as_array`, and if a sample was not measured: it is zero throughout.
    """
    X = as_array(values, name)
    _check_not_zero(X, name)
    return X


def as_array(values: Any, name: str) -> View:
    """Check an array of samples by features and return it as floats, sparse if it came sparse.

    Parameters
    ----------
    values
        Array, sparse matrix or data frame of shape `(n_samples, n_features)`.
    name
        What to call it in messages.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array
        The same numbers, float32 if they were float32, float64 otherwise.

    Raises
    ------
    TypeError
        If it holds text, objects or complex numbers.
    ValueError
        If it is not two-dimensional, has no samples or features, or holds NaN or infinity.
    """
    if hasattr(values, "iloc"):
        values = values.to_numpy(dtype=np.float64, na_value=np.nan) if _is_mixed(values) else values.to_numpy()
    X = sp.csr_array(values) if sp.issparse(values) else _as_array(values, name)
    _check_kind(X.dtype, name)
    if X.ndim != 2:
        raise ValueError(
            f"view '{name}': expected a two-dimensional array (samples x features), found {X.ndim} "
            f"dimension{'s' * (X.ndim != 1)} {X.shape}; reshape it, one row a sample"
        )
    if 0 in X.shape:
        raise ValueError(
            f"view '{name}': expected at least one sample and one feature, found {X.shape[0]} x {X.shape[1]}; "
            "leave the empty view out"
        )
    X = X.astype(X.dtype if X.dtype in (np.float32, np.float64) else np.float64, copy=False)
    if isinstance(X, np.ndarray):
        X = np.ascontiguousarray(X)  # the order in memory would otherwise show in the last bits of sums
    if not isinstance(X, np.ndarray) and not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    _check_finite(X, name)
    _check_scale(X, name)
    return X


def as_views(views: Any) -> dict[str, View]:
    """Check measured views and return them by name, in their order.

    Parameters
    ----------
    views
        A mapping from name to array, a sequence of arrays (named `view1`, `view2`, ...), or an object with a `mod`
        mapping of modalities that have an `X` (a MuData).

    Returns
    -------
    dict of str to array
        At least two views of the same samples.

    Raises
    ------
    TypeError
        If `views` is none of these.
    ValueError
        If there are fewer than two views, or they disagree on the samples.
    """
    named = _named(views)
    if len(named) < 2:
        raise ValueError(
            f"expected at least two views of the same samples, found {len(named)} "
            f"({', '.join(map(repr, named)) or 'none'}); name another measurement of the same samples"
        )
    _check_same_names(named)
    checked = {name: as_view(values, name) for name, values in named.items()}
    sizes = {name: X.shape[0] for name, X in checked.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(
            "expected the same samples in every view, found "
            + ", ".join(f"{size} in '{name}'" for name, size in sizes.items())
            + "; keep the samples that all views have, in one order"
        )
    return checked


def _named(views: Any) -> dict[str, Any]:
    if hasattr(views, "mod") and isinstance(views.mod, Mapping):
        samples = list(map(str, views.obs_names))
        views = {name: _in_order(modality, samples, name) for name, modality in views.mod.items()}
    if isinstance(views, Mapping):
        if not all(isinstance(name, str) for name in views):
            raise TypeError("expected names of views to be text, found another type of key; name each view by a str")
        return dict(views)
    if isinstance(views, Sequence) and not isinstance(views, str | bytes):
        return {f"view{i}": values for i, values in enumerate(views, start=1)}
    raise TypeError(
        f"expected views as a mapping from name to array, a list of arrays or a MuData, found "
        f"{type(views).__name__}; write for instance {{'rna': X, 'atac': Y}}"
    )


def _in_order(modality: Any, samples: list[str], name: str) -> Any:
    """A modality's `X` with its rows in the order of the whole MuData, where its embeddings are kept."""
    rows = match_rows(samples, list(map(str, modality.obs_names)), "the MuData", f"'{name}'")
    return modality.X if rows is None else modality.X[rows]


def _check_same_names(named: Mapping[str, Any]) -> None:
    """Views that carry sample names must carry the same ones in the same order."""
    with_names = {name: list(map(str, values.index)) for name, values in named.items() if hasattr(values, "iloc")}
    first_name, first = next(iter(with_names.items()), ("", []))
    for name, found in with_names.items():
        if len(found) == len(first) and match_rows(first, found, f"'{first_name}'", f"'{name}'") is not None:
            row = next(i for i, pair in enumerate(zip(first, found, strict=True)) if pair[0] != pair[1])
            raise ValueError(
                f"expected the same sample names in the same order, found '{first[row]}' in '{first_name}' but "
                f"'{found[row]}' in '{name}' at row {row}; put the rows in one order, by name"
            )


def _is_mixed(frame: Any) -> bool:
    """Whether a frame's columns are numbers of several types, or of pandas' own, which numpy takes for objects."""
    kinds = set(frame.dtypes) if hasattr(frame, "columns") else set()
    numeric = all(kind.kind in "fiub" for kind in kinds)
    return numeric and (len(kinds) > 1 or not all(isinstance(kind, np.dtype) for kind in kinds))


def _as_array(values: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise TypeError(
            f"view '{name}': expected a rectangular array of numbers, found rows of different lengths; "
            "give every sample the same features"
        ) from error


def _check_kind(dtype: np.dtype, name: str) -> None:
    if dtype.kind in "fiub":
        return
    found = {"U": "text", "S": "text", "O": "objects", "c": "complex numbers"}.get(dtype.kind, str(dtype))
    raise TypeError(f"view '{name}': expected numbers, found {found}; convert the values to float first")


def _check_finite(X: View, name: str) -> None:
    values = X if isinstance(X, np.ndarray) else X.data
    bad = ~np.isfinite(values)
    if not bad.any():
        return
    if isinstance(X, np.ndarray):
        row, column = np.argwhere(bad)[0]
    else:
        row, column = (place[bad][0] for place in X.tocoo().coords)
    n_nan = int(np.isnan(values).sum())
    raise ValueError(
        f"view '{name}': expected finite numbers, found {n_nan} NaN and {int(bad.sum()) - n_nan} infinite values "
        f"(first at row {row}, column {column}); remove or impute them"
    )


def _check_scale(X: View, name: str) -> None:
    """Distances square the values, which must stay within the range of their type."""
    values = X if isinstance(X, np.ndarray) else X.data
    largest = float(max(values.max(initial=0), -values.min(initial=0)))
    most = float(np.sqrt(np.finfo(X.dtype).max)) / 1e4
    if largest > most or 0 < largest < 1 / most:
        raise ValueError(
            f"view '{name}': expected magnitudes between {1 / most:.0e} and {most:.0e}, found {largest:.0e} at most; "
            "choose another unit"
        )


def _check_not_zero(X: View, name: str) -> None:
    """A view or sample that is zero throughout was not measured; with one feature, zero is a value like any other."""
    if sp.issparse(X):
        empty = np.flatnonzero(abs(X).max(axis=1).todense() == 0)
    else:
        empty = np.flatnonzero(~X.any(axis=1))
    if len(empty) == X.shape[0]:
        raise ValueError(
            f"view '{name}': expected measured values, found only zeros in all {X.shape[0]} samples; "
            "leave the view out or give its real values"
        )
    if len(empty) and X.shape[1] > 1:
        raise ValueError(
            f"view '{name}': expected every sample to be measured, found {len(empty)} samples with only zeros "
            f"(first at row {empty[0]}); filter these samples out of every view"
        )
