"""One comparison on one set of data, with its numbers in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One comparison on one set.

    Parameters
    ----------
    set
        Name of the set.
    said
        What is compared, with the numbers.
    holds
        Whether it came out as claimed.
    """

    set: str
    said: str
    holds: bool
