"""The child process: views in from a file, numbers and coordinates out to a file.

python -m experiments.performance.child MODULE VIEWS.npz FOUND.json COORDINATES.npy
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np

from experiments.performance.subjects import subject_of


def main(module_name: str, views: str, found: str, coordinates: str) -> None:
    """Run one subject on one set of views."""
    warnings.simplefilter("ignore")  # what a library says of itself is no result
    subject = subject_of(module_name)
    with np.load(views, allow_pickle=False) as arrays:
        held = dict(arrays)
    numbers, made = subject.examine(held)
    numbers["gigabytes"] = peak_gigabytes()
    if made is not None:
        np.save(coordinates, made, allow_pickle=False)
    Path(found).write_text(json.dumps({"numbers": numbers, "version": subject.version}), encoding="utf-8")


def peak_gigabytes() -> float:
    """Largest resident memory of this process; what its parent held before, which `ru_maxrss` counts, is left out."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e9


if __name__ == "__main__":
    main(*sys.argv[1:])
