"""Plots of an integrated MuData: embeddings, spectral entropy, candidate models, associations.

As with scanpy, a figure is shown in a notebook or a window and nothing is returned; `return_fig=True` returns it,
`save="map.png"` writes it, `ax=` draws on axes of your own, `show=False` returns the axes. Where nothing can show a
figure, such as in a script without a screen or in another thread, it is returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mudata
import numpy as np

from integrated_diffusion import plotting
from integrated_diffusion.association import Estimator
from integrated_diffusion.io import keys
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.model import stored_record
from integrated_diffusion.plotting import Drawing, Drawn
from integrated_diffusion.plotting.category_colors import Palette
from integrated_diffusion.runtime.deprecation import deprecated_names
from integrated_diffusion.scverse.arguments import check_mudata
from integrated_diffusion.scverse.association_drawings import all_pairs, one_pair
from integrated_diffusion.scverse.category_colors import chosen_colors
from integrated_diffusion.scverse.coloring import coloring
from integrated_diffusion.scverse.inputs import views_of
from integrated_diffusion.scverse.showing import shown
from integrated_diffusion.views.checks import check_count, check_known

__all__ = ["association", "candidates", "embedding", "entropy"]


def __dir__() -> list[str]:
    return __all__


__getattr__ = deprecated_names(__name__, {"steps": "candidates"})


def embedding(
    data: mudata.MuData,
    color: str | Sequence[str] | None = None,
    view: str | None = None,
    denoised: bool = False,
    basis: str = keys.PHATE,
    *,
    palette: Palette | None = None,
    ncols: int | None = None,
    show: bool | None = None,
    save: str | Path | None = None,
    ax: Any = None,
    return_fig: bool = False,
) -> Drawn:
    """Draw an embedding of the cells.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.
    color : str, sequence of str or None, default None
        Columns of `obs`, of the MuData or of a modality, or features, one panel each. A feature may be written
        `modality:name`, and so may a column of one modality. Cells without a value are grey. If `None`, all cells have
        one colour.
    view : str or None, default None
        Modality to search first: its features, then its `obs`. If `None`, columns are searched before features.
    denoised : bool, default False
        Whether values of features are denoised by the integrated operator, `J x`, or only normalised, `x`.
    basis : str, default "X_integrated_phate"
        Key of `obsm`; its first two columns are drawn.
    palette : str, mapping of str to color, sequence of color or None, default None
        Colours of categories: a colour map of matplotlib, a colour for each category, or colours in their order. They
        are stored in `uns["COLUMN_colors"]` beside the column. If `None`, those that are stored there, by scanpy or
        earlier, else colours that colour-blind people can tell apart, which are stored too.
    ncols : int or None, default None
        Panels side by side; three at most unless given.
    show : bool or None, default None
        Whether to show the figure. If `None`, it is shown where it can be (a notebook, a window) unless `ax` is given.
    save : str, pathlib.Path or None, default None
        File to write: `.png`, `.pdf` or `.svg`.
    ax : matplotlib.axes.Axes, sequence of them or None, default None
        Where to draw, one for each colour; a new figure if `None`.
    return_fig : bool, default False
        Whether to return the figure instead of showing it.

    Returns
    -------
    matplotlib.figure.Figure, matplotlib.axes.Axes, list of matplotlib.axes.Axes or None
        `None` if the figure was shown; its panel, or a list of them, with `show=False` or `ax`; the figure with
        `return_fig=True`, and where it cannot be shown.

    Raises
    ------
    TypeError
        If `data` is no MuData, or `ncols` no whole number.
    ValueError
        If `ncols` is below 1, there is no such `basis`, modality, column or feature (the message names the closest
        ones), or a column is in several modalities with different values.
    """
    coordinates = _coordinates(data, basis)
    if view is not None:
        check_known([view], views_of(data), "view")
    if ncols is not None:
        check_count(ncols, "ncols")
    colors = [] if color is None else [color] if isinstance(color, str) else list(color)

    def make() -> Drawing:
        found = [coloring(data, name, view, denoised) for name in colors]
        values = {one.title: one.values for one in found}
        return plotting.map_drawing(coordinates, values, chosen_colors(found, palette), ncols)

    return shown(make, show, save, ax, return_fig)


def entropy(
    data: mudata.MuData,
    *,
    show: bool | None = None,
    save: str | Path | None = None,
    ax: Any = None,
    return_fig: bool = False,
) -> Drawn:
    """Draw the spectral entropy `S(P, t)` of each modality's diffusion operator against the diffusion time `t`.

    Entropies are in nats (paper, eq. 6). Dots mark the elbows.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.
    show : bool or None, default None
        Whether to show the figure. If `None`, it is shown where it can be (a notebook, a window) unless `ax` is given.
    save : str, pathlib.Path or None, default None
        File to write: `.png`, `.pdf` or `.svg`.
    ax : matplotlib.axes.Axes, sequence of them or None, default None
        Where to draw, one; a new figure if `None`.
    return_fig : bool, default False
        Whether to return the figure instead of showing it.

    Returns
    -------
    matplotlib.figure.Figure, matplotlib.axes.Axes, list of matplotlib.axes.Axes or None
        `None` if the figure was shown; its panel, or a list of them, with `show=False` or `ax`; the figure with
        `return_fig=True`, and where it cannot be shown.

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, or is not integrated.
    """
    record = _record(data)
    curves, steps = stored_record.curves_of(record), stored_record.steps_of(record)
    return shown(lambda: plotting.entropy_drawing(curves, steps), show, save, ax, return_fig)


def candidates(
    data: mudata.MuData,
    *,
    show: bool | None = None,
    save: str | Path | None = None,
    ax: Any = None,
    return_fig: bool = False,
) -> Drawn:
    """Draw the held-out prediction errors of candidate models, and the contribution of each modality.

    The selected model is red: its diffusion times are in proportion to what each modality predicts by itself, so that
    its error need not be the lowest. Errors are relative to predicting the mean.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData whose diffusion times were chosen by cross-validation.
    show : bool or None, default None
        Whether to show the figure. If `None`, it is shown where it can be (a notebook, a window) unless `ax` is given.
    save : str, pathlib.Path or None, default None
        File to write: `.png`, `.pdf` or `.svg`.
    ax : matplotlib.axes.Axes, sequence of them or None, default None
        Where to draw, two; a new figure if `None`.
    return_fig : bool, default False
        Whether to return the figure instead of showing it.

    Returns
    -------
    matplotlib.figure.Figure, matplotlib.axes.Axes, list of matplotlib.axes.Axes or None
        `None` if the figure was shown; its panel, or a list of them, with `show=False` or `ax`; the figure with
        `return_fig=True`, and where it cannot be shown.

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, is not integrated, or its diffusion times were chosen in another way.
    """
    selection = stored_record.selection_of(_record(data))
    return shown(lambda: plotting.candidates_drawing(selection), show, save, ax, return_fig)


def association(
    data: mudata.MuData,
    pair: tuple[str, str] | None = None,
    estimator: Estimator | None = None,
    n_shuffles: int = 10,
    random_state: int = 0,
    *,
    show: bool | None = None,
    save: str | Path | None = None,
    ax: Any = None,
    return_fig: bool = False,
) -> Drawn:
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
    show : bool or None, default None
        Whether to show the figure. If `None`, it is shown where it can be (a notebook, a window) unless `ax` is given.
    save : str, pathlib.Path or None, default None
        File to write: `.png`, `.pdf` or `.svg`.
    ax : matplotlib.axes.Axes, sequence of them or None, default None
        Where to draw, one, or three for a pair; a new figure if `None`.
    return_fig : bool, default False
        Whether to return the figure instead of showing it.

    Returns
    -------
    matplotlib.figure.Figure, matplotlib.axes.Axes, list of matplotlib.axes.Axes or None
        `None` if the figure was shown; its panel, or a list of them, with `show=False` or `ax`; the figure with
        `return_fig=True`, and where it cannot be shown. For a pair there are three panels: as
        measured, each modality denoised by its own operator, and both denoised by the integrated operator.

    Raises
    ------
    TypeError, ValueError
        If `data` is no MuData, is not integrated or has no associations; if associations have no null; if there are no
        such features (the message names the closest ones).
    """
    _record(data)

    def make() -> Drawing:
        return all_pairs(data) if pair is None else one_pair(data, pair, estimator, n_shuffles, random_state)

    return shown(make, show, save, ax, return_fig)


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
