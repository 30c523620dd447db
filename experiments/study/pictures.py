"""How all pictures look and are written."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from experiments.study.files import whole

INK = "#30343b"
FAINT = "#d9dce1"
DPI = 110


def bare(axis: Axes) -> None:
    """Take ticks and the strong frame off axes whose coordinates mean nothing by themselves."""
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_color(FAINT)


def save(figure: Figure, path: Path) -> Path:
    """Write a picture, whole or not at all."""
    with whole(path) as temporary:
        figure.savefig(temporary, dpi=DPI)
    return path


def save_small(figure: Figure, path: Path, dpi: int = 90, n_colors: int = 255) -> Path:
    """Write a picture in as many colours as a byte can number: pictures of thousands of dots are large."""
    drawn = BytesIO()
    figure.savefig(drawn, dpi=dpi, facecolor="white")
    numbered = Image.open(drawn).convert("RGB").quantize(n_colors, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    with whole(path) as temporary:
        numbered.save(temporary, optimize=True)
    return path
