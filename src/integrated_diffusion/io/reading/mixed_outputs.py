"""Outputs of different runs beside each other, as a kill or a power cut between two renames leaves them: noticed."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path

from integrated_diffusion.io import keys
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.reading.arrays import dimensions, read_array

_IN_PICTURE = re.compile(rb"tEXtRun\x00([0-9a-f]{16})")
_HEAD = 4_096  # bytes of a picture, before its first row


class MixedOutputsWarning(UserWarning):
    """Files that stand beside each other are outputs of different runs."""


def warn_of_other_runs(path: Path) -> None:
    """Warn if the record or the picture beside results is that of another run.

    Parameters
    ----------
    path : pathlib.Path
        A file that may be an output of `run`; nothing is said of others.
    """
    of_results = {".npz": _of_arrays, ".h5mu": _of_mudata, ".zarr": _of_mudata}.get(path.suffix.lower())
    own = None if of_results is None else _read(of_results, path)
    if own is None:
        return
    beside = {".png": _of_picture} | ({".json": _of_record} if path.suffix.lower() == ".npz" else {})
    for suffix, identity_of in beside.items():
        other = path.with_suffix(suffix)
        found = _read(identity_of, other)
        if found is not None and found != own:
            warnings.warn(
                f"{other}: expected the output of the run that wrote {path.name}, found that of another one, as if a "
                "run had been stopped between the two; run again",
                MixedOutputsWarning,
                stacklevel=3,
            )


def _read(identity_of: Callable[[Path], str | None], path: Path) -> str | None:
    """The identity in a file; `None` if there is no such file, or it has none: its reader says what is wrong."""
    try:
        return identity_of(path)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, EOFError):
        return None


def _of_arrays(path: Path) -> str | None:
    return str(read_array(path, keys.RUN)[0]) if keys.RUN in dimensions(path) else None


def _of_mudata(path: Path) -> str | None:
    with opened_hdf5(path) as file:
        return str(file[f"uns/{keys.RECORD}/{keys.RUN}"].asstr()[()])


def _of_record(path: Path) -> str | None:
    found = json.loads(path.read_text(encoding="utf-8")).get(keys.RUN)
    return None if found is None else str(found)


def _of_picture(path: Path) -> str | None:
    with path.open("rb") as stream:
        found = _IN_PICTURE.search(stream.read(_HEAD))
    return found[1].decode() if found else None
