"""Heaps of an HDF5 file, which hold its text of variable length: checked before the library follows them.

The library goes from object to object of a heap by their sizes. At one of size 0, or whose size leads back, it stays
for ever, and no signal ends it, since it holds the interpreter's lock. Numbers, most of a large file, are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

import h5py

_HEAD = b"GCOL\x01\x00\x00\x00"  # signature, version and reserved bytes; the size follows
_HEAD_SIZE = 16
_BLOCK = 4 * 2**20  # bytes at once
_SUPERBLOCK = b"\x89HDF\r\n\x1a\n"


def check_heaps(path: Path) -> None:
    """Raise `ValueError` if the library would not come to the end of a heap of an HDF5 file; a file is checked once.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """
    found = path.stat()
    place = _damaged_heap(path, found.st_size, found.st_mtime_ns)
    if place is not None:
        raise ValueError(
            f"{path}: expected a whole HDF5 file, found one that is damaged (the heap of texts at byte {place:,} does "
            "not add up); copy or write it again"
        )


@cache
def _damaged_heap(path: Path, size: int, _changed: int) -> int | None:
    """Where the first damaged heap begins; `None` if there is none."""
    with path.open("rb") as stream:
        if not _has_wide_lengths(stream.read(2**10)):
            return None
        for first, last in _between(_numbers(path), size):
            for start in range(first, last, _BLOCK):
                place = _damaged_in(stream, start, min(start + _BLOCK, last), size)
                if place is not None:
                    return place
    return None


def _damaged_in(stream: BinaryIO, first: int, last: int, size: int) -> int | None:
    """Where the first damaged heap begins among those that begin in a part of a file."""
    stream.seek(first)
    block = stream.read(last - first + _HEAD_SIZE - 1)
    for place, heap_size in _heaps(block):
        end = place + heap_size
        if first + end > size:
            continue  # the library says so
        heap = block[place:end]
        if end > len(block):
            stream.seek(first + place)
            heap = stream.read(heap_size)
        if not _adds_up(heap):
            return first + place
    return None


def _numbers(path: Path) -> list[tuple[int, int]]:
    """Begin and end of what is stored of data sets of numbers; nothing if the library cannot walk through the file."""
    found: list[tuple[int, int]] = []

    def keep(_name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "biufc":
            # Older libraries count places from behind the user's block, so that only what both agree on is left out.
            found.extend((begin + item.file.userblock_size, end) for begin, end in _stored(item))

    try:
        with h5py.File(path, "r") as file:
            file.visititems(keep)
    except (OSError, KeyError, RuntimeError, TypeError, ValueError):
        return []
    return sorted(found)


def _stored(dataset: h5py.Dataset) -> list[tuple[int, int]]:
    """Begin and end of the chunks of a data set, or of the whole one if it has no chunks."""
    found: list[tuple[int, int]] = []
    if dataset.chunks is not None:
        dataset.id.chunk_iter(lambda chunk: found.append((chunk.byte_offset, chunk.byte_offset + chunk.size)))
        return found
    begin = dataset.id.get_offset()  # None of one that is empty, small enough for its heading, or in other files
    return [] if begin is None else [(begin, begin + dataset.id.get_storage_size())]


def _between(parts: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Begin and end of what lies between sorted parts of a file."""
    end = 0
    for begin, behind in parts:
        if begin >= behind:
            continue
        if begin > end:
            yield end, min(begin, size)
        end = max(end, behind)
    if end < size:
        yield end, size


def _has_wide_lengths(head: bytes) -> bool:
    """Whether lengths have 8 bytes, as in all files but those of special software."""
    at = head.find(_SUPERBLOCK)
    if at < 0 or len(head) < at + 16:
        return True  # behind a block of the user's
    return head[at + (14 if head[at + 8] < 2 else 10)] == 8


def _heaps(block: bytes) -> list[tuple[int, int]]:
    """Place and size of each heap that begins in a block."""
    found, place = [], block.find(_HEAD)
    while 0 <= place <= len(block) - _HEAD_SIZE:
        found.append((place, int.from_bytes(block[place + 8 : place + _HEAD_SIZE], "little")))
        place = block.find(_HEAD, place + 1)
    return found


def _adds_up(heap: bytes) -> bool:
    """Whether the objects of a heap, each of a head and of bytes that are filled up to eight, lead to its end."""
    numbers = memoryview(heap[: len(heap) - len(heap) % 8]).cast("Q")
    place, end = _HEAD_SIZE // 8, len(numbers)
    while place + 2 <= end:
        n_bytes = numbers[place + 1]
        is_free = not numbers[place] & 0xFFFF
        place += n_bytes // 8 if is_free else 2 + (n_bytes + 7) // 8
        if (is_free and n_bytes < 8) or place > end:
            return False
    return True
