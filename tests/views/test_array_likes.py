"""Arrays of other libraries: the plain array's result, or one sentence."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion.views.validation import as_array

X = np.random.default_rng(0).poisson(2.0, (6, 4)).astype(np.float64)


class Lazy:
    """Like an array of dask, which computes to something else."""

    def __init__(self, result):
        self.result = result

    def __dask_graph__(self):
        return {}

    def compute(self):
        return self.result


class Backed:
    """Like a sparse matrix of anndata that a file backs."""

    def to_memory(self):
        return sp.csr_matrix(X)


class Frame:
    """Like a data frame of polars, which has no rows by position."""

    columns = ("a", "b", "c", "d")

    def __array__(self, dtype=None, copy=None):
        return X if dtype is None else X.astype(dtype)


class Exchanged:
    """Like a frame that has the interchange protocol alone."""

    def __dataframe__(self, allow_copy=True):
        return pd.DataFrame(X, columns=list("abcd")).__dataframe__(allow_copy=allow_copy)


class Sparse:
    """Like an array of the package sparse, which refuses to become dense."""

    def tocsr(self):
        return sp.csr_array(X)

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Cannot convert a sparse array to dense automatically.")


class Elsewhere:
    """Like an array on a graphics processor."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.\nUse get().")


@pytest.mark.parametrize(
    "values",
    [Lazy(X), Lazy(sp.csr_matrix(X)), Backed(), Frame(), Exchanged(), Sparse(), X.tolist(), tuple(map(tuple, X))],
)
def test_arrays_of_other_libraries_are_the_plain_array(values):
    found = as_array(values, "a")
    np.testing.assert_array_equal(found if isinstance(found, np.ndarray) else found.toarray(), X)


def test_sparse_ones_stay_sparse():
    for values in (Lazy(sp.csc_matrix(X)), Backed(), Sparse()):
        assert isinstance(as_array(values, "a"), sp.csr_array)


def test_what_cannot_be_converted_is_one_sentence():
    with pytest.raises(TypeError, match="view 'a': expected numbers that numpy can read, found a Elsewhere that it"):
        as_array(Elsewhere(), "a")


def test_what_is_no_array_at_all_is_one_sentence():
    with pytest.raises(TypeError, match="view 'a': expected numbers, found objects"):
        as_array(object(), "a")


def test_tensors():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(X, requires_grad=True)
    np.testing.assert_array_equal(as_array(tensor, "a"), X)
    np.testing.assert_array_equal(as_array(tensor.to_sparse(), "a").toarray(), X)
    with pytest.raises(
        TypeError, match="view 'a': expected numbers that numpy can read, found a Tensor that it cannot"
    ):
        as_array(torch.tensor(X).to(torch.bfloat16), "a")


@pytest.mark.parametrize("library", ["polars", "pyarrow", "xarray", "dask.array", "sparse"])
def test_the_libraries_themselves(library):
    module = pytest.importorskip(library)
    columns = {f"g{i}": X[:, i] for i in range(4)}
    values = {
        "polars": lambda: module.DataFrame(columns),
        "pyarrow": lambda: module.table(columns),
        "xarray": lambda: module.DataArray(X, dims=("cell", "gene")),
        "dask.array": lambda: module.from_array(X, chunks=(2, 4)),
        "sparse": lambda: module.COO.from_numpy(X),
    }[library]()
    found = as_array(values, "a")
    np.testing.assert_array_equal(found if isinstance(found, np.ndarray) else found.toarray(), X)
