"""Names of samples or features that are read when they are needed, and compared some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

AT_ONCE = 2**18
"""Names that are read at once where they are compared."""


@dataclass(frozen=True, eq=False)
class LazyNames:
    """The index of a table in a store of AnnData.

    Attributes
    ----------
    stored : array or group of a store
        The index: an array of texts, or a group where anndata writes it otherwise.
    rows : numpy.ndarray of int or None, default None
        Numbers of the names that are meant; all unless given.
    """

    stored: Any
    rows: np.ndarray | None = None

    @classmethod
    def of(cls, table: Any, rows: np.ndarray | None = None) -> LazyNames:
        """Return the names of a table, `obs` or `var`."""
        return cls(table[table.attrs.get("_index", "_index")], rows)

    def read(self) -> np.ndarray:
        """Return all names, `(n,)`, as texts."""
        from anndata.io import read_elem

        names = _texts(read_elem(self.stored))
        return names if self.rows is None else names[self.rows]

    def equal(self, other: LazyNames) -> bool:
        """Return whether the names are those of another table in the same order."""
        if self._length() != other._length():
            return False
        return all(np.array_equal(a, b) for a, b in zip(self._blocks(), other._blocks(), strict=True))

    def _length(self) -> int:
        return int(self.stored.shape[0]) if hasattr(self.stored, "shape") else len(self.read())

    def _blocks(self) -> Iterator[np.ndarray]:
        if self.rows is not None or not hasattr(self.stored, "shape"):
            names = self.read()
            yield from (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
            return
        for start in range(0, self._length(), AT_ONCE):
            yield _texts(self.stored[start : start + AT_ONCE])


def _texts(names: Any) -> np.ndarray:
    return np.array([n.decode() if isinstance(n, bytes) else str(n) for n in np.asarray(names)], dtype=object)
