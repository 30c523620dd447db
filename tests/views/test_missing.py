"""Samples that a view has not measured: rows of NaN or of zero counts, and views matched by name."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.views.containers import as_views, measured_views
from integrated_diffusion.views.missing import MissingSamplesWarning, measured_rows, rows_without_nan
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.samples import SampleSet, spread

N = 8
X = np.random.default_rng(0).standard_normal((N, 3)) + 5
COUNTS = np.random.default_rng(1).poisson(3.0, (N, 4)) + 1.0
NAMES = [f"cell{i}" for i in range(N)]
MASKS = st.lists(st.booleans(), min_size=N, max_size=N).filter(any).map(np.array)


def without(values, missing, by=np.nan):
    values = values.copy()
    values[missing] = by
    return values


@given(MASKS)
def test_rows_of_nan_were_not_measured(measured):
    values, mask = measured_rows(without(X, ~measured), "rna")
    np.testing.assert_array_equal(values, X[measured])
    if measured.all():
        assert mask is None
    else:
        np.testing.assert_array_equal(mask, measured)
        np.testing.assert_array_equal(spread(values, mask), np.where(measured[:, None], X, 0))


@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array, pd.DataFrame])
def test_rows_of_zero_counts_were_not_measured(convert):
    with pytest.warns(
        MissingSamplesWarning, match=r"'rna': found 2 of 8 samples with only zero counts \(first at row 1"
    ):
        values, mask = measured_rows(convert(without(COUNTS, [1, 4], 0)), "rna")
    there = np.delete(np.arange(N), [1, 4])
    np.testing.assert_array_equal(values.toarray() if sp.issparse(values) else values, COUNTS[there])
    np.testing.assert_array_equal(np.flatnonzero(mask), there)


def test_rows_of_nan_and_of_zero_counts_together():
    values = without(without(COUNTS, [1], 0), [0, 6])
    with pytest.warns(MissingSamplesWarning, match=r"found 1 of 8 samples with only zero counts \(first at row 1\)"):
        found, mask = measured_rows(values, "rna")
    np.testing.assert_array_equal(np.flatnonzero(mask), [2, 3, 4, 5, 7])
    np.testing.assert_array_equal(found, COUNTS[mask])


def test_sparse_values_among_all_samples():
    mask = np.array([False, True, True, False, True])
    values = sp.random_array((3, 4), density=0.5, format="csr", rng=np.random.default_rng(0))
    found = spread(values, mask)
    expected = np.zeros((5, 4))
    expected[mask] = values.toarray()
    np.testing.assert_array_equal(found.toarray(), expected)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.where(np.arange(24).reshape(N, 3) == 4, np.nan, X), "'rna': expected finite numbers, found 1 NaN"),
        (
            np.where(np.arange(24).reshape(N, 3) == 7, np.nan, without(X, [0])),
            "found 1 NaN and 0 infinite values (first at row 2, column 1)",
        ),
        (X * np.nan, "expected finite numbers, found 24 NaN"),
        (
            without(X, [3], 0),
            "'rna': expected every sample to be measured, found 1 samples with only zeros (first at row 3)",
        ),
        (
            without(without(X, [0]), [3], 0),
            "(first at row 3); filter these samples out of every view, or give a row of",
        ),
        (X * 0, "expected measured values, found only zeros in all 8 samples"),
    ],
)
def test_what_stays_a_mistake(values, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        measured_rows(values, "rna")


def test_zeros_are_values_of_a_view_of_one_feature_and_of_values_to_denoise():
    assert measured_rows(np.array([[0.0], [1.0]]), "age")[1] is None
    assert rows_without_nan(without(X, [3], 0), "x")[1] is None
    with pytest.raises(ValueError, match="first at row 2, column 0"):
        rows_without_nan(np.array([[np.nan, np.nan], [1.0, 2.0], [np.inf, 1.0]]), "x")


def test_frames_are_matched_by_name_and_their_union_is_kept():
    first, second = pd.DataFrame(X[:6], NAMES[:6]), pd.DataFrame(COUNTS[::-1][:5], NAMES[::-1][:5])
    found = measured_views({"rna": first, "prot": second})
    assert found.samples.names == (*NAMES[:6], "cell7", "cell6")
    np.testing.assert_array_equal(found.samples.measured["rna"], [True] * 6 + [False] * 2)
    np.testing.assert_array_equal(found.samples.measured["prot"], [False] * 3 + [True] * 5)
    np.testing.assert_array_equal(found.views["rna"], X[:6])
    np.testing.assert_array_equal(found.views["prot"], COUNTS[[3, 4, 5, 7, 6]])
    assert repr(found.samples) == "8 samples; measured: 6 by rna, 5 by prot"


def test_the_same_names_in_another_order_are_put_in_the_first_one():
    found = measured_views({"rna": pd.DataFrame(X, NAMES), "prot": pd.DataFrame(COUNTS[::-1], NAMES[::-1])})
    assert found.samples.is_complete
    np.testing.assert_array_equal(found.views["prot"], COUNTS)


def test_rows_of_nan_in_a_frame():
    second = pd.DataFrame(without(COUNTS, [0, 1]), NAMES).iloc[::-1]
    found = measured_views({"rna": pd.DataFrame(X, NAMES), "prot": second})
    np.testing.assert_array_equal(np.flatnonzero(found.samples.measured["prot"]), np.arange(2, N))
    np.testing.assert_array_equal(found.views["prot"], COUNTS[2:])


def test_anndata_are_matched_by_name():
    anndata = pytest.importorskip("anndata")
    cells = {
        "rna": anndata.AnnData(X[:6], pd.DataFrame(index=NAMES[:6])),
        "prot": anndata.AnnData(COUNTS[3:], pd.DataFrame(index=NAMES[3:])),
    }
    found = measured_views(cells)
    assert found.samples.names == tuple(NAMES)
    np.testing.assert_array_equal(found.views["prot"], COUNTS[3:])


def test_samples_without_names_are_matched_by_place():
    frame = pd.DataFrame(X, NAMES)
    found = measured_views({"rna": frame, "prot": without(COUNTS, [2])})
    assert found.samples.names == tuple(NAMES)
    assert found.samples.measured["prot"].tolist() == [True, True, False] + [True] * 5
    with pytest.raises(
        ValueError, match="found other ones or another order in 'rna' and 'prot' and no names in 'x'; give every"
    ):
        measured_views({"rna": frame, "prot": frame.iloc[:5], "x": COUNTS})
    with pytest.raises(ValueError, match="expected the same samples in every view, found 8 in 'a', 5 in 'b'"):
        measured_views({"a": pd.DataFrame(X), "b": pd.DataFrame(X[:5])})  # merely numbered rows


def test_what_is_done_about_missing_samples():
    views = {"rna": without(X, [0, 1]), "prot": without(COUNTS, [7])}
    assert measured_views(views).samples.n_samples == N
    with pytest.warns(
        MissingSamplesWarning,
        match=r"2 of 8 samples missing in 'rna' \(first at row 0\), 1 of 8 samples missing in 'prot' .*; they are left "
        "out, and 5 samples remain",
    ):
        dropped = measured_views(views, "drop")
    np.testing.assert_array_equal(dropped.views["rna"], X[2:7])
    np.testing.assert_array_equal(dropped.views["prot"], COUNTS[2:7])
    assert dropped.samples.is_complete
    for refuse in (lambda: measured_views(views, "refuse"), lambda: as_views(views)):
        with pytest.raises(
            ValueError, match="expected every sample to be measured in every view, found 2 of 8 samples"
        ):
            refuse()
    with pytest.raises(ValueError, match="missing: expected one of 'keep', 'drop', 'refuse', found 'error'"):
        measured_views(views, "error")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert measured_views({"rna": X, "prot": COUNTS}, "drop").samples.is_complete


def test_prepared_views_lose_the_same_rows():
    found = measured_views({"rna": PreparedView(X, X + 1, X + 2), "prot": without(COUNTS, [7])})
    kept = found.subset(np.arange(N) < 3).views["rna"]
    np.testing.assert_array_equal(kept.raw, X[:3])
    np.testing.assert_array_equal(kept.values, X[:3] + 1)
    np.testing.assert_array_equal(kept.representation, X[:3] + 2)


def test_views_that_no_sample_bridges():
    views = {"rna": without(X, slice(4, None)), "prot": without(COUNTS, slice(0, 4)), "x": without(X, slice(3, None))}
    message = (
        "expected views that have samples in common, found 2 pieces that no sample bridges, 'prot' (4 samples, first "
        "row 4) and 'rna' with 'x' (4 samples, first row 0); add samples that were measured in several, and check that "
        "names are written alike"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        measured_views(views)
    frames = {"rna": pd.DataFrame(X, NAMES), "prot": pd.DataFrame(X, [name.upper() for name in NAMES])}
    with pytest.raises(ValueError, match=r"'rna' \(8 samples, first 'cell0'\) and 'prot' \(8 samples, first 'CELL0'\)"):
        measured_views(frames)
    with pytest.raises(ValueError, match="expected samples that every view has measured, found none"):
        measured_views(frames, "drop")


def test_views_may_be_bridged_by_a_third_one():
    views = {"rna": without(X, slice(4, None)), "prot": without(COUNTS, slice(0, 4)), "both": X}
    assert measured_views(views).samples.n_samples == N


def test_samples_in_no_view():
    with pytest.raises(ValueError, match=r"measured in some view, found 2 that none has measured \(first at row 0\)"):
        measured_views({"rna": without(X, [0, 1]), "prot": without(COUNTS, [0, 1, 2])})


def test_a_subset_of_samples():
    samples = SampleSet(3, {"a": np.array([True, False, True])}, ("x", "y", "z"))
    found = samples.subset(np.array([False, True, True]))
    assert (found.n_samples, found.names, found.measured["a"].tolist()) == (2, ("y", "z"), [False, True])
    np.testing.assert_array_equal(samples.rows("a"), [0, 2])
    np.testing.assert_array_equal(samples.spread("a", np.ones((2, 1)))[:, 0], [1, 0, 1])
