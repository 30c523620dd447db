"""Files opened as one MuData."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import mudata

from integrated_diffusion.io import keys
from integrated_diffusion.io.elements import check_element
from integrated_diffusion.io.files import check_input, one_line, opened_hdf5
from integrated_diffusion.io.foreign import as_hdf5, stored_kind
from integrated_diffusion.io.mudata_settings import own_columns
from integrated_diffusion.io.reading.h5mu import check_mudata_file
from integrated_diffusion.io.reading.mixed_outputs import warn_of_other_runs
from integrated_diffusion.io.reading.readers import read
from integrated_diffusion.io.writing.assemble import as_mudata


def holds_operator(paths: Sequence[Path]) -> bool:
    """Whether these are one `.h5mu` that keeps an integrated operator.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Files.
    """
    if len(paths) != 1 or stored_kind(paths[0]) != ".h5mu":
        return False
    check_input(paths[0])
    with opened_hdf5(paths[0]) as file:
        return f"uns/{keys.RECORD}" in file and keys.described_operator(file[f"uns/{keys.RECORD}"]) is not None


def open_mudata(paths: Sequence[Path]) -> mudata.MuData:
    """Open a `.h5mu` as it is, or make a MuData of other files.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        One `.h5mu` or MuData in `.zarr`; or what `read` takes.

    Returns
    -------
    mudata.MuData

    Raises
    ------
    FileNotFoundError, ValueError, TypeError
        As `read`.
    """
    if len(paths) != 1 or stored_kind(paths[0]) != ".h5mu":
        return as_mudata(read(paths))
    path = paths[0]
    check_input(path)
    warn_of_other_runs(path)
    with opened_hdf5(path) as file:
        check_mudata_file(file, path)
        check_element(file)
    try:
        with own_columns(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about older files, which are read too
            return mudata.read_h5mu(as_hdf5(path))
    except Exception as error:  # mudata says neither which errors there are nor what they mean
        raise ValueError(
            f"{path}: expected a whole MuData file, found one that cannot be read ({one_line(error)}); write it again"
        ) from error
