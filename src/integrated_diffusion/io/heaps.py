"""Heaps of an HDF5 file, which hold its text of variable length: checked before the library follows them.

The library goes from object to object of a heap by their sizes. At one of size 0, or whose size leads back, it stays
for ever, and no signal ends it, since it holds the interpreter's lock.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

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
        for start in range(0, size, _BLOCK):
            stream.seek(start)
            block = stream.read(_BLOCK + _HEAD_SIZE - 1)
            for place, heap_size in _heaps(block):
                end = place + heap_size
                if start + end > size:
                    continue  # the library says so
                heap = block[place:end]
                if end > len(block):
                    stream.seek(start + place)
                    heap = stream.read(heap_size)
                if not _adds_up(heap):
                    return start + place
    return None


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
