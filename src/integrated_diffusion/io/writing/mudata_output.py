"""An output that is a MuData: an `.h5mu`, or a `.zarr` made of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integrated_diffusion.io.files import one_line
from integrated_diffusion.io.writing.outputs import Beside, placed_before, replacing
from integrated_diffusion.io.writing.partial import growing
from integrated_diffusion.io.writing.zarr_store import hdf5_as_zarr

MUDATA_SUFFIXES = (".h5mu", ".zarr")
"""Formats that hold a MuData."""


@contextmanager
def replacing_mudata(output: Path, beside: Beside | None = None) -> Iterator[Path]:
    """Give a temporary `.h5mu`, whose content replaces the output, as the file or as a folder, if no error occurs.

    Parameters
    ----------
    output : pathlib.Path
        The `.h5mu` or `.zarr` to write.
    beside : Beside or None, default None
        Other outputs, see `placed_before`.

    Yields
    ------
    pathlib.Path
        An empty file to write to.

    Raises
    ------
    ValueError
        If the output cannot be written, for want of space or permission.
    """
    if output.suffix.lower() != ".zarr":
        with replacing(output) as temporary, placed_before(beside or {}):
            yield temporary
        return
    try:
        with growing(output, None) as partial, placed_before(beside or {}):
            temporary = partial.file.with_suffix(".h5mu")
            temporary.touch()
            yield temporary
            hdf5_as_zarr(temporary, partial.file)
            temporary.unlink()
    except OSError as error:
        raise ValueError(
            f"{output}: expected to write the output, found that it failed ({one_line(error)}); "
            "free some space or choose another folder"
        ) from error
