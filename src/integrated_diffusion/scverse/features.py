"""Single features by name, normalised or denoised, to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import mudata
import numpy as np

from integrated_diffusion.io import stored_operator
from integrated_diffusion.io.feature_names import closest, columns_named
from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.blockwise import applied_in_blocks
from integrated_diffusion.scverse.checks import check_mudata
from integrated_diffusion.scverse.sources import has_features, normalised, source_of, views_of
from integrated_diffusion.views.checks import check_known

__all__ = [
    "feature_block",
    "feature_columns",
    "feature_names",
    "feature_values",
    "find_feature",
    "has_features",
    "views_of",
    "with_prefix",
]


def feature_names(mdata: mudata.MuData, view: str) -> list[str]:
    """Names of a view's features."""
    return list(map(str, mdata[source_of(mdata, view).modality].var_names))


def feature_columns(mdata: mudata.MuData, view: str, features: Sequence[str] | None = None) -> np.ndarray:
    """Return the columns of named features of a view, `(n_features,)`, each once; all of them unless named.

    A name that stands twice (a gene symbol often does) means all its columns.

    Raises
    ------
    TypeError
        If the names are one text, not a list.
    ValueError
        If there is no such view, none is named, or no such feature is there: the closest names are told.
    """
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of names, found the text {features!r}; write [{features!r}]")
    if features is not None and not len(features):
        raise ValueError("features: expected at least one feature, found none; name some, or leave them out for all")
    asked = None if features is None else list(dict.fromkeys(features))
    return columns_named(feature_names(mdata, view), asked, view)


def find_feature(mdata: mudata.MuData, feature: str, view: str | None = None) -> tuple[str, int]:
    """Return the view that has a feature, and its column there.

    Parameters
    ----------
    mdata
        A MuData, integrated or not.
    feature
        Its name, or `view:name`; a name that begins like several views belongs to the longest of them.
    view
        Where to look; everywhere unless given.

    Raises
    ------
    TypeError
        If `mdata` is no MuData.
    ValueError
        If no view has it (the closest names are told), or several have.
    """
    check_mudata(mdata)
    views = views_of(mdata)
    if view is not None:
        check_known([view], views, "view")
    asked = [view] if view is not None else [name for name in views if has_features(mdata, name)]
    names = {name: feature_names(mdata, name) for name in asked}
    found = [(name, known.index(feature)) for name, known in names.items() if feature in known]
    if not found and view is None and (named := with_prefix(feature, views)) is not None:
        return find_feature(mdata, named[1], named[0])
    if not found:
        known = list(dict.fromkeys(name for features in names.values() for name in features))
        raise ValueError(
            f"expected a feature of {' or '.join(map(repr, asked))}, found {feature!r}; try {closest(feature, known)}"
        )
    if len(found) > 1:
        where = " and ".join(repr(name) for name, _ in found)
        raise ValueError(
            f"expected a feature that one view has, found {feature!r} in {where}; name the view too, "
            f"'{found[0][0]}:{feature}'"
        )
    return found[0]


def with_prefix(name: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Split `known:rest` into the two, by the longest known prefix; `None` if it begins with none."""
    fitting = [prefix for prefix in known if name.startswith(f"{prefix}:") and len(name) > len(prefix) + 1]
    longest = max(fitting, key=len, default=None)
    return None if longest is None else (longest, name[len(longest) + 1 :])


def feature_values(
    mdata: mudata.MuData, feature: str, view: str | None = None, denoised: bool = False, power: int = 1
) -> np.ndarray:
    """Return one feature's normalised values, or the same denoised, `(n_obs,)` in the order of the MuData.

    Parameters
    ----------
    mdata
        A MuData, integrated if the values are to be denoised.
    feature, view
        As in `find_feature`.
    denoised
        Whether they are averaged along the joint walk.
    power
        How often.

    Raises
    ------
    ValueError
        If there is no such feature, or no walk.
    """
    where, column = find_feature(mdata, feature, view)
    operator = stored_operator(mdata).operator ** power if denoised else None
    return _columns(mdata, where, np.array([column]), operator)[:, 0]


def feature_block(
    mdata: mudata.MuData, view: str, features: Sequence[str], denoised: bool = False, power: int = 1
) -> np.ndarray:
    """Return several features' normalised or denoised values, `(n_obs, n_features)` in the order of the MuData.

    Parameters
    ----------
    mdata, view, denoised, power
        As in `feature_values`.
    features
        Their names.

    Raises
    ------
    ValueError
        As in `feature_values`.
    """
    check_mudata(mdata)
    walk = stored_operator(mdata).operator ** power if denoised else None
    return _columns(mdata, view, feature_columns(mdata, view, features), walk)


def _columns(mdata: mudata.MuData, view: str, columns: np.ndarray, walk: Operator | None) -> np.ndarray:
    X = normalised(mdata, view)
    if walk is not None:
        return np.hstack([block for _, block in applied_in_blocks(walk, X, columns)])
    block = X[:, columns]
    return block if isinstance(block, np.ndarray) else block.toarray()
