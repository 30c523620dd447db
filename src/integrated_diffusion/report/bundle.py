"""Embeddings, columns and features as the page's script reads them: a header that describes packed arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from integrated_diffusion.plotting import palette
from integrated_diffusion.report.budget import BUDGET, per_sample
from integrated_diffusion.report.clusters import COLOURED
from integrated_diffusion.report.columns import Column, Numbers
from integrated_diffusion.report.content import Content, first_colour
from integrated_diffusion.report.packing import Packer, missing_code, quantise
from integrated_diffusion.report.searchable import SearchableView

_TAILS = (0.5, 99.5)


def bundle(content: Content) -> str:
    """Return embeddings, columns and features as packed text."""
    packer = Packer()
    rows = slice(None) if content.on_page is None else content.on_page
    width = _width(content)
    names = content.sample_names
    shown = len(content.highlights.features)
    header = {
        "total": content.n_samples,
        "names": names if content.on_page is None else [names[i] for i in content.on_page],
        "maps": [
            {"title": one.title, "x": _numbers(packer, x, np.uint16), "y": _numbers(packer, y, np.uint16)}
            for one in content.embeddings
            for x, y in [one.coordinates[rows].T]
        ],
        "columns": [_column(packer, column, rows, width) for column in content.columns],
        "features": [
            {
                "name": feature.name,
                "modality": feature.modality,
                "panel": place < shown,
                "measured": _numbers(packer, feature.measured[rows], width),
                "denoised": _numbers(packer, feature.denoised[rows], width),
            }
            for place, feature in enumerate(content.features)
        ],
        "searchable": [_searchable(packer, view) for view in content.searchable],
        "pairs": content.highlights.pairs,
        "first": first_colour(content.columns),
        "colours": {
            "categories": palette.CATEGORIES,
            "other": palette.OTHER,
            "scale": palette.VIRIDIS,
        },
    }
    return packer.pack(header)


def _width(content: Content) -> type[np.unsignedinteger]:
    """Two bytes for each number (large counts four) where there is room for them, else one."""
    size = per_sample(len(content.embeddings), len(content.columns), len(content.features), width=2)
    return np.uint16 if size * content.n_on_page <= BUDGET else np.uint8


def _searchable(packer: Packer, view: SearchableView) -> dict[str, Any]:
    return {
        "modality": view.modality,
        "names": view.names,
        "others": view.others,
        "low": packer.add(view.low.view(np.uint32)),
        "step": packer.add(view.step.view(np.uint32)),
        "counts": None if view.counts is None else packer.add(view.counts),
        "gaps": None if view.gaps is None else packer.add(view.gaps),
        "codes": packer.add(view.codes),
        "measured": None if view.measured is None else packer.add(view.measured),
    }


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


def _column(packer: Packer, column: Column, rows: Any, width: type[np.unsignedinteger]) -> dict[str, Any]:
    if isinstance(column, Numbers):
        return {
            "kind": "numbers",
            "name": column.name,
            **_numbers(packer, column.values[rows], _wide_enough(column.values, width)),
        }
    dtype = np.uint8 if len(column.labels) <= missing_code(np.dtype(np.uint8)) else np.uint16
    codes = np.where(column.codes < 0, missing_code(np.dtype(dtype)), column.codes).astype(dtype)[rows]
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
