"""Batches out of labels: their order, the views they hold for, and every refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.views.batches import batches_of
from integrated_diffusion.views.samples import SampleSet

NAMES = [f"cell{i}" for i in range(8)]
SAMPLES = SampleSet.shared({"rna": 8, "atac": 8}, {"rna": NAMES})
LABELS = ["second", "first"] * 4


def test_batches_are_numbered_by_name():
    found = batches_of(LABELS, SAMPLES)
    assert found.names == ("first", "second")
    assert found.codes.tolist() == [1, 0] * 4
    assert found.labels.tolist() == LABELS
    assert found.sizes.tolist() == [4, 4]
    assert found.views == ("rna", "atac")


def test_a_series_is_matched_by_name():
    shuffled = pd.Series(LABELS, NAMES).iloc[::-1]
    assert batches_of(shuffled, SAMPLES).labels.tolist() == LABELS
    assert batches_of(pd.Series(LABELS), SAMPLES).labels.tolist() == LABELS


def test_whole_numbers_and_categories_are_labels():
    assert batches_of(np.array([1, 0] * 4), SAMPLES).names == ("0", "1")
    assert batches_of(pd.Series(LABELS, NAMES, dtype="category"), SAMPLES).labels.tolist() == LABELS


@pytest.mark.parametrize("given", [["rna"], {"rna": True, "atac": False}])
def test_named_views_alone_are_balanced(given):
    assert batches_of(LABELS, SAMPLES, given).views == ("rna",)


def test_one_batch_is_none():
    assert batches_of(None, SAMPLES) is None
    assert batches_of(["same"] * 8, SAMPLES) is None


@pytest.mark.parametrize(
    ("batch", "batch_views", "error", "message"),
    [
        (LABELS[:-1], None, ValueError, r"a label for each of 8 samples, found an array of shape \(7,\)"),
        ([LABELS], None, ValueError, r"found an array of shape \(1, 8\)"),
        ([*LABELS[:-1], None], None, ValueError, "a label for every sample, found 1 without one"),
        ([*LABELS[:-1], np.nan], None, ValueError, "a label for every sample, found 1 without one"),
        (["a"] * 6 + ["b"] * 2, None, ValueError, "batch 'b': expected at least 4 samples, found 2; join small"),
        (LABELS, ["prot"], ValueError, "batch_views: expected names of views among 'rna', 'atac', found 'prot'"),
        (LABELS, "rna", TypeError, r"batch_views: expected a list of names, found 'rna'; write \['rna'\]"),
        ("donor", None, TypeError, "batch: expected a label for each sample, found the text 'donor'"),
        (None, ["rna"], ValueError, "batch_views: expected batches to balance, found none"),
        (pd.Series(LABELS, [*NAMES[:-1], "other"]), None, ValueError, "1 of 8 samples of the views missing in batch"),
    ],
)
def test_one_error_for_each_mistake(batch, batch_views, error, message):
    with pytest.raises(error, match=message):
        batches_of(batch, SAMPLES, batch_views)
