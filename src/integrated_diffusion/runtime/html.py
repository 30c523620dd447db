"""Small tables and curves in HTML, as notebooks show values: no scripts, every text escaped, light and dark alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

import numpy as np

_CELL = "padding:2px 10px;text-align:left"
_MARK = ' style="font-weight:bold;box-shadow:inset 3px 0 #d1495b"'


def html_table(
    caption: str, heading: Sequence[str], rows: Sequence[Sequence[object]], marked: Collection[int] = ()
) -> str:
    """Return a table.

    Parameters
    ----------
    caption : str
        What stands above it.
    heading : sequence of str
        Names of the columns.
    rows : sequence of sequences
        Their values.
    marked : collection of int, default ()
        Rows that are bold, with a red bar.

    Returns
    -------
    str
        HTML.
    """
    head = "".join(f'<th style="{_CELL}">{escape(one)}</th>' for one in heading)
    body = "".join(
        f"<tr{_MARK if place in marked else ''}>"
        + "".join(f'<td style="{_CELL}">{escape(str(value))}</td>' for value in row)
        + "</tr>"
        for place, row in enumerate(rows)
    )
    title = f'<caption style="text-align:left;font-weight:bold">{escape(caption)}</caption>'
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_paragraph(text: str) -> str:
    """Return a line of text."""
    return f"<p>{escape(text)}</p>"


def html_curve(x: np.ndarray, y: np.ndarray, mark: int, label: str) -> str:
    """Return a falling curve with a dot, without axes: the numbers stand in the label.

    Parameters
    ----------
    x, y : numpy.ndarray of shape (n,)
        Points of the curve; `y` from zero on.
    mark : int
        Which point has the dot; none if there is no such point.
    label : str
        What stands beside it.

    Returns
    -------
    str
        HTML with an SVG element.
    """
    across = 4 + 192 * (x - x.min()) / (np.ptp(x) or 1)
    down = 56 - 52 * y / (y.max() or 1)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, down, strict=True))
    dot = f'<circle cx="{across[mark]:.1f}" cy="{down[mark]:.1f}" r="4" fill="#d1495b"/>' if mark < len(x) else ""
    line = f'<polyline points="{points}" fill="none" stroke="#0072b2" stroke-width="2"/>'
    picture = f'<svg width="200" height="60" role="img" aria-label="{escape(label)}">{line}{dot}</svg>'
    return f'<div style="display:flex;align-items:center;gap:12px">{picture}<span>{escape(label)}</span></div>'
