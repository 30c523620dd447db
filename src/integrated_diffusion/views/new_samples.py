"""New samples: measured in any of the fitted views, matched by names of samples and features where there are any."""

from __future__ import annotations

import warnings
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.checks import is_counts
from integrated_diffusion.views.named import names_of_features, names_of_samples, values_of
from integrated_diffusion.views.names import check_unique
from integrated_diffusion.views.validation import View, as_array, not_measured, zero_rows


class NewSamplesWarning(UserWarning):
    """New samples can be placed, but not as one might expect."""


@dataclass(frozen=True, eq=False)
class NewSamples:
    """New samples, with what each view measured of them.

    Attributes
    ----------
    values : mapping of str to array of shape (n_measured, n_features)
        By view, the samples that it measured, features in the order of the fit.
    measured : mapping of str to numpy.ndarray of bool, shape (n_new,)
        By view, which samples these are.
    names : tuple of str or None
        Names of the samples, where they came with names.
    """

    values: Mapping[str, View]
    measured: Mapping[str, np.ndarray]
    names: tuple[str, ...] | None

    @property
    def n_samples(self) -> int:
        """Number of new samples."""
        return len(next(iter(self.measured.values())))


def new_samples(views: Any, known: Sequence[str], features: Mapping[str, Sequence[str]] | None = None) -> NewSamples:
    """Read new samples, measured in any of the fitted views.

    Parameters
    ----------
    views : mapping, sequence or MuData
        Some of the fitted views: a mapping from name to array, data frame or AnnData, a list with `None` for a view
        that is missing, or a MuData. A row of NaN was not measured, nor was a row of zeros among counts of several
        features. Data frames and AnnData are matched by name: the union of their samples is taken.
    known : sequence of str
        Names of the fitted views.
    features : mapping of str to sequence of str, default none
        Names of the fitted features, for the views that came with names.

    Raises
    ------
    TypeError
        If `views` or one of them is of another type.
    ValueError
        If there is no view, an unknown one, another number of features, rows of zeros that are no counts, or a sample
        that no view measured.
    """
    named, index = _named(views, known)
    if not named:
        raise ValueError(f"new samples: expected at least one of the views {_list(known)}, found none; give one")
    unknown = [name for name in named if name not in known]
    if unknown:
        raise ValueError(
            f"new samples: expected some of the fitted views {_list(known)}, found {_list(unknown)}; correct the name"
        )
    tables = {name: _table(values, name, (features or {}).get(name)) for name, values in named.items()}
    places, names = _places(tables, index)
    n_new = len(names) if names is not None else next(iter(tables.values()))[0].shape[0]
    values, measured = {}, {name: np.zeros(n_new, dtype=bool) for name in known}
    for name, (X, _) in tables.items():
        there = _measured_rows(X, name)
        at = places[name]
        measured[name][at[there]] = True
        kept, back = X[there], np.argsort(at[there], kind="stable")
        values[name] = kept if np.array_equal(back, np.arange(len(back))) else kept[back]
    _check_some_view(measured, names)
    return NewSamples({n: as_array(X, n) for n, X in values.items() if X.shape[0]}, measured, names)


def _named(views: Any, known: Sequence[str]) -> tuple[dict[str, Any], list[str] | None]:
    """Views by name, and the names of all samples where the container has them."""
    if hasattr(views, "mod") and isinstance(views.mod, Mapping):
        return dict(views.mod), list(map(str, views.obs_names))
    if isinstance(views, Mapping):
        return {str(name): values for name, values in views.items() if values is not None}, None
    if isinstance(views, Sequence) and not isinstance(views, str | bytes):
        if len(views) != len(known):
            raise ValueError(
                f"new samples: expected {len(known)} views in a list, with None for a missing one, found {len(views)}; "
                f"or name them: {{'{known[0]}': ...}}"
            )
        return {name: values for name, values in zip(known, views, strict=True) if values is not None}, None
    raise TypeError(
        "new samples: expected a mapping from names of views to arrays, a list of arrays or a MuData, found "
        f"{type(views).__name__}; write for instance {{'{known[0]}': X}}"
    )


def _table(values: Any, name: str, features: Sequence[str] | None) -> tuple[Any, list[str] | None]:
    """Values with the features of the fit, and the names of the rows."""
    rows, columns, values = names_of_samples(values), names_of_features(values), values_of(values)
    wanted = None if columns is None or features is None else _columns(columns, list(map(str, features)), name)
    if hasattr(values, "iloc"):
        values = _numbers(values if wanted is None else values.iloc[:, wanted], name)
        wanted = None
    X = sp.csr_array(values) if sp.issparse(values) else np.asarray(values)
    if X.ndim != 2 or X.shape[0] < 1 or X.dtype.kind not in "fiub":
        raise TypeError(
            f"view '{name}' of new samples: expected numbers, one row a sample and at least one, found shape {X.shape} "
            f"of {X.dtype}; give an array like that of the fit"
        )
    if rows is not None:
        check_unique(rows, f"'{name}' of new samples")
    return X if wanted is None else X[:, wanted], rows


def _numbers(frame: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(frame.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"view '{name}' of new samples: expected numbers, found others ({error}); convert them"
        ) from error


def _columns(columns: list[str], features: list[str], name: str) -> list[int] | None:
    """The column of each fitted feature, those of one name in their order; `None` if they are the same columns."""
    if columns == features:
        return None
    places: dict[str, deque[int]] = defaultdict(deque)
    for place, feature in enumerate(columns):
        places[feature].append(place)
    wanted = [places[feature].popleft() if places[feature] else -1 for feature in features]
    if -1 in wanted:
        raise ValueError(
            f"view '{name}' of new samples: expected the {len(features)} features of the fit, found "
            f"{wanted.count(-1)} missing (first '{features[wanted.index(-1)]}'); add them, or fit without them"
        )
    return wanted


def _places(
    tables: Mapping[str, tuple[Any, list[str] | None]], index: list[str] | None
) -> tuple[dict[str, np.ndarray], tuple[str, ...] | None]:
    """By view the place of each of its rows among all samples; and the names of all samples."""
    sizes = {name: X.shape[0] for name, (X, _) in tables.items()}
    if any(rows is None for _, rows in tables.values()):
        if len(set(sizes.values())) > 1:
            raise ValueError(
                "new samples: expected the same samples in every view, found "
                + ", ".join(f"{size} in '{name}'" for name, size in sizes.items())
                + "; mark samples that a view lacks by rows of NaN, or give data frames with names"
            )
        names = next((rows for _, rows in tables.values() if rows is not None), index)
        named = [name for name, (_, rows) in tables.items() if rows is not None]
        if any(tables[name][1] != names for name in named):
            raise ValueError(
                "new samples: expected names of samples in every view or the same ones in all that have any, found "
                f"other ones or another order in {' and '.join(map(repr, named))} and none in another view; give every "
                "view as a data frame"
            )
        return {name: np.arange(n) for name, n in sizes.items()}, None if names is None else tuple(names)
    union = index if index is not None else list(dict.fromkeys(n for _, rows in tables.values() for n in rows or ()))
    place = {name: row for row, name in enumerate(union)}
    return {
        name: np.array([place[row] for row in rows or ()], dtype=np.intp) for name, (_, rows) in tables.items()
    }, tuple(union)


def _measured_rows(X: Any, name: str) -> np.ndarray:
    """Rows that are neither NaN throughout nor, among counts of several features, zero throughout.

    Raises
    ------
    ValueError
        If rows are zero throughout that are no counts.
    """
    measured = np.ones(X.shape[0], dtype=bool)
    if not sp.issparse(X) and X.dtype.kind == "f":
        measured = ~np.isnan(X).all(axis=1)
    rows = np.flatnonzero(measured)
    empty = rows[zero_rows(X[rows])] if X.shape[1] > 1 else rows[:0]
    if len(empty) and not is_counts(X[rows]):
        raise not_measured(empty, name)
    measured[empty] = False
    return measured


def _check_some_view(measured: Mapping[str, np.ndarray], names: tuple[str, ...] | None) -> None:
    lost = np.flatnonzero(~np.any(list(measured.values()), axis=0))
    if len(lost):
        first = f"'{names[lost[0]]}'" if names is not None else f"row {lost[0]}"
        raise ValueError(
            f"new samples: expected every sample to be measured by some view, found {len(lost)} that none measured "
            f"(first {first}); leave these out"
        )


def warn_unused(unused: np.ndarray, views: Sequence[str]) -> None:
    """Warn of samples that were measured only in views in which the integrated operator takes no steps."""
    if unused.any():
        warnings.warn(
            f"{int(unused.sum())} new samples were measured only in views in which the integrated operator takes no "
            f"steps ({_list(views)}); they are placed by their neighbours there, which predict little",
            NewSamplesWarning,
            stacklevel=4,
        )


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
