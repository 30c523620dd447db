"""Measured values in every form, rows by name; which values are the input, by the record and by `pp.prepare`."""

import anndata
import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.io import keys
from integrated_diffusion.scverse import feature_block, find_feature, inputs, pl, pp, tl
from integrated_diffusion.scverse.containers import rows_of
from integrated_diffusion.scverse.inputs import ModalityInput
from integrated_diffusion.scverse.measured_values import coordinates, feature_type, in_modality_order, measured_values


def _long_indices(X):
    X = sp.csr_matrix(X)
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


FORMS = {
    "array": lambda X: X,
    "csr": sp.csr_matrix,
    "csr_array": sp.csr_array,
    "csc": sp.csc_matrix,
    "long": _long_indices,
    "int": lambda X: X.astype(np.int32),
    "sparse int": lambda X: sp.csr_matrix(X.astype(np.int64)),
    "float64": lambda X: X.astype(np.float64),
    "fortran": np.asfortranarray,
}


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("layer", [None, "counts"])
def test_every_form_of_counts(mdata, tables, form, layer):
    for name in mdata.mod:
        cells = mdata[name]
        X = FORMS[form](tables[name].loc[cells.obs_names].to_numpy())
        if layer:
            cells.X, cells.layers[layer] = cells.X * 0.5, X
        else:
            cells.X = X
        found = measured_values(mdata, name, layer)
        assert found.dtype == (np.float64 if form == "float64" else np.float32)
        assert sp.issparse(found) == sp.issparse(X)
        found = found.toarray() if sp.issparse(found) else found
        np.testing.assert_array_equal(found, tables[name].loc[mdata.obs_names])
        assert inputs.recognised(mdata, name, layer) == {"rna": "rna", "prot": "protein"}[name]
    if layer:
        assert inputs.recognised(mdata, "rna", None) == "rna"  # on the scale of counts


def test_rows_go_there_and_back(mdata):
    values = np.arange(60)[:, None] * np.ones(2)
    back = in_modality_order(mdata, "prot", values)
    np.testing.assert_array_equal(back[rows_of(mdata, "prot")], values)
    assert in_modality_order(mdata, "rna", values) is values
    assert isinstance(in_modality_order(mdata, "prot", sp.csr_array(values)), sp.csr_matrix)


def test_feature_types_decide_where_all_are_the_same(mdata):
    mdata["rna"].var["feature_types"] = "Peaks"
    assert inputs.recognised(mdata, "rna", None) == "chromatin"
    mdata["rna"].var["feature_types"] = ["Peaks", "Gene Expression"] * 10
    assert feature_type(mdata, "rna") is None
    assert inputs.recognised(mdata, "rna", None) == "rna"


def test_where_values_are_before_and_after(mdata, model):
    assert inputs.input_of(mdata, "prot") == ModalityInput("prot", None, "protein")
    mdata["rna"].layers["counts"] = mdata["rna"].X.copy()
    pp.prepare(mdata, {"prot": "other"}, {"rna": "counts"})
    assert inputs.input_of(mdata, "prot") == ModalityInput("prot", None, "other")
    assert inputs.input_of(mdata, "rna") == ModalityInput("rna", "counts", "rna")
    assert inputs.input_of(mdata, "rna").inside == "mod/rna/layers/counts"
    tl.integrate(mdata, model)
    assert inputs.input_of(mdata, "rna") == ModalityInput("rna", "counts", "rna")
    record = mdata.uns[keys.RECORD]["views"]["rna"]
    assert (record["place"], record["inside"]) == ("MuData:mod/rna/layers/counts", "mod/rna/layers/counts")


def test_a_view_under_another_name_and_coordinates_of_a_file(integrated):
    """As `run --view genes=rna:layers/counts --view prot=prot:obsm/X_pca` leaves them."""
    views = integrated.uns[keys.RECORD]["views"]
    views["genes"] = {**views.pop("rna"), "inside": "mod/rna/layers/counts"}
    views["prot"]["inside"] = "mod/prot/obsm/X_pca"
    integrated.uns[keys.RECORD][keys.OPERATOR]["views"] = np.array(["genes", "prot"], dtype=object)
    integrated.obsp[keys.affinities("genes")] = integrated.obsp.pop(keys.affinities("rna"))
    assert inputs.input_of(integrated, "genes") == ModalityInput("rna", "counts", "rna")
    said = (
        r"features of view 'prot', found that it was integrated from coordinates, obsm/X_pca, and has none; "
        r"integrate by tl.integrate with use_rep={'prot': 'X_pca'} to keep them"
    )
    assert [inputs.has_features(integrated, view) for view in ("genes", "prot")] == [True, False]
    assert inputs.place_of(integrated, "prot") == ("prot", "obsm/X_pca")
    for act in (
        inputs.input_of,
        tl.denoise,
        lambda m, v: tl.associate(m, "genes", v),
        lambda m, v: find_feature(m, "prot3", v),
        lambda m, v: feature_block(m, v, ["prot3"]),
    ):
        with pytest.raises(ValueError, match=said):
            act(integrated, "prot")
    assert find_feature(integrated, "rna3") == ("genes", 3)
    with pytest.raises(ValueError, match="'prot3' is not a feature of 'genes'; there are 'rna0', 'rna1'"):
        find_feature(integrated, "prot3")
    with pytest.raises(ValueError, match="color: 'prot3' is neither a column of obs nor a feature"):
        pl.embedding(integrated, "prot3")
    assert pl.embedding(integrated, "tag", view="prot").axes[0].get_title() == "tag"


def test_coordinates_given_to_tl_integrate_have_features(mdata, model):
    tl.integrate(mdata, model, use_rep={"rna": "X_pca"})
    assert inputs.has_features(mdata, "rna")
    assert inputs.input_of(mdata, "rna") == ModalityInput("rna", None, "rna")


def test_a_view_with_a_slash_is_found_in_the_record(integrated):
    """As `run --view r/na=rna:X` leaves it."""
    record = integrated.uns[keys.RECORD]
    record["views"]["r_na"] = record["views"].pop("rna")
    record[keys.OPERATOR]["views"] = np.array(["r/na", "prot"], dtype=object)
    assert inputs.input_of(integrated, "r/na") == ModalityInput("rna", None, "rna")
    assert inputs.views_of(integrated) == ["r/na", "prot"]


def test_a_modality_that_has_another_name_now(integrated, cells):
    integrated.mod["RNA"] = integrated.mod.pop("rna")
    with pytest.raises(ValueError, match="the modality 'rna' that was integrated as 'rna', found 'prot', 'RNA'"):
        inputs.input_of(integrated, "rna")


def test_what_is_not_there(mdata):
    with pytest.raises(ValueError, match="view: expected one of the views, found 'protein'; try 'prot'"):
        inputs.input_of(mdata, "protein")
    with pytest.raises(ValueError, match="layers: expected a layer of 'rna', found 'counts'; the modality has none"):
        measured_values(mdata, "rna", "counts")
    with pytest.raises(ValueError, match=r"expected a key of obsm of 'rna', found 'X_pcs'; try 'X_pca'"):
        coordinates(mdata, "rna", "X_pcs", np.ones(mdata.n_obs, dtype=bool))
    empty = anndata.AnnData(obs=mdata["rna"].obs, var=mdata["rna"].var)
    mdata.mod["rna"] = empty
    with pytest.raises(ValueError, match="expected measured values in X of 'rna', found none; name a layer"):
        measured_values(mdata, "rna", None)
