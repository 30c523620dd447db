"""Names of samples: unique, the same in every view, and rows put in one order by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


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
            f"(first '{reference[0]}' and '{found[0]}'); check that they are written alike"
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
