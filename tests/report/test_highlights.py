"""Views that were integrated from coordinates in a file have no features to show."""

from __future__ import annotations

import mudata
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import read, write_results
from integrated_diffusion.model.workflow import fit, recipes_for, results
from integrated_diffusion.report import gather, render
from integrated_diffusion.scverse import pp
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("ignore::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture
def integrated(plain, tmp_path):
    """From places in a file to the MuData that `run --view` makes of them."""

    def of(where) -> mudata.MuData:
        with own_columns():
            bare = mudata.MuData({name: plain[name].copy() for name in plain.mod})
            pp.prepare(bare)
            bare.write(tmp_path / "cells.h5mu")
        measured = read(tmp_path / "cells.h5mu", where)
        recipes = recipes_for(measured)
        model = IntegratedDiffusion(n_components=3, n_pca=5, steps={"rna": 1, "prot": 1}, recipes=recipes)
        fit(model, measured.views)
        write_results(measured.with_results(results(measured, model)), tmp_path / "out.h5mu")
        with own_columns():
            return mudata.read_h5mu(tmp_path / "out.h5mu")

    return of


OF_COORDINATES = {"rna": "rna:X", "prot": "prot:obsm/X_integrated_view"}


def test_features_of_the_other_view(integrated):
    content = gather(integrated(OF_COORDINATES))
    assert {feature.modality for feature in content.features} == {"rna"}
    assert [view.modality for view in content.searchable] == ["rna"]
    assert "rna: depth" in [column.name for column in content.columns]
    assert "prot: depth" not in [column.name for column in content.columns]
    assert content.highlights.pairs == ()
    assert {one.name: one.n_features for one in content.modalities} == {"rna": 12, "prot": 9}
    assert "<html" in render(content)


def test_features_that_are_asked_for(integrated):
    data = integrated(OF_COORDINATES)
    assert [feature.name for feature in gather(data, ["gene3", "rna:gene4"]).highlights.features] == ["gene3", "gene4"]
    with pytest.raises(ValueError, match="'prot3' is not a feature of 'rna'"):
        gather(data, ["prot3"])
    with pytest.raises(ValueError, match="features of view 'prot', found that it was integrated from coordinates"):
        gather(data, ["prot:prot3"])


def test_no_view_has_features(integrated):
    content = gather(integrated({name: f"{name}:obsm/X_integrated_view" for name in ("rna", "prot")}))
    assert content.highlights.features == ()
    assert "every modality was integrated from coordinates" in render(content)
