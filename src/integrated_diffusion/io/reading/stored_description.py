"""What a record says of the integrated operator, checked before anything is made of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from integrated_diffusion.io import keys

MOST = 100_000
"""Most steps or repeats that a record may ask for; the rules choose a hundred at most."""

_LISTS = ("views", "steps", "weighted_views", "symmetrisation", "anisotropy")


@contextmanager
def reading_record(where: str) -> Iterator[None]:
    """Turn the errors of a record that lacks something, or holds something else, into one line.

    Parameters
    ----------
    where : str
        What to call its container in messages.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
        if "expected" in str(error):  # one of this package's own, which says what is wrong
            raise
        what = f"no {error}" if isinstance(error, KeyError) else "an entry of another kind than it has to be"
        raise _damaged(where, what) from error


def operator_description(record: Any, where: str, orders: Collection[str]) -> dict[str, Any]:
    """Return what a record says of the integrated operator, in today's words, each entry of the right kind and length.

    Parameters
    ----------
    record : mapping
        `uns["integrated_diffusion"]`.
    where : str
        What to call its container in messages.
    orders : collection of str
        Names of the orders that there are.

    Raises
    ------
    ValueError
        If there is no integrated operator, or an entry is missing, of another length, or out of its range.
    """
    described = keys.described_operator(record) if isinstance(record, Mapping) else None
    if described is None:
        raise ValueError(
            f"expected an integrated operator in {where}, found none in uns['{keys.RECORD}']; integrate first, by "
            "`integrated-diffusion run` or `tl.integrate`"
        )
    with reading_record(where):
        order = str(described["order"])
        if order not in orders:
            raise ValueError(
                f"expected an integrated operator by one of the orders {', '.join(map(repr, orders))} in {where}, "
                f"found {order!r}; integrate again by one of these"
            )
        lists = {name: list(np.atleast_1d(described[name])) for name in _LISTS}
        views = [str(view) for view in lists["views"]]
        weighted = [str(view) for view in lists["weighted_views"]]
        if not views or len(set(views)) < len(views) or not set(weighted) <= set(views):
            raise _damaged(where, f"views {', '.join(map(repr, views))}, weighted {', '.join(map(repr, weighted))}")
        for name in ("steps", "symmetrisation", "anisotropy"):
            if len(lists[name]) != len(views):
                raise _damaged(where, f"{len(lists[name])} entries of '{name}' for {len(views)} views")
        repeats = np.atleast_1d(described.get("imputation_repeats", ()))
        return {
            **described,
            "order": order,
            "views": views,
            "weighted_views": weighted,
            "symmetrisation": [str(name) for name in lists["symmetrisation"]],
            "anisotropy": [_share(value, where) for value in lists["anisotropy"]],
            "steps": [whole_number(value, 0, "steps", where) for value in lists["steps"]],
            "n_repeats": whole_number(described["n_repeats"], 1, "n_repeats", where),
            "imputation_repeats": [whole_number(value, 0, "imputation_repeats", where) for value in repeats],
        }


def whole_number(value: Any, least: int, name: str, where: str) -> int:
    """Return an entry of a record that is a whole number from `least` to `MOST`.

    Raises
    ------
    ValueError
        If it is not.
    """
    number = float(value)
    if not number.is_integer() or not least <= number <= MOST:
        raise _damaged(where, f"'{name}' {value}, not a whole number from {least} to {MOST:,}")
    return int(number)


def _share(value: Any, where: str) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise _damaged(where, f"'anisotropy' {value}")
    return number


def _damaged(where: str, what: str) -> ValueError:
    return ValueError(
        f"expected the record of an integration in {where} at uns['{keys.RECORD}'], found one that is damaged "
        f"({what}); integrate again"
    )
