"""Odd environments: the exit code tells whether the outputs were written."""

import os
import subprocess
import sys

import numpy as np
import pytest

RUN = ["run", "v.npz", "-o", "out.npz", "--steps", "a=1", "--steps", "b=1", "--n-components", "3"]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "v.npz", a=rng.normal(size=(60, 8)), b=rng.normal(size=(60, 5)))
    return tmp_path


def program(folder, *interpreter, before=None, stdout=subprocess.PIPE, words=RUN, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in environment}
    given = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run(
        [sys.executable, *interpreter, "-m", "integrated_diffusion", *words],
        cwd=folder,
        env=kept | given,
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=before,
        check=False,
    )


def is_whole(folder):
    with np.load(folder / "out.npz") as found:
        return found["embedding"].shape == (60, 3) and (folder / "out.json").exists() and (folder / "out.png").exists()


@pytest.mark.slow
def test_a_terminal_of_ascii_alone(folder):
    """Letters that it lacks are replaced."""
    plain = {"PYTHONIOENCODING": "ascii", "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = program(folder, **plain)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.isascii()
    assert b"integrated operator" in ended.stdout
    assert is_whole(folder)


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
def test_a_summary_that_cannot_be_printed(folder):
    with open("/dev/full", "wb") as full:
        ended = program(folder, stdout=full)
    assert ended.returncode == 120
    assert ended.stderr.count(b"\n") == 1
    assert b"stdout cannot be written to (No space left on device); all outputs are complete" in ended.stderr
    assert is_whole(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("interpreter", "environment"),
    [
        ((), {"HOME": None}),
        ((), {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}),
        ((), {"NUMBA_NUM_THREADS": "1"}),
        ((), {"NUMBA_NUM_THREADS": "64", "OMP_NUM_THREADS": "64"}),
        (("-O",), {}),
        (("-W", "error"), {}),
    ],
)
def test_a_run_is_a_run(folder, interpreter, environment):
    ended = program(folder, *interpreter, **environment)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert is_whole(folder)


@pytest.mark.slow
def test_closed_stdout(folder):
    ended = program(folder, before=lambda: os.close(1))
    assert ended.returncode == 0
    assert is_whole(folder)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limits")
@pytest.mark.parametrize("megabytes", [300, 600, 900, 1500])
def test_little_memory(folder, megabytes):
    """Where libraries cannot even be loaded they may end the process; then there is no output."""
    import resource

    limit = megabytes * 2**20
    ended = program(folder, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert (ended.returncode == 0) == (folder / "out.npz").exists()
    assert ended.returncode != 0 or is_whole(folder)
