"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True) -> str:
    """Return a table whose first column is text.

    Parameters
    ----------
    head
        Titles of the columns.
    rows
        Cells of each row, as Markdown.
    numbers
        Whether the other columns are numbers, which are set to the right.

    Examples
    --------
    >>> print(table(["set", "score"], [["digits", "0.9"]]))
    | set | score |
    |---|---:|
    | digits | 0.9 |
    """
    lines = [_row(head), "|---|" + ("---:|" if numbers else "---|") * (len(head) - 1)]
    return "\n".join([*lines, *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def literal(name: str) -> str:
    r"""Names come from files: what Markdown reads as a mark gets a backslash.

    >>> literal("chr1_10 | a*b")
    'chr1\\_10 \\| a\\*b'
    """
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>#|~$" else letter for letter in name)


def literal_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of names and numbers that are shown letter by letter."""
    return table([*map(literal, head)], ([*map(literal, row)] for row in rows))
