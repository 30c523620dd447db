"""Colour-blind safe colours of figures and report.

The first ten categories were chosen one after the other, each as far as possible (CIELAB) from all before, from white
and from the grey of missing values, for trichromatic vision, protanopia and deuteranopia alike; the others for the
worst of the three. The smallest distances are 19.9 among the first ten (Okabe and Ito's eight: 17.0) and 11.4 among all
thirty.
"""

from __future__ import annotations

CATEGORIES = (
    *("#0072b2", "#900000", "#bca616", "#00bc6f", "#850059", "#f4a6ff", "#0b9b9b", "#7a4e43", "#21379b", "#bc6f2c"),
    *("#4e90ff", "#9bde6f", "#21c8a6", "#006f85", "#43a6c8", "#906f43", "#59906f", "#214385", "#85dea6", "#7a90de"),
    *("#0b5916", "#4364d3", "#e9bce9", "#c8d34e", "#59b14e", "#7a2143", "#bc217a", "#6fde85", "#00c8c8", "#f47a4e"),
)
"""Colours of the thirty most frequent categories."""

VIEWS = ("#0072b2", "#8a7a10", "#850059", "#007a48", "#0b9b9b", "#4e90ff")
"""Colours of the views' lines and dots.

Contrast with white is at least 3.1 (WCAG asks for 3), the smallest distance between two is 23.7 for the worst of the
three kinds of vision, and none is close to the red of a selected model.
"""

SELECTED = "#b3261e"
"""Red of the selected model and of significant associations; contrast with white 6.5."""

OTHER = "#8d949c"
"""Categories without a colour of their own."""

MISSING = "#dfe2e6"
"""Missing values."""

VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
"""Nine stops of viridis, between which numbers are interpolated."""
