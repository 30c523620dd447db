"""Sizes that a file declares, checked before memory is allocated for them."""

from __future__ import annotations

from integrated_diffusion.runtime.memory import memory_limit

_SMALL = 2**28  # bytes that are read whatever is behind them
_RATIO = (
    500  # declared bytes for each stored one, above which values are nothing but repetition; zlib has 1,030 at most
)


def check_size(n_bytes: int, where: str, n_stored: int | None = None) -> None:
    """Raise `ValueError` unless values fit into memory and are backed by data in their file.

    Parameters
    ----------
    n_bytes : int
        Bytes in memory that the file declares.
    where : str
        What to call the values in messages.
    n_stored : int or None, default None
        Bytes that they take in the file; not checked unless given.

    Raises
    ------
    ValueError
        If they need more than a share of the machine's memory, or are declared hundreds of times as large as what is
        stored.
    """
    limit = memory_limit()
    if n_bytes > limit:
        raise ValueError(
            f"{where}: expected values that fit into {_size(limit)} of memory, found that they declare "
            f"{_size(n_bytes)}; allow more by --max-memory, use a machine with more memory, or write fewer samples or "
            "features"
        )
    if n_stored is not None and n_bytes > _SMALL and n_bytes > _RATIO * n_stored:
        raise ValueError(
            f"{where}: expected measured values, found {_size(n_bytes)} declared and {_size(n_stored)} stored; "
            "check how the file was made, or write it as a sparse matrix"
        )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:,.1f} MB"
