"""Colours that can be told apart, also by those who see fewer.

The first ten were chosen one after the other, each as far as possible (CIELAB) from all before, from white and from the
grey of missing values, for usual sight, protanopia and deuteranopia alike; the others for the worst of the three. The
least distances are 19.9 among the first ten (Okabe and Ito's eight: 17.0) and 11.4 among all.
"""

from __future__ import annotations

CATEGORIES = (
    *("#0072b2", "#900000", "#bca616", "#00bc6f", "#850059", "#f4a6ff", "#0b9b9b", "#7a4e43", "#21379b", "#bc6f2c"),
    *("#4e90ff", "#9bde6f", "#21c8a6", "#006f85", "#43a6c8", "#906f43", "#59906f", "#214385", "#85dea6", "#7a90de"),
    *("#0b5916", "#4364d3", "#e9bce9", "#c8d34e", "#59b14e", "#7a2143", "#bc217a", "#6fde85", "#00c8c8", "#f47a4e"),
)
"""For the thirty most frequent categories; all further ones are shown together."""

OTHER = "#8d949c"
MISSING = "#dfe2e6"
VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
"""Nine stops of viridis, between which numbers are shaded."""
