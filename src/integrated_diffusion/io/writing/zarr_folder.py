"""AnnData in zarr (`.zarr`, a folder), filled by columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from integrated_diffusion.io.writing.chunks import ARRAY_ENCODING, CHUNK_COLUMNS, column_chunks
from integrated_diffusion.io.writing.placing import sync
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import PutBlock

_CHUNK_ROWS = 16_384  # a megabyte: each chunk is a file


class ZarrWriter:
    """A `.zarr` in version 2 of the format, which all versions of zarr and anndata read."""

    resumes = True
    value_bytes = 4

    def create(self, path: Path, tables: Tables) -> None:
        """Make the folder with its tables; `X` is declared and holds no values yet."""
        import zarr  # takes half a second

        root = zarr.open_group(store=str(path), mode="w", zarr_format=2)
        tables.write(root)
        X = root.create_array(
            "X",
            shape=tables.shape,
            chunks=column_chunks(tables.shape, _CHUNK_ROWS),
            dtype=np.float32,
            compressors=None,
            fill_value=0.0,
            chunk_key_encoding={"name": "v2", "separator": "."},
        )
        X.attrs.update(ARRAY_ENCODING)
        zarr.consolidate_metadata(root.store)

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Open the folder to write columns of `X`."""
        import zarr

        X = zarr.open_array(store=str(path / "X"), mode="r+")

        def put(columns: slice, block: np.ndarray) -> None:
            X[:, columns] = block
            for column in range(columns.start // CHUNK_COLUMNS, -(-columns.stop // CHUNK_COLUMNS)):
                for chunk in (path / "X").glob(f"*.{column}"):
                    sync(chunk)

        yield put
