"""Figures as SVG elements of an HTML page."""

from __future__ import annotations

import io
import re
import warnings
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.figure import Figure

from integrated_diffusion.plotting.palette import SELECTED
from integrated_diffusion.plotting.style import INK

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_SALT = "integrated-diffusion"
_NOTHING = {"Date": None, "Creator": None, "Format": None, "Type": None}


def to_svg(figure: Figure, name: str, label: str) -> str:
    """Return a figure as one `<svg>` element.

    Text stays text, which a reader can search, select and copy, and which is as sharp as the page's. It is measured in
    DejaVu Sans, which is wider than the fonts of most pages, so that nothing overlaps where a page sets another font.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure. The same figure gives the same text: identifiers come from a fixed salt, and no date is written.
    name : str
        Prefix of all identifiers, which makes them unique on a page that has several figures.
    label : str
        What the figure shows, for screen readers.

    Returns
    -------
    str
        The element, without an XML declaration. It fills the width of what it stands in.
    """
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": _SALT}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a browser has fonts for it
        figure.savefig(buffer, format="svg", facecolor="none", metadata=_NOTHING)
    root = ElementTree.fromstring(buffer.getvalue())
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    for size in ("width", "height"):
        del root.attrib[size]
    root.attrib |= {"class": "chart", "role": "img", "aria-label": label}
    _prefix_identifiers(root, name)
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _LINK)
    return _in_colours_of_the_page(ElementTree.tostring(root, encoding="unicode"))


def _in_colours_of_the_page(svg: str) -> str:
    """Ink, white and the red of what is selected become the page's colours, so that a dark page has light lines."""
    svg = svg.replace(f": {INK}", ": currentColor").replace(": #ffffff", ": var(--paper, #ffffff)")
    return svg.replace(f": {SELECTED}", f": var(--selected, {SELECTED})")


def _prefix_identifiers(root: ElementTree.Element, name: str) -> None:
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if attribute == "id":
                element.attrib[attribute] = f"{name}-{value}"
            elif attribute == f"{{{_LINK}}}href":
                element.attrib[attribute] = re.sub("^#", f"#{name}-", value)
            else:
                element.attrib[attribute] = re.sub(r"url\(#", f"url(#{name}-", value)
