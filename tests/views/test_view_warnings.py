"""Views that hold nothing or nothing new; masked values."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.views.missing import measured_rows
from integrated_diffusion.views.view_warnings import ViewWarning, warn_of_constant_or_equal

X = np.random.default_rng(0).normal(size=(40, 6))


@pytest.mark.parametrize("as_array", [np.asarray, sp.csr_array])
def test_constant_and_repeated_views(as_array):
    with pytest.warns(ViewWarning, match="view 'b': expected samples that differ"):
        warn_of_constant_or_equal({"a": as_array(X), "b": as_array(np.ones((40, 3)))})
    with pytest.warns(ViewWarning, match="views 'a' and 'b': .*the same values"):
        warn_of_constant_or_equal({"a": as_array(X), "b": as_array(X.copy())})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_constant_or_equal({"a": as_array(X), "b": as_array(X + 1), "c": as_array(X[:, :3])})


def test_the_estimator_tells_it():
    with pytest.warns(ViewWarning, match="'a' and 'b'"):
        IntegratedDiffusion(n_components=3, steps={"a": 1, "b": 1}).fit({"a": X, "b": X.copy()})


def test_what_is_masked_was_not_measured():
    whole_row = np.ma.masked_array(X, mask=np.arange(40)[:, None] == np.full(6, 3))
    found, measured = measured_rows(whole_row, "a")
    np.testing.assert_array_equal(found, np.delete(X, 3, axis=0))
    np.testing.assert_array_equal(measured, np.arange(40) != 3)
    whole = np.ma.masked_equal(np.arange(12).reshape(4, 3), 5)
    with pytest.raises(ValueError, match="found 1 NaN"):
        measured_rows(whole, "a")
