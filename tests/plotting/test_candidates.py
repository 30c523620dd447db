"""Candidate models stand at their errors, the selected one in red, and views at their contributions."""

from dataclasses import replace

import numpy as np
import pytest

from integrated_diffusion import Selection
from integrated_diffusion.plotting import candidates_figure
from integrated_diffusion.plotting.candidates import RULE, shown_candidates
from integrated_diffusion.plotting.palette import SELECTED
from integrated_diffusion.selection import Candidate, ViewContribution


@pytest.fixture
def selection():
    candidates = tuple(
        Candidate({"$rna$": a, "atac": b}, 1, 0.0, 0.3 + 0.1 * i, 0.01 * i, {})
        for i, (a, b) in enumerate([(2, 1), (1, 0), (1, 1), (0, 1)])
    )
    contributions = {"$rna$": ViewContribution(0.25, 0.02, True), "atac": ViewContribution(-0.05, 0.04, False)}
    return Selection(
        steps=candidates[1].steps,
        curves={},
        candidates=candidates,
        chosen=replace(candidates[1]),  # equal, not the same object: as read from a file
        view_contributions=contributions,
    )


def points(axis):
    """Error, standard error and colour of every error bar by the label beside it."""
    words = [text.get_text() for text in axis.get_yticklabels()]
    found = {}
    for container in axis.containers:
        (point, _, (bar,)) = container.lines
        left, right = bar.get_segments()[0][:, 0]
        x, y = float(point.get_xdata()[0]), float(point.get_ydata()[0])
        word = words[list(axis.get_yticks()).index(y)]
        found[word] = (x, (right - left) / 2, point.get_color())
    return found


def test_errors_and_the_selected_model(selection):
    figure = candidates_figure(selection)
    figure.draw_without_rendering()
    axis = figure.axes[0]
    found = points(axis)
    expected = {
        "$rna$ 2, atac 1": (0.3, 0.0),
        "$rna$ 1": (0.4, 0.01),
        "$rna$ 1, atac 1": (0.5, 0.02),
        "atac 1": (0.6, 0.03),
    }
    assert found.keys() == expected.keys()
    for word, (error, stderr) in expected.items():
        np.testing.assert_allclose(found[word][:2], (error, stderr), atol=1e-12)
    assert [word for word, (*_, color) in found.items() if color == SELECTED] == ["$rna$ 1"]
    assert [label.get_text() for label in axis.get_yticklabels() if label.get_color() == SELECTED] == ["$rna$ 1"]
    assert axis.texts[-1].get_text() == RULE
    (line,) = (line for line in axis.lines if line.get_linestyle() == ":")
    assert line.get_xdata() == [0.3, 0.3]  # whiskers that reach the lowest error are within one standard error
    heights = {text.get_text(): text.get_position()[1] for text in axis.texts[:-1]}
    assert heights == {"0.3000 (lowest)": 0, "0.4000 ± 0.0100": -1, "0.5000 ± 0.0200": -2, "0.6000 ± 0.0300": -3}


def test_the_axis_says_what_labels_mean(selection):
    assert candidates_figure(selection).axes[0].get_ylabel() == "diffusion time t"
    repeated = (*selection.candidates, replace(selection.candidates[0], n_repeats=3, weight_exponent=4.0, error=0.9))
    axis = candidates_figure(replace(selection, candidates=repeated)).axes[0]
    assert axis.get_ylabel() == "diffusion time t\n(× repeats, weight exponent)"
    assert axis.get_yticklabels()[-1].get_text() == "$rna$ 2, atac 1 (×3, exponent 4)"


def test_selected_and_single_view_models_are_always_shown(selection):
    many = tuple(replace(selection.candidates[0], n_repeats=i + 2, error=0.31 + i / 1e3) for i in range(30))
    ordered = (selection.candidates[0], *many, *selection.candidates[1:])
    shown = shown_candidates(replace(selection, candidates=ordered), 6)
    assert len(shown) == 6
    assert shown == sorted(shown, key=lambda one: one.error)
    for one in (*selection.candidates[:2], selection.candidates[3], many[0]):
        assert one in shown


def test_models_with_the_same_label_are_all_shown(selection):
    """Names that differ only behind the place where they are cut off."""
    names = "a very long name of rna", "a very long name of atac"
    candidates = tuple(
        Candidate(dict(zip(names, steps, strict=True)), 1, 0.0, error, 0.0, {})
        for steps, error in (((1, 0), 0.3), ((0, 1), 0.4))
    )
    both = replace(selection, candidates=candidates, chosen=candidates[0])
    assert len(candidates_figure(both).axes[0].containers) == 2


def test_contributions_in_percent(selection):
    figure = candidates_figure(selection)
    figure.draw_without_rendering()
    axis = figure.axes[1]
    found = points(axis)
    assert list(found) == ["$rna$", "atac"]
    np.testing.assert_allclose([value[:2] for value in found.values()], [(25, 2), (-5, 4)])
    rna, atac = axis.containers
    assert rna.lines[0].get_ydata()[0] > atac.lines[0].get_ydata()[0]  # the first view on top
    assert [text.get_text() for text in axis.texts] == [
        "reduces held-out error by 25.0% ± 2.0%",
        "no detectable contribution (reduction −5.0% ± 4.0%)",
    ]
