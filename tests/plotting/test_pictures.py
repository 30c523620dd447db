"""Figures look as they did: each is compared with a stored picture, small and grey, for the layout and not for letters.

`python tests/plotting/test_pictures.py` draws the stored pictures anew; look at them before they are committed.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from integrated_diffusion import Selection, plotting
from integrated_diffusion.plotting import PairPanel
from integrated_diffusion.plotting.comparison import comparison_figure
from integrated_diffusion.selection import Candidate, ViewContribution
from integrated_diffusion.spectrum.entropy import EntropyCurve

STORED = Path(__file__).parent / "pictures"
WIDTH = 160
"""Pixels; a letter is smaller than one."""
TOLERANCE = 4.0
"""Root mean square of the differences, of 255. A legend that is missing makes 5 to 27, a font with serifs 1 to 10."""

GROUPS = np.arange(300) % 6
ANGLE = GROUPS * np.pi / 3
SPIRAL = np.sqrt(np.arange(300) / 300)
COORDINATES = np.column_stack(
    [
        4 * np.cos(ANGLE) + SPIRAL * np.cos(7.0 * np.arange(300)),
        3 * np.sin(ANGLE) + SPIRAL * np.sin(7.0 * np.arange(300)),
    ]
)
NAMES = np.array([f"cell type {i}" for i in GROUPS])
T = np.arange(1, 101)
CURVES = {
    "rna": EntropyCurve(T, 6 / np.sqrt(T), np.full(100, 0.1), 8),
    "prot": EntropyCurve(T, 5 * np.exp(-T / 12), np.zeros(100), 14),
}


def selection() -> Selection:
    settings = [
        (1, 2, 1, 4.0),
        (1, 2, 1, 0.0),
        (1, 1, 1, 0.0),
        (1, 0, 1, 0.0),
        (1, 2, 2, 0.0),
        (0, 1, 1, 0.0),
        (2, 1, 1, 0.0),
    ]
    candidates = tuple(
        Candidate({"rna": a, "prot": b}, repeats, weights, 0.5 + 0.01 * i, 0.004 * i, {})
        for i, (a, b, repeats, weights) in enumerate(settings)
    )
    contributions = {"rna": ViewContribution(0.12, 0.02, True), "prot": ViewContribution(0.25, 0.03, True)}
    return Selection(
        steps=candidates[1].steps,
        candidates=candidates,
        chosen=candidates[1],
        view_contributions=contributions,
    )


def associations() -> pd.DataFrame:
    i = np.arange(60)
    score = 0.1 + 0.9 * (i % 7 == 0) * (1 - i / 90)
    return pd.DataFrame(
        {
            "first": [f"gene{k}" for k in i],
            "second": [f"protein{k}" for k in i],
            "score": score,
            "null_mean": 0.05 + 0.002 * i,
            "excess": score - 0.05 - 0.002 * i,
            "q_value": np.where(i % 7 == 0, 0.01, 0.6),
        }
    )


def one_pair() -> Figure:
    x = np.linspace(0, 1, 300)
    panels = [PairPanel(f"way {i}", x, x**i, 0.1 * i, 0.05, 0.01) for i in (1, 2, 3)]
    return plotting.pair_figure(panels, "CD8A (rna)", "cd8 (prot)")


FIGURES = {
    "run": lambda: plotting.picture(
        {"integrated (PHATE)": COORDINATES}, "J = 0.33 rna + 0.67 prot", NAMES, "cell_type", selection()
    ),
    "run_by_number": lambda: plotting.picture(
        {"integrated (PHATE)": COORDINATES}, "J = rna", COORDINATES[:, 0], "depth"
    ),
    "run_by_entropy": lambda: plotting.picture(
        {"integrated (PHATE)": COORDINATES}, "J = rna · prot", NAMES, "cell_type", None, CURVES, {"rna": 1, "prot": 1}
    ),
    "digits": lambda: plotting.picture(
        {"integrated": COORDINATES, "view1 alone": COORDINATES, "view2 alone": -COORDINATES},
        "J = 0.67 view1 + 0.33 view2",
        GROUPS,
        "digit",
        selection(),
    ),
    "cells": lambda: comparison_figure(
        {"RNA": COORDINATES, "proteins": -COORDINATES, "both": COORDINATES[:, ::-1]},
        NAMES,
        {"gene": COORDINATES[:, 0], "denoised": COORDINATES[:, 1], "protein": GROUPS.astype(float)},
        "cells",
        "cell type",
    ),
    "embedding": lambda: plotting.map_figure(COORDINATES, {"kind": NAMES, "depth": COORDINATES[:, 0]}),
    "candidates": lambda: plotting.candidates_figure(selection()),
    "entropy": lambda: plotting.entropy_figure(CURVES, {"rna": 1, "prot": 2}),
    "associations": lambda: plotting.association_figure(associations(), "rna and prot"),
    "pair": one_pair,
}


def drawn(figure: Figure) -> np.ndarray:
    """The figure in grey, as few pixels, float."""
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=60, facecolor="white")
    with Image.open(held) as image:
        small = image.convert("L").resize((WIDTH, round(WIDTH * image.height / image.width)), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64)


def stored(name: str) -> np.ndarray:
    with Image.open(STORED / f"{name}.png") as image:
        return np.asarray(image, dtype=np.float64)


def difference(name: str, found: np.ndarray) -> float:
    expected = stored(name)
    assert found.shape == expected.shape, "another size"
    return float(np.sqrt(((found - expected) ** 2).mean()))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_it_did(name):
    assert difference(name, drawn(FIGURES[name]())) < TOLERANCE


def test_a_broken_layout_is_seen():
    figure = FIGURES["run"]()
    figure.axes[0].get_legend().remove()
    figure.axes[0].set_aspect("auto")
    figure.axes[0].set_box_aspect(0.6)
    assert difference("run", drawn(figure)) > TOLERANCE
    figure = FIGURES["candidates"]()
    figure.axes[0].set_position((0.5, 0.1, 0.5, 0.8))
    assert difference("candidates", drawn(figure)) > TOLERANCE


def test_every_stored_picture_is_of_a_figure():
    assert {path.stem for path in STORED.glob("*.png")} == set(FIGURES)
    assert sum(path.stat().st_size for path in STORED.glob("*.png")) < 150_000


def keep() -> None:
    """Draw all stored pictures anew."""
    for name, figure in FIGURES.items():
        Image.fromarray(drawn(figure()).astype(np.uint8)).save(STORED / f"{name}.png", optimize=True)


if __name__ == "__main__":
    keep()
