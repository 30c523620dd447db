"""How operators are written: `rna³ · atac²`, `0.33 rna + 0.67 prot`."""

from __future__ import annotations

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def superscript(exponent: int) -> str:
    """Return an exponent in raised digits."""
    return str(exponent).translate(_SUPERSCRIPTS)


def short_number(number: float) -> str:
    """Return a number in two decimals, or in two significant digits below 0.1; formulas alone are rounded.

    Examples
    --------
    >>> [short_number(x) for x in (1 / 3, 2 / 3, 0.5, 1.25, 12, 0.0123)]
    ['0.33', '0.67', '0.5', '1.25', '12', '0.012']
    """
    return f"{round(number, 2):.12g}" if number >= 0.1 or number == 0 else f"{number:.2g}"
