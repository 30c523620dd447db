"""The peers' own environment, built from pinned versions: they are never dependencies of this package.

PHATE is for non-commercial use only, graphtools and MAGIC are GPL. Every package is pinned and installed without
looking at what it asks for: scprep, of which PHATE is made, asks for a pandas that does not run with today's numpy. The
interpreter is the newest that `tools/find-python` finds, since today's scanpy asks for CPython 3.12.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from experiments.study.data import ROOT

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python_of(folder: Path) -> Path:
    """Return the peers' interpreter, after building their environment where that is missing or of other versions.

    Parameters
    ----------
    folder
        Where the environment is kept.

    Raises
    ------
    subprocess.CalledProcessError
        If a package cannot be had.
    """
    python, ready = folder / "bin" / "python", folder / "ready"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not (ready.exists() and ready.read_text(encoding="ascii") == wanted):
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        find = [str(ROOT / "tools" / "find-python"), "newest"]
        newest = subprocess.check_output(find, text=True).strip()
        subprocess.run([newest, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True)
        ready.write_text(wanted, encoding="ascii")
    return python
