"""The search as a transformer: the graphs of scikit-learn's own, and scanpy's neighbours by it."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import KNeighborsTransformer
from sklearn.pipeline import make_pipeline

from integrated_diffusion.neighbors import ApproximateSearch, NeighborTransformer, find_neighbors


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((200, 6))


@pytest.mark.parametrize("mode", ["distance", "connectivity"])
def test_the_graphs_of_scikit_learn(X, mode):
    ours, theirs = (kind(n_neighbors=7, mode=mode) for kind in (NeighborTransformer, KNeighborsTransformer))
    first, second = ours.fit_transform(X), theirs.fit_transform(X)
    assert first.nnz == 200 * 8
    if mode == "connectivity":  # where scikit-learn leaves the last neighbour out
        second = KNeighborsTransformer(n_neighbors=8, mode=mode).fit_transform(X)
    np.testing.assert_allclose(first.toarray(), second.toarray(), atol=1e-12)
    new = X[:20] + 0.1
    expected = KNeighborsTransformer(n_neighbors=7 + (mode == "connectivity"), mode=mode).fit(X).transform(new)
    np.testing.assert_allclose(ours.transform(new).toarray(), expected.toarray(), atol=1e-12)


def test_duplicates_keep_their_entries():
    graph = NeighborTransformer(2).fit_transform(np.array([[0.0], [0.0], [1.0], [5.0]]))
    assert np.diff(graph.indptr).tolist() == [3, 3, 3, 3]
    assert graph.indices[:3].tolist() == [0, 1, 2]


def test_it_is_cloned_and_searches_as_asked(X):
    search = ApproximateSearch(recall=0.5)
    transformer = clone(NeighborTransformer(5, search=search))
    assert transformer.get_params()["search"] == search
    assert len(transformer.fit(X).get_feature_names_out()) == 200
    assert make_pipeline(NeighborTransformer(3)).fit_transform(X).shape == (200, 200)


def test_it_is_a_search_itself(X):
    np.testing.assert_array_equal(find_neighbors(X, 5, NeighborTransformer()).indices, find_neighbors(X, 5).indices)


def test_scanpy_takes_it(X):
    scanpy, anndata = pytest.importorskip("scanpy"), pytest.importorskip("anndata")
    import warnings

    graphs = []
    for transformer in (NeighborTransformer(14), None):
        adata = anndata.AnnData(X.copy())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # "gauss": the weights of "umap" would compile umap for 15 s, and are not what is compared
            scanpy.pp.neighbors(adata, n_neighbors=15, use_rep="X", transformer=transformer, method="gauss")
        graphs.append(adata.obsp["distances"].toarray())
    np.testing.assert_allclose(graphs[0], graphs[1], atol=1e-5)


def test_bad_input(X):
    with pytest.raises(ValueError, match="mode: expected 'distance' or 'connectivity', found 'both'"):
        NeighborTransformer(mode="both").fit(X)
    with pytest.raises(TypeError, match="n_neighbors: expected a whole number"):
        NeighborTransformer(2.5).fit(X)
    with pytest.raises(ValueError, match="expected the 6 features of the fit, found 2"):
        NeighborTransformer(3).fit(X).transform(X[:, :2])
