"""Arrays in a zip archive (`.npz`): values, names of samples and names of features."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import PutBlock


class NpzWriter:
    """A `.npz` with `values` (float32, Fortran order), `sample_names` and `feature_names`.

    A member of a zip archive cannot be mapped or opened again, so `values` is one stream, written from its first
    column to its last.
    """

    resumes = False
    value_bytes = 4

    def create(self, path: Path, tables: Tables) -> None:
        """Make an empty file."""
        path.touch()

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Open the archive to write columns of `values`, and write the names after the last one."""
        with zipfile.ZipFile(path, "w") as archive:
            with archive.open("values.npy", "w", force_zip64=True) as stream:
                header = {"descr": "<f4", "fortran_order": True, "shape": tables.shape}
                np.lib.format.write_array_header_1_0(stream, header)

                def put(columns: slice, block: np.ndarray) -> None:
                    stream.write(np.ascontiguousarray(block.T, dtype="<f4").data)

                yield put
            for key in ("sample_names", "feature_names"):
                with archive.open(f"{key}.npy", "w", force_zip64=True) as stream:
                    texts = np.array(getattr(tables, key), dtype=np.str_)
                    np.lib.format.write_array(stream, texts, allow_pickle=False)
