"""Arrays as text within a page: quantised, split into planes of bytes, compressed by gzip, encoded by base64.

The text is base64 of gzip of: the length of the header (4 bytes, little endian), the header (JSON), the arrays. An
array with several bytes a number is stored as all lowest bytes, then all next ones, which compresses better.
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

_LEVEL = 9
_LEAST_STEP = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Quantised:
    """Numbers as unsigned integers of one, two or four bytes.

    Attributes
    ----------
    codes : numpy.ndarray of shape (n,)
        uint8, uint16 or uint32; the largest code means a missing value.
    low, step : float
        A code means `low + step * code`. It is computed as `2 (low / 2 + step / 2 * code)`, because the difference of
        the largest and the smallest float64 is infinite.
    """

    codes: np.ndarray
    low: float
    step: float

    @property
    def values(self) -> np.ndarray:
        """The numbers, shape `(n,)`, NaN where they are missing."""
        found = 2 * (self.low / 2 + self.step / 2 * self.codes)
        return np.where(self.codes == missing_code(self.codes.dtype), np.nan, found)


def missing_code(dtype: np.dtype) -> int:
    """The code of a missing value."""
    return int(np.iinfo(dtype).max)


def quantise(values: np.ndarray, dtype: type[np.unsignedinteger] = np.uint16) -> Quantised:
    """Return numbers as codes with an error of at most half a step; whole numbers of a small range are exact.

    Numbers that differ by less than the smallest normal float64 (2e-308) have the same code.

    Parameters
    ----------
    values : array_like of shape (n,)
        NaN and infinities have the code of missing values.
    dtype : type, default numpy.uint16
        `numpy.uint8`, `numpy.uint16` or `numpy.uint32`.

    Returns
    -------
    Quantised
    """
    values = np.asarray(values, dtype=np.float64)
    there = np.isfinite(values)
    missing = missing_code(np.dtype(dtype))
    codes = np.full(values.shape, missing, dtype=dtype)
    if not there.any():
        return Quantised(codes, 0.0, 1.0)
    known = values[there]
    low, high = float(known.min()), float(known.max())
    whole = high - low < missing and bool((known == np.rint(known)).all())
    step = 1.0 if whole or high == low else max(2 * ((high / 2 - low / 2) / (missing - 1)), _LEAST_STEP)
    codes[there] = np.rint((known / 2 - low / 2) / (step / 2))
    return Quantised(codes, low, step)


class Packer:
    """Collects arrays and packs them with a header that describes them."""

    def __init__(self) -> None:
        self._arrays: list[np.ndarray] = []

    def add(self, codes: np.ndarray) -> int:
        """Add an array of uint8, uint16 or uint32 and return its number, by which the header refers to it.

        Raises
        ------
        TypeError
            If it has another type.
        """
        if codes.dtype not in (np.uint8, np.uint16, np.uint32):
            raise TypeError(f"codes: expected uint8, uint16 or uint32, found {codes.dtype}; quantise first")
        self._arrays.append(np.ascontiguousarray(codes))
        return len(self._arrays) - 1

    def pack(self, header: dict[str, Any]) -> str:
        """Return header and arrays as base64 text: letters, digits, `+`, `/` and `=`, which need no escape in HTML."""
        shapes = [{"bytes": array.itemsize, "length": len(array)} for array in self._arrays]
        text = json.dumps({**header, "arrays": shapes}, separators=(",", ":"), allow_nan=False).encode("ascii")
        body = b"".join(_planes(array) for array in self._arrays)
        return squeezed(len(text).to_bytes(4, "little") + text + body)


def unpack(packed: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return the header and the arrays again."""
    raw = gzip.decompress(base64.b64decode(packed))
    start = 4 + int.from_bytes(raw[:4], "little")
    header = json.loads(raw[4:start])
    arrays = []
    for shape in header["arrays"]:
        n_bytes, length = shape["bytes"], shape["length"]
        planes = np.frombuffer(raw, np.uint8, n_bytes * length, start).reshape(n_bytes, length)
        arrays.append(np.ascontiguousarray(planes.T).view(f"<u{n_bytes}").ravel())
        start += n_bytes * length
    return header, arrays


def squeezed(content: bytes) -> str:
    """Bytes as base64 of gzip; the same bytes give the same text, because no time is stored."""
    return base64.b64encode(gzip.compress(content, _LEVEL, mtime=0)).decode("ascii")


def _planes(array: np.ndarray) -> bytes:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.view(np.uint8).reshape(len(array), array.itemsize).T.tobytes()
