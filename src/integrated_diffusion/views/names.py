"""Names of samples: unique, the same in every view, and rows put in one order by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

_SPELLINGS: dict[str, Callable[[str], str]] = {
    "spaces at their ends": str.strip,
    "a number at their ends": lambda name: re.sub(r"[-_.]\d+$", "", name),
    "what stands before '_', ':' or '#'": lambda name: re.sub(r"^.*[_:#]", "", name),
    "what stands before '_', ':' or '#' and a number at their ends": lambda name: re.sub(
        r"^.*[_:#]|[-_.]\d+$", "", name
    ),
    "capital letters": str.lower,
}
_LEAST_SHARE = 0.5  # of the fewer names, that are the same in another spelling


def match_rows(reference: Sequence[str], found: Sequence[str], wanted_by: str, held_by: str) -> np.ndarray | None:
    """Rows of `found` in the order of `reference`, or `None` if they are in that order already.

    Parameters
    ----------
    reference, found : sequence of str
        Names of samples.
    wanted_by, held_by : str
        What to call the two in messages.

    Returns
    -------
    numpy.ndarray of int, shape (n_samples,), or None

    Raises
    ------
    ValueError
        If a name repeats, or one side has samples that the other lacks.
    """
    check_unique(reference, wanted_by)
    check_unique(found, held_by)
    if list(reference) == list(found):
        return None
    rows = {name: row for row, name in enumerate(found)}
    missing = [name for name in reference if name not in rows]
    if reference and found and len(missing) == len(reference):
        raise ValueError(
            f"expected the same sample names in every view, found none that {wanted_by} and {held_by} have in common "
            f"(first '{reference[0]}' and '{found[0]}'); {alike(reference, found)}"
        )
    extra = sorted(rows.keys() - set(reference))
    if missing or extra:
        differences = [
            f"{len(names)} of {total} samples of {there} missing in {here} (first '{names[0]}')"
            for names, total, there, here in (
                (missing, len(reference), wanted_by, held_by),
                (extra, len(found), held_by, wanted_by),
            )
            if names
        ]
        raise ValueError(
            f"expected the same sample names in every view, found {' and '.join(differences)}; "
            "keep the samples that all views have (in Python scverse.pp.align leaves the others out)"
        )
    return np.fromiter((rows[name] for name in reference), dtype=np.intp, count=len(rows))


def alike(first: Iterable[str], second: Iterable[str]) -> str:
    """Return what to do about names none of which two sides have in common: how they differ, if that is plain.

    Parameters
    ----------
    first, second : iterable of str
        Names of samples.

    Examples
    --------
    >>> alike(["AAC-1", "AAG-1"], ["AAG", "AAC"])
    "write names alike, they differ by a number at their ends only ('AAC-1' and 'AAC')"
    """
    ones, others = list(first), list(second)
    for words, spelt in _SPELLINGS.items():
        by_spelling = {spelt(name): name for name in others}
        same = [(name, by_spelling[spelt(name)]) for name in ones if spelt(name) in by_spelling]
        is_clear = len({spelt(name) for name in ones}) == len(ones) and len(by_spelling) == len(others)
        if is_clear and same and len(same) >= _LEAST_SHARE * min(len(ones), len(others)):
            return f"write names alike, they differ by {words} only ('{same[0][0]}' and '{same[0][1]}')"
    return "check that names are written alike"


def check_unique(names: Sequence[str], held_by: str) -> None:
    """Raise `ValueError` if a name of a sample repeats; `held_by` says where."""
    if len(set(names)) == len(names):
        return
    seen: set[str] = set()
    repeated = [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
    raise ValueError(
        f"expected every sample name once in {held_by}, found {len(repeated)} repeated (first '{repeated[0]}'); "
        "make the names unique"
    )
