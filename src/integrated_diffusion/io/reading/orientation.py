"""Whether samples are in rows: told by the names of rows and columns."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence

from integrated_diffusion.io.reading.view_file import StoredView

_BARCODE = re.compile(r"(.*[^A-Za-z])?[ACGTN]{8,}([-._]\w+)?")
_REMEDY = "give --transpose (in Python transposed=True) if features are in rows"


class OrientationWarning(UserWarning):
    """A table seems to have samples in columns and features in rows."""


def check_orientation(stored: Mapping[str, StoredView]) -> None:
    """Say that views look as if samples were in columns.

    Parameters
    ----------
    stored : mapping of str to StoredView
        The views as they were read.

    Raises
    ------
    ValueError
        If views have no sample in common, but all the same names of features, or columns of one are rows of others.

    Warns
    -----
    OrientationWarning
        If features, and not samples, are named by cell barcodes.
    """
    named = {
        name: (view.sample_names, view.feature_names)
        for name, view in stored.items()
        if view.sample_names and view.feature_names
    }
    rows, columns = ([set(names[side]) for names in named.values()] for side in (0, 1))
    alike = len(named) > 1 and len(columns[0]) > 1 and all(names == columns[0] for names in columns[1:])
    if alike and not set.intersection(*rows):
        raise ValueError(
            f"expected samples in rows, found no row that {' and '.join(map(repr, named))} have in common, but the "
            f"same {len(columns[0])} columns; {_REMEDY}"
        )
    one = _one_turned(named)
    if one is not None:
        raise ValueError(
            f"expected samples in rows, found columns of '{one}' that are rows of the other views; write '{one}' again "
            "with samples in rows"
        )
    turned = [name for name, (samples, features) in named.items() if _barcodes(features) > 0.5 > _barcodes(samples)]
    if turned:
        first = named[turned[0]]
        warnings.warn(
            f"expected samples in rows, found columns of {' and '.join(map(repr, turned))} that are named as cells are "
            f"('{first[1][0]}'), and rows that are not ('{first[0][0]}'); {_REMEDY}",
            OrientationWarning,
            stacklevel=3,
        )


def _one_turned(named: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> str | None:
    """The one view whose columns, and none of its rows, are among the rows of the others."""
    found = []
    for name, (samples, features) in named.items():
        others: set[str] = set().union(*(rows for other, (rows, _) in named.items() if other != name))
        if not others.intersection(samples) and 2 * len(others.intersection(features)) > len(features):
            found.append(name)
    return found[0] if len(found) == 1 else None


def _barcodes(names: Sequence[str]) -> float:
    """Share of the names that are cell barcodes."""
    return sum(_BARCODE.fullmatch(name) is not None for name in names) / len(names)
