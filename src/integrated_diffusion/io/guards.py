"""Files that are missing, locked or foreign, said in one line; files that appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

import h5py

from integrated_diffusion.stores import STORES


class MissingFileError(FileNotFoundError, ValueError):
    """An input file, or the folder of an output, that does not exist."""


class LockedFileError(PermissionError, ValueError):
    """A file or folder that this user may not read or write, or a file that is being written elsewhere."""


def check_input(path: Path) -> None:
    """Raise an error unless `path` is a file with content that this user may read.

    Raises
    ------
    MissingFileError, LockedFileError, ValueError
        If it does not exist, must not be read, is a folder or is empty.
    """
    if not path.exists():
        there = sorted(other.name for other in path.parent.glob("[!.]*") if other.is_file())
        near = get_close_matches(path.name, there, n=3)
        hint = f", perhaps {' or '.join(near)}" if near else ""
        raise MissingFileError(f"expected a file at {path}, found none; check the path{hint}")
    if path.is_dir():
        raise ValueError(f"{path}: expected a file, found a folder; name the file in it")
    if not os.access(path, os.R_OK):
        raise LockedFileError(f"{path}: expected a file that can be read, found no permission; change its permissions")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: expected measured values, found an empty file; write it again")


@contextmanager
def opened_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file to read it, and say in one line if it is foreign, truncated, damaged or open elsewhere.

    Raises
    ------
    LockedFileError
        If another process has it open for writing.
    ValueError
        If the file cannot be opened, or what is read from it cannot be decoded.
    """
    if not h5py.is_hdf5(path):
        raise ValueError(
            f"{path}: expected an HDF5 file, found another kind of content; "
            "check how the file was made, its name does not fit its content"
        )
    try:
        with h5py.File(path, "r") as file:
            yield file
    except BlockingIOError as error:
        raise _open_elsewhere(path) from error
    except (OSError, KeyError, RuntimeError) as error:
        raise ValueError(
            f"{path}: expected a whole HDF5 file, found one that is damaged or cut short ({one_line(error)}); "
            "copy or write it again"
        ) from error


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Give a temporary file in the output's folder, which takes the output's place only if all went well.

    Parameters
    ----------
    output
        The file to write. What stands there stays until the new file is whole.

    Yields
    ------
    pathlib.Path
        An empty file to write to. It is removed on any error or interrupt; a process that is killed leaves nothing
        but this file, whose name starts with a dot and ends in `.tmp`.

    Raises
    ------
    ValueError
        If the file cannot be written, for want of space or permission.
    """
    output = output.resolve()  # of a link, the file it points to is replaced and the link stays
    temporary = output.with_name(f".{output.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        os.replace(temporary, output)
    except OSError as error:
        raise ValueError(
            f"{output}: expected to write the output, found that it failed ({one_line(error)}); "
            "free some space or choose another folder"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_output(output: Path, suffixes: Sequence[str]) -> Path:
    """Check that an output can be written, before the work that leads to it.

    Parameters
    ----------
    output
        The file to write.
    suffixes
        Suffixes it may have.

    Returns
    -------
    pathlib.Path
        The same path.

    Raises
    ------
    MissingFileError, LockedFileError, ValueError
        If its folder does not exist or cannot be written to, its suffix is another, it is a folder, or a file that is
        read-only or that another process is writing to. Who has it open to read keeps what is there.
    """
    if output.suffix.lower() not in suffixes:
        raise ValueError(
            f"{output}: expected an output that ends in {' or '.join(suffixes)}, found '{output.suffix}'; "
            "rename the output"
        )
    if not output.parent.is_dir():
        raise MissingFileError(f"{output}: expected a folder {output.parent}, found none; create the folder first")
    if output.is_dir() and not (output.suffix.lower() == ".zarr" and STORES[".zarr"].is_one(output)):
        raise ValueError(f"{output}: expected an output file, found a folder of that name; choose another name")
    if output.exists():
        _check_replaceable(output)
    probe = output.resolve().with_name(f".{output.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise LockedFileError(
            f"{output}: expected a folder that can be written to, found that it cannot ({one_line(error)}); "
            "choose another folder"
        ) from error
    return output


def _check_replaceable(output: Path) -> None:
    if not output.stat().st_mode & 0o222:  # root may write to what is read-only, and still means it
        raise LockedFileError(
            f"{output}: expected an output that may be replaced, found a read-only file; choose another name or change "
            "its permissions"
        )
    try:
        h5py.File(output, "r").close()
    except BlockingIOError as error:
        raise _open_elsewhere(output) from error
    except OSError:
        return  # no HDF5, which has no locks


def _open_elsewhere(path: Path) -> LockedFileError:
    return LockedFileError(
        f"{path}: expected a file that nobody else writes to, found it open in another process; close it there first"
    )


def one_line(error: Exception) -> str:
    """An error's first line, without a stop at its end."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (text.strip().splitlines() or [type(error).__name__])[0].strip("'\". ")
