"""Caches of compiled code are where this user alone can write."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from integrated_diffusion.runtime import caches

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="other permissions")


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """A home, and none of the two variables."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(numba.config, "CACHE_DIR", numba.config.CACHE_DIR)  # is put back
    return tmp_path


def test_usual_places_are_left_alone(environment):
    caches.choose_caches()
    assert "NUMBA_CACHE_DIR" not in os.environ
    assert "MPLCONFIGDIR" not in os.environ


@pytest.mark.parametrize(("mode", "replaced"), [(0o700, False), (0o755, False), (0o777, True), (0o1777, True)])
def test_a_folder_that_others_can_write_is_not_used(environment, monkeypatch, mode, replaced):
    given = environment / "cache"
    given.mkdir()
    given.chmod(mode)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(given))
    caches.choose_caches()
    used = Path(os.environ["NUMBA_CACHE_DIR"])
    assert (used != given) == replaced
    assert not replaced or stat.S_IMODE(used.stat().st_mode) == 0o700


def test_a_folder_that_another_user_owns_is_not_used(environment, monkeypatch):
    given = environment / "cache"
    given.mkdir(mode=0o755)
    monkeypatch.setattr(caches.os, "getuid", lambda: given.stat().st_uid + 1)
    monkeypatch.setattr(caches.os, "getgid", lambda: given.stat().st_gid)
    if given.stat().st_uid == 0:
        os.chown(given, 12345, -1)
    assert caches._others_can_write(given)


def test_without_a_place_there_is_a_temporary_one(environment, monkeypatch):
    monkeypatch.setattr(caches, "_can_write", lambda folder: False)
    caches.choose_caches()
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        assert stat.S_IMODE(Path(os.environ[name]).stat().st_mode) == 0o700


def test_the_temporary_folder_is_gone_with_the_process():
    program = (
        "import os; from integrated_diffusion.runtime import caches; caches._can_write = lambda folder: False; "
        "caches.choose_caches(); print(os.environ['NUMBA_CACHE_DIR'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert ended.stdout.strip()
    assert not Path(ended.stdout.strip()).exists()
