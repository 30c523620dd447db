"""A damaged or hostile `.h5mu` is refused with one line on every road, and never read out of bounds."""

import shutil

import h5py
import numpy as np
import pytest

FAST = ("--steps", "rna=2", "--steps", "prot=1", "--power", "2", "--n-components", "3", "--no-local-denoising")


@pytest.fixture
def joint(begin, run, h5mu, tmp_path):
    """An integrated file."""

    def integrated_file(folder):
        code, _, err = run("run", h5mu, "-o", folder / "joint.h5mu", *FAST)
        assert code == 0, err

    begin(integrated_file)
    return tmp_path / "joint.h5mu"


def roads(path, query, tmp_path):
    """Commands that read a file with a stored operator."""
    return {
        "report": ("report", path, "-o", tmp_path / "r.html"),
        "denoise": ("denoise", path, "-o", tmp_path / "d.npz", "--only", "rna"),
        "counts": ("denoise", path, "-o", tmp_path / "c.npz", "--only", "rna", "--scale", "counts"),
        "associate": ("associate", path, "-o", tmp_path / "a.csv", "--n-shuffles", "0"),
        "ingest": ("ingest", query, "--reference", path, "-o", tmp_path / "i.h5mu"),
        "run": ("run", path, "-o", tmp_path / "again.npz", *FAST),
    }


def one_line(code, err, *words):
    assert code == 2, err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    assert "expected" in err
    assert "found" in err
    for word in words:
        assert word in err


AFFINITIES = "obsp/integrated_affinities_rna"
MEASURED = "mod/rna/X"


def too_large(group):
    group["indices"][3] = 10**6


def negative(group):
    group["indices"][0] = -7


def wrapping(group):
    ends = group["indptr"][:].astype(np.uint64)
    ends[-1] = 2**63
    del group["indptr"]
    group["indptr"] = ends


def decreasing(group):
    group["indptr"][2] = group["indptr"][-1] + 5


def fractional(group):
    found = group["indices"][:] + 0.5
    del group["indices"]
    group["indices"] = found


DAMAGES = (too_large, negative, wrapping, decreasing, fractional)


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_stored_operator(run, joint, h5mu, tmp_path, damage):
    with h5py.File(joint, "r+") as file:
        damage(file[AFFINITIES])
    for name, words in roads(joint, h5mu, tmp_path).items():
        if name == "run":  # does not read it
            continue
        code, _, err = run(*words)
        one_line(code, err, "expected a whole sparse matrix, found a damaged one", AFFINITIES)
        assert not list(tmp_path.glob("[rdcai].*"))


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_measured_values(run, joint, h5mu, tmp_path, damage):
    with h5py.File(joint, "r+") as file:
        damage(file[MEASURED])
    for words in roads(joint, h5mu, tmp_path).values():
        code, _, err = run(*words)
        one_line(code, err, "expected a whole sparse matrix, found a damaged one", "mod/rna/X")


def test_a_query_and_what_places_it(run, joint, h5mu, tmp_path):
    words = roads(joint, h5mu, tmp_path)["ingest"]
    code, _, err = run(*words)
    assert code == 0, err
    with h5py.File(h5mu, "r+") as file:
        too_large(file[MEASURED])
    code, _, err = run("ingest", h5mu, "--reference", joint, "-o", tmp_path / "j.h5mu")
    one_line(code, err, "expected a whole sparse matrix, found a damaged one", "cells.h5mu")


def set_to(inside, value):
    """Return what puts a value in the place of an element."""

    def change(file):
        attrs = dict(file[inside].attrs)
        del file[inside]
        file[inside] = value
        file[inside].attrs.update(attrs)

    return change


REFERENCE, RECORD = "uns/integrated_reference/rna", "uns/integrated_diffusion"


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        (f"{REFERENCE}/recipe/reduction/origin", np.zeros(3)),  # found by the fuzzer, as the next one
        (f"{REFERENCE}/recipe/reduction/origin", np.zeros(1_000)),
        (f"{REFERENCE}/bandwidth", np.ones(3)),
        (f"{REFERENCE}/radius", np.full(90, np.nan)),
        (f"{REFERENCE}/n_neighbors", 10**9),
        (f"{RECORD}/integrated_operator/n_repeats", 10**9),
        (f"{RECORD}/integrated_operator/n_repeats", -1),
        (f"{RECORD}/power", 0),
    ],
)
def test_a_damaged_reference(run, joint, h5mu, tmp_path, inside, value):
    with h5py.File(joint, "r+") as file:
        set_to(inside, value)(file)
    code, _, err = run("ingest", h5mu, "--reference", joint, "-o", tmp_path / "j.h5mu")
    one_line(code, err, "integrate again")


@pytest.mark.parametrize("missing", ["parameters", "libraries", "seconds", "views", "entropy", "version"])
def test_a_record_that_lacks_something(run, joint, tmp_path, missing):
    with h5py.File(joint, "r+") as file:
        del file[f"{RECORD}/{missing}"]
    code, _, err = run("report", joint, "-o", tmp_path / "r.html")
    one_line(code, err, f"found one that is damaged (no '{missing}'); integrate again")
    assert not (tmp_path / "r.html").exists()


def test_duplicates_are_summed(run, joint, tmp_path):
    """An entry stored as two halves gives the same values as one."""
    first = tmp_path / "one.npz"
    code, _, err = run("denoise", joint, "-o", first, "--only", "rna")
    assert code == 0, err
    for inside in (AFFINITIES, MEASURED):
        other = tmp_path / "halves.h5mu"
        shutil.copyfile(joint, other)
        with h5py.File(other, "r+") as file:
            group = file[inside]
            data, indices, ends = (group[part][:] for part in ("data", "indices", "indptr"))
            for part in ("data", "indices", "indptr"):
                del group[part]
            group["data"] = np.concatenate([[data[0] / 2, data[0] / 2], data[1:]]).astype(data.dtype)
            group["indices"] = np.concatenate([[indices[0]], indices])
            group["indptr"] = ends + (np.arange(len(ends)) > np.searchsorted(ends, 0, side="right") - 1)
        code, _, err = run("denoise", other, "-o", tmp_path / "two.npz", "--only", "rna")
        assert code == 0, err
        with np.load(first) as one, np.load(tmp_path / "two.npz") as two:
            np.testing.assert_allclose(one["values"], two["values"], rtol=1e-5, atol=1e-6)
        (tmp_path / "two.npz").unlink()
        other.unlink()
