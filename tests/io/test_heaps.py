"""Heaps of text at which the HDF5 library would stay for ever are refused before it reads them."""

import h5py
import numpy as np
import pytest

from integrated_diffusion.io import heaps
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.heaps import check_heaps


@pytest.fixture
def texts(tmp_path):
    """Texts of many lengths between numbers of an odd number of bytes, so that heaps begin anywhere."""
    with h5py.File(tmp_path / "texts.h5", "w") as file:
        for i in range(9):
            file[f"odd{i}"] = np.ones(7 * i + 1, dtype=np.int8)
            found = [f"text {j}" * (j % 40) for j in range(300 * (i == 3) + 9)] + ["x" * 9_000]
            file.create_dataset(f"texts{i}", data=np.array(found, dtype=object), dtype=h5py.string_dtype())
        file.attrs["text"] = "y" * 70
        del file["texts5"]
    return tmp_path / "texts.h5"


def places(path):
    stored, found = path.read_bytes(), []
    while (at := stored.find(b"GCOL", found[-1] + 1 if found else 0)) >= 0:
        found.append(at)
    return found


@pytest.mark.parametrize("block", [2**26, 997])
def test_whole_files_pass(texts, h5mu, tenx, monkeypatch, block):
    monkeypatch.setattr(heaps, "_BLOCK", block)
    heaps._damaged_heap.cache_clear()
    assert len(places(texts)) > 5
    for path in (texts, h5mu, tenx):
        check_heaps(path)


@pytest.mark.parametrize("block", [2**26, 997])
@pytest.mark.parametrize(
    "size", [0, 2**64 - 16, 2**64 - 32, 1 << 40], ids=["none", "one back", "two back", "behind the end"]
)
def test_objects_that_lead_nowhere_are_refused(texts, monkeypatch, block, size):
    monkeypatch.setattr(heaps, "_BLOCK", block)
    n_damaged = 0
    for at in places(texts):
        stored = bytearray(texts.read_bytes())
        heap, first, n_bytes = (int.from_bytes(stored[at + i : at + i + 8], "little") for i in (8, 16, 24))
        second = at + 32 + (n_bytes + 7) // 8 * 8
        if not first & 0xFFFF or second + 16 > at + heap:
            continue  # there is one text in it, or none
        n_damaged += 1
        stored[second : second + 16] = bytes(8) + size.to_bytes(8, "little")
        damaged = texts.with_name(f"{at}.h5")
        damaged.write_bytes(stored)
        with (
            pytest.raises(ValueError, match=rf"{at}\.h5: expected a whole HDF5 file, .* heap of texts at byte {at:,} "),
            opened_hdf5(damaged),
        ):
            pass
    assert n_damaged > 1


def test_what_only_looks_like_a_heap_is_left_alone(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = np.frombuffer(b"GCOL\x01\x00\x00\x00" + bytes(24) + b"GCOL\x02\x00\x00\x00" + bytes(24), np.uint8)
        file["y"] = np.frombuffer(b"GCOL\x01\x00\x00\x00" + b"\xff" * 24, np.uint8)
    check_heaps(tmp_path / "x.h5")


@pytest.mark.parametrize("layout", [{}, {"chunks": (1000,)}, {"chunks": (1000,), "compression": "gzip"}])
@pytest.mark.parametrize("userblock", [0, 512])
def test_numbers_are_not_read(tmp_path, monkeypatch, layout, userblock):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w", userblock_size=userblock) as file:
        file["first"] = np.array(["text"], dtype=object)
        file.create_dataset("x", data=np.random.default_rng(0).random(500_000), **layout)
        file["last"] = np.array(["text"] * 9, dtype=object)
    n_bytes = []
    damaged_in = heaps._damaged_in
    monkeypatch.setattr(
        heaps, "_damaged_in", lambda file, a, b, size: n_bytes.append(b - a) or damaged_in(file, a, b, size)
    )
    check_heaps(path)
    assert places(path)
    most = 600_000 if userblock else 400_000  # of each of 500 chunks as many bytes as the user's block has are read too
    assert 4_000 < sum(n_bytes) < most < path.stat().st_size


def test_files_that_cannot_be_walked_through_are_read_whole(texts):
    assert heaps._numbers(texts)
    stored = texts.read_bytes().replace(b"SNOD", b"SNOX")
    texts.write_bytes(stored)
    assert heaps._numbers(texts) == []


def test_numbers_that_claim_the_place_of_others_leave_the_rest():
    assert list(heaps._between([(2, 9), (3, 5), (9, 11), (20, 90)], 50)) == [(0, 2), (11, 20)]
    assert list(heaps._between([(60, 70)], 50)) == [(0, 50)]
    assert list(heaps._between([(20, 10)], 50)) == [(0, 50)]
