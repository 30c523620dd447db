"""Features by name: where they are, their values by cell, and the closest names of those that are not there."""

import mudata
import numpy as np
import pytest

from integrated_diffusion.scverse import feature_block, feature_values, find_feature, pp
from integrated_diffusion.scverse.feature_values import feature_columns


def test_found_in_any_view_or_in_one(mdata):
    assert find_feature(mdata, "prot3") == ("prot", 3)
    assert find_feature(mdata, "rna:rna7") == ("rna", 7)
    assert find_feature(mdata, "rna7", "rna") == ("rna", 7)


def test_a_name_in_two_views(mdata):
    mdata["prot"].var_names = ["rna1", "rna:rna2", *mdata["prot"].var_names[2:]]
    with pytest.raises(ValueError, match="found 'rna1' in 'rna' and 'prot'; name the modality too, 'rna:rna1'"):
        find_feature(mdata, "rna1")
    assert find_feature(mdata, "prot:rna1") == ("prot", 0)
    assert find_feature(mdata, "rna:rna2") == ("prot", 1)  # what is called so comes first


def test_closest_names(mdata):
    with pytest.raises(ValueError, match="'prott3' is not a feature of 'rna' or 'prot'; did you mean 'prot3'"):
        find_feature(mdata, "prott3")
    with pytest.raises(ValueError, match="'prott3' is not a feature of 'prot'; did you mean 'prot3'"):
        find_feature(mdata, "prot:prott3")
    with pytest.raises(ValueError, match="view: expected names of views among 'rna', 'prot', found 'atac'"):
        find_feature(mdata, "prot3", "atac")


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("view", ["rna", "prot"])
def test_values_by_cell(integrated, normalised, J, view, prepared):
    if prepared:
        pp.prepare(integrated)
    at, expected = integrated.obs_names, normalised[view]
    names = [f"{view}5", f"{view}2"]
    np.testing.assert_allclose(feature_values(integrated, names[0]), expected.loc[at, names[0]], rtol=1e-5)
    np.testing.assert_allclose(feature_block(integrated, view, names), expected.loc[at, names], rtol=1e-5)
    denoised = (J @ expected).loc[at]
    np.testing.assert_allclose(feature_values(integrated, names[0], denoised=True), denoised[names[0]], rtol=1e-5)
    np.testing.assert_allclose(feature_block(integrated, view, names, denoised=True), denoised[names], rtol=1e-5)
    thrice = (J @ J @ J @ expected).loc[at]
    found = feature_values(integrated, names[0], view, denoised=True, power=3)
    np.testing.assert_allclose(found, thrice[names[0]], rtol=1e-5)
    np.testing.assert_allclose(feature_block(integrated, view, names, True, 3), thrice[names], rtol=1e-5)


def test_columns(mdata):
    np.testing.assert_array_equal(feature_columns(mdata, "prot"), np.arange(8))
    np.testing.assert_array_equal(feature_columns(mdata, "prot", ["prot3", "prot1", "prot3"]), [3, 1])
    mdata["prot"].var_names = ["prot3", *mdata["prot"].var_names[1:]]
    np.testing.assert_array_equal(feature_columns(mdata, "prot", ["prot3", "prot1"]), [0, 3, 1])
    with pytest.raises(TypeError, match=r"expected a list of names, found the text 'prot1'; write \['prot1'\]"):
        feature_columns(mdata, "prot", "prot1")
    with pytest.raises(ValueError, match="expected features of 'prot', found 'prot11'; try 'prot1'"):
        feature_columns(mdata, "prot", ["prot1", "prot11"])


def test_nothing_to_denoise_by(mdata):
    with pytest.raises(ValueError, match="expected an integrated operator in the MuData, found none"):
        feature_values(mdata, "prot3", denoised=True)


def test_names_of_views_with_colons(cells):
    """`rna:x:gene` is a gene of the view whose name is the longest."""
    named = {"rna": cells["rna"], "rna:x": cells["prot"]}
    mdata = mudata.MuData(named)
    mdata["rna:x"].var_names = ["y:z", *mdata["rna:x"].var_names[1:]]
    assert find_feature(mdata, "rna:x:prot3") == ("rna:x", 3)
    assert find_feature(mdata, "rna:x:y:z") == ("rna:x", 0)
    assert find_feature(mdata, "rna:rna2") == ("rna", 2)


def test_at_least_one(mdata):
    with pytest.raises(ValueError, match="features: expected at least one feature, found none; name some"):
        feature_block(mdata, "rna", [])
