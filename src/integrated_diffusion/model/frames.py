"""Data frames in, data frames out: results with the names that the values came with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils._set_output import _get_output_config

from integrated_diffusion.io.feature_names import columns_named
from integrated_diffusion.io.writing.names import Names
from integrated_diffusion.model.smoothing import column_numbers
from integrated_diffusion.views.containers import MeasuredViews


def frames_of(views: Any) -> frozenset[str]:
    """Names of the views that are data frames."""
    if hasattr(views, "mod") or isinstance(views, MeasuredViews):  # MuData, files
        return frozenset()
    named = views if isinstance(views, Mapping) else {f"view{i}": X for i, X in enumerate(views, start=1)}
    return frozenset(name for name, X in named.items() if hasattr(X, "iloc"))


def feature_columns(
    features: Sequence[Any] | np.ndarray | None, n_features: int, names: Names | None, view: str
) -> np.ndarray:
    """Return columns by number, by a mask or by name, `(n_columns,)`; all of them for `None`.

    Raises
    ------
    TypeError
        If the features are neither, or are named and the view came without names.
    ValueError
        If there is no such feature.
    """
    if features is not None and not hasattr(features, "__len__"):
        raise TypeError(f"features: expected a list of columns, found {features!r}; write for instance [0, 1]")
    if features is None or isinstance(features, str) or not len(features):
        return column_numbers(None if features is None else _numbers(features), n_features)
    if not all(isinstance(feature, str) for feature in features):
        return column_numbers(features, n_features)
    if names is None:
        raise TypeError(
            f"features: expected numbers of columns, as view '{view}' came without names, found {list(features)!r}; "
            "fit with data frames, or look names up first"
        )
    return columns_named(list(map(str, names.features)), list(features), view)


def as_frame(values: np.ndarray, samples: Any, features: Any) -> Any:
    """Return values as a data frame; places stand for names that are unknown."""
    rows = None if samples is None else pd.Index(list(samples))
    return pd.DataFrame(values, rows, None if features is None else pd.Index(list(features)))


def wants_pandas(transformer: Any) -> bool:
    """Whether `set_output` asks for data frames of pandas."""
    return bool(_get_output_config("transform", transformer)["dense"] == "pandas")


def _numbers(features: Any) -> Any:
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of names, found {features!r}; write [{features!r}]")
    return features
