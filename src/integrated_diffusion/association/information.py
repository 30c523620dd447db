"""Mutual information between features, without smoothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.association.binning import DEFAULT_ESTIMATOR
from integrated_diffusion.association.estimator import Estimator
from integrated_diffusion.association.smoothing import SideTransform
from integrated_diffusion.association.streaming import pair_scores
from integrated_diffusion.operators import Identity
from integrated_diffusion.views.validation import View, as_array


def mutual_information(
    A: Any, B: Any, pairs: Any = None, estimator: Estimator = DEFAULT_ESTIMATOR, n_jobs: int | None = None
) -> float | np.ndarray:
    """Mutual information between features of the same samples, in nats.

    Parameters
    ----------
    A, B : array of shape (n_samples,) or (n_samples, n_features)
        Values, dense or sparse.
    pairs : array of int, shape (n_pairs, 2), or None, default None
        Columns of `A` and of `B` to compare; `None`: each column of `A` with the column of `B` in the same position.
    estimator : Estimator, default EqualFrequency()
        `EqualFrequency`, `EqualWidth`, `NearestNeighbors`, or any other value with the `Estimator` protocol.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.

    Returns
    -------
    numpy.ndarray of shape (n_pairs,), or float if both inputs have one dimension
        At least 0. For independent features it is slightly above 0; `associate` adds the permutation null.

    Raises
    ------
    TypeError
        If the values are not real numbers, or the pairs not whole ones.
    ValueError
        If values are not finite, the two differ in samples, or a pair names a column that is not there.

    Examples
    --------
    >>> from integrated_diffusion import association
    >>> x = np.arange(1000.0)
    >>> round(association.mutual_information(x, -x), 3)  # log 10: each of the ten bins determines the other
    2.303
    """
    single = np.ndim(A) == 1 and np.ndim(B) == 1
    first, second = as_columns(A, "A"), as_columns(B, "B")
    check_same_samples(first, second)
    if pairs is None:
        pairs = _same_columns(first.shape[1], second.shape[1])
    chosen = as_pairs(pairs, first.shape[1], second.shape[1])
    side = SideTransform(Identity(first.shape[0]))
    scores = pair_scores(first, second, [(side, side)], chosen, estimator, n_jobs)[0]
    return float(scores[0]) if single and len(scores) == 1 else scores


def as_columns(values: Any, name: str) -> View | sp.csc_array:
    """Check values and return them in a form from which columns can be taken.

    Parameters
    ----------
    values : array of shape (n_samples,) or (n_samples, n_features)
        Values, dense or sparse.
    name : str
        Name for messages.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csc_array of shape (n_samples, n_features)
        float32 if they were, else float64.

    Raises
    ------
    TypeError, ValueError
        As `validation.as_array`.
    """
    if np.ndim(values) == 1 and not sp.issparse(values):
        values = np.asarray(values)[:, None]
    X = as_array(values, name)
    return X if isinstance(X, np.ndarray) else X.tocsc()


def check_same_samples(first: View | sp.csc_array, second: View | sp.csc_array) -> None:
    """Raise `ValueError` unless both have as many samples."""
    if first.shape[0] != second.shape[0]:
        raise ValueError(
            f"A and B: expected the same samples in both, found {first.shape[0]} and {second.shape[0]}; "
            "keep the samples that both have, in one order"
        )


def as_pairs(pairs: Any, n_first: int, n_second: int) -> np.ndarray:
    """Check pairs of columns and return them as whole numbers, `(n_pairs, 2)`.

    Raises
    ------
    TypeError
        If they are not whole numbers.
    ValueError
        If there are none, they have another shape, or name a column that is not there.
    """
    found = np.asarray(pairs)
    if found.ndim != 2 or found.shape[1] != 2 or not len(found):
        raise ValueError(
            f"pairs: expected one or more rows of two columns, found shape {found.shape}; give an (n_pairs, 2) array"
        )
    if found.dtype.kind not in "iu":
        raise TypeError(f"pairs: expected numbers of columns, found {found.dtype}; give whole numbers")
    for side, (columns, n) in enumerate(zip(found.T, (n_first, n_second), strict=True)):
        outside = columns[(columns < 0) | (columns >= n)]
        if len(outside):
            raise ValueError(
                f"pairs: expected columns of {'AB'[side]} from 0 to {n - 1}, found {outside[0]}; "
                "count the columns from 0"
            )
    return found.astype(np.intp, copy=False)


def _same_columns(n_first: int, n_second: int) -> np.ndarray:
    if n_first != n_second:
        raise ValueError(
            f"A and B: expected as many columns in both where no pairs are given, found {n_first} and {n_second}; "
            "give pairs"
        )
    return np.repeat(np.arange(n_first)[:, None], 2, axis=1)
