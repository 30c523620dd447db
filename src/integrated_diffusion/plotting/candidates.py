"""Candidate models with their held-out prediction errors, and what each view contributes to the prediction."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from integrated_diffusion.plotting.drawing import Drawing
from integrated_diffusion.plotting.palette import SELECTED
from integrated_diffusion.plotting.style import INK, entitle, literal, open_frame, short, view_color
from integrated_diffusion.plotting.words import candidate_words
from integrated_diffusion.selection import Candidate, Selection

RULE = (
    "Whisker: one standard error of the difference from the lowest error (dotted line).\n"
    "A model whose whisker reaches the line is as good as the best. Selected (red) are\n"
    "the times of the views' votes, and the fewest repeats that are as good as more."
)
"""How the errors are compared and a model is selected, in words."""

MOST_SHOWN = 7
"""Default number of candidate models that are drawn."""


def candidates_drawing(selection: Selection) -> Drawing:
    """Draw the held-out prediction errors of candidate models, and the contribution of each view.

    Parameters
    ----------
    selection : Selection
        Candidate models, the selected one, and the views' contributions.

    Returns
    -------
    Drawing
    """

    def draw(axes: Sequence[Axes]) -> None:
        models, contributions = axes
        write_errors(models, draw_candidates(models, selection))
        explain_errors(models)
        entitle(models, "candidate models")
        draw_contributions(contributions, selection)
        entitle(contributions, "contribution to the prediction of held-out data")

    return Drawing(draw, 2, (12.5, 4.6), 2, (1.15, 1))


def candidates_figure(selection: Selection) -> Figure:
    """Return the drawing of candidate models and contributions on a figure of its own.

    Parameters
    ----------
    selection : Selection
        As in `candidates_drawing`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return candidates_drawing(selection).figure()


def shown_candidates(selection: Selection, most: int = MOST_SHOWN) -> list[Candidate]:
    """Return the candidate models to draw: the selected one, the best of each view alone, and the best others.

    Parameters
    ----------
    selection : Selection
        Candidate models, the lowest error first.
    most : int, default 7
        Largest number of models.

    Returns
    -------
    list of Candidate
        The lowest error first.
    """
    single: dict[str, Candidate] = {}
    for candidate in selection.candidates:
        used = [name for name, t in candidate.steps.items() if t]
        if len(used) == 1:
            single.setdefault(used[0], candidate)
    ranked = {_settings(one): one for one in (selection.chosen, *single.values(), *selection.candidates)}
    return sorted(list(ranked.values())[:most], key=lambda one: one.error)


def draw_candidates(axis: Axes, selection: Selection, most: int = MOST_SHOWN) -> list[Candidate]:
    """Draw candidate models with their held-out prediction errors, the lowest error on top, the selected one in red.

    A whisker is one standard error of the difference from the lowest error. The dotted line is the lowest error: a
    model is within one standard error of the best if its whisker reaches the line.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Where to draw.
    selection : Selection
        Candidate models and the selected one.
    most : int, default 7
        Largest number of models.

    Returns
    -------
    list of Candidate
        Those that were drawn, the lowest error first; their heights are 0, -1, -2, ...
    """
    shown = shown_candidates(selection, most)
    selected = [_settings(one) for one in shown].index(_settings(selection.chosen))
    for place, candidate in enumerate(shown):
        color, size = (SELECTED, 9) if place == selected else (INK, 5)
        axis.errorbar(candidate.error, -place, xerr=candidate.stderr, fmt="o", ms=size, capsize=2, color=color)
    axis.axvline(shown[0].error, color=INK, lw=0.8, ls=":")
    axis.set_yticks([-place for place in range(len(shown))], [candidate_words(one) for one in shown], fontsize=9)
    literal(axis.get_yticklabels())
    axis.set_ylim(0.6 - len(shown), 0.6)
    axis.set_xlabel("held-out error (1 = predicting the mean)")
    axis.set_ylabel(_what_labels_mean(shown), fontsize=9)
    open_frame(axis)
    axis.get_yticklabels()[selected].set_color(SELECTED)
    return shown


def explain_errors(axis: Axes) -> None:
    """Write below the panel of candidate models what whiskers mean and how a model is selected."""
    axis.annotate(
        RULE,
        (1, 0),
        xycoords="axes fraction",
        xytext=(0, -40),
        textcoords="offset points",
        ha="right",
        va="top",
        multialignment="left",
        fontsize=8,
        color=INK,
        annotation_clip=False,
    )


def write_errors(axis: Axes, shown: Sequence[Candidate]) -> None:
    """Write error and standard error beside each candidate model that `draw_candidates` has drawn."""
    for place, candidate in enumerate(shown):
        text = f"{candidate.error:.4f} " + (f"± {candidate.stderr:.4f}" if place else "(lowest)")
        _write(axis, 1.02, -place, text, va="center")


def draw_contributions(axis: Axes, selection: Selection) -> None:
    """Draw by how many percent each view reduces the held-out prediction error, ± one standard error.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Where to draw; the first view is on top.
    selection : Selection
        Contributions by view.
    """
    contributions = selection.view_contributions
    for i, contribution in enumerate(contributions.values()):
        gain, stderr = 100 * contribution.gain, 100 * contribution.stderr
        axis.errorbar(gain, -i, xerr=stderr, fmt="o", ms=8, capsize=3, color=view_color(i))
        _write(axis, 0.99, 0.18 - i, str(contribution), va="bottom", ha="right")  # long names leave little room
    axis.set_yticks([-i for i in range(len(contributions))], [short(name) for name in contributions], fontsize=10)
    literal(axis.get_yticklabels())
    axis.set_ylim(0.6 - len(contributions), 0.6)
    axis.axvline(0, color=INK, lw=0.8, ls=":")
    axis.margins(x=0.1)
    axis.set_xlabel("reduction of held-out prediction error, %")
    open_frame(axis)


def _write(axis: Axes, across: float, height: float, text: str, va: str, ha: str = "left") -> None:
    """Write at a share of the panel's width and a height of its vertical axis, over all lines."""
    background = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    place = axis.get_yaxis_transform()
    axis.text(
        across, height, text, transform=place, va=va, ha=ha, fontsize=8.5, color=INK, bbox=background, clip_on=False
    )


def _settings(candidate: Candidate) -> tuple[object, ...]:
    """What tells one candidate model from another."""
    return (tuple(candidate.steps.items()), candidate.n_repeats, candidate.weight_exponent)


def _what_labels_mean(shown: Sequence[Candidate]) -> str:
    """Label of the axis that lists the models: what stands in brackets is explained where there are brackets."""
    notes = ["× repeats"] if any(one.n_repeats > 1 for one in shown) else []
    notes += ["weight exponent"] if any(one.weight_exponent for one in shown) else []
    return "diffusion time t" + (f"\n({', '.join(notes)})" if notes else "")
