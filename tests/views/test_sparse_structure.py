"""Sparse matrices are checked on the integers as they are, whoever made them."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from integrated_diffusion.views.sparse_structure import check_matrix, check_structure
from integrated_diffusion.views.validation import as_view

DATA, INDICES, INDPTR = np.ones(4), np.array([0, 2, 1, 2]), np.array([0, 2, 3, 4])


def fails(message, data=DATA, indices=INDICES, indptr=INDPTR, shape=(3, 3)):
    with pytest.raises(ValueError, match=message) as found:
        check_structure(data, indices, indptr, shape, True, "here")
    assert str(found.value).startswith("here: expected a whole sparse matrix, found a damaged one (")


def test_a_whole_matrix_passes():
    check_structure(DATA, INDICES, INDPTR, (3, 3), True, "here")
    check_structure(DATA[:0], INDICES[:0], np.zeros(1, int), (0, 3), True, "here")


def test_each_damage_is_named():
    fails("3 values for 4 indices", data=DATA[:3])
    fails("3 ends for 3 rows", indptr=INDPTR[:3])
    fails("first entry 1, not 0", indptr=np.array([1, 2, 3, 4]))
    fails("ends that decrease", indptr=np.array([0, 3, 2, 4]))
    fails("last end 5 beyond its 4 entries", indptr=np.array([0, 2, 3, 5]))
    fails("index 3 outside its 3 columns", indices=np.array([0, 3, 1, 2]))
    fails("index -1 outside its 3 columns", indices=np.array([0, -1, 1, 2]))
    fails("'indices' that are no whole numbers", indices=INDICES + 0.5)
    fails("no list of numbers 'indptr'", indptr=INDPTR[None])
    fails("no list of numbers 'data'", data=None)
    fails("a shape", shape=(3, 3, 1))


def test_unsigned_integers_are_compared_before_they_wrap():
    fails("last end 9223372036854775808 beyond its 4 entries", indptr=np.array([0, 2, 3, 2**63], dtype=np.uint64))
    fails("ends that decrease", indptr=np.array([0, 2**63, 3, 4], dtype=np.uint64))
    fails("index 9223372036854775808 outside", indices=np.array([0, 2**63, 1, 2], dtype=np.uint64))


@given(
    arrays.arrays(st.sampled_from([np.int32, np.int64, np.uint64]), 4, elements=st.integers(0, 5)),
    arrays.arrays(np.int64, 4, elements=st.integers(-1, 4)),
)
def test_exactly_the_matrices_that_can_be_made_dense_pass(indptr, indices):
    ends = indptr.astype(int)
    whole = ends[0] == 0 and ends[-1] <= 4 and (np.diff(ends) >= 0).all() and ((indices >= 0) & (indices < 3)).all()
    try:
        check_structure(DATA, indices, indptr, (3, 3), True, "here")
    except ValueError:
        assert not whole
    else:
        assert whole


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_array])
def test_a_view_of_a_matrix_with_wrong_indices_is_refused(kind):
    matrix = kind(sp.random_array((5, 5), density=0.5, rng=0))
    check_matrix(matrix, "here")
    matrix.indices[0] = 10**6
    with pytest.raises(ValueError, match="view 'rna': expected a whole sparse matrix, found a damaged one"):
        as_view(matrix, "rna")
