"""Small integrated data, some of it with names that try to become HTML."""

from __future__ import annotations

from dataclasses import replace

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.report import Content
from integrated_diffusion.report.budget import samples_on_page
from integrated_diffusion.report.columns import Categories, Column, Numbers
from integrated_diffusion.report.embeddings import PlaneEmbedding
from integrated_diffusion.report.highlights import Feature, Highlights
from integrated_diffusion.scverse import tl
from mudata_settings import own_columns

SCRIPT, IMAGE, END = "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</script>"
EVIL = (SCRIPT, IMAGE, END)
N = 240


def measured(views: tuple[str, str], genes: list[str], proteins: list[str]) -> dict[str, AnnData]:
    """Counts of two views of the same three groups of cells, in the same order."""
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], N // 3)
    cells = {}
    for view, names in zip(views, (genes, proteins), strict=True):
        rates = rng.gamma(1.0, 3.0, size=(3, len(names)))
        counts = rng.poisson(rates[groups]).astype(np.float32)
        obs = pd.DataFrame({"total": counts.sum(axis=1)}, index=[f"cell{i}" for i in range(N)])
        cells[view] = AnnData(counts, obs=obs, var=pd.DataFrame(index=names))
    return cells


@pytest.fixture(scope="session")
def plain() -> mudata.MuData:
    """Integrated by default settings, with a column of each kind."""
    with own_columns():
        genes = [f"gene{i}" for i in range(12)]
        mdata = tl.integrate(measured(("rna", "prot"), genes, [f"prot{i}" for i in range(9)]))
        rng = np.random.default_rng(1)
        mdata.obs["group"] = pd.Categorical(np.repeat(["b", "a", "c"], N // 3), categories=["c", "b", "a", "unused"])
        mdata.obs["half"] = pd.Categorical(np.where(np.arange(N) < N // 2, "first", None))
        mdata.obs["cluster"] = np.repeat([10, 2, 7], N // 3)
        mdata.obs["ok"] = np.arange(N) % 2 == 0
        mdata.obs["depth"] = np.where(np.arange(N) == 3, np.nan, rng.normal(size=N))
        mdata.obs["barcode"] = [f"AAC{i}" for i in range(N)]
        mdata.obs["empty"] = np.nan
        mdata.obs["when"] = pd.Timestamp("2021-09-15")
    return mdata


@pytest.fixture(scope="session")
def evil() -> mudata.MuData:
    """Every name that a file may bring is an attempt at HTML."""
    with own_columns():
        views = ("rna<b>", SCRIPT.replace("/", ""))  # no modality has a slash
        cells = measured(
            views, [*EVIL, *(f"gene{i}" for i in range(9))], [IMAGE + "2", *(f"prot{i}" for i in range(9))]
        )
        for adata in cells.values():
            adata.obs.index = [*(name + "cell" for name in EVIL), *adata.obs_names[3:]]
            adata.obs[END + "total"] = adata.obs["total"]
        model = IntegratedDiffusion(n_components=5, steps={views[0]: 1, views[1]: 1})
        mdata = tl.integrate(cells, model)
        mdata.obs[IMAGE] = pd.Categorical(np.repeat(EVIL, N // 3))
        tl.associate(
            mdata, *views, pd.DataFrame({"first": EVIL, "second": [IMAGE + "2", "prot1", "prot2"]}), n_shuffles=3
        )
    return mdata


def enlarged(content: Content, n: int, n_columns: int = 3, n_features: int = 2) -> Content:
    """The same page about many more, simulated cells."""
    rng = np.random.default_rng(2)
    groups = rng.integers(0, 12, n)
    centres = rng.normal(scale=4, size=(12, 2))
    embeddings = [
        PlaneEmbedding(one.title, centres[rng.permutation(12)[groups]] + rng.normal(size=(n, 2)))
        for one in content.embeddings
    ]
    columns: list[Column] = [Categories("groups", tuple(f"type {i}" for i in range(12)), groups.astype(np.int32))]
    columns += [Numbers(f"score {i}", rng.normal(size=n)) for i in range(n_columns - 1)]
    denoised = [groups + rng.normal(scale=0.3, size=n) for _ in range(n_features)]
    features = tuple(
        Feature(f"feature{i}", "rna", np.log1p(rng.poisson(np.exp(clean / 8))), clean)
        for i, clean in enumerate(denoised)
    )
    return replace(
        content,
        sample_names=tuple(f"{''.join(letters)}-1" for letters in rng.choice(list("ACGT"), (n, 16))),
        embeddings=tuple(embeddings),
        columns=tuple(columns),
        highlights=Highlights("chosen by the user", features, ((0, 1),)),
        markers=None,
        marker_features=(),
        searchable=(),
        on_page=samples_on_page(n, len(embeddings), n_columns, n_features),
    )
