"""Pictures of an integrated MuData: its map, entropy curves, the walks that were tried, associations.

Every function returns a matplotlib `Figure` of its own: a notebook shows it, `figure.savefig("map.png")` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mudata
import numpy as np

from integrated_diffusion import plotting
from integrated_diffusion.association import EqualFrequency, Estimator, FixedSmoothing, NoSmoothing, Pairs, Smoothing
from integrated_diffusion.association import associate as associate_pairs
from integrated_diffusion.io import keys, stored_walk
from integrated_diffusion.io.measured import closest
from integrated_diffusion.model import stored_record
from integrated_diffusion.plotting import Figure, PairPanel
from integrated_diffusion.scverse.checks import check_mudata
from integrated_diffusion.scverse.colours import labelled, names_in
from integrated_diffusion.scverse.features import feature_names, feature_values, find_feature
from integrated_diffusion.scverse.sources import views_of
from integrated_diffusion.views.checks import check_known


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
        `view:name`; a column of one modality may be written `modality:name`. A panel each for several. Cells without a
        value are grey. The first coordinate unless given.
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
        If there is no such `basis`, view, column or feature (the closest names are told), or a column is in several
        modalities with different values.
    """
    coordinates = _coordinates(data, basis)
    if view is not None:
        check_known([view], views_of(data), "view")
    colors = [] if color is None else [color] if isinstance(color, str) else list(color)
    labels = dict(labelled(data, name, view, denoised) for name in colors)
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
    return plotting.entropy_figure(stored_record.curves_of(record), stored_record.steps_of(record))


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
    return plotting.candidates_figure(stored_record.selection_of(_record(data)))


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
    ways = (NoSmoothing(), FixedSmoothing(joint.alone(first), joint.alone(second)), FixedSmoothing(J, J))
    panels = [_panel(way, A, B, estimator or EqualFrequency(), n_shuffles, random_state) for way in ways]
    return plotting.pair_figure(panels, f"{a} ({first})", f"{b} ({second})")


def _record(data: Any) -> Mapping[str, Any]:
    check_mudata(data)
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


def _side(data: mudata.MuData, feature: str, place: int) -> tuple[str, str, np.ndarray]:
    """View, name and values of a pair's first (0) or second (1) feature, sought first where associations were."""
    associated = data.uns.get(keys.ASSOCIATIONS, {}).get(("first", "second")[place])
    there = associated is not None and feature in names_in(data, [str(associated)])
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
