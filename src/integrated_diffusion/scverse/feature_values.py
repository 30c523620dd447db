"""Single features by name: where they are, and their normalised or denoised values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import mudata
import numpy as np

from integrated_diffusion.io import stored_operator
from integrated_diffusion.io.feature_names import SYMBOL_COLUMNS, columns_named
from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.blockwise import applied_in_blocks
from integrated_diffusion.scverse.arguments import check_mudata, suggestion
from integrated_diffusion.scverse.inputs import has_features, input_of, views_of
from integrated_diffusion.scverse.normalised_values import normalised, normalised_view
from integrated_diffusion.views.checks import check_known


def feature_names(mdata: mudata.MuData, view: str) -> list[str]:
    """Names of a modality's features."""
    return list(map(str, mdata[input_of(mdata, view).modality].var_names))


def symbols(mdata: mudata.MuData, view: str) -> list[list[str]]:
    """Other names of a modality's features that its `var` has, such as gene symbols beside identifiers of Ensembl."""
    var = mdata[input_of(mdata, view).modality].var
    return [list(map(str, var[column])) for column in SYMBOL_COLUMNS if column in var]


def feature_columns(mdata: mudata.MuData, view: str, features: Sequence[str] | None = None) -> np.ndarray:
    """Return the columns of named features of a modality.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData, integrated or not.
    view : str
        The modality.
    features : sequence of str or None, default None
        Names of features; all of them if `None`. A name that occurs twice, as gene symbols often do, means all its
        columns.

    Returns
    -------
    numpy.ndarray of int, shape (n_features,)
        Each column once.

    Raises
    ------
    TypeError
        If `features` is one text, not a list.
    ValueError
        If there is no such modality, `features` is empty, or there is no such feature: the message names the closest
        ones.
    """
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of names, found the text {features!r}; write [{features!r}]")
    if features is not None and not len(features):
        raise ValueError("features: expected at least one feature, found none; name some, or leave them out for all")
    asked = None if features is None else list(dict.fromkeys(features))
    return columns_named(feature_names(mdata, view), asked, view, symbols(mdata, view))


def find_feature(mdata: mudata.MuData, feature: str, view: str | None = None) -> tuple[str, int]:
    """Return the modality that has a feature, and the feature's column there.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData, integrated or not.
    feature : str
        Its name, or `modality:name`; if several modalities' names fit as a prefix, the longest is meant.
    view : str or None, default None
        Modality to search; all of them if `None`.

    Returns
    -------
    modality : str
    column : int

    Raises
    ------
    TypeError
        If `mdata` is no MuData.
    ValueError
        If no modality has the feature (the message names the closest ones), or several have.
    """
    check_mudata(mdata)
    views = views_of(mdata)
    if view is not None:
        check_known([view], views, "view")
    asked = [view] if view is not None else [name for name in views if has_features(mdata, name)]
    names = {name: feature_names(mdata, name) for name in asked}
    found = [(name, known.index(feature)) for name, known in names.items() if feature in known]
    if not found:
        others = [(name, known) for name in names for known in symbols(mdata, name) if feature in known]
        found = list({name: (name, known.index(feature)) for name, known in reversed(others)}.values())
    if len(found) == 1:
        return found[0]
    if found:
        where = " and ".join(repr(name) for name, _ in found)
        raise ValueError(
            f"expected a feature that one modality has, found {feature!r} in {where}; name the modality too, "
            f"'{found[0][0]}:{feature}'"
        )
    if view is None and (named := with_prefix(feature, views)) is not None:
        return find_feature(mdata, named[1], named[0])
    known = list(dict.fromkeys(name for features in names.values() for name in features))
    where = " or ".join(map(repr, asked))
    raise ValueError(f"{feature!r} is not a feature of {where}; {suggestion(feature, known)}")


def with_prefix(name: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Split `known:rest` into the two at the longest known prefix; `None` if no prefix fits."""
    fitting = [prefix for prefix in known if name.startswith(f"{prefix}:") and len(name) > len(prefix) + 1]
    longest = max(fitting, key=len, default=None)
    return None if longest is None else (longest, name[len(longest) + 1 :])


def feature_values(
    mdata: mudata.MuData, feature: str, view: str | None = None, denoised: bool = False, power: int = 1
) -> np.ndarray:
    """Return one feature's normalised values `x`, or denoised values `J^p x`.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData; integrated if the values are to be denoised.
    feature : str
        Its name, or `modality:name`.
    view : str or None, default None
        Modality to search; all of them if `None`.
    denoised : bool, default False
        Whether to apply the integrated operator `J`.
    power : int, default 1
        The exponent `p` of `J`.

    Returns
    -------
    numpy.ndarray of shape (n_obs,)
        Cells in the order of the MuData.

    Raises
    ------
    TypeError, ValueError
        As in `find_feature`, or if the MuData stores no integrated operator.
    """
    where, column = find_feature(mdata, feature, view)
    operator = stored_operator(mdata).denoiser(where, power) if denoised else None
    return _columns(mdata, where, np.array([column]), operator)[:, 0]


def feature_block(
    mdata: mudata.MuData, view: str, features: Sequence[str], denoised: bool = False, power: int = 1
) -> np.ndarray:
    """Return normalised or denoised values of several features of a modality.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData; integrated if the values are to be denoised.
    view : str
        The modality.
    features : sequence of str
        Names of features.
    denoised : bool, default False
        Whether to apply the integrated operator `J`.
    power : int, default 1
        The exponent of `J`.

    Returns
    -------
    numpy.ndarray of shape (n_obs, n_features)
        Cells in the order of the MuData.

    Raises
    ------
    TypeError, ValueError
        As in `feature_columns`, or if the MuData stores no integrated operator.
    """
    check_mudata(mdata)
    operator = stored_operator(mdata).denoiser(view, power) if denoised else None
    return _columns(mdata, view, feature_columns(mdata, view, features), operator)


def _columns(mdata: mudata.MuData, view: str, columns: np.ndarray, operator: Operator | None) -> np.ndarray:
    if operator is not None:
        return np.hstack([block for _, block in applied_in_blocks(operator, normalised(mdata, view), columns)])
    return measured_columns(mdata, view, columns)


def measured_columns(mdata: mudata.MuData, view: str, columns: np.ndarray) -> np.ndarray:
    """Return normalised values of some features, `(n_obs, n_columns)`, NaN where the view has not measured.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData; its modalities may lack cells.
    view : str
        The modality.
    columns : numpy.ndarray of int, shape (n_columns,)
        Which features.
    """
    X, measured = normalised_view(mdata, view)
    block = X[:, columns]
    dense = block if isinstance(block, np.ndarray) else block.toarray()
    if measured.all():
        return dense
    whole = np.full((len(measured), len(columns)), np.nan, dtype=dense.dtype)
    whole[measured] = dense
    return whole
