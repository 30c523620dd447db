"""Promises about time and memory: the fit against the dense computation, real files on a small machine."""

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.datasets import tree

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
def test_the_fit_is_fifty_times_faster_than_the_dense_computation():
    assert benchmark("against_dense").main(4_000)[1] >= 50


@pytest.mark.slow
@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
def test_no_bit_of_a_large_fit_depends_on_the_number_of_threads():
    """More samples than one chunk, one exact search or one cache holds."""
    views = tree(n_samples=40_000, n_dimensions=20).views
    one, two = (IntegratedDiffusion.paper(n_jobs=n_jobs).fit(views) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one.embedding_, two.embedding_)
    np.testing.assert_array_equal(one.entropy_["view1"].value, two.entropy_["view1"].value)
    np.testing.assert_array_equal(one.denoise("view2"), two.denoise("view2"))
    assert (one.steps_, one.power_) == (two.steps_, two.power_)


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
