"""Names are those that the values came with."""

import anndata
import mudata
import numpy as np
import pandas as pd

from integrated_diffusion.io.writing import chosen_names, names_of
from mudata_settings import own_columns

FRAME = pd.DataFrame(np.ones((2, 3)), index=["a", "b"], columns=["x", "y", 7])


def as_lists(names):
    return {view: (list(known.samples), list(known.features)) for view, known in names.items()}


def test_names_of_frames_and_of_nothing():
    named = (["a", "b"], ["x", "y", 7])
    assert as_lists(names_of({"rna": FRAME, "prot": np.ones((2, 2))})) == {"rna": named}
    assert as_lists(names_of([np.ones((2, 2)), FRAME])) == {"view2": named}
    assert names_of({"": "rna"}) == {}


def test_names_of_a_mudata_are_in_its_order():
    cells = {
        name: anndata.AnnData(np.ones((2, 1)), pd.DataFrame(index=order), pd.DataFrame(index=[f"{name}0"]))
        for name, order in (("rna", ["a", "b"]), ("prot", ["b", "a"]))
    }
    with own_columns():
        found = as_lists(names_of(mudata.MuData(cells)))
    assert found == {"rna": (["a", "b"], ["rna0"]), "prot": (["a", "b"], ["prot0"])}


def test_chosen_names():
    known, columns = names_of({"rna": FRAME}), np.array([2, 0])
    for known_names, view, expected in (
        (known, "rna", (["a", "b"], ["7", "x"])),
        (known, "prot", (["a", "b"], ["2", "0"])),
        ({}, "prot", (["sample0", "sample1"], ["2", "0"])),
    ):
        found = chosen_names(known_names, view, 2, columns)
        assert (found.sample_names, found.feature_names) == expected
