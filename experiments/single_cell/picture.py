"""What the pictures of this page have in common."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from integrated_diffusion.views.validation import View

DPI = 90
N_COLORS = 255


def column(values: View, place: int) -> np.ndarray:
    """Return one column, `(n_samples,)`, not sparse, float64."""
    chosen = values[:, [place]]
    dense = chosen if isinstance(chosen, np.ndarray) else chosen.toarray()
    return np.asarray(dense, dtype=np.float64).ravel()


def save(figure: Figure, path: Path) -> Path:
    """Write a picture, whole or not at all, in as many colours as a byte can number: thousands of dots are large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part.png")
    drawn = BytesIO()
    figure.savefig(drawn, dpi=DPI, facecolor="white")
    numbered = Image.open(drawn).convert("RGB").quantize(N_COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    numbered.save(temporary, optimize=True)
    temporary.replace(path)
    return path
