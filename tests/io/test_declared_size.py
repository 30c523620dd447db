"""What a file declares is believed only as far as there is memory for it, and data behind it."""

import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

from integrated_diffusion.io import declared_size, read
from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.reading.opening import open_mudata
from integrated_diffusion.io.reading.tables import Table
from integrated_diffusion.runtime.memory import SHARE, memory_limit

MOST = 50e6
"""Bytes that a refusal may take."""


def refused(message, *paths, reader=read):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message) as found:
            reader(*paths)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()
    text = str(found.value)
    assert "\n" not in text
    assert text.index("expected") < text.index("found") < text.rindex(";")


def npy(path, shape, content=b"", kind="<f8"):
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": kind, "fortran_order": False, "shape": shape})
        stream.write(content)
    return path


def bomb(path, shape):
    """Zeros, a thousand times as many bytes as the archive has."""
    header = npy(path.with_suffix(".npy"), shape).read_bytes()
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("rna.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(header)
        for _ in range(8 * shape[0] * shape[1] // 2**20):
            stream.write(bytes(2**20))
    return path


def test_the_limit_is_a_share_of_the_machine():
    assert 2**28 < memory_limit() < 2**50
    assert 0 < SHARE < 1


def test_a_bomb_of_zeros(tmp_path):
    path = bomb(tmp_path / "a.npz", (2**13, 2**13))
    assert path.stat().st_size < 2e6
    refused("expected measured values, found 0.5 GB declared and 0.5 MB stored", path)


@pytest.mark.parametrize("shape", [(10**6, 10**9), (2**63 - 1, 2), (10**30, 10**30)])
def test_arrays_that_declare_more_than_they_hold(tmp_path, shape):
    path = npy(tmp_path / "a.npy", shape, bytes(800))
    refused("expected whole arrays, found a file that is damaged or cut short", path)
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.write(path, "rna.npy")
    refused("of memory, found that they declare", tmp_path / "b.npz")


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize(
    "inner", [b"{" * 5_000, b"(" * 9_000, b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2)}"]
)
def test_headings_of_braces_and_of_negative_shapes(tmp_path, version, inner):
    length = len(inner).to_bytes(2 if version == (1, 0) else 4, "little")
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY" + bytes(version) + length + inner)
    refused("expected an array with a heading that says its shape and type", tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.write(tmp_path / "a.npy", "rna.npy")
    refused("expected an array with a heading that says its shape and type", tmp_path / "b.npz")


def test_other_files_in_an_archive_are_no_views(npz, rna):
    with zipfile.ZipFile(npz, "a") as archive:
        archive.writestr("readme.txt", "hello")
    found = read(npz)
    assert list(found.views) == ["rna", "atac"]
    np.testing.assert_array_equal(found.views["rna"], rna)


def test_a_table_whose_heading_is_longer_than_its_rows(tmp_path):
    """Short rows are filled up to the length of the heading: 10^5 columns by 10^8 rows would be 80 TB."""
    path = tmp_path / "a.csv"
    path.write_text("cell," + ",".join(f"g{i}" for i in range(100_000)) + "\n" + "c,1\n" * 1_000_000)
    refused("expected values that fit into .* of memory, found that they declare 800.0 GB", path)


@pytest.mark.slow
def test_wide_tables_are_read_in_reasonable_memory(tmp_path):
    path = tmp_path / "a.csv"
    n = 30_000
    rows = "".join(f"c{i}," + ",".join(["1"] * n) + "\n" for i in range(3))
    path.write_text("cell," + ",".join(f"g{i}" for i in range(n)) + "\n" + rows)
    tracemalloc.start()
    try:
        found = Table(path).read("a")
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()
    assert found.values.shape == (3, n)


@pytest.mark.parametrize("reader", [read, lambda path: open_mudata([path])])
@pytest.mark.parametrize(
    ("inside", "shape"), [("mod/atac/X", (10**7, 10**7)), ("mod/rna/X/data", (10**13,)), ("mod/atac/X", (10**5, 10**3))]
)
def test_hdf5_that_declares_chunks_it_has_not(h5mu, inside, shape, reader):
    with h5py.File(h5mu, "r+") as file:
        attrs = dict(file[inside].attrs)
        del file[inside]
        file.create_dataset(inside, shape, np.float32, chunks=(1_000,) * len(shape))
        file[inside].attrs.update(attrs)
    refused("expected .*, found .*; ", h5mu, reader=reader)


def test_one_share_for_all_elements_together(h5mu, monkeypatch):
    """Each part is small enough, the whole is not."""
    monkeypatch.setattr(declared_size, "memory_limit", lambda: 3_000)
    refused("found that they declare", h5mu, reader=lambda path: open_mudata([path]))


def test_sizes():
    check_size(2**20, "here", 0)
    check_size(10**9, "here", 10**7)
    with pytest.raises(ValueError, match="here: expected measured values, found"):
        check_size(10**9, "here", 10**6)
