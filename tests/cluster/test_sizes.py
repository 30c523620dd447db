"""The memory that dask is told of: that of the arrays, not of the objects that hold them."""

import numpy as np
import pytest
import scipy.sparse as sp

pytest.importorskip("distributed")

from dask.sizeof import sizeof

from integrated_diffusion.cluster.exchange import LocalRows
from integrated_diffusion.cluster.order import Route
from integrated_diffusion.cluster.points import Nearest, Points


def test_the_size_of_a_sparse_array_is_that_of_its_entries():
    A = sp.random_array((1_000, 1_000), density=0.1, format="csr", rng=np.random.default_rng(0))
    assert sizeof(A) == A.data.nbytes + A.indices.nbytes + A.indptr.nbytes
    assert sizeof({0: A, 1: A.tocsc()}) > 2 * A.data.nbytes


@pytest.mark.parametrize(
    "value",
    [
        LocalRows(np.zeros(1_000), np.zeros(1_000, np.int64), np.zeros(1_000), {0: np.zeros(1_000)}),
        Route(np.zeros(2_000), np.zeros(2_000)),
        Points(np.zeros((1_000, 2)), np.zeros(1_000), np.zeros(1_000)),
        Nearest(np.zeros((1_000, 2)), np.zeros(1_000), np.zeros(1_000)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_size_of_a_value_is_that_of_its_arrays(value):
    assert 32_000 <= sizeof(value) < 34_000
