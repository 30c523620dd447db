"""A MuData to a file, and a copy of a MuData file with added elements."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import mudata

from integrated_diffusion.io.foreign import as_hdf5
from integrated_diffusion.io.mudata_settings import nullable_strings
from integrated_diffusion.io.writing.checked import write_checked
from integrated_diffusion.io.writing.mapping import mapping_group
from integrated_diffusion.io.writing.mudata_output import replacing_mudata
from integrated_diffusion.io.writing.outputs import Beside


def write_mudata(mdata: mudata.MuData, output: Path, beside: Beside | None = None) -> Path:
    """Write a MuData to a file or folder that appears whole or not at all.

    Parameters
    ----------
    mdata : mudata.MuData
        What to write.
    output : pathlib.Path
        The `.h5mu` or `.zarr`.
    beside : Beside or None, default None
        Other outputs, see `placed_before`.

    Raises
    ------
    ValueError
        If it cannot be written.
    """
    with replacing_mudata(output, beside) as temporary:
        temporary.unlink()  # mudata refuses a file that is there and empty
        with nullable_strings(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about mudata's own manner of writing
            mdata.write(temporary)
    return output


def write_additions(
    source: Path, output: Path, additions: Mapping[str, Mapping[str, Any]], beside: Beside | None = None
) -> Path:
    """Copy a MuData file and add elements to the copy; everything else in it stays as it was.

    Parameters
    ----------
    source : pathlib.Path
        The `.h5mu` or `.zarr` to copy; may be the output.
    output : pathlib.Path
        The `.h5mu` or `.zarr` to write.
    additions : mapping of str to mapping
        Elements by group (`uns`, `obsm`) and key.
    beside : Beside or None, default None
        Other outputs, see `placed_before`.

    Returns
    -------
    pathlib.Path
        The output.

    Raises
    ------
    ValueError
        If it cannot be written; nothing is left of it then.
    """
    with replacing_mudata(output, beside) as temporary:
        shutil.copyfile(as_hdf5(source), temporary)
        with h5py.File(temporary, "r+") as file:
            for group, elements in additions.items():
                for key, element in elements.items():
                    write_checked(mapping_group(file, group), key, element)
    return output
