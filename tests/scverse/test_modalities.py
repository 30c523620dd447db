"""Which modalities are integrated, and which MuData cannot be."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import read
from integrated_diffusion.io.unusable import EmptyModalityWarning
from integrated_diffusion.scverse import tl
from integrated_diffusion.scverse.containers import MissingCellsWarning
from mudata_settings import own_columns

N = 40
STEPS = {"rna": 1, "prot": 1}


def cells(name: str, n: int = N, n_features: int = 6, seed: int = 0) -> AnnData:
    counts = np.random.default_rng(seed).poisson(2.0, (n, n_features)).astype(np.float32)
    var = pd.DataFrame(index=[f"{name}{i}" for i in range(n_features)])
    return AnnData(counts, obs=pd.DataFrame(index=[f"c{i}" for i in range(n)]), var=var)


def whole(axis: int = 0, **others: AnnData) -> mudata.MuData:
    with own_columns():
        return mudata.MuData({"rna": cells("g"), "prot": cells("p", seed=1), **others}, axis=axis)


def test_modalities_without_features_are_left_out(tmp_path):
    data = whole(airr=AnnData(obs=pd.DataFrame(index=[f"c{i}" for i in range(30)])))
    data.write(tmp_path / "cells.h5mu")
    with pytest.warns(EmptyModalityWarning, match="found none in 'airr'; left out"):
        assert list(read(tmp_path / "cells.h5mu").views) == ["rna", "prot"]
    model = IntegratedDiffusion(n_components=3, steps={**STEPS, "airr": 0})
    with pytest.warns(EmptyModalityWarning, match="found none in 'airr'; left out"):
        found = tl.integrate(data, model)
    right = tl.integrate({name: data[name].copy() for name in STEPS}, IntegratedDiffusion(n_components=3, steps=STEPS))
    np.testing.assert_array_equal(found.obsm["X_integrated"], right.obsm["X_integrated"])


def test_modalities_are_named(tmp_path):
    data = whole(extra=cells("e", seed=2))
    found = tl.integrate(data, IntegratedDiffusion(n_components=3, steps=STEPS), views=["rna", "prot"])
    right = tl.integrate({name: data[name].copy() for name in STEPS}, IntegratedDiffusion(n_components=3, steps=STEPS))
    np.testing.assert_array_equal(found.obsm["X_integrated"], right.obsm["X_integrated"])
    with pytest.raises(ValueError, match="views: expected names of views among 'rna', 'prot', 'extra', found 'adt'"):
        tl.integrate(data, views=["rna", "adt"])


@pytest.mark.parametrize("missing", ["keep", "drop", "refuse"])
def test_cells_of_modalities_that_are_not_named_are_left_out(missing):
    other = cells("e", seed=2)
    other.obs_names = [f"c{i}" for i in range(20, 20 + other.n_obs)]
    data = whole(extra=other)
    expected = r"^20 cells that none of 'rna', 'prot' has \(first 'c40'\); they are left out, and 40 cells remain"
    with pytest.warns(MissingCellsWarning, match=expected):
        found = tl.integrate(data, IntegratedDiffusion(n_components=3, steps=STEPS), missing=missing, views=list(STEPS))
    assert found.obs_names.tolist() == [f"c{i}" for i in range(40)]
    right = tl.integrate({name: data[name].copy() for name in STEPS}, IntegratedDiffusion(n_components=3, steps=STEPS))
    np.testing.assert_array_equal(found.obsm["X_integrated"], right.obsm["X_integrated"])


def test_places_are_named_where_there_is_no_x(tmp_path):
    prot = cells("p")
    prot.layers["counts"] = prot.X.copy()
    prot.X = None
    with own_columns():
        mudata.MuData({"rna": cells("g"), "prot": prot}).write(tmp_path / "cells.h5mu")
    with pytest.raises(ValueError, match=r"X of 'prot', found none; name a view by .* prot:layers/counts"):
        read(tmp_path / "cells.h5mu")


def test_other_cells_in_each_modality(tmp_path):
    first, second = cells("g"), cells("g")
    second.obs_names = [f"d{i}" for i in range(N)]
    with own_columns():
        data = mudata.MuData({"one": first, "two": second}, axis=1)
        data.write(tmp_path / "cells.h5mu")
    with pytest.raises(ValueError, match="expected modalities of the same cells"):
        tl.integrate(data)
    with pytest.raises(ValueError, match="expected modalities of the same cells"):
        read(tmp_path / "cells.h5mu")


def test_renamed_cells():
    data = whole()
    for modality in data.mod.values():
        modality.obs_names = [f"s1_{name}" for name in modality.obs_names]
    with pytest.raises(ValueError, match=r"first 's1_c0'\); call update\(\) on the MuData"):
        tl.integrate(data)


def test_view_weights_name_cells_and_modalities(tmp_path):
    found = tl.integrate(whole(), IntegratedDiffusion(n_components=3, steps=STEPS))
    found.write(tmp_path / "joint.h5mu")
    for data in (found, mudata.read_h5mu(tmp_path / "joint.h5mu")):
        weights = data.obsm["integrated_view_weights"]
        assert list(weights.columns) == ["rna", "prot"]
        assert list(weights.index) == list(data.obs_names)
