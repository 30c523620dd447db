"""Files opened as one MuData, to ask more of it; and a copy of a MuData file with more in it."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import mudata
from anndata.io import write_elem

from integrated_diffusion.io import keys
from integrated_diffusion.io.files import check_input, one_line, opened_hdf5
from integrated_diffusion.io.mudata_settings import own_columns
from integrated_diffusion.io.reading.readers import read
from integrated_diffusion.io.writing.assemble import as_mudata
from integrated_diffusion.io.writing.outputs import replacing
from integrated_diffusion.io.writing.writers import mapping_group


def holds_walk(paths: Sequence[Path]) -> bool:
    """Whether these are one `.h5mu` that keeps a joint walk."""
    if len(paths) != 1 or paths[0].suffix.lower() != ".h5mu":
        return False
    check_input(paths[0])
    with opened_hdf5(paths[0]) as file:
        return f"uns/{keys.RECORD}/walk" in file


def open_mudata(paths: Sequence[Path]) -> mudata.MuData:
    """Open a `.h5mu` as it is, or make a MuData of other files.

    Parameters
    ----------
    paths
        One `.h5mu`; or what `read` takes.

    Returns
    -------
    mudata.MuData

    Raises
    ------
    FileNotFoundError, ValueError, TypeError
        As `read`.
    """
    if len(paths) != 1 or paths[0].suffix.lower() != ".h5mu":
        return as_mudata(read(paths))
    path = paths[0]
    check_input(path)
    with opened_hdf5(path) as file:
        if not {"mod", "obs"} <= file.keys():
            raise ValueError(
                f"{path}: expected a MuData file (with 'mod' and 'obs'), found {', '.join(map(repr, file))}; "
                "name the file by its format, such as .h5ad"
            )
    try:
        with own_columns(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of older files, which are read all the same
            return mudata.read_h5mu(path)
    except (KeyError, OSError, RuntimeError, IndexError, AttributeError) as error:
        raise ValueError(
            f"{path}: expected a whole MuData file, found one that cannot be read ({one_line(error)}); write it again"
        ) from error


def write_mudata(mdata: mudata.MuData, output: Path) -> Path:
    """Write a MuData, whole or not at all.

    Raises
    ------
    ValueError
        If it cannot be written.
    """
    with replacing(output) as temporary:
        temporary.unlink()  # mudata refuses a file that is there and empty
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # how it writes is not the user's concern
            mdata.write(temporary)
    return output


def write_additions(source: Path, output: Path, additions: Mapping[str, Mapping[str, Any]]) -> Path:
    """Copy a `.h5mu` and add elements to the copy; everything else in it stays as it was.

    Parameters
    ----------
    source
        The file to copy; may be the output.
    output
        The file to write.
    additions
        Elements by group (`uns`, `obsm`) and key.

    Returns
    -------
    pathlib.Path
        The output.

    Raises
    ------
    ValueError
        If it cannot be written; nothing is left of it then.
    """
    with replacing(output) as temporary:
        shutil.copyfile(source, temporary)
        with h5py.File(temporary, "r+") as file:
            for group, elements in additions.items():
                for key, element in elements.items():
                    write_elem(mapping_group(file, group), key, element)
    return output
