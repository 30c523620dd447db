"""Every sentence of the validation: what was expected, what was found, what to do, on one line."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion.views.checks import (
    check_choice,
    check_count,
    check_counts,
    check_known,
    check_n_neighbors,
    check_positive,
)
from integrated_diffusion.views.containers import as_views
from integrated_diffusion.views.validation import as_view
from mudata_settings import own_columns

X = np.arange(1.0, 13).reshape(4, 3)
NAMES = ["a", "b", "c", "d"]


def with_value(value, convert=np.asarray):
    holed = X.copy()
    holed[2, 1] = value
    return convert(holed)


def mudata(**modalities):
    """What a MuData looks like from here."""
    mod = {name: SimpleNamespace(X=values, obs_names=pd.Index(names)) for name, (values, names) in modalities.items()}
    return SimpleNamespace(mod=mod, obs_names=next(iter(mod.values())).obs_names)


def message_of(mistake, error):
    with pytest.raises(error) as caught:
        mistake()
    message = str(caught.value)
    assert "\n" not in message
    assert "expected" in message
    assert "found" in message
    assert "; " in message.split("found", 1)[1], "a remedy follows what was found"
    return message


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array, sp.csc_matrix, sp.coo_array, pd.DataFrame])
def test_views_keep_their_numbers_and_precision(convert, dtype):
    view = as_view(convert(X.astype(dtype)), "rna")
    assert view.dtype == dtype
    assert isinstance(view, sp.csr_array if sp.issparse(convert(X)) else np.ndarray)
    assert np.array_equal(view.toarray() if sp.issparse(view) else view, X)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, bool, np.float16, ">f8"])
def test_other_numbers_become_float64(dtype):
    for convert in (np.asarray, sp.csr_array):
        if convert is sp.csr_array and dtype in (np.float16, ">f8"):
            continue
        view = as_view(convert(X.astype(dtype)), "rna")
        assert view.dtype == np.float64
        assert view.dtype.isnative
        assert np.array_equal(view.toarray() if sp.issparse(view) else view, X.astype(dtype).astype(float))


def test_a_good_array_is_not_copied():
    assert as_view(X, "rna") is X


def test_entries_given_twice_are_added_up_in_a_copy():
    twice = sp.csr_array(([1.0, 2.0, 5.0], [0, 0, 1], [0, 2, 3]), shape=(2, 2))
    view = as_view(twice, "rna")
    assert view.nnz == 2
    assert view.toarray().tolist() == [[3, 0], [0, 5]]
    assert twice.nnz == 3


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (np.array([["1", "2"]]), TypeError, "view 'rna': expected numbers, found text; convert"),
        (np.array([[b"1"]]), TypeError, "view 'rna': expected numbers, found text; convert"),
        (np.array([[1, None]]), TypeError, "view 'rna': expected numbers, found objects; convert"),
        (None, TypeError, "view 'rna': expected numbers, found objects; convert"),
        (X * 1j, TypeError, "view 'rna': expected numbers, found complex numbers; convert"),
        (sp.csr_array(X * 1j), TypeError, "view 'rna': expected numbers, found complex numbers; convert"),
        (np.array([["2020-01-01"]], "M8[D]"), TypeError, "view 'rna': expected numbers, found datetime64[D]; convert"),
        ([[1, 2], [3]], TypeError, "view 'rna': expected a rectangular array of numbers, found rows of different"),
        (pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), TypeError, "view 'rna': expected numbers, found objects"),
        (X[0], ValueError, "view 'rna': expected a two-dimensional array (samples x features), found 1 dimension (3,)"),
        (pd.Series([1.0, 2.0]), ValueError, "found 1 dimension (2,); reshape it, one row a sample"),
        (X[None], ValueError, "found 3 dimensions (1, 4, 3); reshape it, one row a sample"),
        (5.0, ValueError, "found 0 dimensions (); reshape it"),
        (X[:0], ValueError, "view 'rna': expected at least one sample and one feature, found 0 x 3; leave the empty"),
        (X[:, :0], ValueError, "found 4 x 0; leave the empty view out"),
        (sp.csr_array((0, 3)), ValueError, "found 0 x 3; leave the empty view out"),
        (with_value(np.nan), ValueError, "found 1 NaN and 0 infinite values (first at row 2, column 1); remove or im"),
        (with_value(np.inf), ValueError, "found 0 NaN and 1 infinite values (first at row 2, column 1)"),
        (with_value(-np.inf, sp.csr_array), ValueError, "found 0 NaN and 1 infinite values (first at row 2, column 1)"),
        (with_value(np.nan, sp.csc_array), ValueError, "found 1 NaN and 0 infinite values (first at row 2, column 1)"),
        (with_value(np.nan, pd.DataFrame), ValueError, "found 1 NaN and 0 infinite values (first at row 2, column 1)"),
        (np.where(X > 5, np.nan, np.inf), ValueError, "found 7 NaN and 5 infinite values (first at row 0, column 0)"),
        (X * 0, ValueError, "view 'rna': expected measured values, found only zeros in all 4 samples; leave the view"),
        (sp.csr_array(X * 0), ValueError, "view 'rna': expected measured values, found only zeros in all 4 samples"),
        (np.zeros((3, 1)), ValueError, "found only zeros in all 3 samples"),
        (X * [[1], [0], [1], [0]], ValueError, "expected every sample to be measured, found 2 samples with only zeros"),
        (
            sp.csr_array(X * [[1], [0], [1], [0]]),
            ValueError,
            "found 2 samples with only zeros (first at row 1); filter",
        ),
    ],
)
def test_what_is_no_view(values, error, message):
    assert message in message_of(lambda: as_view(values, "rna"), error)


def test_stored_zeros_are_zeros():
    stored = sp.csr_array(([0.0, 1.0, 2.0], [0, 0, 1], [0, 1, 2, 3]), shape=(3, 2))
    assert "found 1 samples with only zeros (first at row 0)" in message_of(lambda: as_view(stored, "rna"), ValueError)


def test_zero_is_a_value_where_there_is_one_feature():
    for convert in (np.asarray, sp.csr_array):
        assert as_view(convert(np.array([[0.0], [1.0], [0.0]])), "age").shape == (3, 1)
    assert as_view(np.array([[-1.0, 1.0], [0.0, 2.0]]), "scaled").any()


def test_views_by_name_in_their_order():
    assert list(as_views({"rna": X, "atac": X[:, :1]})) == ["rna", "atac"]
    assert list(as_views([X, sp.csr_array(X), pd.DataFrame(X)])) == ["view1", "view2", "view3"]
    assert list(as_views((X, X))) == ["view1", "view2"]
    views = as_views(mudata(rna=(X, NAMES), atac=(sp.csr_matrix(X), NAMES)))
    assert list(views) == ["rna", "atac"]
    assert np.array_equal(views["rna"], X)
    assert isinstance(views["atac"], sp.csr_array)


def test_a_mudata_has_its_own_order():
    order = [2, 0, 3, 1]
    shuffled = [NAMES[i] for i in order]
    views = as_views(mudata(rna=(X, NAMES), atac=(sp.csr_matrix(X[order]), shuffled), prot=(X[order], shuffled)))
    for view in views.values():
        np.testing.assert_array_equal(view.toarray() if sp.issparse(view) else view, X)


def test_frames_of_several_kinds_of_numbers():
    frame = pd.DataFrame({"a": [True, False, True], "b": pd.array([1, 2, None], dtype="Int64"), "c": [0.5, 1.5, 2.5]})
    assert "1 NaN" in message_of(lambda: as_view(frame, "rna"), ValueError)
    np.testing.assert_array_equal(as_view(frame.iloc[:2], "rna"), [[1, 1, 0.5], [0, 2, 1.5]])
    assert "found objects" in message_of(lambda: as_view(frame.assign(d=["x", "y", "z"]), "rna"), TypeError)


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_a_scale_that_distances_do_not_hold(factor):
    assert "expected magnitudes between 7e-151 and 1e+150" in message_of(lambda: as_view(X * factor, "rna"), ValueError)
    assert "choose another unit" in message_of(lambda: as_view((X * factor**0.1).astype(np.float32), "rna"), ValueError)


def test_a_real_mudata():
    anndata, mudata_package = pytest.importorskip("anndata"), pytest.importorskip("mudata")
    obs = pd.DataFrame(index=NAMES)
    second = anndata.AnnData(X * 2, obs=obs, var=pd.DataFrame(index=["peak1", "peak2", "peak3"]))
    with own_columns():
        both = mudata_package.MuData({"rna": anndata.AnnData(X, obs=obs), "atac": second})
    views = as_views(both)
    assert np.array_equal(views["atac"], 2 * X)


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ({"rna": X}, ValueError, "expected at least two views of the same samples, found 1 ('rna'); name another"),
        ([], ValueError, "expected at least two views of the same samples, found 0 (none)"),
        (mudata(rna=(X, NAMES)), ValueError, "found 1 ('rna')"),
        (X, TypeError, "expected views as a mapping from name to array, a list of arrays or a MuData, found ndarray"),
        ("rna.csv", TypeError, "found str; write for instance {'rna': X, 'atac': Y}"),
        (None, TypeError, "found NoneType"),
        ({1: X, 2: X}, TypeError, "expected names of views to be text, found another type of key; name each view"),
        ({"rna": X, "atac": X[:3]}, ValueError, "expected the same samples in every view, found 4 in 'rna', 3 in 'at"),
        (mudata(a=(X, NAMES), b=(X[1:], NAMES[1:])), ValueError, "found 1 of 4 samples missing in 'b' (first 'a'"),
        ({"rna": X, "atac": X * np.nan}, ValueError, "view 'atac': expected finite numbers, found 12 NaN"),
        ([X, X[0]], ValueError, "view 'view2': expected a two-dimensional array"),
        (
            {"rna": pd.DataFrame(X, NAMES), "x": X, "atac": pd.DataFrame(X, ["a", "b", "c", "e"])},
            ValueError,
            "expected names of samples in every view or the same ones in all that have any, found other ones or "
            "another order in 'rna' and 'atac' and no names in 'x'; give every view as a data frame",
        ),
        (
            {"rna": pd.DataFrame(X, NAMES), "atac": pd.DataFrame(X, ["a", "b", "c", "e"])},
            ValueError,
            "found 1 of 5 samples missing in 'rna' (first 'e'), 1 of 5 samples missing in 'atac' (first 'd')",
        ),
        (
            {"rna": pd.DataFrame(X, NAMES), "atac": pd.DataFrame(X, ["a", "b", "c", "c"])},
            ValueError,
            "expected every sample name once in 'atac', found 1 repeated (first 'c')",
        ),
    ],
)
def test_what_are_no_views(views, error, message):
    assert message in message_of(lambda: as_views(views), error)


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: check_n_neighbors(5, 0), ValueError, "expected n_neighbors of at least 1, found 0; ask for more"),
        (
            lambda: check_n_neighbors(5, 5),
            ValueError,
            "expected more samples than neighbours, found 5 samples for n_neighbors=5; measure more samples or ask",
        ),
        (
            lambda: check_counts(X - 3, "rna"),
            ValueError,
            "view 'rna': expected counts (zero or more), found 2 negative values (smallest -2); declare another kind",
        ),
        (lambda: check_counts(sp.csr_array(X - 3), "rna"), ValueError, "found 2 negative values (smallest -2)"),
        (
            lambda: check_known(["rna", "protein", "x"], ["rna", "atac"], "steps"),
            ValueError,
            "steps: expected names of views among 'rna', 'atac', found 'protein', 'x'; correct the name",
        ),
        (
            lambda: check_choice("c", ("a", "b"), "bandwidth"),
            ValueError,
            "bandwidth: expected one of 'a', 'b', found 'c'; choose one of these",
        ),
        (lambda: check_choice(None, ("a", "b"), "bandwidth"), ValueError, "found None; choose one of these"),
        (lambda: check_positive(0, "eps"), ValueError, "eps: expected a finite number above 0, found 0; choose one"),
        (lambda: check_positive(-0.5, "eps"), ValueError, "found -0.5"),
        (lambda: check_positive(np.inf, "eps"), ValueError, "found inf"),
        (lambda: check_positive("1", "eps"), ValueError, "found '1'"),
        (lambda: check_positive(None, "eps"), ValueError, "found None"),
        (lambda: check_positive(1j, "eps"), ValueError, "found 1j"),
        (lambda: check_count(1.0, "t"), TypeError, "t: expected a whole number, found 1.0; give an int"),
        (lambda: check_count(True, "t"), TypeError, "t: expected a whole number, found True"),
        (lambda: check_count("3", "t"), TypeError, "t: expected a whole number, found '3'"),
        (lambda: check_count(0, "t"), ValueError, "t: expected at least 1, found 0; give 1 or more"),
        (lambda: check_count(2, "t", least=3), ValueError, "t: expected at least 3, found 2"),
    ],
)
def test_checks(mistake, error, message):
    assert message in message_of(mistake, error)


def test_what_passes():
    check_n_neighbors(6, 5)
    check_counts(X, "rna")
    check_counts(sp.csr_array((3, 3)), "rna")
    check_known([], ["rna"], "steps")
    check_choice("a", ("a", "b"), "bandwidth")
    check_positive(np.float32(0.5), "eps")
    check_count(np.int64(3), "t", least=3)
    check_count(0, "t", least=0)
