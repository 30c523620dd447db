"""How an AnnData lies in a file: groups and attributes as anndata 0.8 and later reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

TextWriter = Callable[[Any, str, Sequence[str]], Any]
"""Writes texts into a group under a key, and returns them as they lie there."""

ARRAY = {"encoding-type": "array", "encoding-version": "0.2.0"}
CHUNK_COLUMNS = 16
_ROOT = {"encoding-type": "anndata", "encoding-version": "0.1.0"}
_FRAME = {"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index", "column-order": []}
_TEXTS = {"encoding-type": "string-array", "encoding-version": "0.2.0"}
_MAPPING = {"encoding-type": "dict", "encoding-version": "0.1.0"}
_MAPPINGS = ("layers", "obsm", "obsp", "uns", "varm", "varp")


class Tables(Protocol):
    """What an AnnData tells of its samples and features, besides the values."""

    def write(self, root: Any, texts: TextWriter) -> None:
        """Write it into the root of an empty file."""

    def fingerprint(self) -> str:
        """A few letters that are others where anything of it is another."""


@dataclass(frozen=True)
class Names:
    """Names of samples and features and nothing else.

    Attributes
    ----------
    samples, features
        One name each.
    """

    samples: Sequence[str]
    features: Sequence[str]

    def write(self, root: Any, texts: TextWriter) -> None:
        """Write an AnnData of these names; `X` is still to come."""
        lay_out(root)
        for key, names in (("obs", self.samples), ("var", self.features)):
            frame = root.create_group(key)
            frame.attrs.update(_FRAME)
            texts(frame, "_index", names).attrs.update(_TEXTS)

    def fingerprint(self) -> str:
        """A few letters that are others where a name is another."""
        told = hashlib.blake2b(digest_size=16)
        for names in (self.samples, self.features):
            told.update(repr(len(names)).encode())
            told.update("\0".join(names).encode())
        return told.hexdigest()


def lay_out(root: Any) -> None:
    """Make the root of an empty file that of an AnnData; `X`, `obs` and `var` are still to come."""
    root.attrs.update(_ROOT)
    for key in _MAPPINGS:
        root.create_group(key).attrs.update(_MAPPING)


def chunks(shape: tuple[int, int], n_rows: int) -> tuple[int, int]:
    """Narrow and long: a block of columns fills whole chunks, and few are read for one column or a few rows.

    Blocks are sixteen columns wide, or a multiple (see `blocks.Averages`).

    Parameters
    ----------
    shape
        Shape of the whole.
    n_rows
        Most rows of a chunk; rows are dealt evenly, so that hardly any of the last chunk is empty.
    """
    n_chunks = max(1, -(-shape[0] // n_rows))
    return max(1, -(-shape[0] // n_chunks)), max(1, min(shape[1], CHUNK_COLUMNS))


def as_objects(names: Sequence[str]) -> np.ndarray:
    """Texts as an array of objects, which files of texts of any length take."""
    found = np.empty(len(names), dtype=object)
    found[:] = names
    return found
