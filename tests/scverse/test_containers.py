"""Cells are matched by name; those that a view lacks are counted, and left out or refused."""

import re

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion.io import stored_operator
from integrated_diffusion.scverse import MissingCellsWarning, as_mudata, to_anndata
from integrated_diffusion.scverse.containers import rows_of


def test_a_whole_mudata_is_itself_and_a_mapping_is_not_copied(mdata, cells):
    assert as_mudata(mdata) is mdata
    made = as_mudata(cells)
    assert all(made[name] is cells[name] for name in cells)
    assert not made.obs.columns.size
    assert not cells["rna"].obsm.keys() - {"X_pca"}


def test_rows_are_matched_by_name(mdata):
    assert rows_of(mdata, "rna") is None
    rows = rows_of(mdata, "prot")
    assert list(mdata["prot"].obs_names[rows]) == list(mdata.obs_names) != list(mdata["prot"].obs_names)


def test_missing_cells_are_counted_and_left_out_with_their_values(cells, tables):
    names = tables["rna"].index
    whole = mudata.MuData({"rna": cells["rna"][3:].copy(), "prot": cells["prot"][~_of(cells, names[-2:])].copy()})
    said = "3 of 60 cells missing in 'rna' .*2 of 60 cells missing in 'prot' .*they are left out, and 55 cells remain"
    with pytest.warns(MissingCellsWarning, match=said):
        found = as_mudata(whole)
    assert set(found.obs_names) == set(names[3:-2])
    assert whole.n_obs == 60
    for name, cell in found.mod.items():
        X = cell.X if isinstance(cell.X, np.ndarray) else cell.X.toarray()
        np.testing.assert_array_equal(X, tables[name].loc[cell.obs_names])
    with pytest.raises(
        ValueError,
        match=r"found 3 of 60 cells missing in 'rna'.*missing=\"keep\" integrates all, \"drop\" leaves them out",
    ):
        as_mudata(whole, missing="refuse")
    assert as_mudata(whole, missing="keep") is whole


def _of(cells, names):
    return cells["prot"].obs_names.isin(names)


@pytest.mark.filterwarnings("ignore::integrated_diffusion.scverse.MissingCellsWarning")
def test_a_modality_that_changed_since_the_mudata_was_made(mdata, tables):
    """Its own names count, not the places that the MuData remembers."""
    mdata.mod["rna"] = mdata["rna"][::-1][:50].copy()
    found = as_mudata(mdata)
    assert set(found.obs_names) == set(tables["rna"].index[10:])
    for name, cell in found.mod.items():
        X = cell.X if isinstance(cell.X, np.ndarray) else cell.X.toarray()
        np.testing.assert_array_equal(X, tables[name].loc[cell.obs_names])


def test_a_file_that_is_open_cannot_leave_cells_out(cells, tmp_path):
    mudata.MuData({"rna": cells["rna"][3:].copy(), "prot": cells["prot"]}).write(tmp_path / "a.h5mu")
    backed = mudata.read_h5mu(tmp_path / "a.h5mu", backed="r")
    with pytest.raises(ValueError, match=r"found 3 of 60 cells missing in 'rna'.*read the file into memory"):
        as_mudata(backed)


def test_nothing_in_common(cells):
    cells["prot"].obs_names = [f"{name}-1" for name in cells["prot"].obs_names]
    with pytest.raises(
        ValueError, match=r"every modality has, found none.*write names alike, they differ by a number at their"
    ):
        as_mudata(cells)


def test_names_that_repeat(cells):
    cells["prot"].obs_names = ["twice", "twice", *cells["prot"].obs_names[2:]]
    with pytest.raises(ValueError, match="every sample name once in 'prot', found 1 repeated"):
        as_mudata(cells)
    with pytest.warns(UserWarning, match="obs_names are not unique"):
        whole = mudata.MuData(cells)
    with pytest.raises(ValueError, match="every sample name once in 'prot', found 1 repeated"):
        as_mudata(whole)


@pytest.mark.parametrize(
    "data", [[1], {"rna": np.ones((3, 3))}, AnnData(np.ones((3, 3))), {1: AnnData(np.ones((3, 3)))}]
)
def test_what_is_no_data(data):
    with pytest.raises(TypeError, match="expected a MuData or a mapping from name"):
        as_mudata(data)


def test_other_mistakes(cells):
    with pytest.raises(ValueError, match=r"at least two modalities of the same cells, found 1 .'rna'"):
        as_mudata({"rna": cells["rna"]})
    with pytest.raises(ValueError, match=r"found 0 .none"):
        as_mudata({})
    with pytest.raises(ValueError, match="missing: expected one of 'keep', 'drop', 'refuse', found 'some'"):
        as_mudata(cells, "some")
    inner = mudata.MuData({"prot": cells["prot"][:, :4].copy(), "more": cells["prot"][:, 4:].copy()})
    with pytest.raises(TypeError, match="expected an AnnData as modality 'inner', found MuData"):
        as_mudata(mudata.MuData({"rna": cells["rna"], "inner": inner}))


def test_everything_as_one_anndata(integrated, tables):
    integrated.obs["joint"] = np.arange(60)
    alone = to_anndata(integrated)
    assert alone.shape == (60, 0)
    assert list(alone.obs.columns) == ["joint", "rna:kind", "prot:tag"]
    operators = (stored_operator(data).operator.toarray() for data in (alone, integrated))
    np.testing.assert_array_equal(*operators)
    for name in ("rna", "prot"):
        found = to_anndata(integrated, name)
        assert list(found.obs_names) == list(integrated.obs_names)
        X = found.X if isinstance(found.X, np.ndarray) else found.X.toarray()
        np.testing.assert_array_equal(X, tables[name].loc[found.obs_names])
        np.testing.assert_array_equal(found.obsm["X_integrated"], integrated.obsm["X_integrated"])
        own = integrated["prot"].obs["tag"].loc[found.obs_names]
        np.testing.assert_array_equal(found.obs["prot:tag"], own)
    assert "X_pca" in to_anndata(integrated, "rna").obsm


def test_it_is_a_copy(integrated):
    before = integrated.obsm["X_integrated"].copy()
    found = to_anndata(integrated, "rna")
    found.obsm["X_integrated"][:] = 0
    found.uns["integrated_diffusion"]["version"] = "another"
    found.X.data[:] = 0
    np.testing.assert_array_equal(integrated.obsm["X_integrated"], before)
    assert integrated.uns["integrated_diffusion"]["version"] != "another"
    assert integrated["rna"].X.data.all()


def test_of_an_open_file_and_of_columns_that_were_pulled(integrated, tmp_path):
    integrated.pull_obs()
    integrated.write(tmp_path / "a.h5mu")
    found = to_anndata(mudata.read_h5mu(tmp_path / "a.h5mu", backed="r"), "prot")
    assert not found.isbacked
    assert sorted(found.obs.columns) == ["prot:tag", "rna:kind"]
    with pytest.raises(ValueError, match=re.escape("view: expected names of views among 'rna', 'prot', found 'atac'")):
        to_anndata(integrated, "atac")


def test_names_of_cells_are_text(model):
    counts = np.random.default_rng(0).poisson(3, (40, 6)).astype(float)
    one, other = (AnnData(counts, var=pd.DataFrame(index=[f"{k}{i}" for i in range(6)])) for k in "ab")
    assert list(as_mudata({"rna": one, "prot": other}).obs_names[:2]) == ["0", "1"]


def test_a_slash_in_the_name_of_a_modality(cells):
    said = "expected names of modalities without '/', found 'r/na', which mudata writes but cannot read; .*'r_na'"
    named = {"r/na": cells["rna"], "prot": cells["prot"]}
    for data in (named, mudata.MuData(named)):
        with pytest.raises(ValueError, match=said):
            as_mudata(data)
