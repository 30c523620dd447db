"""Files damaged at random: bytes, and the numbers and structure of HDF5."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

_EXTREMES = {
    "i": lambda dtype: [-1, 0, 1, np.iinfo(dtype).max, np.iinfo(dtype).min, 10**6],
    "u": lambda dtype: [0, 1, np.iinfo(dtype).max, np.iinfo(dtype).max // 2 + 1],
    "f": lambda dtype: [np.nan, np.inf, -1.0, 0.5, 1e30],
}


def damage(path: Path, rng: np.random.Generator) -> str:
    """Damage a file in place; return what was done."""
    structural = h5py.is_hdf5(path) and rng.random() < 0.7
    chosen = _STRUCTURE[rng.integers(len(_STRUCTURE))] if structural else _BYTES[rng.integers(len(_BYTES))]
    try:
        return f"{chosen.__name__}: {chosen(path, rng)}"
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        return f"{chosen.__name__}: not done, {error}"  # what cannot be damaged so is read as it is


def flipped(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    places = rng.integers(len(content), size=rng.integers(1, 9))
    for at in places:
        content[at] ^= 1 << rng.integers(8)
    path.write_bytes(content)
    return f"{places}"


def overwritten(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    at, length = rng.integers(len(content)), rng.integers(1, 65)
    fill = [b"\xff", b"\x00", b"{", rng.bytes(1)][rng.integers(4)]
    content[at : at + length] = fill * len(content[at : at + length])
    path.write_bytes(content)
    return f"{length} at {at} by {fill!r}"


def cut(path: Path, rng: np.random.Generator) -> str:
    content = path.read_bytes()
    kept = int(rng.integers(1, len(content)))
    path.write_bytes(content[:kept])
    return f"{kept} of {len(content)} kept"


def removed(path: Path, rng: np.random.Generator) -> str:
    content = path.read_bytes()
    at, length = rng.integers(len(content)), rng.integers(1, 33)
    path.write_bytes(content[:at] + content[at + length :])
    return f"{length} at {at}"


def inserted(path: Path, rng: np.random.Generator) -> str:
    content = path.read_bytes()
    at, more = int(rng.integers(len(content))), rng.bytes(int(rng.integers(1, 33)))
    path.write_bytes(content[:at] + more + content[at:])
    return f"{more!r} at {at}"


def head_changed(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    at = int(rng.integers(min(200, len(content))))
    content[at] = int(rng.integers(256))
    path.write_bytes(content)
    return f"{at}"


def _element(file: h5py.File, rng: np.random.Generator, wanted: Callable[[object], bool]) -> str:
    names: list[str] = []
    file.visititems(lambda name, found: names.append(name) if wanted(found) else None)
    return names[rng.integers(len(names))]


def number(path: Path, rng: np.random.Generator) -> str:
    with h5py.File(path, "r+") as file:
        name = _element(file, rng, lambda x: isinstance(x, h5py.Dataset) and x.size and x.dtype.kind in "iuf")
        dataset = file[name]
        value = rng.choice(_EXTREMES[dataset.dtype.kind](dataset.dtype))
        at = tuple(int(rng.integers(n)) for n in dataset.shape)
        if at and rng.random() < 0.3:
            at = tuple(n - 1 for n in dataset.shape)
        dataset[at] = value
        return f"{name}{at} = {value}"


def dtype_changed(path: Path, rng: np.random.Generator) -> str:
    with h5py.File(path, "r+") as file:
        name = _element(file, rng, lambda x: isinstance(x, h5py.Dataset) and x.size)
        kept, attrs = file[name][()], dict(file[name].attrs)
        kind = ["f4", "i8", "u8", "S5", "i1", "O"][rng.integers(6)]
        del file[name]
        if kind == "O":
            file.create_dataset(name, data=np.asarray(kept).astype(str).astype(object), dtype=h5py.string_dtype())
        else:
            file[name] = np.asarray(kept).astype(kind)
        file[name].attrs.update(attrs)
        return f"{name} as {kind}"


def shape_changed(path: Path, rng: np.random.Generator) -> str:
    with h5py.File(path, "r+") as file:
        name = _element(file, rng, lambda x: isinstance(x, h5py.Dataset) and x.size and x.shape)
        kept, attrs = file[name][()], dict(file[name].attrs)
        made = [kept[:-1], kept[None], kept[:0], np.concatenate([kept, kept]), kept.ravel()[0]][rng.integers(5)]
        del file[name]
        dtype = h5py.string_dtype() if kept.dtype == object else None
        file.create_dataset(name, data=made, dtype=dtype)
        file[name].attrs.update(attrs)
        return f"{name} to {np.shape(made)}"


def declared(path: Path, rng: np.random.Generator) -> str:
    """A data set that declares far more than it holds."""
    with h5py.File(path, "r+") as file:
        name = _element(file, rng, lambda x: isinstance(x, h5py.Dataset) and x.shape and x.dtype.kind in "iuf")
        attrs, dtype, n = dict(file[name].attrs), file[name].dtype, file[name].ndim
        del file[name]
        shape = (int(rng.choice([10**7, 10**10, 10**13])), *([1_000] * (n - 1)))
        file.create_dataset(name, shape, dtype, chunks=(1_000,) * n if math.prod(shape) else None)
        file[name].attrs.update(attrs)
        return f"{name} {shape}"


def deleted(path: Path, rng: np.random.Generator) -> str:
    with h5py.File(path, "r+") as file:
        name = _element(file, rng, lambda _: True)
        del file[name]
        return name


def attribute(path: Path, rng: np.random.Generator) -> str:
    with h5py.File(path, "r+") as file:
        name = _element(file, rng, lambda x: len(x.attrs))
        attrs = file[name].attrs
        key = sorted(attrs)[rng.integers(len(attrs))]
        values = ["", "csr_matrix", "dataframe", "array", "\u00e9", -1, 2.5, [2**40, -3], [], None]
        value = values[rng.integers(len(values))]
        if value is None:
            del attrs[key]
        else:
            attrs[key] = value
        return f"{name}.{key} = {value!r}"


def exchanged(path: Path, rng: np.random.Generator) -> str:
    """An element in place of another."""
    with h5py.File(path, "r+") as file:
        first, second = (_element(file, rng, lambda _: True) for _ in range(2))
        file.copy(first, file, "exchanged")
        del file[second]
        file.move("exchanged", second)
        return f"{first} at {second}"


_BYTES = (flipped, overwritten, cut, removed, inserted, head_changed)
_STRUCTURE = (number, number, number, dtype_changed, shape_changed, declared, deleted, attribute, attribute, exchanged)
