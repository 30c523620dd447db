"""Without the vector intrinsics everything runs in plain numba, with the same results."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from integrated_diffusion.neighbors import candidates_plain, candidates_simd, ranking_kernel, ranking_simd
from integrated_diffusion.neighbors.cells import Cells
from integrated_diffusion.neighbors.tiles import first_tiles_of
from integrated_diffusion.runtime import simd

_COMPUTE = """
import hashlib, sys
{before}
import numpy as np
from integrated_diffusion.neighbors import ApproximateSearch, ExactSearch
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.runtime import simd

rng = np.random.default_rng(0)
X = (rng.standard_normal((2_000, 4)) @ rng.standard_normal((4, 21))).astype(np.float32)
X[100:120] = X[0]
exact, approximate = ExactSearch()(X, 15), ApproximateSearch()(X, 15)
found = [exact.indices, exact.distances, approximate.indices, approximate.distances]
found += [diffusion_operator(X) @ rng.standard_normal((2_000, 77)).astype(np.float32)]
digest = hashlib.blake2b(b"".join(np.ascontiguousarray(part).tobytes() for part in found)).hexdigest()
print(simd.is_available(), digest)
"""

_NO_IMPORT = "sys.modules['integrated_diffusion.runtime.simd_intrinsics'] = None"

_NO_COMPILATION = """
import llvmlite.ir as ir
ir.IRBuilder.shuffle_vector = property(lambda self: self.no_such_name)
from integrated_diffusion.runtime import simd
print(simd.is_available())
"""


def run(code, environment=None):
    """What a process of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | (environment or {}), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
def test_the_same_results_if_the_import_fails():
    usual, without = run(_COMPUTE.format(before="")), run(_COMPUTE.format(before=_NO_IMPORT))
    assert usual.stdout.split()[0] == "True"
    assert without.stdout.split() == ["False", usual.stdout.split()[1]]
    assert "vector intrinsics: expected them to compile" in without.stderr
    assert not usual.stderr


def test_a_failing_compilation_is_noticed(tmp_path):
    found = run(_NO_COMPILATION, {"NUMBA_CACHE_DIR": str(tmp_path)})  # what was compiled before would do
    assert found.stdout.split() == ["False"]
    assert "vector intrinsics: expected them to compile" in found.stderr


def test_can_be_switched_off_without_a_warning(monkeypatch):
    assert simd.is_available()
    monkeypatch.setenv(simd.VARIABLE, "0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not simd.is_available.__wrapped__()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("some", [False, True], ids=["all cells", "some cells"])
def test_candidates_are_the_same(dtype, some):
    rng = np.random.default_rng(1)
    cells = Cells.in_order(rng.standard_normal((700, 13)).astype(dtype))
    tiles, first_tiles = cells._tiles, first_tiles_of(cells.starts)
    own, centre = cells.points[: cells.starts[1]], cells.centres[0]
    searched = np.arange(len(cells.starts) - 1)
    mask = rng.uniform(size=(len(searched), len(own))) < 0.6 if some else None
    found = []
    for loop in (candidates_plain.candidates_plain, candidates_simd.candidates_simd):
        rows, squared = np.full((len(own), 9), -1, np.int32), np.full((len(own), 9), np.inf, dtype)
        loop(own, tiles, first_tiles, cells.starts, centre, searched, mask, rows, squared)
        found.append((rows, squared))
    for plain, fast in zip(*found, strict=True):
        np.testing.assert_array_equal(plain, fast)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rankings_are_the_same(dtype):
    rng = np.random.default_rng(2)
    X, candidates = rng.standard_normal((400, 19)).astype(dtype), rng.integers(-1, 400, (400, 30))
    found = []
    for loop in (ranking_kernel.keep_nearest_plain, ranking_simd.keep_nearest_prefetched):
        indices, distances = np.repeat(np.arange(400, dtype=np.int32)[:, None], 8, axis=1), np.full((400, 8), np.inf)
        loop(X, np.arange(400), candidates, indices, distances)
        found.append((indices, distances))
    for plain, fast in zip(*found, strict=True):
        np.testing.assert_array_equal(plain, fast)
