"""Walks that were tried stand where their errors are, the choice in red, and views at their worth."""

import numpy as np
import pytest

from integrated_diffusion import Selection
from integrated_diffusion.plotting import candidates_figure
from integrated_diffusion.selection import Candidate, ViewContribution


@pytest.fixture
def selection():
    tried = tuple(
        Candidate({"$rna$": a, "atac": b}, 1, 0.0, 0.3 + 0.1 * i, 0.01 * i, {})
        for i, (a, b) in enumerate([(2, 1), (1, 0), (1, 1), (0, 1)])
    )
    view_contributions = {"$rna$": ViewContribution(0.25, 0.02, True), "atac": ViewContribution(-0.05, 0.04, False)}
    return Selection(
        steps=tried[1].steps, curves={}, candidates=tried, chosen=tried[1], view_contributions=view_contributions
    )


def points(axis):
    """Place and reach of every error bar by the word beside it."""
    words = [text.get_text() for text in axis.get_yticklabels()]
    found = {}
    for container in axis.containers:
        (point, _, (bar,)) = container.lines
        left, right = bar.get_segments()[0][:, 0]
        x, y = float(point.get_xdata()[0]), float(point.get_ydata()[0])
        word = words[list(axis.get_yticks()).index(y)]
        found[word] = (x, (right - left) / 2, point.get_color())
    return found


def test_errors_and_the_choice(selection):
    figure = candidates_figure(selection)
    figure.draw_without_rendering()
    found = points(figure.axes[0])
    expected = {
        "$rna$ 2, atac 1": (0.3, 0.0),
        "$rna$ 1": (0.4, 0.01),
        "$rna$ 1, atac 1": (0.5, 0.02),
        "atac 1": (0.6, 0.03),
    }
    assert found.keys() == expected.keys()
    for word, (error, stderr) in expected.items():
        np.testing.assert_allclose(found[word][:2], (error, stderr), atol=1e-12)
    red = found["$rna$ 1"][2]
    assert [word for word, (*_, color) in found.items() if color == red] == ["$rna$ 1"]


def test_worth_in_percent(selection):
    figure = candidates_figure(selection)
    figure.draw_without_rendering()
    found = points(figure.axes[1])
    assert list(found) == ["$rna$\nlowers the error", "atac\nadds nothing"]
    np.testing.assert_allclose([value[:2] for value in found.values()], [(25, 2), (-5, 4)])
    rna, atac = figure.axes[1].containers
    assert rna.lines[0].get_ydata()[0] > atac.lines[0].get_ydata()[0]  # the first view on top
