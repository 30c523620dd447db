"""scanpy's and muon's own functions find what is written."""

import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import mudata
import numpy as np
import pandas as pd
import pytest
import scanpy
from anndata import AnnData
from matplotlib.colors import to_hex
from sklearn.metrics import adjusted_rand_score

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import keys
from integrated_diffusion.scverse import pl, tl, to_anndata
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning:scanpy", "ignore::UserWarning:umap", "ignore:The set_bad:PendingDeprecationWarning"
)

N = 150
KINDS = np.repeat([0, 1, 2], N // 3)
LEIDEN = {"neighbors_key": "integrated", "flavor": "igraph", "n_iterations": 2, "directed": False, "resolution": 0.3}


@pytest.fixture(scope="module")
def kinds():
    """Three kinds of cells, separated by both views together."""
    rng = np.random.default_rng(0)
    names = np.array([f"cell{i}" for i in range(N)])
    made = {}
    for name, n_features in (("rna", 30), ("prot", 12)):
        rates = rng.gamma(1, 1.5, (3, n_features)) + 1
        order = rng.permutation(N)
        made[name] = AnnData(rng.poisson(rates[KINDS]).astype(np.float32)[order], pd.DataFrame(index=names[order]))
        made[name].var_names = [f"{name}{i}" for i in range(n_features)]
    with own_columns():
        mdata = mudata.MuData(made)
        mdata.obs["kind"] = pd.Series(pd.Categorical(KINDS.astype(str)), names)
        return tl.integrate(mdata, IntegratedDiffusion(n_components=5, steps={"rna": 1, "prot": 1}))


@pytest.fixture(params=["MuData", "AnnData"])
def data(request, kinds):
    return kinds.copy() if request.param == "MuData" else to_anndata(kinds, "rna")


@pytest.fixture(autouse=True)
def no_window():
    with mpl.rc_context(), plt.ioff():
        yield
    plt.close("all")


def test_leiden_finds_the_kinds(data):
    scanpy.tl.leiden(data, **LEIDEN)
    assert adjusted_rand_score(data.obs["kind"], data.obs["leiden"]) > 0.95


@pytest.mark.slow
def test_umap_keeps_them_apart(data):
    scanpy.tl.umap(data, neighbors_key="integrated")
    scanpy.pp.neighbors(data, use_rep="X_umap", key_added="of_umap")
    joined = data.obsp["of_umap_connectivities"].tocoo()
    kind = data.obs["kind"].to_numpy()
    assert (kind[joined.row] == kind[joined.col]).mean() > 0.95


def test_other_tools_on_the_joint_graph(data):
    scanpy.tl.paga(data, groups="kind", neighbors_key="integrated")
    assert data.uns["paga"]["connectivities"].shape == (3, 3)
    scanpy.tl.diffmap(data, n_comps=4, neighbors_key="integrated")
    assert data.obsm["X_diffmap"].shape == (N, 4)


@pytest.mark.slow
def test_neighbours_on_the_joint_map(data):
    scanpy.pp.neighbors(data, use_rep=keys.EMBEDDING)
    assert data.obsp["connectivities"].shape == (N, N)


def drawn(axes, mdata, basis=keys.PHATE):
    """Whether the points lie where the map has them."""
    axes = axes[0] if isinstance(axes, list) else axes
    points = np.asarray(axes.collections[0].get_offsets())
    return np.allclose(np.sort(points, axis=0), np.sort(np.asarray(mdata.obsm[basis])[:, :2], axis=0))


@pytest.mark.parametrize("color", [None, "kind"])
def test_scanpys_embedding(data, color):
    assert drawn(scanpy.pl.embedding(data, keys.PHATE, color=color, show=False), data)


def test_colours_of_categories_are_the_same_in_scanpy_and_here(kinds):
    data = kinds.copy()
    scanpy.pl.embedding(data, keys.PHATE, color="kind", palette=["red", "lime", "blue"], show=False)
    theirs = [to_hex(color) for color in data.uns["kind_colors"]]
    figure = pl.embedding(data, "kind", return_fig=True)
    ours = [to_hex(handle.get_color()) for handle in figure.axes[0].get_legend().legend_handles]
    assert ours == theirs == ["#ff0000", "#00ff00", "#0000ff"]
    pl.embedding(data, "kind", palette=["#111111", "#222222", "#333333"])
    axes = scanpy.pl.embedding(data, keys.PHATE, color="kind", show=False)
    assert {to_hex(color) for color in axes.collections[0].get_facecolors()} == {"#111111", "#222222", "#333333"}


def test_scanpys_embedding_by_a_gene_and_by_denoised_values(kinds):
    tl.denoise(kinds, "rna")
    data = to_anndata(kinds, "rna")
    axes = scanpy.pl.embedding(data, keys.PHATE, color="rna3", layer="integrated", show=False, sort_order=False)
    own = pd.DataFrame(kinds["rna"].layers["integrated"], kinds["rna"].obs_names)[3].loc[kinds.obs_names]
    np.testing.assert_allclose(axes.collections[0].get_array(), own, rtol=1e-6)


@pytest.mark.parametrize("color", ["kind", "rna3", "prot3", "rna:rna3"])
def test_muons_embedding(muon, kinds, color):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # muon's own
        axes = muon.pl.embedding(kinds, basis=keys.PHATE, color=color, show=False)
    assert drawn(axes, kinds)


def test_muons_umap(muon, kinds):
    data = kinds.copy()
    scanpy.tl.umap(data, neighbors_key="integrated")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # muon's own
        axes = muon.pl.umap(data, color="kind", show=False)
    assert drawn(axes, data, "X_umap")


def test_muons_tools_take_the_anndata(muon, kinds):
    data = to_anndata(kinds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # muon's own
        muon.tl.leiden(data, resolution=0.3, neighbors_key="integrated")
        muon.tl.umap(data, neighbors_key="integrated")
    assert adjusted_rand_score(data.obs["kind"], data.obs["leiden"]) > 0.95
    assert data.obsm["X_umap"].shape == (N, 2)


def test_muons_own_ways_on_a_mudata_are_as_keys_says(muon, kinds):
    """They look in every modality; that is theirs to change, and then `keys` to say otherwise."""
    with pytest.raises(KeyError, match=r"No 'integrated' in .uns"):
        muon.tl.leiden(kinds, neighbors_key="integrated")
    with pytest.raises(AttributeError):
        muon.tl.umap(kinds, neighbors_key="integrated")


def test_all_of_it_survives_a_file(kinds, tmp_path):
    with own_columns():
        data = kinds.copy()
        scanpy.tl.leiden(data, **LEIDEN)
        scanpy.tl.diffmap(data, n_comps=4, neighbors_key="integrated")
        data.write(tmp_path / "a.h5mu")
        back = mudata.read_h5mu(tmp_path / "a.h5mu")
    np.testing.assert_array_equal(back.obsm["X_diffmap"], data.obsm["X_diffmap"])
    scanpy.tl.leiden(back, key_added="again", **LEIDEN)
    assert list(back.obs["again"]) == list(back.obs["leiden"]) == list(data.obs["leiden"])
