"""Single features by name, normalised or denoised, to look at."""

from __future__ import annotations

from collections.abc import Sequence

import mudata
import numpy as np

from integrated_diffusion import keys
from integrated_diffusion.blocks import applied_in_blocks
from integrated_diffusion.io import stored_walk
from integrated_diffusion.io.measured import closest, columns_named
from integrated_diffusion.operators import Operator
from integrated_diffusion.scverse.sources import normalised, source_of
from integrated_diffusion.validation import check_known


def views_of(mdata: mudata.MuData) -> list[str]:
    """Names of the views that were integrated; of all modalities, if none were."""
    walk = mdata.uns.get(keys.RECORD, {}).get("walk")
    return list(mdata.mod) if walk is None else [str(name) for name in walk["views"]]


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
        If there is no such view, or no such feature: the closest names are told.
    """
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of names, found the text {features!r}; write [{features!r}]")
    asked = None if features is None else list(dict.fromkeys(features))
    return columns_named(feature_names(mdata, view), asked, view)


def find_feature(mdata: mudata.MuData, feature: str, view: str | None = None) -> tuple[str, int]:
    """Return the view that has a feature, and its column there.

    Parameters
    ----------
    mdata
        A MuData, integrated or not.
    feature
        Its name, or `view:name`.
    view
        Where to look; everywhere unless given.

    Raises
    ------
    ValueError
        If no view has it (the closest names are told), or several have.
    """
    views = views_of(mdata)
    if view is not None:
        check_known([view], views, "view")
    asked = [view] if view is not None else views
    names = {name: feature_names(mdata, name) for name in asked}
    found = [(name, known.index(feature)) for name, known in names.items() if feature in known]
    prefix, _, rest = feature.partition(":")
    if not found and view is None and prefix in views and rest:
        return find_feature(mdata, rest, prefix)
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
    return _columns(mdata, where, np.array([column]), stored_walk(mdata).operator ** power if denoised else None)[:, 0]


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
    walk = stored_walk(mdata).operator ** power if denoised else None
    return _columns(mdata, view, feature_columns(mdata, view, features), walk)


def _columns(mdata: mudata.MuData, view: str, columns: np.ndarray, walk: Operator | None) -> np.ndarray:
    X = normalised(mdata, view)
    if walk is not None:
        return np.hstack([block for _, block in applied_in_blocks(walk, X, columns)])
    block = X[:, columns]
    return block if isinstance(block, np.ndarray) else block.toarray()
