"""Promises about time and memory: the fit against the dense computation, real files on a small machine."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("INTEGRATED_DIFFUSION_DATA", ROOT.parent / "shared" / "data"))


def benchmark(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
def test_the_fit_is_twenty_times_faster_than_the_dense_computation():
    assert min(benchmark("against_dense").main(4_000)) >= 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "seconds", "gigabytes"),
    [("snareseq_mouse_cortex.h5mu", 60, 3.0), ("pbmc_hao2021_citeseq_800.h5mu", 15, 3.0)],
)
def test_real_files_fit_a_small_machine(name, seconds, gigabytes):
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in {DATA}")
    took, held = benchmark("real_files").measure(DATA / name)
    assert took <= seconds
    assert held <= gigabytes
