"""Outputs: checked before the computation begins, and replaced by a complete file or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

import h5py

from integrated_diffusion.io.files import LockedFileError, MissingFileError, check_path, one_line, open_elsewhere
from integrated_diffusion.io.writing.ownership import is_own
from integrated_diffusion.io.writing.placing import keep_mode, own_token, put_in_place, remove_leftovers
from integrated_diffusion.runtime.temporary import removed_at_the_end

_ZARR_FILES = (".zgroup", "zarr.json")


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Give a temporary file in the output's folder, which replaces the output only if no error occurs.

    Parameters
    ----------
    output : pathlib.Path
        The file to write. What stands there stays until the new file is complete.

    Yields
    ------
    pathlib.Path
        An empty file to write to. It is removed on any error or interrupt; a process that is killed leaves nothing
        but this file, whose name starts with a dot and ends in `.tmp`, and the next one at the same output removes it.

    Raises
    ------
    ValueError
        If the file cannot be written, for want of space or permission.
    """
    output = output.resolve()  # of a link, the file it points to is replaced and the link stays
    remove_leftovers(output)
    temporary = output.with_name(f".{output.name}.{own_token()}.tmp")
    try:
        with removed_at_the_end(temporary):
            temporary.touch(exist_ok=False)
            keep_mode(output, temporary)
            yield temporary
            put_in_place(temporary, output)
    except OSError as error:
        raise ValueError(
            f"{output}: expected to write the output, found that it failed ({one_line(error)}); "
            "free some space or choose another folder"
        ) from error


Beside: TypeAlias = Mapping[Path, Callable[[Path], None]]
"""Outputs beside the main one, such as a picture, and what writes each into a file that it is given."""


@contextmanager
def placed_before(outputs: Beside) -> Iterator[None]:
    """Write other outputs of a run to temporary files, which get their places at the end unless there is an error.

    Within `replacing` of the main output, that is before it gets its own: a main output that is new never stands beside
    old ones, and if a process is killed in between, all of them say of which run they are.

    Parameters
    ----------
    outputs : Beside
        The other outputs.
    """
    with ExitStack() as files:
        for path, write in outputs.items():
            write(files.enter_context(replacing(path)))
        yield


def check_output(output: Path, suffixes: Sequence[str]) -> Path:
    """Check that an output can be written, before the computation that leads to it.

    Parameters
    ----------
    output : pathlib.Path
        The file to write; a folder if its suffix is `.zarr`.
    suffixes : sequence of str
        Suffixes it may have.

    Returns
    -------
    pathlib.Path
        The same path.

    Raises
    ------
    MissingFileError, LockedFileError, ValueError
        If its folder does not exist or cannot be written to, its suffix is another, something of another kind has that
        name, or a file that is read-only or that another process is writing to. A process that has it open for reading
        is no obstacle: it keeps the old content.
    """
    check_path(output)
    if output.suffix.lower() not in suffixes:
        raise ValueError(
            f"{output}: expected an output that ends in {' or '.join(suffixes)}, found '{output.suffix}'; "
            "rename the output"
        )
    if not output.parent.is_dir():
        raise MissingFileError(f"{output}: expected a folder {output.parent}, found none; create the folder first")
    is_zarr = output.suffix.lower() == ".zarr"
    if output.is_dir() and not (is_zarr and any((output / name).is_file() for name in _ZARR_FILES)):
        raise ValueError(f"{output}: expected an output file, found a folder of that name; choose another name")
    if is_zarr and output.is_file():
        raise ValueError(f"{output}: expected nothing or an earlier .zarr, found a file; choose another name")
    if output.exists() and not output.is_file() and not output.is_dir():
        raise ValueError(
            f"{output}: expected an output that is a file or nothing yet, found a pipe, device or socket; "
            "choose another name"
        )
    if output.is_file():
        _check_replaceable(output)
    probe = output.resolve().with_name(f".{output.name}.{own_token()}.tmp")
    try:
        with removed_at_the_end(probe):
            probe.touch(exist_ok=False)
    except OSError as error:
        raise LockedFileError(
            f"{output}: expected a folder that can be written to, found that it cannot ({one_line(error)}); "
            "choose another folder"
        ) from error
    return output


def check_new(outputs: Iterable[Path], overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Check that nothing would be replaced but earlier outputs of this program, unless that is wanted.

    Parameters
    ----------
    outputs : iterable of pathlib.Path
        Everything that will be written.
    overwrite : bool
        Whether it may replace what stands there.
    inputs : iterable of pathlib.Path, default ()
        Files that are read, which are not replaced without a word even if they are earlier outputs.

    Raises
    ------
    ValueError
        If it may not, and something stands there that this program did not write, that was changed since, or that is
        read; the message names all of it.
    """
    read = {path.resolve() for path in inputs}
    kept = [path for path in outputs if path.resolve() in read or not is_own(path)]
    there = [str(path) for path in kept if os.path.lexists(path)]
    if there and not overwrite:
        raise ValueError(
            f"expected outputs that are not there yet, found {' and '.join(there)}; choose another name, or replace "
            f"{'it' if len(there) == 1 else 'them'} by --overwrite"
        )


def _check_replaceable(output: Path) -> None:
    if not output.stat().st_mode & 0o222:  # root could write to it, but a read-only file is meant to stay
        raise LockedFileError(
            f"{output}: expected an output that may be replaced, found a read-only file; choose another name or change "
            "its permissions"
        )
    try:
        h5py.File(output, "r").close()
    except BlockingIOError as error:
        raise open_elsewhere(output) from error
    except OSError:
        return  # not HDF5, which alone has locks
