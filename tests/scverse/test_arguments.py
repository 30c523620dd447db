"""An argument of another type is an error of one sentence, before anything is done."""

import pandas as pd
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.association import EqualFrequency, NoSmoothing
from integrated_diffusion.scverse import (
    feature_block,
    feature_values,
    find_feature,
    pairs,
    pl,
    pp,
    tl,
    to_anndata,
)

PAIR = pd.DataFrame([["rna1", "prot1"]])

ON_A_MUDATA = {
    "denoise": lambda m: tl.denoise(m, "rna"),
    "write_denoised": lambda m: tl.write_denoised(m, "rna", "a.h5ad"),
    "associate": lambda m: tl.associate(m, "rna", "prot", PAIR),
    "to_anndata": to_anndata,
    "find_feature": lambda m: find_feature(m, "rna1"),
    "feature_values": lambda m: feature_values(m, "rna1"),
    "feature_block": lambda m: feature_block(m, "rna", ["rna1"]),
    "embedding": pl.embedding,
    "entropy": pl.entropy,
    "candidates": pl.candidates,
    "association": pl.association,
    "usual": lambda m: pairs.usual(m, "rna", "prot"),
    "matching": lambda m: pairs.matching(m, "rna", "prot"),
    "linked": lambda m: pairs.linked(m, "rna", "prot"),
    "table": lambda m: pairs.table(m, "rna", "prot", PAIR),
    "near": lambda m: pairs.near(m, "rna", "prot", "genes.bed"),
}


@pytest.mark.parametrize("act", list(ON_A_MUDATA))
def test_no_mudata(cells, act):
    for data, found in ((cells["rna"], "AnnData"), (cells, "dict"), (None, "NoneType"), ("a.h5mu", "str")):
        with pytest.raises(TypeError, match=f"expected an integrated MuData, found {found}; call tl.integrate first"):
            ON_A_MUDATA[act](data)


@pytest.mark.parametrize(
    ("act", "what"),
    [
        *((tl.integrate, what) for what in ("recipes", "layers", "use_rep")),
        *((pp.prepare, what) for what in ("recipes", "layers")),
    ],
)
@pytest.mark.parametrize(("value", "found"), [("rna", "'rna'"), (["rna"], "list")])
def test_no_mapping(mdata, act, what, value, found):
    with pytest.raises(TypeError, match=f"{what}: expected a mapping from modality to text, found {found}; write for"):
        act(mdata, **{what: value})
    assert not mdata.uns


@pytest.mark.parametrize(
    ("model", "found"),
    [(IntegratedDiffusion, "the class IntegratedDiffusion"), ("paper", "'paper'"), ({"steps": 1}, "dict")],
)
def test_no_model(mdata, model, found):
    with pytest.raises(TypeError, match=f"model: expected an IntegratedDiffusion, found {found}; write"):
        tl.integrate(mdata, model)


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("pairs", [("rna1", "prot1")], "pairs: expected Pairs or a data frame of two columns of names, found list"),
        ("pairs", "pairs.csv", "pairs: expected Pairs or a data frame .* found 'pairs.csv'"),
        ("estimator", "knn", r"estimator: expected an object such as EqualFrequency\(\), found 'knn'"),
        ("estimator", EqualFrequency, r"estimator: .* found the class EqualFrequency"),
        ("smoothing", "joint", r"smoothing: expected an object such as NoSmoothing\(\), found 'joint'"),
        ("smoothing", NoSmoothing, "smoothing: .* found the class NoSmoothing"),
    ],
)
def test_nothing_to_associate_with(integrated, argument, value, said):
    with pytest.raises(TypeError, match=said):
        tl.associate(integrated, "rna", "prot", **({"pairs": PAIR} | {argument: value}))
    assert "integrated_associations" not in integrated.uns


def test_a_table_of_one_column(integrated):
    with pytest.raises(ValueError, match="table: expected two columns of names, found shape"):
        tl.associate(integrated, "rna", "prot", pd.DataFrame({"a": ["rna1"]}))


def test_what_is_of_the_right_type_passes(integrated):
    found = tl.associate(integrated, "rna", "prot", PAIR, EqualFrequency(4), NoSmoothing(), n_shuffles=0)
    assert len(found.pairs) == 1
