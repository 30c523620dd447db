"""Charts of the HTML report: the same drawings as the figures, each an SVG element without a title."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from integrated_diffusion.plotting.candidates import draw_candidates, draw_contributions, shown_candidates, write_errors
from integrated_diffusion.plotting.curves import draw_entropy
from integrated_diffusion.plotting.svg import to_svg
from integrated_diffusion.selection import Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve

_WIDTH = 6.2


def entropy_chart(curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> str:
    """Return the drawing of `entropy_figure` as an SVG element.

    Parameters
    ----------
    curves : mapping of str to EntropyCurve
        By view.
    steps : mapping of str to int
        Diffusion time of each view in the integrated operator, for the legend.

    Returns
    -------
    str
    """
    figure = Figure(figsize=(_WIDTH, 3.6), layout="constrained")
    draw_entropy(figure.subplots(), curves, steps)
    return to_svg(figure, "entropy", "Spectral entropy against diffusion time, elbows marked")


def candidate_chart(selection: Selection) -> str:
    """Return candidate models with their held-out prediction errors as an SVG element.

    Parameters
    ----------
    selection : Selection
        Candidate models and the selected one.

    Returns
    -------
    str
    """
    height = 1.0 + 0.26 * len(shown_candidates(selection))
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axis = figure.subplots()
    write_errors(axis, draw_candidates(axis, selection))
    return to_svg(figure, "candidates", "Held-out prediction errors of candidate models, selected model in red")


def contribution_chart(selection: Selection) -> str:
    """Return the contribution of each view to the prediction of held-out data as an SVG element.

    Parameters
    ----------
    selection : Selection
        Contributions by view.

    Returns
    -------
    str
    """
    height = 0.9 + 0.55 * len(selection.view_contributions)
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    draw_contributions(figure.subplots(), selection)
    return to_svg(figure, "contributions", "Reduction of the held-out prediction error by each view, percent")
