"""Hashtags among features given in memory are told of, with what leaves them out."""

import re
import warnings

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.scverse import tl
from integrated_diffusion.views.hashtags import ExcludedFeaturesWarning
from mudata_settings import own_columns

N = 60
MODEL = IntegratedDiffusion(n_components=2, steps={"rna": 1, "prot": 1}, power=1)


@pytest.fixture
def frames():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(N, 3))
    names = {"rna": [f"g{i}" for i in range(8)], "prot": ["CD3", "CD4", "CD8", "Hashtag1", "HTO 2"]}
    return {
        view: pd.DataFrame(shared @ rng.normal(size=(3, len(known))), [f"c{i}" for i in range(N)], known)
        for view, known in names.items()
    }


def told(fit):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        fit()
    return [str(one.message) for one in found if issubclass(one.category, ExcludedFeaturesWarning)]


def statement(message):
    assert message.startswith("view 'prot': found 2 hashtags (Hashtag1, HTO 2), which tell pooled samples apart")
    return re.search("leave them out by (.*)", message)[1]


def test_frames(frames):
    (message,) = told(lambda: MODEL.fit(frames))
    frames["prot"] = eval("prot" + statement(message), {"prot": frames["prot"]})
    assert list(frames["prot"]) == ["CD3", "CD4", "CD8"]
    assert told(lambda: MODEL.fit(frames)) == []


def test_anndata(frames):
    views = {name: anndata.AnnData(frame) for name, frame in frames.items()}
    (message,) = told(lambda: MODEL.fit(views))
    views["prot"] = eval(statement(message), {"views": views})
    assert list(views["prot"].var_names) == ["CD3", "CD4", "CD8"]
    assert told(lambda: MODEL.fit(views)) == []


@pytest.mark.parametrize("fit", [MODEL.fit, lambda mdata: tl.integrate(mdata, MODEL)])
def test_a_mudata(frames, fit):
    with own_columns():
        mdata = mudata.MuData({name: anndata.AnnData(frame) for name, frame in frames.items()})
        (message,) = told(lambda: fit(mdata))
        exec(statement(message), {"mdata": mdata})
        assert mdata.shape == (N, 11)
        assert told(lambda: fit(mdata)) == []


def test_a_view_of_nothing_else(frames):
    frames["prot"] = frames["prot"].set_axis([f"HTO{i}" for i in range(5)], axis=1)
    (message,) = told(lambda: MODEL.fit(frames))
    assert message.endswith("it has nothing else; leave the view out")
