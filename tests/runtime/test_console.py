"""Progress bars: drawn for a terminal, nowhere else."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import silent


def test_nothing_is_drawn_away_from_a_terminal(capsys):
    with progress_bar() as progress:
        assert progress is silent
        progress("neighbours", 1, 3)
    assert capsys.readouterr() == ("", "")


def test_nothing_is_drawn_into_a_file():
    file = io.StringIO()
    with progress_bar(Console(file=file)) as progress:
        progress("neighbours", 1, 3)
    assert file.getvalue() == ""


def test_a_terminal_sees_stage_and_count(capsys):
    file = io.StringIO()
    with progress_bar(Console(file=file, force_terminal=True, width=100)) as progress:
        assert progress("neighbours", 1, 3) is None
        progress("spectral entropy", 2, 3)
    drawn = file.getvalue()
    assert "spectral entropy" in drawn
    assert "2/3" in drawn
    assert capsys.readouterr() == ("", "")


def test_the_bar_is_wiped_off():
    file = io.StringIO()
    with progress_bar(Console(file=file, force_terminal=True, width=100)) as progress:
        progress("neighbours", 1, 3)
    after = file.getvalue()[file.getvalue().rindex("neighbours") :]
    assert "\x1b[2K" in after  # erase the line
    assert "\x1b[?25h" in after  # show the cursor again


def test_an_error_passes_through_and_leaves_the_terminal_in_order():
    file = io.StringIO()

    def interrupted():
        with progress_bar(Console(file=file, force_terminal=True, width=100)) as progress:
            progress("neighbours", 1, 3)
            raise KeyError("rna")

    with pytest.raises(KeyError, match="rna"):
        interrupted()
    assert "\x1b[?25h" in file.getvalue()


def test_bars_within_bars():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with progress_bar(console) as outer:
        outer("fit", 0, 2)
        with progress_bar(console) as inner:
            inner("denoising", 1, 2)
        outer("fit", 1, 2)


def test_stages_are_no_markup():
    stream = io.StringIO()
    with progress_bar(Console(file=stream, force_terminal=True, width=100)) as progress:
        progress("[/red] a view's name", 0, 1)
    assert "[/red] a view's name" in stream.getvalue()
