"""Numbers that were written have checksums, and a file in which one fails is told of."""

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion.io import read
from integrated_diffusion.io.writing.checked import write_checked

ELEMENTS = {
    "array": np.arange(10.0),
    "nothing": np.zeros((0, 3)),
    "bool": np.array([True, False]),
    "text": np.array(["a", "b"], dtype=object),
    "table": pd.DataFrame({"a": pd.Categorical(["x", "y"]), "b": [1, 2], "c": ["u", "v"]}, index=["i", "j"]),
    "sparse": sp.csr_matrix(np.eye(3)),
    "inner": {"number": 1, "word": "x", "array": np.ones((3, 2))},
}


def test_everything_comes_back_and_numbers_have_checksums(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        write_checked(file, "all", ELEMENTS)
    with h5py.File(tmp_path / "a.h5") as file:
        found = anndata.io.read_elem(file["all"])
        for name in ("array", "nothing", "bool", "sparse/data", "sparse/indptr", "inner/array", "table/b"):
            assert file["all"][name].fletcher32, name
    assert set(found) == set(ELEMENTS)
    pd.testing.assert_frame_equal(found["table"], ELEMENTS["table"])
    np.testing.assert_array_equal(found["sparse"].toarray(), np.eye(3))
    assert found["inner"]["word"] == "x"


def test_a_checksum_that_fails_is_said(tmp_path):
    path = tmp_path / "cells.h5ad"
    with h5py.File(path, "w") as file:
        write_checked(file, "/", anndata.AnnData(np.arange(12.0).reshape(4, 3), obsm={"Y": np.ones((4, 2))}))
    with h5py.File(path) as file:
        place = file["X"].id.get_chunk_info(0).byte_offset
    with path.open("r+b") as stream:
        stream.seek(place + 9)
        stream.write(b"\xff")
    with pytest.raises(ValueError, match=r"cells\.h5ad: .*numbers that do not agree with the file's own checksum"):
        read(path, {"x": "cells:X", "y": "cells:obsm/Y"})
