"""AnnData in zarr (`.zarr`, a folder), filled by columns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from integrated_diffusion.io.writing.layout import ARRAY, CHUNK_COLUMNS, Tables, as_objects, chunks

_CHUNK_ROWS = 16_384  # a megabyte: each chunk is a file
_MARKS = (".zgroup", "zarr.json")


class ZarrStore:
    """A `.zarr` of the second version of the format, which all versions of zarr and anndata read."""

    def create(self, path: Path, shape: tuple[int, int], tables: Tables) -> None:
        """Make a folder whose `X` has its place already, float32."""
        import zarr  # half a second, for those who write it

        root = zarr.open_group(store=str(path), mode="w", zarr_format=2)
        tables.write(root, _texts)
        X = root.create_array(
            "X",
            shape=shape,
            chunks=chunks(shape, _CHUNK_ROWS),
            dtype=np.float32,
            compressors=None,
            fill_value=0.0,
            chunk_key_encoding={"name": "v2", "separator": "."},
        )
        X.attrs.update(ARRAY)
        zarr.consolidate_metadata(root.store)

    @contextmanager
    def filling(self, path: Path) -> Iterator[Callable[[slice, np.ndarray], None]]:
        """Open it to put columns into `X`."""
        import zarr

        X = zarr.open_array(store=str(path / "X"), mode="r+")

        def write(place: slice, block: np.ndarray) -> None:
            X[:, place] = block
            for column in range(place.start // CHUNK_COLUMNS, -(-place.stop // CHUNK_COLUMNS)):
                for chunk in (path / "X").glob(f"*.{column}"):
                    _to_disk(chunk)

        yield write

    def is_one(self, path: Path) -> bool:
        """Whether what is there is a folder of zarr."""
        return any((path / mark).is_file() for mark in _MARKS)


def _texts(group: Any, key: str, names: Sequence[str]) -> Any:
    texts = group.create_array(key, shape=(len(names),), dtype=str, fill_value="")
    texts[:] = as_objects(names)
    return texts


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
