"""Bandwidth and bytes: what is counted, and that the triad does what it says."""

import numpy as np
import pytest

from benchmarks import bandwidth


def test_bytes_of_a_product_are_each_part_once():
    # 3 samples, 5 entries of 4 + 4 bytes, a pointer and a degree a row, two blocks of 3 x 2 numbers of 4 bytes
    assert bandwidth.bytes_of_product(3, 5, 2) == 5 * 8 + 3 * 8 + 2 * (3 * 2 * 4)


def test_the_triad_adds_and_multiplies():
    b, c = np.arange(10, dtype=np.float32), np.ones(10, dtype=np.float32)
    a = np.zeros_like(b)
    bandwidth._triad(a, b, c, np.float32(3))
    np.testing.assert_array_equal(a, b + 3)


def test_the_bandwidth_is_that_of_a_memory():
    assert 1e8 < bandwidth.triad_bytes_a_second(1_000_000) < 1e13


def test_the_quickest_of_several_goes_counts(monkeypatch):
    ticks = iter([0.0, 5.0, 10.0, 12.0, 20.0, 24.0])
    monkeypatch.setattr(bandwidth.time, "perf_counter", lambda: next(ticks))
    done = []
    assert bandwidth.best_seconds(lambda: done.append(1), 3) == pytest.approx(2.0)
    assert len(done) == 4
