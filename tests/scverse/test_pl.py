"""Plots of an integrated MuData show its cells, features, records and associations."""

import re

import matplotlib as mpl
import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.association import EqualWidth, FixedSmoothing, NoSmoothing, table_pairs
from integrated_diffusion.io import stored_operator
from integrated_diffusion.plotting.palette import CATEGORIES
from integrated_diffusion.plotting.style import GREY, short
from integrated_diffusion.plotting.words import two_decimals
from integrated_diffusion.scverse import pl, tl
from integrated_diffusion.scverse.coloring import coloring
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("ignore:var_names are not unique")  # mudata, of CD4 in both views

N = 90
KINDS = np.array(["$\\frac$", "<b>β</b>", "NK"])
GENES = ["CD4", "$IL_2$", *(f"gene{i}" for i in range(28))]
PROTEINS = ["CD4", "CD4_TotalSeqB", "gene0:x", *(f"protein{i}" for i in range(9))]


def counts(rng, place, n_features):
    """Counts whose means depend on a cell's place along a line from 0 to 3."""
    means = 6 * (1 + np.sin(place[:, None] * rng.uniform(0.5, 2, n_features) + rng.uniform(0, 6, n_features)))
    return rng.poisson(means + 0.5).astype(np.float32)


@pytest.fixture(scope="module")
def cells():
    """Three kinds of cells, the proteins' rows in another order, labels missing for some."""
    rng = np.random.default_rng(0)
    place, names = rng.uniform(0, 3, N), np.array([f"cell{i}" for i in range(N)])
    kinds = place.astype(int)
    rna = AnnData(counts(rng, place, len(GENES)), pd.DataFrame(index=names), pd.DataFrame(index=GENES))
    rna.obs["depth"] = rna.X.sum(axis=1)
    rna.obs["gene1"] = np.arange(N) % 2 == 0  # also a gene
    order = rng.permutation(N)
    proteins = counts(rng, place, len(PROTEINS))[order]
    prot = AnnData(proteins, pd.DataFrame(index=names[order]), pd.DataFrame(index=PROTEINS))
    prot.obs["tag"] = prot.obs_names.str[4:].astype(int) / 2
    with own_columns():
        mdata = mudata.MuData({"rna": rna, "prot": prot})
    kind = pd.Categorical(np.where(kinds == 2, None, KINDS[kinds]))
    mdata.obs["kind"] = pd.Series(kind, index=names)[mdata.obs_names]
    mdata.obs["batch"] = pd.array([None, *range(1, N)], dtype="Int64")
    return tl.integrate(mdata, IntegratedDiffusion(n_components=5))


@pytest.fixture
def mdata(cells):
    """The same without the associations and colours that some tests leave."""
    cells.uns.pop("integrated_associations", None)
    cells.uns.pop("kind_colors", None)
    return cells


def drawn_colors(axis, coordinates):
    """Colour of the dot at each cell's place."""
    dots = axis.collections[0]
    places = np.asarray(dots.get_offsets())
    rows = [int(np.flatnonzero((places == place).all(axis=1))[0]) for place in coordinates[:, :2]]
    return np.asarray(dots.get_facecolors())[rows, :3]


def colors_of_numbers(numbers):
    numbers = np.asarray(numbers, dtype=np.float64)
    return mpl.colormaps["viridis"](mpl.colors.Normalize(numbers.min(), numbers.max())(numbers))[:, :3]


def normalised_rna(mdata):
    """Oracle of the recipe for RNA: library size to the median, log of one more."""
    X = np.asarray(mdata["rna"].X, dtype=np.float64)
    depth = X.sum(axis=1, keepdims=True)
    return np.log1p(X / depth * np.median(depth))


def test_a_gene_as_measured_and_denoised(mdata):
    X = normalised_rna(mdata)
    smooth = stored_operator(mdata).operator.toarray() @ X
    for denoised, values, title in ((False, X, "$IL_2$ (rna)"), (True, smooth, "$IL_2$ (rna, denoised)")):
        figure = pl.embedding(mdata, color="$IL_2$", denoised=denoised)
        figure.draw_without_rendering()
        (axis,) = figure.axes
        found = drawn_colors(axis, mdata.obsm["X_integrated_phate"])
        np.testing.assert_allclose(found, colors_of_numbers(values[:, 1]), atol=0.01)  # steps of the colour map
        np.testing.assert_allclose(axis.child_axes[0].get_ylim(), (values[:, 1].min(), values[:, 1].max()), rtol=1e-5)
        assert axis.get_title() == title


def test_columns_of_the_whole_and_of_modalities(mdata):
    figure = pl.embedding(mdata, color=["kind", "depth", "tag", "batch"], basis="X_integrated")
    figure.draw_without_rendering()
    kind, depth, tag, batch = figure.axes
    assert [axis.get_title() for axis in figure.axes] == ["kind", "depth", "tag", "batch"]
    coordinates = mdata.obsm["X_integrated"]
    words = {
        text.get_text(): to_rgb(handle.get_color())
        for text, handle in zip(kind.get_legend().get_texts(), kind.get_legend().legend_handles, strict=True)
    }
    assert list(words) == ["$\\frac$", "<b>β</b>", "missing"]
    assert words["missing"] == to_rgb(GREY)
    names = mdata.obs["kind"].astype(object).where(mdata.obs["kind"].notna(), "missing")
    np.testing.assert_allclose(drawn_colors(kind, coordinates), [words[name] for name in names])
    np.testing.assert_allclose(drawn_colors(depth, coordinates), colors_of_numbers(mdata["rna"].obs["depth"]))
    in_order = [int(name[4:]) for name in mdata.obs_names]  # rows of the proteins are in another
    np.testing.assert_allclose(drawn_colors(tag, coordinates), colors_of_numbers(in_order), atol=0.01)
    assert batch.get_xlabel() == "grey: 1 missing"


def test_columns_come_before_features_unless_a_view_is_asked(mdata):
    (axis,) = pl.embedding(mdata, color="gene1").axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["False", "True"]
    (axis,) = pl.embedding(mdata, color="gene1", view="rna").axes
    assert axis.get_title() == "gene1 (rna)"
    (axis,) = pl.embedding(mdata, color="kind", view="rna").axes
    assert axis.get_title() == "kind"


def test_features_that_two_views_have(mdata):
    with pytest.raises(ValueError, match="in 'rna' and 'prot'; name the modality too"):
        pl.embedding(mdata, color="CD4")
    for color, view in (("prot:CD4", None), ("CD4", "prot")):
        (axis,) = pl.embedding(mdata, color=color, view=view).axes
        assert axis.get_title() == "CD4 (prot)"
    (axis,) = pl.embedding(mdata, color="gene0:x").axes  # a name with a colon
    assert axis.get_title() == "gene0:x (prot)"


def test_a_column_of_one_modality_by_its_name(mdata):
    (axis,) = pl.embedding(mdata, color="prot:tag").axes
    axis.figure.draw_without_rendering()
    in_order = [int(name[4:]) for name in mdata.obs_names]
    found = drawn_colors(axis, mdata.obsm["X_integrated_phate"])
    np.testing.assert_allclose(found, colors_of_numbers(in_order), atol=0.01)
    assert axis.get_title() == "prot:tag"
    (axis,) = pl.embedding(mdata, color="rna:gene1").axes  # of one view named, features come first
    assert axis.get_title() == "gene1 (rna)"


def test_a_column_that_two_modalities_have(mdata):
    try:
        for cells in mdata.mod.values():
            cells.obs["lane"] = cells.obs_names.str[-1]
        assert pl.embedding(mdata, color="lane").axes[0].get_title() == "lane"
        mdata["prot"].obs["lane"] = mdata["prot"].obs["lane"].iloc[::-1].to_numpy()
        said = "found 'lane' with different values in 'rna' and 'prot'; write 'rna:lane' or 'prot:lane'"
        with pytest.raises(ValueError, match=said):
            pl.embedding(mdata, color="lane")
        found = [
            [text.get_text() for text in pl.embedding(mdata, color=name).axes[0].get_legend().get_texts()]
            for name in ("rna:lane", "prot:lane")
        ]
        assert found == [[str(i) for i in range(10)]] * 2
        values = [coloring(mdata, name, None, False).values for name in ("rna:lane", "prot:lane")]
        own = [mdata[name].obs["lane"].loc[mdata.obs_names] for name in ("rna", "prot")]
        assert [list(value) for value in values] == [list(value) for value in own]
    finally:
        for cells in mdata.mod.values():
            del cells.obs["lane"]


def test_a_column_of_modalities_that_lack_cells():
    rng, kind = np.random.default_rng(0), np.repeat(["T", "B"], 30)
    obs = pd.DataFrame({"cell_type": kind}, index=[f"c{i}" for i in range(60)])
    rna, prot = (AnnData(rng.standard_normal((60, 4)), obs=obs) for _ in "ab")
    found = mudata.MuData({"rna": rna[:50].copy(), "prot": prot[10:].copy()})
    table = dict(zip(obs.index, kind, strict=True))
    assert coloring(found, "cell_type", None, False).values.tolist() == [table[name] for name in found.obs_names]
    found["prot"].obs["cell_type"] = "T"
    with pytest.raises(ValueError, match="found 'cell_type' with different values in 'rna' and 'prot'"):
        coloring(found, "cell_type", None, False)


def test_without_a_colour(mdata):
    (axis,) = pl.embedding(mdata).axes
    coordinates = mdata.obsm["X_integrated_phate"]
    assert len(np.unique(drawn_colors(axis, coordinates), axis=0)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"color": "gene28"},
            "color: 'gene28' is neither a column of obs nor a feature; did you mean 'gene8', 'gene2'",
        ),
        ({"color": "knd"}, "color: 'knd' is neither a column of obs nor a feature; did you mean 'kind'"),
        ({"color": "rna:CD44"}, "'CD44' is not a feature of 'rna'; did you mean 'CD4'"),
        (
            {"color": "tag", "view": "rna"},
            "color: 'tag' is neither a column of obs nor a feature; there are 'kind', 'batch', 'depth'",
        ),
        ({"color": "kind", "view": "atac"}, "view: expected names of views among 'rna', 'prot', found 'atac'"),
        ({"basis": "X_phate"}, "basis: expected a key of obsm, found 'X_phate'; try 'X_integrated_phate'"),
        ({"basis": "line"}, "basis: expected two columns or more in obsm['line'], found shape (90, 1)"),
    ],
)
def test_what_is_not_there(mdata, arguments, message):
    mdata.obsm["line"] = np.zeros((N, 1))
    with pytest.raises(ValueError, match=re.escape(message)):
        pl.embedding(mdata, **arguments)


@pytest.mark.parametrize("draw", [pl.embedding, pl.entropy, pl.candidates, pl.association])
def test_what_was_not_integrated(mdata, draw):
    with own_columns():
        bare = mudata.MuData({"rna": AnnData(np.eye(3))})
    with pytest.raises(ValueError, match=r"found nothing in uns\['integrated_diffusion'\]; call tl.integrate first"):
        draw(bare)
    with pytest.raises(TypeError, match="expected an integrated MuData, found AnnData"):
        draw(mdata["rna"])


def test_entropy_as_recorded(mdata):
    figure = pl.entropy(mdata)
    figure.draw_without_rendering()
    (axis,) = figure.axes
    record = mdata.uns["integrated_diffusion"]
    for line, name in zip(axis.lines[::2], ("rna", "prot"), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), record["entropy"][name]["value"])
    steps = record["steps"]
    words = [text.get_text().split(", elbow")[0] for text in axis.get_legend().get_texts()]
    assert words == [f"rna: t = {steps['rna']}", f"prot: t = {steps['prot']}"]


def test_candidate_models_also_from_a_file(mdata, tmp_path):
    with own_columns():
        mdata.write(tmp_path / "cells.h5mu")
        again = mudata.read_h5mu(tmp_path / "cells.h5mu")
    selection = mdata.uns["integrated_diffusion"]["selection"]
    for found in (mdata, again):
        figure = pl.candidates(found)
        figure.draw_without_rendering()
        models, contributions = figure.axes
        errors = [float(bar.lines[0].get_xdata()[0]) for bar in models.containers]
        assert set(errors) <= set(selection["error"])
        assert min(errors) == selection["error"].min()
        (red,) = (bar for bar in models.containers if bar.lines[0].get_markersize() == 9)
        chosen = re.search(r"error ([\d.]+)", selection["chosen"])[1]
        assert f"{red.lines[0].get_xdata()[0]:.4f}" == chosen
        gains = [float(bar.lines[0].get_xdata()[0]) for bar in contributions.containers]
        np.testing.assert_allclose(gains, [100 * selection["gain"][name] for name in ("rna", "prot")])


def test_given_steps_have_no_candidates(mdata):
    views = {name: cells.copy() for name, cells in mdata.mod.items()}
    by_hand = tl.integrate(views, IntegratedDiffusion(n_components=3, steps={"rna": 2, "prot": 1}))
    with pytest.raises(ValueError, match=r"expected cross-validated steps, found steps .*'rna': 2, 'prot': 1"):
        pl.candidates(by_hand)
    assert len(pl.entropy(by_hand).axes[0].get_legend().get_texts()) == 2


def test_the_old_name_of_candidates(mdata):
    with pytest.warns(DeprecationWarning, match="'steps' is called 'candidates' now") as caught:
        assert pl.steps is pl.candidates
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with pytest.raises(AttributeError, match="no attribute 'stairs'"):
        _ = pl.stairs


def some_pairs(mdata):
    names = pd.DataFrame(
        {"rna": ["CD4", "$IL_2$", "gene3", "gene4"], "prot": ["CD4", "CD4_TotalSeqB", "CD4", "protein1"]}
    )
    return table_pairs(mdata["rna"].var_names, mdata["prot"].var_names, names)


def test_all_associations(mdata):
    tl.associate(mdata, "rna", "prot", some_pairs(mdata))
    table = mdata.uns["integrated_associations"]["table"]
    figure = pl.association(mdata)
    figure.draw_without_rendering()
    (axis,) = figure.axes
    drawn = np.vstack([np.asarray(dots.get_offsets()) for dots in axis.collections])
    expected = table[["null_mean", "score"]].to_numpy()
    np.testing.assert_array_equal(drawn[np.lexsort(drawn.T)], expected[np.lexsort(expected.T)])
    assert axis.get_title().startswith("rna and prot, along ")


def test_associations_that_are_not_there(mdata):
    with pytest.raises(
        ValueError, match=r"found nothing in uns\['integrated_associations'\]; call tl.associate or name"
    ):
        pl.association(mdata)
    tl.associate(mdata, "rna", "prot", some_pairs(mdata), n_shuffles=0)
    with pytest.raises(ValueError, match="expected associations with a permutation null, found none"):
        pl.association(mdata)
    with pytest.raises(ValueError, match="pair: expected two features, found 'CD4'"):
        pl.association(mdata, "CD4")
    with pytest.raises(ValueError, match="'CD44' is not a feature of 'rna' or 'prot'; did you mean 'CD4'"):
        pl.association(mdata, ("CD44", "CD4"))


def test_one_pair_before_and_after(mdata):
    """Places, scores and nulls are those of `tl.associate` for the same pair."""
    joint = stored_operator(mdata)
    found = []
    alone = FixedSmoothing(joint.alone("rna"), joint.alone("prot"))
    for smoothing in (NoSmoothing(), alone, FixedSmoothing(joint.operator, joint.operator)):
        tl.associate(mdata, "rna", "prot", some_pairs(mdata), smoothing=smoothing)
        table = mdata.uns["integrated_associations"]["table"]
        found.append(table[(table["first"] == "$IL_2$")].iloc[0])
    figure = pl.association(mdata, ("$IL_2$", "CD4_TotalSeqB"))
    figure.draw_without_rendering()
    titles = [axis.get_title().split("\n") for axis in figure.axes]
    assert [title[1] for title in titles] == [
        f"{row.score:.3g} nats, permutation null {row.null_mean:.3g} ± {row.null_sd:.2g}" for row in found
    ]
    J = two_decimals(str(FixedSmoothing(joint.operator, joint.operator)))
    assert [title[0] for title in titles] == ["as measured", short(str(alone), 42), short(J, 42)]
    X = normalised_rna(mdata)[:, 1]
    operators = (np.eye(N), joint.alone("rna").toarray(), joint.operator.toarray())
    for axis, operator in zip(figure.axes, operators, strict=True):
        np.testing.assert_allclose(
            np.asarray(axis.collections[0].get_offsets())[:, 0], operator @ X, rtol=1e-4, atol=1e-5
        )
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("$IL_2$ (rna)", "CD4_TotalSeqB (prot)")


def test_a_pair_of_one_name_is_sought_where_associations_were(mdata):
    with pytest.raises(ValueError, match="in 'rna' and 'prot'; name the modality too"):
        pl.association(mdata, ("CD4", "CD4"))
    assert pl.association(mdata, ("rna:CD4", "prot:CD4")).axes[0].get_xlabel() == "CD4 (rna)"
    tl.associate(mdata, "prot", "rna", table_pairs(PROTEINS, GENES, pd.DataFrame({"a": ["CD4"], "b": ["CD4"]})))
    axis = pl.association(mdata, ("CD4", "CD4"), EqualWidth(), n_shuffles=0).axes[2]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("CD4 (prot)", "CD4 (rna)")
    assert axis.get_title().endswith("nats")


def test_two_features_of_one_view(mdata):
    assert pl.association(mdata, ("gene3", "gene4")).axes[2].get_ylabel() == "gene4 (rna)"


def test_the_data_stay_as_they_are(mdata):
    """But for the colours of categories."""
    before = [sorted(getattr(mdata, group)) for group in ("uns", "obsm", "obsp", "obs", "var")]
    pl.embedding(mdata, color=["kind", "$IL_2$"], denoised=True)
    pl.association(mdata, ("$IL_2$", "CD4_TotalSeqB"), n_shuffles=0)
    del mdata.uns["kind_colors"]
    assert [sorted(getattr(mdata, group)) for group in ("uns", "obsm", "obsp", "obs", "var")] == before


def colors_in_the_legend(figure, place=0):
    legend = figure.axes[place].get_legend()
    handles = zip(legend.get_texts(), legend.legend_handles, strict=True)
    return {text.get_text(): to_hex(handle.get_color()) for text, handle in handles}


def test_colours_are_stored_where_scanpy_looks_for_them(mdata):
    try:
        mdata["rna"].obs["cluster"] = pd.Categorical([f"c{i % 3}" for i in range(N)], ["c2", "c1", "c0", "c9"])
        figure = pl.embedding(mdata, ["kind", "rna:cluster"], return_fig=True)
        assert mdata.uns["kind_colors"] == list(CATEGORIES[:2])
        assert mdata["rna"].uns["cluster_colors"] == list(CATEGORIES[:4])
        found = colors_in_the_legend(figure, 1)
        assert list(found.items()) == list(zip(["c2", "c1", "c0"], CATEGORIES, strict=False))  # their own order
    finally:
        del mdata["rna"].obs["cluster"], mdata["rna"].uns["cluster_colors"]


def test_panels_side_by_side_are_as_many_as_asked_for(mdata):
    for ncols, columns in ((None, 3), (1, 1), (2, 2), (9, 3)):
        figure = pl.embedding(mdata, ["kind", "gene3", "gene4"], ncols=ncols, return_fig=True)
        assert figure.axes[0].get_subplotspec().get_gridspec().ncols == columns
    with pytest.raises(ValueError, match="ncols: expected at least 1, found 0"):
        pl.embedding(mdata, "kind", ncols=0)


def test_stored_colours_are_used_and_a_palette_replaces_them(mdata):
    try:
        mdata.uns["kind_colors"] = np.array(["red", "#00ff00"], dtype=object)
        found = colors_in_the_legend(pl.embedding(mdata, "kind", return_fig=True))
        assert found["$\\frac$"] == "#ff0000"
        assert found["<b>β</b>"] == "#00ff00"
        pl.embedding(mdata, "kind", palette={"$\\frac$": "blue", "<b>β</b>": "black"})
        assert mdata.uns["kind_colors"] == ["#0000ff", "#000000"]
        mdata.uns["kind_colors"] = ["red"]  # of other categories
        pl.embedding(mdata, "kind")
        assert mdata.uns["kind_colors"] == list(CATEGORIES[:2])
        with pytest.raises(ValueError, match="palette: expected 2 colours, one for each category, found 1"):
            pl.embedding(mdata, "kind", palette=["red"])
    finally:
        del mdata.uns["kind_colors"]


def test_text_has_its_colours_in_the_order_in_which_scanpy_sorts_it(mdata):
    try:
        mdata.obs["group"] = [f"g{i % 11}" for i in range(N)]
        found = colors_in_the_legend(pl.embedding(mdata, "group", return_fig=True))
        assert list(found) == [f"g{i}" for i in range(11)]
        assert mdata.uns["group_colors"] == [found[name] for name in sorted(found)]
    finally:
        del mdata.obs["group"], mdata.uns["group_colors"]


def test_figures_are_saved_whole_or_not_at_all(mdata, tmp_path):
    for name, begins in (("map.png", b"\x89PNG"), ("map.PDF", b"%PDF"), ("map.svg", b"<?xml")):
        assert isinstance(pl.embedding(mdata, "depth", save=tmp_path / name, show=False, ax=Figure().subplots()), Axes)
        assert (tmp_path / name).read_bytes().startswith(begins)
    pl.entropy(mdata, save=str(tmp_path / "entropy.png"))
    with pytest.raises(ValueError, match=r"expected an output that ends in \.png or \.pdf or \.svg, found '\.gif'"):
        pl.entropy(mdata, save=tmp_path / "map.gif")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["entropy.png", "map.PDF", "map.png", "map.svg"]


def test_every_plot_draws_on_given_axes(mdata):
    axes = Figure().subplots(1, 3)
    assert pl.entropy(mdata, ax=axes[0]) is axes[0]
    assert pl.candidates(mdata, ax=axes[:2]) == list(axes[:2])
    assert pl.association(mdata, ("gene3", "gene4"), n_shuffles=0, ax=axes) == list(axes)
    with pytest.raises(ValueError, match="ax: expected 2 axes, one for each panel, found 1"):
        pl.embedding(mdata, ["kind", "depth"], ax=axes[0])


def test_only_public_names_are_listed():
    assert dir(pl) == ["association", "candidates", "embedding", "entropy"]


NOTEBOOK = """
import warnings; warnings.simplefilter("ignore")
import numpy as np, mudata
from anndata import AnnData
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.scverse import pl, tl
rng = np.random.default_rng(0)
cells = {name: AnnData(rng.poisson(2.0, (60, 20)).astype(float)) for name in ("rna", "prot")}
for name, one in cells.items(): one.var_names = [f"{name}{i}" for i in range(20)]
m = tl.integrate(cells, IntegratedDiffusion(n_components=3, steps={"rna": 1, "prot": 1}))
m.obs["cell_type"] = ["a", "b"] * 30
"""


@pytest.mark.slow
def test_a_fresh_notebook_shows_one_figure(monkeypatch):
    monkeypatch.delenv("MPLBACKEND")  # the kernel sets its own
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cell = nbformat.v4.new_code_cell
    cells = [cell(NOTEBOOK), cell('pl.embedding(m, "cell_type")'), cell("import scanpy"), cell("pl.entropy(m)")]
    done = nbclient.NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=300).execute()
    kinds = [[output.output_type for output in one.outputs] for one in done.cells]
    assert kinds == [[], ["display_data"], [], ["display_data"]]
    assert all("image/png" in done.cells[place].outputs[0].data for place in (1, 3))
