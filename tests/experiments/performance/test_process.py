"""Runs in processes of their own: limits, errors in one line, and memory of the whole session."""

import sys

import pytest

from experiments.performance.process import DONE, FAILED, TOO_LARGE, TOO_LONG, Limits, held_by, run


@pytest.fixture
def python(tmp_path):
    return lambda code, limits: run([sys.executable, "-c", code], tmp_path, limits, tmp_path / "log")


def test_a_run_that_ends_is_done(python):
    ended = python("print('fine')", Limits())
    assert (ended.outcome, ended.said) == (DONE, "")


def test_an_error_is_its_last_line(python):
    ended = python("raise ValueError('expected more')", Limits())
    assert (ended.outcome, ended.said) == (FAILED, "ValueError: expected more")


def test_a_long_error_is_cut(python):
    ended = python("raise ValueError('x' * 1000)", Limits())
    assert len(ended.said) <= 160
    assert ended.said.endswith("…")


def test_a_signal_is_named(python):
    ended = python("import os; os.kill(os.getpid(), 11)", Limits())
    assert (ended.outcome, ended.said) == (FAILED, "killed by SIGSEGV")


@pytest.mark.slow
def test_who_takes_too_long_is_stopped_with_its_children(python, tmp_path):
    child = f"import time; time.sleep(3); open({str(tmp_path / 'late')!r}, 'w')"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    ended = python(code, Limits(seconds=1.0))
    assert (ended.outcome, ended.said) == (TOO_LONG, "stopped at 1 s")
    with pytest.raises(FileNotFoundError):  # noqa: PT012 - what a survivor would write has time to appear
        import time

        time.sleep(3)
        (tmp_path / "late").read_text()


def test_who_holds_too_much_is_stopped(python):
    ended = python("import time; held = bytearray(300_000_000); time.sleep(60)", Limits(gigabytes=0.2))
    assert (ended.outcome, ended.said) == (TOO_LARGE, "stopped at 0.2 GB")
    assert ended.gigabytes > 0.2


def test_the_memory_of_children_counts(python):
    child = "import time; held = bytearray(200_000_000); time.sleep(1)"
    ended = python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])", Limits())
    assert ended.outcome == DONE
    assert 0.2 < ended.gigabytes < 1


def test_nobody_holds_nothing():
    assert held_by(2**30) == 0
