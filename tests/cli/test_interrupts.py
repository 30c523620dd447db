"""Ctrl-C at any moment: the program ends within two seconds, says one line, and leaves no incomplete output."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from integrated_diffusion.cli import STOPPED

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="expected processor times in /proc")

LIMIT = 2.0
"""Seconds from the signal to the end of the process."""

OUTPUTS = ("out.npz", "out.json", "out.png")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1

# Interrupts are heard from when `script` has begun, which is when the line is written. All heavy modules come later.
PROGRAM = """
import os
from integrated_diffusion import cli
main = cli.main
def begin():
    os.write(1, b"ready\\n")
    main()
cli.main = begin
cli.script()
"""


@dataclass(frozen=True)
class Ending:
    """How a run ended after a signal.

    `moment` is the processor time at which the signal was sent, `seconds` the wall time from there to the end.
    """

    moment: float
    code: int
    seconds: float
    err: str
    files: str

    def is_in_order(self, code: int = 130) -> bool:
        if self.seconds > LIMIT:
            return False
        if self.code == 0:  # the run was over before it heard the signal
            return self.err == "" and self.files == "new"
        return self.code == code and self.err == f"{STOPPED}\n" and self.files in ("old", "new")


def processor_time(pid):
    """Seconds of user and system time of a process, or infinity if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return np.inf
    return np.inf if fields[0] == "Z" else (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def prepare(folder, n_samples):
    rng = np.random.default_rng(0)
    folder.mkdir()
    shared = rng.normal(size=(n_samples, 3))  # or the program would warn that one view predicts nothing of the other
    a, b = (shared @ rng.normal(size=(3, 30)) + 0.1 * rng.normal(size=(n_samples, 30)) for _ in range(2))
    np.savez(folder / "in.npz", a=a, b=b)
    for name in OUTPUTS:
        (folder / name).write_text("old")


def started(folder):
    # What runs in the background ignores Ctrl-C, and so do its children unless that is changed.
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "run", "in.npz", "-o", "out.npz", "--overwrite"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        restore_signals=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout.readline() == "ready\n"
    return process


def interrupted(folder, moment, *signals, n_samples=1500):
    """Send signals to a run when it has used so much processor time, and return how it ended."""
    prepare(folder, n_samples)
    process = started(folder)
    while processor_time(process.pid) < moment:
        time.sleep(0.002)
    start = time.monotonic()
    for number in signals or [signal.SIGINT]:
        process.send_signal(number)
    try:
        _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Ending(moment, -1, np.inf, "asleep", files_in(folder))
    seconds = time.monotonic() - start
    with pytest.raises(ProcessLookupError):  # no process of its session is left
        os.killpg(process.pid, 0)
    return Ending(moment, process.returncode, seconds, err, files_in(folder))


def files_in(folder):
    """Return "old" or "new" if the outputs are all of one kind and nothing else is there, else what is."""
    names = sorted(path.name for path in folder.iterdir())
    if names != sorted(["in.npz", *OUTPUTS]):
        return f"found {names}"
    kinds = {"old" if (folder / name).read_bytes() == b"old" else "new" for name in OUTPUTS}
    if kinds == {"new"}:
        with np.load(folder / "out.npz") as results:
            assert {name: results[name].shape for name in results.files}
        json.loads((folder / "out.json").read_text())
        assert b"IEND" in (folder / "out.png").read_bytes()[-12:]
    return kinds.pop() if len(kinds) == 1 else "some old, some new"


@contextlib.contextmanager
def busy(n_processes):
    """Keep cores busy while the context lasts."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n_processes)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


@pytest.mark.parametrize("moment", [0.1, 1.0, pytest.param(3.0, marks=pytest.mark.slow), 6.0])
def test_an_interrupt_ends_a_run(tmp_path, moment):
    """While typer, numpy and numba are imported, and in the computation."""
    ended = interrupted(tmp_path / "run", moment, n_samples=8000)
    assert ended.is_in_order(), ended
    assert (ended.code, ended.files) == (130, "old")


def test_a_termination_signal_ends_a_run(tmp_path):
    ended = interrupted(tmp_path / "run", 3.0, signal.SIGTERM, n_samples=8000)
    assert ended.is_in_order(code=143), ended


def test_a_second_interrupt_ends_a_run_at_once(tmp_path):
    ended = interrupted(tmp_path / "run", 3.0, signal.SIGINT, signal.SIGTERM, n_samples=8000)
    assert ended.code in (130, 143)  # both may be heard at the same time
    assert (ended.err, ended.files) == (f"{STOPPED}\n", "old")
    assert ended.seconds < LIMIT


def test_a_signal_that_a_background_job_ignores_stays_ignored():
    program = """
import signal
from integrated_diffusion.runtime import interruption
signal.signal(signal.SIGINT, signal.SIG_IGN)
interruption.listen("stopped")
signal.raise_signal(signal.SIGINT)
print(interruption.received())
interruption.finish(0)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout, found.stderr) == (0, "False\n", "")


def test_a_library_that_loses_the_exception_does_not_keep_the_program(tmp_path):
    """The second thread ends it, and removes what is temporary."""
    program = f"""
import signal, time
from pathlib import Path
from integrated_diffusion.runtime import interruption, temporary
interruption.listen("stopped")
path, folder = Path({str(tmp_path / "half")!r}), Path({str(tmp_path / "folder")!r})
temporary.remove_at_the_end(folder)
(folder / "inner").mkdir(parents=True)
with temporary.removed_at_the_end(path):
    path.write_text("half")
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        pass
    time.sleep(100)
"""
    start = time.monotonic()
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, preexec_fn=_hear_interrupts)
    assert (found.returncode, found.stdout, found.stderr) == (130, "", "stopped\n")
    assert time.monotonic() - start < 30
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_a_program_waits_for_no_thread_and_loses_no_line():
    program = """
import atexit, sys, threading, time
from integrated_diffusion.runtime import interruption
interruption.listen("stopped")
threading.Thread(target=time.sleep, args=(100,)).start()
atexit.register(print, "registered")
sys.stdout.write("written ")
interruption.finish(3)
interruption.leave(3)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout, found.stderr) == (3, "written registered\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_program_whose_lines_are_lost_fails():
    program = """
import sys
from integrated_diffusion.runtime import interruption
sys.stdout.write("lost")
interruption.leave(0)
"""
    with open("/dev/full", "w") as full:
        buffered = os.environ | {"PYTHONUNBUFFERED": ""}
        found = subprocess.run([sys.executable, "-c", program], stdout=full, env=buffered, timeout=60)
    assert found.returncode == 120


def _hear_interrupts():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.slow
def test_interrupts_at_200_random_moments_while_the_cores_are_busy(tmp_path):
    """Two thirds of them at any moment of the run, the others in its last tenth: drawing and writing."""
    n_moments, n_together = 200, 2 * CORES
    used = 0.0
    for name in ("first", "second"):  # the first one may compile loops, which no later one does
        prepare(tmp_path / name, 1500)
        process = started(tmp_path / name)
        while (now := processor_time(process.pid)) < np.inf:
            used = now
            time.sleep(0.01)
        process.communicate()
        assert (process.returncode, files_in(tmp_path / name)) == (0, "new")
    rng = np.random.default_rng()
    moments = np.where(
        rng.random(n_moments) < 2 / 3, rng.uniform(0, used, n_moments), rng.uniform(0.9, 1, n_moments) * used
    )
    with busy(CORES), ThreadPoolExecutor(n_together) as pool:
        calls = [pool.submit(interrupted, tmp_path / f"run{i}", moment) for i, moment in enumerate(moments)]
        endings = [call.result() for call in calls]
    kinds = collections.Counter((ending.code, ending.files) for ending in endings)
    slowest = max(ending.seconds for ending in endings)
    print(f"{n_moments} interrupts of a run of {used:.1f} s of processor time: {dict(kinds)}; slowest {slowest:.2f} s")
    wrong = [ending for ending in endings if not ending.is_in_order()]
    assert not wrong
