"""Samples that a view has not measured: rows of NaN, rows of zero counts, and what is done about them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from integrated_diffusion.views.checks import check_choice, is_counts
from integrated_diffusion.views.names import alike
from integrated_diffusion.views.samples import SampleSet
from integrated_diffusion.views.validation import (
    View,
    as_floats,
    check_finite,
    check_not_all_zero,
    check_scale,
    not_measured,
    zero_rows,
)

KEEP, DROP, REFUSE = "keep", "drop", "refuse"
MISSING = (KEEP, DROP, REFUSE)
"""What is done about samples that a view has not measured: integrate them, leave them out of every view, or fail."""


class MissingSamplesWarning(UserWarning):
    """Some samples count as not measured in a view, or are left out because a view has not measured them."""


def measured_rows(values: Any, name: str) -> tuple[View, np.ndarray | None]:
    """Check a view some samples of which may not be measured.

    Parameters
    ----------
    values : array, sparse matrix or data frame of shape (n_samples, n_features)
        Numbers. A row of NaN was not measured, nor was a row of zeros among counts of several features.
    name : str
        What to call the view in messages.

    Returns
    -------
    X : numpy.ndarray or scipy.sparse.csr_array of shape (n_measured, n_features)
        The measured rows, as from `validation.as_view`.
    measured : numpy.ndarray of bool, shape (n_samples,), or None
        Which rows they are; `None` if all of them.

    Raises
    ------
    TypeError, ValueError
        As `validation.as_view`: some values of a row are not finite, or rows of zeros are no counts.

    Warns
    -----
    MissingSamplesWarning
        If rows of zero counts count as not measured.
    """
    X, measured = rows_without_nan(values, name)
    rows = None if measured is None else np.flatnonzero(measured)
    empty = zero_rows(X)
    check_not_all_zero(X, empty, name)
    n_samples = X.shape[0] if measured is None else len(measured)
    if len(empty) and X.shape[1] > 1:
        first = int(empty[0] if rows is None else rows[empty[0]])
        if not is_counts(X):
            raise not_measured(empty if rows is None else rows[empty], name)
        warnings.warn(
            f"view '{name}': found {len(empty):,} of {n_samples:,} samples with only zero counts (first at row "
            f"{first}); they count as not measured in this view",
            MissingSamplesWarning,
            stacklevel=2,
        )
        kept = np.setdiff1d(np.arange(X.shape[0]), empty)
        X, rows = X[kept], kept if rows is None else rows[kept]
    if rows is None:
        return X, None
    measured = np.zeros(n_samples, dtype=bool)
    measured[rows] = True
    return X, measured


def rows_without_nan(values: Any, name: str) -> tuple[View, np.ndarray | None]:
    """Check values some rows of which are NaN; parameters, errors and the result are those of `measured_rows`.

    Rows of zeros are values like any other.
    """
    X = as_floats(values, name)
    measured = _not_nan(X)
    if measured is None:
        check_finite(X, name)
        check_scale(X, name)
        return X, None
    there = X[measured]
    check_finite(there, name, np.flatnonzero(measured))
    check_scale(there, name)
    return there, measured


def check_missing(missing: Any) -> None:
    """Raise `ValueError` unless `missing` is one of `MISSING`."""
    check_choice(missing, MISSING, "missing")


def check_complete(samples: SampleSet) -> None:
    """Raise `ValueError` if a view has not measured some samples."""
    if not samples.is_complete:
        raise ValueError(
            f"expected every sample to be measured in every view, found {lacking(samples)}; missing='keep' integrates "
            "them all the same, 'drop' leaves them out"
        )


def common_samples(samples: SampleSet) -> np.ndarray:
    """Return which samples all views have measured, `(n_samples,)`, and warn that the others are left out.

    Raises
    ------
    ValueError
        If there are none.
    """
    common = np.logical_and.reduce(list(samples.measured.values()))
    if not common.any():
        raise ValueError(
            f"expected samples that every view has measured, found none ({lacking(samples)}); missing='keep' "
            "integrates samples that some views have measured"
        )
    warnings.warn(
        f"{lacking(samples)}; they are left out, and {common.sum():,} samples remain",
        MissingSamplesWarning,
        stacklevel=3,
    )
    return common


def lacking(samples: SampleSet) -> str:
    """Return in words which views lack how many samples, and the first of each."""
    found = []
    for view, measured in samples.measured.items():
        if not measured.all():
            first = int(np.argmin(measured))
            at = f"'{samples.names[first]}'" if samples.names else f"at row {first}"
            n_missing = samples.n_samples - int(measured.sum())
            found.append(f"{n_missing:,} of {samples.n_samples:,} samples missing in '{view}' (first {at})")
    return ", ".join(found)


def check_bridged(samples: SampleSet) -> None:
    """Raise `ValueError` unless every sample is measured, and samples that two views share join all views to one piece.

    Raises
    ------
    ValueError
        If a sample is in no view, or pieces of the views have no sample in common; the message names them.
    """
    nowhere = np.flatnonzero(~np.logical_or.reduce(list(samples.measured.values())))
    if len(nowhere):
        first = f"'{samples.names[nowhere[0]]}'" if samples.names else f"at row {nowhere[0]}"
        raise ValueError(
            f"expected every sample to be measured in some view, found {len(nowhere):,} that none has measured (first "
            f"{first}); leave them out"
        )
    pieces = _pieces(samples)
    if len(pieces) > 1:
        found = " and ".join(_in_words(samples, piece) for piece in pieces)
        raise ValueError(
            f"expected views that have samples in common, found {len(pieces)} pieces that no sample bridges, {found}; "
            f"add samples that were measured in several, and {_spelt(samples, pieces)}"
        )


def _spelt(samples: SampleSet, pieces: Sequence[Sequence[str]]) -> str:
    """What to do about the names of the samples of two pieces."""
    masks = [np.logical_or.reduce([samples.measured[view] for view in piece]) for piece in pieces[:2]]
    names = np.array(samples.names or range(samples.n_samples), dtype=object)
    return alike(*(map(str, names[mask]) for mask in masks))


def _pieces(samples: SampleSet) -> list[list[str]]:
    """Views that are joined by samples they have in common, a list for each piece."""
    pieces: list[list[str]] = []
    for view, measured in samples.measured.items():
        touching = [piece for piece in pieces if any((samples.measured[other] & measured).any() for other in piece)]
        merged = [other for piece in touching for other in piece]
        pieces = [piece for piece in pieces if piece not in touching] + [[*merged, view]]
    return pieces


def _in_words(samples: SampleSet, piece: Sequence[str]) -> str:
    measured = np.logical_or.reduce([samples.measured[view] for view in piece])
    first = int(np.argmax(measured))
    at = f"'{samples.names[first]}'" if samples.names else f"row {first}"
    return f"{' with '.join(repr(view) for view in piece)} ({int(measured.sum()):,} samples, first {at})"


def _not_nan(X: View) -> np.ndarray | None:
    """Which rows are not NaN throughout; `None` if there is nothing to leave out."""
    if not isinstance(X, np.ndarray) or not (candidates := np.isnan(X[:, 0])).any():
        return None
    missing = candidates.copy()
    missing[candidates] = np.isnan(X[candidates]).all(axis=1)
    return None if missing.all() or not missing.any() else ~missing
