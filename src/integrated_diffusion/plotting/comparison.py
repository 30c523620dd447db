"""Each view alone beside both integrated, and below them single features on the integrated map."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from integrated_diffusion.plotting.maps import draw_map, explain_beside
from integrated_diffusion.plotting.style import INK, entitle, printable


def comparison_figure(
    maps: Mapping[str, np.ndarray],
    labels: np.ndarray,
    features: Mapping[str, np.ndarray],
    title: str,
    labels_title: str = "",
) -> Figure:
    """Draw maps of the same samples with one legend, and below them features on the last of the maps.

    Parameters
    ----------
    maps : mapping of str to numpy.ndarray of shape (n_samples, 2) or wider
        Coordinates by title.
    labels : numpy.ndarray of shape (n_samples,)
        Category of each sample.
    features : mapping of str to numpy.ndarray of shape (n_samples,)
        Values by title, at most as many as there are maps.
    title : str
        Title of the figure.
    labels_title : str, default ""
        Title of the legend.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(3.7 * len(maps) + 1.3, 7.4), layout="constrained")
    upper, lower = figure.subplots(2, len(maps), squeeze=False)
    for axis, (name, coordinates) in zip(upper, maps.items(), strict=True):
        colors = draw_map(axis, coordinates, labels)
        entitle(axis, name)
    explain_beside(upper[-1], colors, labels_title)
    *_, integrated = maps.values()
    for axis, (name, values) in zip(lower, features.items(), strict=False):
        explain_beside(axis, draw_map(axis, integrated, _without_outliers(values)))
        entitle(axis, name)
    for axis in lower[len(features) :]:
        axis.set_axis_off()
    figure.suptitle(printable(title), fontsize=13, color=INK, x=0.01, ha="left", parse_math=False)
    return figure


def _without_outliers(values: np.ndarray) -> np.ndarray:
    """Values beyond the first and the last hundredth as those, so that a few do not take the whole scale of colours."""
    return np.clip(values, *np.percentile(values, [1, 99]))
