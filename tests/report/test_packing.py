"""Numbers come back from what a page carries as they went in, to half a step."""

from __future__ import annotations

import base64
import gzip
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.report.packing import Packer, missing_code, quantise, squeezed, unpack

finite = st.floats(-1e6, 1e6)


@given(st.lists(finite | st.just(np.nan), min_size=1, max_size=50), st.sampled_from([np.uint8, np.uint16]))
def test_quantised_to_half_a_step(values, dtype):
    values = np.array(values)
    found = quantise(values, dtype)
    assert found.codes.dtype == dtype
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(values))
    known = ~np.isnan(values)
    span = np.ptp(values[known]) if known.any() else 0.0
    assert found.step <= max(1.0, span / (missing_code(np.dtype(dtype)) - 1) * (1 + 1e-9))
    np.testing.assert_allclose(found.values[known], values[known], atol=found.step / 2 * (1 + 1e-9) + 1e-9)


@given(st.lists(st.integers(-30_000, 30_000), min_size=1, max_size=50))
def test_counts_are_exact(counts):
    np.testing.assert_array_equal(quantise(np.array(counts)).values, counts)


def test_extremes_and_infinities():
    found = quantise(np.array([0.0, 1.0, np.inf, -np.inf, np.nan, 0.5]), np.uint8)
    assert found.codes[[0, 1]].tolist() == [0, 254]
    assert found.codes[2:5].tolist() == [255] * 3
    assert quantise(np.full(3, 7.25)).values.tolist() == [7.25] * 3
    assert np.isnan(quantise(np.full(3, np.nan)).values).all()


def test_the_largest_and_the_smallest_numbers():
    huge = np.array([-1.7e308, 1.7e308, 0.0, 1e307])
    for dtype in (np.uint8, np.uint16):
        found = quantise(huge, dtype)
        assert np.isfinite(found.step)
        np.testing.assert_allclose(found.values / found.step, huge / found.step, atol=0.51)
    tiny = quantise(np.array([1e-320, 3e-320]))
    assert tiny.step > 0
    assert tiny.values.tolist() == [1e-320, 1e-320]
    small = np.array([1e-300, 3e-300, 2.5e-300])
    np.testing.assert_allclose(quantise(small).values, small, rtol=1e-4)
    close = 1 + np.arange(5) * 2.0**-52  # far from zero, side by side
    np.testing.assert_array_equal(quantise(close).values, close)


@pytest.mark.parametrize("start", [2**24 + 1, 2**40 + 1, -(2**50)])
def test_large_counts_are_exact(start):
    counts = start + np.arange(0, 60_000, 7, dtype=float)
    np.testing.assert_array_equal(quantise(counts).values, counts)
    wide = start + np.arange(0, 10, dtype=float) * 400_000_001
    np.testing.assert_array_equal(quantise(wide, np.uint32).values, wide)


@given(
    st.lists(st.lists(st.integers(0, 65_535), max_size=20), max_size=4),
    st.sampled_from([np.uint8, np.uint16, np.uint32]),
)
def test_pack_and_unpack(columns, dtype):
    packer = Packer()
    largest = np.iinfo(dtype).max
    arrays = [np.array([largest - value % largest for value in column], dtype=dtype) for column in columns]
    numbers = [packer.add(array) for array in arrays]
    header, found = unpack(packer.pack({"title": "</script> & \u2028"}))
    assert numbers == list(range(len(columns)))
    assert header["title"] == "</script> & \u2028"
    for array, back in zip(arrays, found, strict=True):
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)


def test_packed_text_is_nothing_that_html_minds():
    packer = Packer()
    packer.add(np.arange(1000, dtype=np.uint16))
    assert re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", packer.pack({"name": "</script><script>alert(1)</script>"}))


def test_planes_of_bytes_compress_smooth_numbers():
    values = quantise(np.cumsum(np.random.default_rng(0).normal(size=20_000))).codes
    packer = Packer()
    packer.add(values)
    plain = len(base64.b64encode(gzip.compress(values.tobytes(), 9)))
    assert len(packer.pack({})) < 0.85 * plain


def test_the_same_bytes_give_the_same_text():
    assert squeezed(b"cells" * 100) == squeezed(b"cells" * 100)
    assert gzip.decompress(base64.b64decode(squeezed(b"cells"))) == b"cells"


def test_numbers_must_be_quantised_first():
    with pytest.raises(TypeError, match="expected uint8, uint16 or uint32, found float64"):
        Packer().add(np.zeros(3))
