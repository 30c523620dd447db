"""HDF5 files that lead to other people's bytes are refused before a value is read."""

import anndata
import h5py
import numpy as np
import pytest

from integrated_diffusion.io import read
from integrated_diffusion.io.elements import read_element
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.reading.opening import open_mudata

PLACES = {"h5mu": "mod/atac/X", "h5ads": "layers/other", "tenx": "matrix/data"}


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(np.arange(600, dtype=np.float32).tobytes())
    return path


@pytest.fixture(params=list(PLACES))
def target(request):
    """A file of each kind and a place in it."""
    found = request.getfixturevalue(request.param)
    return (found[1] if isinstance(found, list) else found), PLACES[request.param]


def refused(path, what):
    for reader in (read, lambda name: open_mudata([name])):
        with pytest.raises(ValueError, match=f"expected a file that holds all its values, found {what}") as found:
            reader(path)
        assert "\n" not in str(found.value)
        assert path.name in str(found.value)


def test_external_storage(target, secret):
    path, inside = target
    with h5py.File(path, "r+") as file:
        if inside in file:
            del file[inside]
        file.create_dataset(inside, (30, 5), np.float32, external=[(str(secret), 0, 600)])
    refused(path, f"values in another file at '/{inside}'")


def test_external_links(target, tmp_path):
    path, inside = target
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["X"] = np.ones((30, 5), np.float32)
    with h5py.File(path, "r+") as file:
        if inside in file:
            del file[inside]
        file[inside] = h5py.ExternalLink(str(tmp_path / "other.h5"), "X")
    refused(path, f"a link to another file at '/{inside}'")


def test_external_links_that_lead_nowhere(h5mu, tmp_path):
    with h5py.File(h5mu, "r+") as file:
        file["uns/other"] = h5py.ExternalLink(str(tmp_path / "none.h5"), "X")
    refused(h5mu, "a link to another file at '/uns/other'")


def test_links_that_a_program_defined(h5mu, tmp_path):
    with h5py.File(h5mu, "r+") as file:
        file["uns/other_place"] = h5py.ExternalLink(str(tmp_path / "none.h5"), "X")
    content = h5mu.read_bytes()
    at = content.index(b"other_place")
    kind = content.rindex(bytes([64]), at - 16, at)  # the type of a link stands before its name
    h5mu.write_bytes(content[:kind] + bytes([100]) + content[kind + 1 :])
    with pytest.raises(ValueError, match="found a link that a program defined at '/uns/other_place'"):
        open_mudata([h5mu])


def test_virtual_data_sets(target, tmp_path):
    path, inside = target
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["X"] = np.ones((30, 5), np.float32)
    with h5py.File(path, "r+") as file:
        if inside in file:
            del file[inside]
        layout = h5py.VirtualLayout((30, 5), np.float32)
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "X", (30, 5))
        file.create_virtual_dataset(inside, layout)
    refused(path, f"values of other data sets at '/{inside}'")


def test_a_group_within_itself(h5mu):
    with h5py.File(h5mu, "r+") as file:
        file["uns/again"] = file["uns"]
    with pytest.raises(ValueError, match="expected groups within groups, found '/uns/again', which contains itself"):
        open_mudata([h5mu])


def test_what_a_soft_link_leads_to_is_checked(h5mu):
    """Labels are read alone; a column that leads to a damaged matrix elsewhere in the file is found all the same."""
    with h5py.File(h5mu, "r+") as file:
        file["mod/rna/layers/counts/indices"][0] = 10**6
        file["obs/shown"] = h5py.SoftLink("/mod/rna/layers/counts")
        with pytest.raises(ValueError, match="expected a whole sparse matrix, found a damaged one"):
            read_element(file["obs"])


def test_links_within_the_file_are_followed(h5mu, atac):
    with h5py.File(h5mu, "r+") as file:
        file["kept"] = file["mod/atac/X"]
        del file["mod/atac/X"]
        file["mod/atac/X"] = h5py.SoftLink("/kept")
    np.testing.assert_array_equal(read(h5mu).views["atac"], atac)
    with opened_hdf5(h5mu) as file:
        assert "kept" in file


def test_ordinary_files_pass(h5mu, h5ads, tenx):
    for path in (h5mu, *h5ads, tenx):
        with opened_hdf5(path):
            pass
    assert anndata.read_h5ad(h5ads[0]).n_obs == 30
