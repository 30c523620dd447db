"""Embeddings, columns and features as the page's script reads them: a header that describes packed arrays."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from integrated_diffusion.plotting import palette
from integrated_diffusion.report.columns import Categories, Column, Numbers
from integrated_diffusion.report.content import Content
from integrated_diffusion.report.packing import Packer, missing_code, quantise

MOST_WIDE = 4_000_000
"""Up to this many numbers of columns and features, each takes two bytes (large counts four), beyond it one byte. This
keeps a file below 15 MB."""
COLOURED = 30
"""Largest number of categories with a colour of their own."""
_TAILS = (0.5, 99.5)
_KINDS = re.compile("type|label|annot|cluster|leiden|louvain", re.IGNORECASE)


def bundle(content: Content) -> str:
    """Return embeddings, columns and features as packed text."""
    packer = Packer()
    n_numeric = sum(isinstance(column, Numbers) for column in content.columns) + 2 * len(content.highlights.features)
    width: type[np.unsignedinteger] = np.uint16 if n_numeric * content.n_samples <= MOST_WIDE else np.uint8
    header = {
        "names": content.sample_names,
        "maps": [
            {"title": one.title, "x": _numbers(packer, x, np.uint16), "y": _numbers(packer, y, np.uint16)}
            for one in content.embeddings
            for x, y in [one.coordinates.T]
        ],
        "columns": [_column(packer, column, width) for column in content.columns],
        "features": [
            {
                "name": feature.name,
                "modality": feature.modality,
                "measured": _numbers(packer, feature.measured, width),
                "denoised": _numbers(packer, feature.denoised, width),
            }
            for feature in content.highlights.features
        ],
        "pairs": content.highlights.pairs,
        "first": first_colour(content),
        "colours": {
            "categories": palette.CATEGORIES,
            "other": palette.OTHER,
            "missing": palette.MISSING,
            "scale": palette.VIRIDIS,
        },
    }
    return packer.pack(header)


def first_colour(content: Content) -> int | None:
    """Return the index of the column that colours the embeddings when the page opens.

    The first column of 2 to 30 categories whose name suggests cell types or clusters, else the first of 2 to 30
    categories, else the first column.
    """
    groups = [
        i
        for i, column in enumerate(content.columns)
        if isinstance(column, Categories) and 2 <= len(column.labels) <= COLOURED
    ]
    named = [i for i in groups if _KINDS.search(content.columns[i].name)]
    return next(iter((*named, *groups, *range(len(content.columns)))), None)


def limits(values: np.ndarray) -> tuple[float, float]:
    """Return the numbers at the two ends of the colour scale: percentiles 0.5 and 99.5."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = map(float, 2 * np.percentile(known / 2, _TAILS))  # halves, whose differences are always finite
    return (low, high) if low < high else (float(known.min()), float(known.max()))


def coloured(codes: np.ndarray, n_labels: int) -> list[int]:
    """Return the labels with a colour of their own: all, or the thirty most frequent, in the column's order."""
    counts = np.bincount(codes[codes >= 0], minlength=n_labels)
    return sorted(np.argsort(-counts, kind="stable")[:COLOURED].tolist())


def _column(packer: Packer, column: Column, width: type[np.unsignedinteger]) -> dict[str, Any]:
    if isinstance(column, Numbers):
        return {
            "kind": "numbers",
            "name": column.name,
            **_numbers(packer, column.values, _wide_enough(column.values, width)),
        }
    dtype = np.uint8 if len(column.labels) <= missing_code(np.dtype(np.uint8)) else np.uint16
    codes = np.where(column.codes < 0, missing_code(np.dtype(dtype)), column.codes).astype(dtype)
    return {
        "kind": "categories",
        "name": column.name,
        "labels": column.labels,
        "coloured": coloured(column.codes, len(column.labels)),
        "codes": packer.add(codes),
    }


def _wide_enough(values: np.ndarray, width: type[np.unsignedinteger]) -> type[np.unsignedinteger]:
    """Four bytes for whole numbers that two bytes cannot distinguish, such as counts, unless `width` is one byte."""
    known = values[np.isfinite(values)]
    span, whole = float(known.max()) - float(known.min()), bool((known == np.rint(known)).all())
    two, four = (missing_code(np.dtype(dtype)) for dtype in (np.uint16, np.uint32))
    return np.uint32 if width is np.uint16 and whole and two <= span < four else width


def _numbers(packer: Packer, values: np.ndarray, width: type[np.unsignedinteger]) -> dict[str, Any]:
    quantised = quantise(values, width)
    infinite = {
        word: np.flatnonzero(values == bound).tolist() for word, bound in (("above", np.inf), ("below", -np.inf))
    }
    return {
        **{word: samples for word, samples in infinite.items() if samples},
        "codes": packer.add(quantised.codes),
        "low": quantised.low,
        "step": quantised.step,
        "limits": limits(np.asarray(values, dtype=np.float64)),
    }
