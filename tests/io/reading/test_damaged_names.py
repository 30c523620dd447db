"""Names, types and lengths that do not fit are one line of this package, not of another library."""

import h5py
import numpy as np
import pytest

from integrated_diffusion.io import read
from integrated_diffusion.io.frames import index_names, texts


def refused(message, path):
    with pytest.raises(ValueError, match=message) as found:
        read(path)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("inside", ["features/feature_type", "features/name", "barcodes"])
@pytest.mark.parametrize("damage", ["shorter", "none", "a table"])
def test_10x_lists_that_are_no_lists_of_that_length(tenx, inside, damage):
    with h5py.File(tenx, "r+") as file:
        group = file["matrix"]
        kept = group[inside][:]
        del group[inside]
        if damage != "none":
            group[inside] = kept[:-1] if damage == "shorter" else kept[:, None]
    refused("entries in 'matrix/|expected a 10x file", tenx)


@pytest.mark.parametrize("shape", [np.array([12, -30]), np.array([12]), np.array([12.5, 30]), np.int64(12)])
def test_10x_shapes(tenx, shape):
    with h5py.File(tenx, "r+") as file:
        del file["matrix/shape"]
        file["matrix/shape"] = shape
    refused("no shape of two whole numbers", tenx)


def test_an_index_that_is_named_and_not_there(h5mu):
    with h5py.File(h5mu, "r+") as file:
        file["mod/rna/var"].attrs["_index"] = "nothing"
    refused(r"mod/rna/var: expected a column of names, found none; write the file again", h5mu)


def test_halves_of_surrogates(h5mu):
    with h5py.File(h5mu, "r+") as file:
        names = file["obs"].attrs["_index"]
        kept = np.array(index_names(file["obs"]), dtype=object)
        kept[3] = b"cell\xed\xa0\x80"
        del file["obs"][names]
        file["obs"].create_dataset(names, data=kept, dtype=h5py.string_dtype())
        file["obs"][names].attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
    refused("expected", h5mu)
    with pytest.raises(ValueError, match="here: expected names in UTF-8, found"):
        texts(["a", "b\ud800"], "here")
    assert texts([b"a", "ü"], "here") == ["a", "ü"]


def test_a_path_that_is_no_text(tmp_path):
    with pytest.raises(ValueError, match="expected a path in UTF-8, found"):
        read(tmp_path / "a\udcff.csv")
