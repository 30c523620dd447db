"""Plots of an integrated MuData: embeddings, spectral entropy, candidate models, associations.

Every function returns a matplotlib `Figure` of its own: a notebook shows it, `figure.savefig("map.png")` saves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mudata
import numpy as np

from integrated_diffusion import plotting
from integrated_diffusion.association import EqualFrequency, Estimator, FixedSmoothing, NoSmoothing, Pairs, Smoothing
from integrated_diffusion.association import associate as associate_pairs
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.model import stored_record
from integrated_diffusion.plotting import Figure, PairPanel
from integrated_diffusion.plotting.words import two_decimals
from integrated_diffusion.runtime.deprecation import deprecated_names
from integrated_diffusion.scverse.arguments import check_mudata
from integrated_diffusion.scverse.colours import labelled, names_in
from integrated_diffusion.scverse.feature_values import feature_names, feature_values, find_feature
from integrated_diffusion.scverse.inputs import views_of
from integrated_diffusion.views.checks import check_known

__all__ = ["association", "candidates", "embedding", "entropy"]

__getattr__ = deprecated_names(__name__, {"steps": "candidates"})


def embedding(
    data: mudata.MuData,
    color: str | Sequence[str] | None = None,
    view: str | None = None,
    denoised: bool = False,
    basis: str = keys.PHATE,
) -> Figure:
    """Draw an embedding of the cells.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.
    color : str, sequence of str or None, default None
        Columns of `obs`, of the MuData or of a modality, or features, one panel each. A feature may be written
        `modality:name`, and so may a column of one modality. Cells without a value are grey. If `None`, the first
        coordinate gives the colour.
    view : str or None, default None
        Modality to search first: its features, then its `obs`. If `None`, columns are searched before features.
    denoised : bool, default False
        Whether values of features are denoised by the integrated operator, `J x`, or only normalised, `x`.
    basis : str, default "X_integrated_phate"
        Key of `obsm`; its first two columns are drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If `data` is no MuData.
    ValueError
        If there is no such `basis`, modality, column or feature (the message names the closest ones), or a column is in
        several modalities with different values.
    """
    coordinates = _coordinates(data, basis)
    if view is not None:
        check_known([view], views_of(data), "view")
    colors = [] if color is None else [color] if isinstance(color, str) else list(color)
    labels = dict(labelled(data, name, view, denoised) for name in colors)
    return plotting.map_figure(coordinates, labels)


def entropy(data: mudata.MuData) -> Figure:
    """Draw the spectral entropy `S(P, t)` of each modality's diffusion operator against the diffusion time `t`.

    Entropies are in nats (paper, eq. 6). Dots mark the elbows.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, or is not integrated.
    """
    record = _record(data)
    return plotting.entropy_figure(stored_record.curves_of(record), stored_record.steps_of(record))


def candidates(data: mudata.MuData) -> Figure:
    """Draw the held-out prediction errors of candidate models, and the contribution of each modality.

    The selected model is red: its diffusion times are in proportion to what each modality predicts by itself, so that
    its error need not be the lowest. Errors are relative to predicting the mean.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData whose diffusion times were chosen by cross-validation.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, is not integrated, or its diffusion times were chosen in another way.
    """
    return plotting.candidates_figure(stored_record.selection_of(_record(data)))


def association(
    data: mudata.MuData,
    pair: tuple[str, str] | None = None,
    estimator: Estimator | None = None,
    n_shuffles: int = 10,
    random_state: int = 0,
) -> Figure:
    """Draw all associations with their permutation null, or one pair of features before and after denoising.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData. For all associations, `tl.associate` must have been called.
    pair : tuple of (str, str) or None, default None
        One feature of each of two modalities, such as `("CD4", "CD4_TotalSeqB")`; a name that both have is written
        `("rna:CD4", "prot:CD4")`. If `None`, all pairs of `uns["integrated_associations"]` are drawn.
    estimator : Estimator or None, default None
        Estimator of the pair's mutual information, as in `tl.associate`.
    n_shuffles : int, default 10
        Number of permutations for the pair's null.
    random_state : int, default 0
        Seed of the permutations.

    Returns
    -------
    matplotlib.figure.Figure
        For a pair three panels: as measured, each modality denoised by its own operator, and both denoised by the
        integrated operator.

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, is not integrated or has no associations; if associations have no null; if there are no
        such features (the message names the closest ones).
    """
    _record(data)
    if pair is None:
        return _all_associations(data)
    if isinstance(pair, str) or len(pair) != 2:
        raise ValueError(f"pair: expected two features, found {pair!r}; write for instance ('CD4', 'CD4_TotalSeqB')")
    (first, a, A), (second, b, B) = (_side(data, feature, place) for place, feature in enumerate(pair))
    integrated = stored_operator(data)
    J = integrated.operator
    single = FixedSmoothing(integrated.alone(first), integrated.alone(second))
    smoothings = (NoSmoothing(), single, FixedSmoothing(J, J))
    panels = [_panel(one, A, B, estimator or EqualFrequency(), n_shuffles, random_state) for one in smoothings]
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
    """Modality, name and values of a pair's first (0) or second (1) feature; modalities of associations come first."""
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
            "expected associations with a permutation null, found none; call tl.associate with n_shuffles of at least 3"
        )
    smoothing = two_decimals(str(kept["smoothing"]))
    return plotting.association_figure(kept["table"], f"{kept['first']} and {kept['second']}, {smoothing}")


def _panel(
    smoothing: Smoothing, A: np.ndarray, B: np.ndarray, estimator: Estimator, n_shuffles: int, random_state: int
) -> PairPanel:
    """One pair after one smoothing; the permutations are those of `tl.associate` with the same seed."""
    pair = Pairs(np.array([0]), np.array([0]), np.array([""]), np.array([""]))
    found = associate_pairs(smoothing, A, B, pair, estimator, n_shuffles, random_state)
    first, second = ((way.operator @ X)[:, 0] for way, X in zip(smoothing(len(A)), (A, B), strict=True))
    score, null_mean, null_sd = (float(part[0]) for part in (found.score, found.null_mean, found.null_sd))
    return PairPanel(two_decimals(str(smoothing)), first, second, score, null_mean, null_sd)
