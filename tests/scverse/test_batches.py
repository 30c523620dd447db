"""`batch_key`: a column of the MuData or of its modalities, and what is kept of it."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.report.content import gather
from integrated_diffusion.scverse import tl
from integrated_diffusion.scverse.batches import batch_labels

N = 80
DONORS = np.where(np.arange(N) % 2, "first", "second")


@pytest.fixture
def cells():
    rng = np.random.default_rng(0)
    names = [f"cell{i}" for i in range(N)]
    made = {}
    for name in ("rna", "prot"):
        X = rng.poisson(2.0, (N, 30)).astype(float)
        var = pd.DataFrame(index=[f"{name}{i}" for i in range(30)])
        made[name] = AnnData(X, pd.DataFrame({"donor": DONORS}, index=names), var)
    return made


def settings():
    return IntegratedDiffusion(n_components=4, steps={"rna": 1, "prot": 1})


def test_a_column_of_the_modalities(cells):
    mdata = tl.integrate(cells, settings(), batch_key="donor")
    kept = mdata.uns["integrated_diffusion"]["batches"]
    assert (kept["column"], list(kept["names"])) == ("donor", ["first", "second"])
    assert list(kept["sizes"]) == [N // 2, N // 2]
    assert np.array(kept["names"])[kept["codes"]].tolist() == DONORS.tolist()
    plain = tl.integrate(cells, settings())
    assert not np.array_equal(plain.obsm["X_integrated"], mdata.obsm["X_integrated"])
    assert "batches" not in plain.uns["integrated_diffusion"]


def test_a_column_of_the_mudata_comes_first_and_the_report_tells_of_it(cells):
    mdata = mudata.MuData(cells)
    mdata.obs["lab"] = pd.Categorical(np.repeat(["x", "y"], N // 2))
    tl.integrate(mdata, settings(), batch_key="lab", batch_views=["rna"])
    assert list(mdata.uns["integrated_diffusion"]["batches"]["views"]) == ["rna"]
    content = gather(mdata)
    assert dict(content.parameters)["batches"] == "lab: x 40, y 40; neighbours in every batch of rna"
    assert "lab" in [column.name for column in content.columns]


def test_rows_are_those_of_the_mudata(cells):
    cells["prot"] = cells["prot"][::-1].copy()
    mdata = mudata.MuData(cells)
    assert batch_labels(mdata, "donor").tolist() == DONORS.tolist()
    assert batch_labels(mdata, "prot:donor").tolist() == DONORS.tolist()


def test_one_error_for_each_mistake(cells):
    with pytest.raises(ValueError, match=r"batch_key: expected a column of obs, found 'doner'; did you mean 'donor'\?"):
        tl.integrate(cells, settings(), batch_key="doner")
    with pytest.raises(TypeError, match="batch_key: expected the name of a column of obs, found ndarray"):
        tl.integrate(cells, settings(), batch_key=DONORS)
    cells["prot"].obs["donor"] = "other"
    with pytest.raises(ValueError, match="the same in every modality, found 'donor' with different values"):
        tl.integrate(cells, settings(), batch_key="donor")
    cells["rna"].obs["lab"] = [None, *["x", "y"] * 39, "x"]
    with pytest.raises(ValueError, match="batch: expected a label for every sample, found 1 without one"):
        tl.integrate(cells, settings(), batch_key="lab")
