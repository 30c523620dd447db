"""Connected components against scipy's."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from integrated_diffusion.kernels.components import component_labels


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.floats(0, 0.1))
def test_labels_are_those_of_scipy(seed: int, n: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    A = sp.csr_array((rng.random((n, n)) < density).astype(float))
    np.testing.assert_array_equal(component_labels(A), connected_components(A, connection="weak")[1])


def test_a_long_chain_in_random_order_is_one_component_and_zeros_are_no_edges() -> None:
    order = np.random.default_rng(0).permutation(20_000)
    ends = order[:-1], order[1:]
    values = np.ones(len(order) - 1)
    chain = sp.csr_array((values, ends), shape=(len(order), len(order)))
    assert (component_labels(chain) == 0).all()
    values[9_999] = 0  # scipy's constructor keeps stored zeros
    cut = component_labels(sp.csr_array((values, ends), shape=chain.shape))
    np.testing.assert_array_equal(np.bincount(cut), [10_000, 10_000])
    assert cut[0] == 0
