"""A `.zarr` folder of anndata or mudata, version 2 or 3 of the format, copied into an HDF5 file of the same content."""

from __future__ import annotations

import errno
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from integrated_diffusion.io.declared_size import check_size

_GROUPS = (".zgroup", "zarr.json")
_METADATA = {".zarray", ".zmetadata", "zarr.json"}
_PICKLE = re.compile(r'"(id|name)"\s*:\s*"(numcodecs\.)?pickle"')
_BLOCK = 64 * 2**20  # bytes at once
_HEADING, _HEADING_SIZE = b"MuData (format-version=0.1.0;creator=integrated-diffusion)", 512
"""By which mudata knows its files, and the space for it before the HDF5 file."""


def is_zarr(path: Path) -> bool:
    """Whether a path is a folder that holds a zarr group."""
    return path.is_dir() and any((path / name).is_file() for name in _GROUPS)


def holds_mudata(path: Path) -> bool:
    """Whether a zarr group holds a MuData: it has modalities."""
    return is_zarr(path / "mod")


def check_store(path: Path) -> None:
    """Raise `ValueError` if a `.zarr` folder has links to other places or objects that only running code could read."""
    for inside, folders, files in os.walk(path):
        for name in (*folders, *files):
            if (Path(inside) / name).is_symlink():
                raise ValueError(
                    f"{path}: expected a folder that holds all its values, found a link at "
                    f"'{(Path(inside) / name).relative_to(path)}'; copy the values into the folder"
                )
        for name in _METADATA.intersection(files):
            if _PICKLE.search((Path(inside) / name).read_text(encoding="utf-8", errors="replace")):
                raise ValueError(
                    f"{path}: expected numbers and text, found pickled objects, which can run code, in "
                    f"'{Path(inside).relative_to(path)}'; write it again without them"
                )


def copy_zarr(path: Path, copy: Path) -> None:
    """Write the content of a `.zarr` folder into an HDF5 file.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    copy : pathlib.Path
        The HDF5 file to make.

    Raises
    ------
    ValueError
        If it is damaged, has links to other places or objects that only running code could read, or declares more
        values than fit into memory.
    """
    import zarr  # takes half a second

    check_store(path)
    try:
        # What is consolidated may differ from what is checked.
        root = zarr.open_group(store=str(path), mode="r", use_consolidated=False)
        is_mudata = holds_mudata(path)
        with h5py.File(copy, "w", userblock_size=_HEADING_SIZE if is_mudata else 0) as file:
            _copy_group(root, file, path)
        if is_mudata:
            with copy.open("r+b") as stream:
                stream.write(_HEADING)
    except MemoryError:
        raise
    except Exception as error:  # zarr says neither which errors there are nor what they mean
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # of the copy: the folder may be whole
            raise
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if isinstance(error, ValueError) and said.startswith(str(path)):
            raise
        raise ValueError(
            f"{path}: expected a whole zarr folder, found one that cannot be read ({said}); copy or write it again"
        ) from error


def _copy_group(group: Any, into: h5py.Group, path: Path) -> None:
    _copy_attributes(group.attrs, into)
    for name, member in group.members():
        if hasattr(member, "members"):
            _copy_group(member, into.create_group(name), path)
        else:
            _copy_array(member, into, name, path)


def _copy_array(array: Any, into: h5py.Group, name: str, path: Path) -> None:
    where = f"{path}:{into.name.strip('/')}/{name}"
    is_text = array.dtype.kind in "OUST"
    itemsize = 8 if is_text else array.dtype.itemsize
    check_size(itemsize * math.prod(array.shape), where, _stored_bytes(path, array.path))
    if not array.shape:
        value = np.asarray(array[()])
        into[name] = value.item() if array.dtype.kind != "V" else value.astype(_in_hdf5(array.dtype))
    else:
        dtype = h5py.string_dtype() if is_text else _in_hdf5(array.dtype)
        made = into.create_dataset(name, array.shape, dtype=dtype)
        step = max(1, _BLOCK // max(1, itemsize * math.prod(array.shape[1:])))
        for start in range(0, array.shape[0], step):
            rows = np.asarray(array[start : start + step])
            made[start : start + step] = rows.astype(object if is_text else dtype)
    _copy_attributes(array.attrs, into[name])


def _in_hdf5(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type that HDF5 has for a type, or for the fields of a record such as scanpy's tests of genes."""
    if dtype.fields is None:
        return h5py.string_dtype() if dtype.kind in "OUST" else dtype
    return np.dtype([(name, _in_hdf5(field[0])) for name, field in dtype.fields.items()])


def _stored_bytes(path: Path, inside: str) -> int:
    folder = path / inside
    return sum(part.stat().st_size for part in folder.rglob("*") if part.is_file())


def _copy_attributes(attributes: Any, into: h5py.Group | h5py.Dataset) -> None:
    for name, value in dict(attributes).items():
        if value is None:
            continue
        if isinstance(value, dict):
            into.attrs[name] = json.dumps(value)
        elif isinstance(value, list) and all(isinstance(text, str) for text in value):
            into.attrs.create(name, np.array(value, dtype=object), dtype=h5py.string_dtype())
        else:
            into.attrs[name] = value
