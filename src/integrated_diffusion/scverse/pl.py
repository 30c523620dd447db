"""Pictures of an integrated MuData: its map, entropy curves, the walks that were tried, associations.

Every function returns a matplotlib `Figure` of its own: a notebook shows it, `figure.savefig("map.png")` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mudata
import numpy as np
import pandas as pd

from integrated_diffusion import keys, plotting, recorded
from integrated_diffusion.association import Along, AsMeasured, EqualFrequency, Estimator, Pairs, Smoothing
from integrated_diffusion.association import associate as associate_pairs
from integrated_diffusion.io import stored_walk
from integrated_diffusion.io.measured import closest
from integrated_diffusion.plotting import Figure, PairPanel
from integrated_diffusion.scverse.features import feature_names, feature_values, find_feature, views_of
from integrated_diffusion.scverse.sources import source_of
from integrated_diffusion.validation import check_known


def embedding(
    data: mudata.MuData,
    color: str | Sequence[str] | None = None,
    view: str | None = None,
    denoised: bool = False,
    basis: str = keys.PHATE,
) -> Figure:
    """Draw a map of the cells.

    Parameters
    ----------
    data
        An integrated MuData.
    color
        What gives the colour: a column of `obs`, of the MuData or of a modality, or a feature by its name or
        `view:name`. A panel each for several. Cells without a value are grey. The first coordinate unless given.
    view
        Where to look first: its features, then its `obs`. Unless given, columns come before features.
    denoised
        Whether values of features are averaged along the joint walk; normalised as they are unless asked.
    basis
        Key of `obsm`; its first two columns are drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `data` is no MuData.
    ValueError
        If there is no such `basis`, view, column or feature; the closest names are told.
    """
    coordinates = _coordinates(data, basis)
    if view is not None:
        check_known([view], views_of(data), "view")
    colors = [] if color is None else [color] if isinstance(color, str) else list(color)
    labels = dict(_labels(data, name, view, denoised) for name in colors)
    return plotting.map_figure(coordinates, labels)


def entropy(data: mudata.MuData) -> Figure:
    """Draw the spectral entropy of each view's walk against its steps, elbows marked (paper, eq. 6).

    Parameters
    ----------
    data
        An integrated MuData.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, or nothing was integrated.
    """
    record = _record(data)
    return plotting.entropy_figure(recorded.curves_of(record), recorded.steps_of(record))


def steps(data: mudata.MuData) -> Figure:
    """Draw the walks that cross-validation tried, the chosen one in red, and what each view is worth.

    Parameters
    ----------
    data
        An integrated MuData whose steps were cross-validated.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, nothing was integrated, or the steps were chosen otherwise.
    """
    return plotting.walks_figure(recorded.selection_of(_record(data)))


def association(
    data: mudata.MuData,
    pair: tuple[str, str] | None = None,
    estimator: Estimator | None = None,
    n_shuffles: int = 10,
    random_state: int = 0,
) -> Figure:
    """Draw all associations beside their nulls, or one pair before and after denoising.

    Parameters
    ----------
    data
        An integrated MuData; for all associations, one that `tl.associate` has seen.
    pair
        A feature of each of two views, such as `("CD4", "CD4_TotalSeqB")`; one of both names is written
        `("rna:CD4", "prot:CD4")`. All pairs of `uns["integrated_associations"]` unless given.
    estimator, n_shuffles, random_state
        Of the one pair's mutual information, as in `tl.associate`. All pairs are drawn as they were found.

    Returns
    -------
    matplotlib.figure.Figure
        For a pair three panels: as measured, each view denoised by itself, and both along the joint walk.

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, nothing was integrated or associated, associations have no null, or there are no such
        features; the closest names are told.
    """
    _record(data)
    if pair is None:
        return _all_associations(data)
    if isinstance(pair, str) or len(pair) != 2:
        raise ValueError(f"pair: expected two features, found {pair!r}; write for instance ('CD4', 'CD4_TotalSeqB')")
    (first, a, A), (second, b, B) = (_side(data, feature, place) for place, feature in enumerate(pair))
    joint = stored_walk(data)
    J = joint.operator
    ways = (AsMeasured(), Along(joint.alone(first), joint.alone(second)), Along(J, J))
    panels = [_panel(way, A, B, estimator or EqualFrequency(), n_shuffles, random_state) for way in ways]
    return plotting.pair_figure(panels, f"{a} ({first})", f"{b} ({second})")


def _record(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, mudata.MuData):
        raise TypeError(f"expected an integrated MuData, found {type(data).__name__}; call tl.integrate first")
    if keys.RECORD not in data.uns:
        raise ValueError(
            f"expected an integrated MuData, found nothing in uns['{keys.RECORD}']; call tl.integrate first"
        )
    return data.uns[keys.RECORD]


def _coordinates(data: Any, basis: str) -> np.ndarray:
    _record(data)
    if basis not in data.obsm:
        there = [key for key, values in data.obsm.items() if values.ndim == 2 and values.shape[1] > 1]
        raise ValueError(f"basis: expected a key of obsm, found {basis!r}; try {closest(basis, there)}")
    coordinates = np.asarray(data.obsm[basis])
    if coordinates.ndim != 2 or coordinates.shape[1] < 2:
        raise ValueError(
            f"basis: expected two columns or more in obsm['{basis}'], found shape {coordinates.shape}; choose another"
        )
    return coordinates


def _labels(data: mudata.MuData, color: str, view: str | None, denoised: bool) -> tuple[str, np.ndarray]:
    """What a colour is called, and its value at each cell."""
    column = _column(data, color, view)
    if column is not None:
        return color, _as_labels(column)
    view, name = _feature(data, color, view)
    return f"{name} ({view}, denoised)" if denoised else f"{name} ({view})", feature_values(data, name, view, denoised)


def _column(data: mudata.MuData, color: str, view: str | None) -> pd.Series | None:
    """A column of `obs`, rows in the order of the MuData; `None` if it is none, or a feature of the view asked for."""
    if view is not None and color in feature_names(data, view):
        return None
    for obs in _tables(data, view):
        if color in obs:
            return obs[color].reindex(data.obs_names)
    return None


def _tables(data: mudata.MuData, view: str | None) -> list[pd.DataFrame]:
    """`obs` of the whole and of the modalities, or of the one that is asked for."""
    modalities = data.mod if view is None else [source_of(data, view).modality]
    return [data.obs, *(data[name].obs for name in modalities)]


def _as_labels(column: pd.Series) -> np.ndarray:
    """A column as numbers, or as text with `None` where it is missing."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return np.array([None if pd.isna(value) else str(value) for value in column], dtype=object)
    return column.to_numpy(dtype=np.float64, na_value=np.nan) if column.hasnans else column.to_numpy()


def _feature(data: mudata.MuData, color: str, view: str | None) -> tuple[str, str]:
    """A feature's view and name; what is neither one nor a column is told with the closest names of both."""
    asked = views_of(data) if view is None else [view]
    known = [name for where in asked for name in feature_names(data, where)]
    if color in known or color.partition(":")[0] in asked:
        where, place = find_feature(data, color, view)
        return where, feature_names(data, where)[place]
    columns = [str(name) for obs in _tables(data, view) for name in obs]
    near = closest(color, list(dict.fromkeys([*columns, *known])))
    raise ValueError(f"color: expected a column of obs or a feature, found {color!r}; try {near}")


def _side(data: mudata.MuData, feature: str, place: int) -> tuple[str, str, np.ndarray]:
    """View, name and values of a pair's first (0) or second (1) feature, sought first where associations were."""
    associated = data.uns.get(keys.ASSOCIATIONS, {}).get(("first", "second")[place])
    there = associated is not None and feature in feature_names(data, str(associated))
    view, column = find_feature(data, feature, str(associated) if there else None)
    name = feature_names(data, view)[column]
    return view, name, feature_values(data, name, view)[:, None]


def _all_associations(data: mudata.MuData) -> Figure:
    kept = data.uns.get(keys.ASSOCIATIONS)
    if kept is None:
        raise ValueError(
            f"expected associations, found nothing in uns['{keys.ASSOCIATIONS}']; call tl.associate or name a pair"
        )
    if not int(kept["n_shuffles"]):
        raise ValueError(
            "expected associations with a null, found none; call tl.associate with n_shuffles of at least 3"
        )
    return plotting.association_figure(kept["table"], f"{kept['first']} and {kept['second']}, {kept['smoothing']}")


def _panel(
    smoothing: Smoothing, A: np.ndarray, B: np.ndarray, estimator: Estimator, n_shuffles: int, random_state: int
) -> PairPanel:
    """One pair smoothed in one way; the same seed shuffles as `tl.associate` does."""
    pair = Pairs(np.array([0]), np.array([0]), np.array([""]), np.array([""]))
    found = associate_pairs(smoothing, A, B, pair, estimator, n_shuffles, random_state)
    first, second = ((way.operator @ X)[:, 0] for way, X in zip(smoothing(len(A)), (A, B), strict=True))
    score, null_mean, null_sd = (float(part[0]) for part in (found.score, found.null_mean, found.null_sd))
    return PairPanel(str(smoothing), first, second, score, null_mean, null_sd)
