"""Pictures have what they say they have."""

import numpy as np
import pytest
from matplotlib.image import imread

from integrated_diffusion import Selection, Spectrum, entropy_curve
from integrated_diffusion.plotting import MAX_CATEGORIES, is_categorical, picture, save
from integrated_diffusion.selection import Candidate, ViewContribution

N = 50


@pytest.fixture
def curves():
    rng = np.random.default_rng(0)
    return {name: entropy_curve(Spectrum.of(rng.uniform(size=20))) for name in ("rna", "atac")}


@pytest.fixture
def coordinates():
    return np.random.default_rng(1).normal(size=(N, 2))


@pytest.mark.parametrize(
    "labels",
    [
        None,
        np.arange(N) % 3,
        np.linspace(0, 1, N),
        np.array([f"type {i % 30}" for i in range(N)]),
        np.array([f"<script>{'x' * 60}{i % 2}" for i in range(N)], dtype=object),
    ],
)
def test_draws_maps_and_curves(tmp_path, curves, coordinates, labels):
    steps = {"rna": 1, "atac": 2}
    figure = picture({"one": coordinates, "two": coordinates}, "title", labels, "kind", None, curves, steps)
    titles = {axis.get_title(): axis for axis in figure.axes if axis.get_title()}
    one, two = titles["one"], titles["two"]
    entropy = titles["spectral entropy, elbows marked"]
    assert len(one.collections[0].get_offsets()) == N
    assert [text.get_text() for text in entropy.get_legend().get_texts()] == [
        f"{name}: t = {t}, elbow at {curves[name].elbow}" for name, t in steps.items()
    ]
    marks = {line.get_xdata()[0] for line in entropy.lines if line.get_marker() == "o"}
    assert marks == {curve.elbow for curve in curves.values()}
    save(figure, tmp_path / "picture.png")
    assert imread(tmp_path / "picture.png").ndim == 3
    large, small = one.get_window_extent(), two.get_window_extent()
    assert large.width == pytest.approx(large.height)
    assert small.width == pytest.approx(small.height)
    assert large.width > 1.5 * small.width
    for axis in (one, two):
        (x0, x1), (y0, y1) = axis.get_xlim(), axis.get_ylim()
        assert x1 - x0 == pytest.approx(y1 - y0)  # the same unit on both axes


def test_numbers_have_a_named_colour_bar_and_categories_a_named_legend(coordinates):
    (bar,) = picture({"map": coordinates}, "", np.linspace(0, 1, N), "depth").axes[0].child_axes
    assert bar.get_title(loc="left") == "depth"
    legend = picture({"map": coordinates}, "", np.arange(N) % 3, "kind").axes[0].get_legend()
    assert legend.get_title().get_text() == "kind"
    plain = picture({"map": coordinates}, "")
    assert len(plain.axes) == 1
    assert plain.axes[0].get_legend() is None
    assert len(np.unique(plain.axes[0].collections[0].get_facecolors(), axis=0)) == 1


def test_what_cross_validation_found(tmp_path, coordinates):
    """The selected model is there in its own colour, so is every single view, and errors stand where they should."""
    candidates = tuple(
        Candidate({"rna": a, "$atac_$": b}, n_repeats, weight_exponent, 0.4 + 0.02 * i, 0.01, {"rna": 0.4})
        for i, (a, b, n_repeats, weight_exponent) in enumerate(
            [(2, 1, 1, 1.0), (2, 1, 1, 0.0), (1, 1, 2, 0.0), *((t, 2, 1, 1.0) for t in (1, 3, 4)), (1, 0, 1, 0.0)]
            + [(t, 3, 1, 0.0) for t in (1, 2, 4)]
            + [(t, 4, 1, 0.0) for t in (1, 3)]
            + [(0, 1, 1, 0.0)]
        )
    )
    view_contributions = dict.fromkeys(("rna", "$atac_$"), ViewContribution(0.1, 0.01, True))
    chosen = Selection(
        steps=candidates[1].steps,
        curves={},
        candidates=candidates,
        chosen=candidates[1],
        view_contributions=view_contributions,
    )
    figure = picture({"map": coordinates}, "", selection=chosen)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["map", "candidate models", "what each view adds"]
    panel = figure.axes[1]
    words = [text.get_text() for text in panel.get_yticklabels()]
    assert len(words) == 6
    assert {"rna 1", "$atac_$ 1", "rna 2, $atac_$ 1", "rna 2, $atac_$ 1 (exponent 1)", "rna 1, $atac_$ 1 (×2)"} <= set(
        words
    )
    assert any("one standard error" in text.get_text() for text in panel.texts)
    errors = [bar.lines[0].get_xdata()[0] for bar in panel.containers]
    assert errors == sorted(errors)
    colors = {word: bar.lines[0].get_color() for word, bar in zip(words, panel.containers, strict=True)}
    assert [word for word, color in colors.items() if color != colors["rna 1"]] == ["rna 2, $atac_$ 1"]
    save(figure, tmp_path / "picture.png")
    inside = figure.bbox.padded(1)
    for axis in figure.axes:
        for text in (*axis.texts, *axis.get_yticklabels(), axis.title, axis.xaxis.label):
            if not text.get_text():
                continue
            box = text.get_window_extent()
            assert inside.contains(*box.min), text
            assert inside.contains(*box.max), text


def test_names_are_shortened_in_the_legend(coordinates):
    labels = np.array(["x" * 80, "y"] * (N // 2))
    figure = picture({"map": coordinates}, "", labels, "kind")
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names == ["x" * 23 + "…", "y"]


def test_dots_have_the_colour_of_their_label(coordinates):
    labels = np.arange(N) % 2
    figure = picture({"map": coordinates}, "", labels, "kind")
    dots = figure.axes[0].collections[0]
    by_place = {
        tuple(place): tuple(color[:3]) for place, color in zip(dots.get_offsets(), dots.get_facecolors(), strict=True)
    }
    colors = [{by_place[tuple(place)] for place in coordinates[labels == label]} for label in (0, 1)]
    assert [len(found) for found in colors] == [1, 1]
    assert colors[0] != colors[1]


def test_what_counts_as_a_category():
    assert is_categorical(np.array(["a", "b"]))
    assert is_categorical(np.array([True, False]))
    assert is_categorical(np.arange(MAX_CATEGORIES))
    assert not is_categorical(np.arange(MAX_CATEGORIES + 1))
    assert not is_categorical(np.array([0.5, 1.5]))
