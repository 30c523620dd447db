"""Walks that cross-validation tried, and what each view was worth."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from integrated_diffusion.plotting.style import CHOSEN, INK, entitle, literal, open_frame, short, view_color
from integrated_diffusion.selection import Candidate, Selection


def candidates_figure(selection: Selection) -> Figure:
    """Draw how well each walk predicted what was held out, and by how much each view lowers that error.

    Parameters
    ----------
    selection
        Walks that were tried, the chosen one, and what each view is worth.
    """
    figure = Figure(figsize=(11.5, 4.4), layout="constrained")
    tried, view_contributions = figure.subplots(1, 2)
    draw_walks(tried, selection)
    draw_worth(view_contributions, selection)
    return figure


def draw_walks(axis: Axes, selection: Selection, most: int = 10) -> None:
    """Draw the errors of the chosen walk, of each view alone and of the best others."""
    tried = selection.candidates
    alone: dict[str, Candidate] = {}
    for candidate in tried:  # the least error first
        walking = [name for name, t in candidate.steps.items() if t]
        if len(walking) == 1:
            alone.setdefault(walking[0], candidate)
    shown = {_words(candidate): candidate for candidate in (selection.chosen, *alone.values(), *tried)}
    drawn = sorted(list(shown.items())[:most], key=lambda named: -named[1].error)
    for y, (words, candidate) in enumerate(drawn):
        chosen = words == _words(selection.chosen)
        color = CHOSEN if chosen else INK
        axis.errorbar(candidate.error, y, xerr=candidate.stderr, fmt="o", color=color, ms=9 if chosen else 5, capsize=2)
    axis.set_yticks(range(len(drawn)), [words for words, _ in drawn], fontsize=9)
    literal(axis.get_yticklabels())
    entitle(axis, "error about what was held out, choice in red")
    axis.set_xlabel("share of the error of the mean sample\n± standard error of the difference from the best")
    open_frame(axis)


def draw_worth(axis: Axes, selection: Selection) -> None:
    """Draw by how much each view lowers the error, with its standard error, the first view on top."""
    worths = list(selection.view_contributions.items())
    for i, (_, contribution) in enumerate(worths):
        gain, stderr = 100 * contribution.gain, 100 * contribution.stderr
        axis.errorbar(gain, -i, xerr=stderr, fmt="o", ms=8, capsize=3, color=view_color(i))
    words = [f"{short(name)}\n{str(contribution).split(':')[0].split(' by ')[0]}" for name, contribution in worths]
    axis.set_yticks([-i for i in range(len(worths))], words, fontsize=9)
    literal(axis.get_yticklabels())
    axis.set_ylim(0.6 - len(worths), 0.6)
    axis.axvline(0, color=INK, lw=0.8, ls=":")
    entitle(axis, "what each view is worth")
    axis.set_xlabel("percent by which it lowers the error\n± standard error")
    open_frame(axis)


def _words(candidate: Candidate) -> str:
    steps = ", ".join(f"{short(name, 12)} {t}" for name, t in candidate.steps.items() if t)
    n_repeats = f" × {candidate.n_repeats}" if candidate.n_repeats > 1 else ""
    return steps + n_repeats + (f", by trust^{candidate.weight_exponent:g}" if candidate.weight_exponent else "")
