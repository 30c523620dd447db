"""Time and peak memory of `integrated-diffusion run` on real files, each in a process of its own.

python -m benchmarks.real_files
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from experiments.study.data import FOLDER

FILES = ("pbmc_hao2021_citeseq_800.h5mu", "pbmc10k_citeseq.h5mu", "snareseq_mouse_cortex.h5mu")


def measure(file: Path) -> tuple[float, float]:
    """Return the seconds of the whole command and the peak memory in GB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).parent / "integrated-diffusion", "run", file, "-o", Path(folder) / "out.h5mu"]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for behind the process's back
        if status:
            raise SystemExit(f"{file.name}: the command failed")
        return time.perf_counter() - start, peak_gigabytes(usage)


def peak_gigabytes(usage: resource.struct_rusage) -> float:
    """Peak resident memory; Linux counts it in kB."""
    return usage.ru_maxrss / 1e6


if __name__ == "__main__":
    for name in FILES:
        if not (FOLDER / name).exists():
            print(f"{name}: not in {FOLDER}, left out")
            continue
        seconds, gigabytes = measure(FOLDER / name)
        print(f"{name}: {seconds:.1f} s, {gigabytes:.2f} GB at most")
