"""A file that another process writes to is reported as open, not damaged; a read-only file is not replaced."""

import subprocess
import sys

import h5py
import pytest

from integrated_diffusion.io import LockedFileError, read
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.writing.outputs import check_output


@pytest.fixture
def elsewhere():
    """Open files in another process, which is let go at the end."""
    processes = []

    def opened(path, mode):
        code = f"import h5py, sys; f = h5py.File({str(path)!r}, {mode!r}); print('open', flush=True); sys.stdin.read()"
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        processes.append(process)
        assert process.stdout.readline() == b"open\n"
        return process

    yield opened
    for process in processes:
        process.communicate()


@pytest.mark.parametrize("name", ["h5mu", "h5ads", "tenx"])
def test_an_input_that_is_written_elsewhere(request, name, elsewhere):
    found = request.getfixturevalue(name)
    paths = found if isinstance(found, list) else [found]
    before = paths[0].read_bytes()
    process = elsewhere(paths[0], "r+")
    said = rf"{paths[0].name}: expected a file that no other process writes to, found it open in another one; close it"
    with pytest.raises(LockedFileError, match=said) as error:
        read(paths)
    assert isinstance(error.value, ValueError)
    process.communicate()
    assert paths[0].read_bytes() == before
    assert len(read(paths).sample_names) == 30


def test_an_input_that_is_read_elsewhere(h5mu, elsewhere):
    elsewhere(h5mu, "r")
    assert len(read(h5mu).sample_names) == 30


def test_a_file_that_is_damaged_is_still_said_to_be(h5mu):
    h5mu.write_bytes(h5mu.read_bytes()[:2_000])
    with pytest.raises(ValueError, match="damaged or cut short"), opened_hdf5(h5mu):
        pass


@pytest.mark.parametrize(("mode", "free"), [("r+", False), ("r", True)])
def test_an_output_that_is_open_elsewhere(h5mu, elsewhere, mode, free):
    process = elsewhere(h5mu, mode)
    if free:
        assert check_output(h5mu, [".h5mu"]) == h5mu
    else:
        with pytest.raises(LockedFileError, match="expected a file that no other process writes to"):
            check_output(h5mu, [".h5mu"])
    process.communicate()
    assert check_output(h5mu, [".h5mu"]) == h5mu


def test_an_output_that_is_read_only(h5mu, tables):
    for path in (h5mu, tables[0]):
        assert check_output(path, [".h5mu", ".csv"]) == path
        path.chmod(0o444)
        with pytest.raises(LockedFileError, match="expected an output that may be replaced, found a read-only file"):
            check_output(path, [".h5mu", ".csv"])
        path.chmod(0o644)


def test_an_output_of_this_process(tmp_path):
    with h5py.File(tmp_path / "a.h5mu", "w"):
        assert check_output(tmp_path / "a.h5mu", [".h5mu"]) == tmp_path / "a.h5mu"
