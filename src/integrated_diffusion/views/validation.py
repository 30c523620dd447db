"""What counts as a view: an array of samples by features, finite, and measured in every sample."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.array_likes import in_memory
from integrated_diffusion.views.sparse_structure import check_matrix

View: TypeAlias = np.ndarray | sp.csr_array
"""One sensor's measurements, `(n_samples, n_features)`, dense or sparse, float32 or float64, finite."""


def as_view(values: Any, name: str) -> View:
    """Check one measured view and return it as a float array, sparse if it came sparse.

    Parameters
    ----------
    values : array, sparse matrix or data frame of shape (n_samples, n_features)
        As for `as_array`.
    name : str
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
    values : array, sparse matrix or data frame of shape (n_samples, n_features)
        Numbers.
    name : str
        What to call it in messages.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array
        The same numbers, float32 if they were float32, float64 otherwise.

    Raises
    ------
    TypeError
        If it holds text, objects or complex numbers, or the library that it is of cannot convert it.
    ValueError
        If it is not two-dimensional, has no samples or features, or holds NaN or infinity.
    """
    X = as_floats(values, name)
    check_finite(X, name)
    check_scale(X, name)
    return X


def as_floats(values: Any, name: str) -> View:
    """Return an array of samples by features as floats, its values unchecked; parameters and errors of `as_array`."""
    values = in_memory(values, name)
    if hasattr(values, "iloc"):
        values = values.to_numpy(dtype=np.float64, na_value=np.nan) if _is_mixed(values) else values.to_numpy()
    if sp.issparse(values) and values.format in ("csr", "csc"):
        check_matrix(values, f"view '{name}'")  # compiled code would follow wrong indices out of bounds
    if isinstance(values, np.ma.MaskedArray):  # what is masked was not measured
        values = np.ma.filled(values.astype(np.result_type(values.dtype, np.float32)), np.nan)
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
    return X


def _is_mixed(frame: Any) -> bool:
    """Whether a frame's columns have several numeric types, or types of pandas, which numpy converts to objects."""
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


def check_finite(X: View, name: str, rows: np.ndarray | None = None) -> None:
    """Raise `ValueError` if a value is not finite; `rows` are the numbers of the rows where they were given."""
    values = X if isinstance(X, np.ndarray) else X.data
    bad = ~np.isfinite(values)
    if not bad.any():
        return
    if isinstance(X, np.ndarray):
        row, column = np.argwhere(bad)[0]
    else:
        row, column = (place[bad][0] for place in X.tocoo().coords)
    row = row if rows is None else rows[row]
    n_nan = int(np.isnan(values).sum())
    raise ValueError(
        f"view '{name}': expected finite numbers, found {n_nan} NaN and {int(bad.sum()) - n_nan} infinite values "
        f"(first at row {row}, column {column}); remove or impute them"
    )


def check_scale(X: View, name: str) -> None:
    """Raise `ValueError` unless the squares of the values, which distances add up, are within their type's range."""
    values = X if isinstance(X, np.ndarray) else X.data
    largest = float(max(values.max(initial=0), -values.min(initial=0)))
    most = float(np.sqrt(np.finfo(X.dtype).max)) / 1e4
    if largest > most or 0 < largest < 1 / most:
        raise ValueError(
            f"view '{name}': expected magnitudes between {1 / most:.0e} and {most:.0e}, found {largest:.0e} at most; "
            "choose another unit"
        )


def _check_not_zero(X: View, name: str) -> None:
    """A view or sample of zeros alone was not measured; in a view of one feature, zero is a value like any other."""
    empty = zero_rows(X)
    check_not_all_zero(X, empty, name)
    if len(empty) and X.shape[1] > 1:
        raise not_measured(empty, name)


def zero_rows(X: View) -> np.ndarray:
    """Return the numbers of the rows that are zero throughout."""
    if isinstance(X, np.ndarray):
        return np.flatnonzero(~X.any(axis=1))
    return np.flatnonzero(abs(X).max(axis=1).todense() == 0)


def check_not_all_zero(X: View, empty: np.ndarray, name: str) -> None:
    """Raise `ValueError` if the rows that are zero throughout are all rows."""
    if len(empty) == X.shape[0]:
        raise ValueError(
            f"view '{name}': expected measured values, found only zeros in all {X.shape[0]} samples; "
            "leave the view out or give its real values"
        )


def not_measured(empty: np.ndarray, name: str) -> ValueError:
    """Return the error about rows of zeros that are no counts."""
    return ValueError(
        f"view '{name}': expected every sample to be measured, found {len(empty)} samples with only zeros "
        f"(first at row {empty[0]}); filter these samples out of every view, or give a row of NaN for each"
    )
