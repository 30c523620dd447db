"""Columns of all tables, as categories or numbers, in the MuData's order of rows."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion.report.columns import MOST_CATEGORIES, Categories, LeftOut, Numbers, column_of, columns_of
from mudata_settings import own_columns


def test_every_column_is_shown_or_left_out_with_a_reason(plain):
    shown, left_out = columns_of(plain)
    kinds = {column.name: type(column) for column in shown}
    assert kinds["group"] is kinds["half"] is kinds["cluster"] is kinds["ok"] is Categories
    assert kinds["depth"] is kinds["rna:total"] is kinds["prot:total"] is Numbers
    reasons = {column.name: column.reason for column in left_out}
    assert reasons == {
        "barcode": "has 240 different values for 240 samples",
        "empty": "has no values",
        "when": "holds times",
    }
    assert kinds.keys() | reasons.keys() == {
        *plain.obs.columns,
        *(f"{name}:{column}" for name in plain.mod for column in plain[name].obs.columns),
    }


def test_values_are_those_of_the_table(plain):
    shown = {column.name: column for column in columns_of(plain)[0]}
    np.testing.assert_array_equal(shown["depth"].values, plain.obs["depth"].to_numpy())
    group = shown["group"]
    assert group.labels == ("c", "b", "a")  # the column's order, without the unused
    assert [group.labels[code] for code in group.codes] == list(plain.obs["group"])
    half = shown["half"]
    assert half.labels == ("first",)
    np.testing.assert_array_equal(half.codes, np.where(np.arange(240) < 120, 0, -1))
    assert shown["cluster"].labels == ("2", "7", "10")  # by number, not by letter
    assert shown["ok"].labels == ("False", "True")


def test_rows_of_a_modality_come_in_the_order_of_the_whole():
    order = np.random.default_rng(0).permutation(8)
    names = np.array([f"c{i}" for i in range(8)])
    first = AnnData(np.zeros((8, 1)), obs=pd.DataFrame(index=names))
    depths = pd.DataFrame({"depth": order + 0.5}, index=names[order])
    second = AnnData(np.zeros((8, 1)), obs=depths, var=pd.DataFrame(index=["peak"]))
    with own_columns():
        mdata = mudata.MuData({"rna": first, "atac": second})
    (column,), _ = columns_of(mdata)
    expected = second.obs["depth"].loc[mdata.obs_names].to_numpy()
    np.testing.assert_array_equal(column.values, expected)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series(["a", None, "b"] * 10), Categories),
        (pd.Series([1, 2, None] * 10, dtype="Int64"), Categories),
        (pd.Series(np.arange(30)), Numbers),
        (pd.Series([True, False, None] * 10, dtype="boolean"), Categories),
        (pd.Series([1.5, np.inf, np.nan] * 10), Numbers),
        (pd.Series([np.inf] * 3), LeftOut),
        (pd.Series([1 + 2j] * 3), LeftOut),
        (pd.Series([f"name{i}" for i in range(2 * MOST_CATEGORIES)] * 2), LeftOut),
        (pd.Series([("a", 1), "b", 3.0] * 5), Categories),
    ],
)
def test_kinds(values, kind):
    assert type(column_of("x", values)) is kind


def test_infinite_numbers_are_not_missing():
    found = column_of("x", pd.Series([1.5, np.inf, -np.inf, np.nan, 2.0]))
    np.testing.assert_array_equal(found.values, [1.5, np.inf, -np.inf, np.nan, 2.0])
