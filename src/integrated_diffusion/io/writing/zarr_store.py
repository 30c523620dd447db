"""The content of an HDF5 file of anndata or mudata as a `.zarr` folder, in version 2 of the format."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py
from anndata.io import read_elem, write_elem

_BLOCK = 64 * 2**20  # bytes at once
_CHUNK = 2**20  # values of a chunk, which is a file
_OLD_TABLE = ("dataframe", "0.1.0")  # its categories are found by references, which zarr lacks


def hdf5_as_zarr(file: Path, folder: Path) -> None:
    """Write what an HDF5 file holds into a `.zarr` folder; arrays of numbers a block at a time.

    Parameters
    ----------
    file : pathlib.Path
        An `.h5mu` or `.h5ad`.
    folder : pathlib.Path
        The folder to make.
    """
    import zarr  # takes half a second

    with h5py.File(file, "r") as stored:
        root = zarr.open_group(store=str(folder), mode="w", zarr_format=2, attributes=_attributes(stored))
        _write_members(stored, root)


def _write_members(group: h5py.Group, into: Any) -> None:
    for name in list(group):  # `items()` keeps h5py's lock, for which a thread of zarr that collects garbage would wait
        member = group[name]
        if isinstance(member, h5py.Group) and _encoding(member) != _OLD_TABLE:
            _write_members(member, into.create_group(name, attributes=_attributes(member)))
        elif isinstance(member, h5py.Dataset) and member.shape and member.dtype.kind in "biufc":
            _write_numbers(member, into, name)
        elif isinstance(member, h5py.Dataset) and h5py.check_string_dtype(member.dtype) is not None:
            write_elem(into, name, member.asstr("utf-8", errors="replace")[()])  # R writes text as bytes
        else:
            write_elem(into, name, read_elem(member))


def _write_numbers(dataset: h5py.Dataset, into: Any, name: str) -> None:
    width = math.prod(dataset.shape[1:])
    rows = max(1, _BLOCK // max(1, dataset.dtype.itemsize * width))
    in_chunk = max(1, min(dataset.shape[0], _CHUNK // max(1, width)))
    chunks = (in_chunk, *(max(1, size) for size in dataset.shape[1:]))
    made = into.create_array(
        name,
        shape=dataset.shape,
        chunks=chunks,
        dtype=dataset.dtype,
        fill_value=dataset.dtype.type(0).item(),
        chunk_key_encoding={"name": "v2", "separator": "."},
        attributes=_attributes(dataset),
    )
    step = max(in_chunk, rows - rows % in_chunk)  # so that no chunk is written twice
    for start in range(0, dataset.shape[0], step):
        made[start : start + step] = dataset[start : start + step]


def _attributes(element: h5py.Group | h5py.Dataset) -> dict[str, Any]:
    """Attributes in the types of JSON; references and empty ones have none."""
    found = {name: value for name, value in element.attrs.items() if not isinstance(value, h5py.Empty)}
    plain = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in found.items()}
    texts = {name: _as_text(value) for name, value in plain.items()}
    return {name: value for name, value in texts.items() if isinstance(value, str | bool | int | float | list)}


def _as_text(value: Any) -> Any:
    """Bytes of an attribute, or of the attributes in a list, as text."""
    if isinstance(value, list):
        return [_as_text(inner) for inner in value if not isinstance(inner, h5py.Reference | h5py.RegionReference)]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _encoding(element: h5py.Group | h5py.Dataset) -> tuple[str, str]:
    return str(element.attrs.get("encoding-type", "")), str(element.attrs.get("encoding-version", ""))
