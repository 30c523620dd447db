"""Dask arrays on a cluster of two processes give what the same views give in memory."""

from __future__ import annotations

from types import SimpleNamespace

import dask.array as da
import numpy as np
import pytest
import scipy.sparse as sp

from clustered import as_dask, two_views
from integrated_diffusion import IntegratedDiffusion, datasets
from integrated_diffusion.cluster.fit import _n_parts
from integrated_diffusion.cluster.tasks import Cluster
from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.neighbors import ApproximateSearch
from integrated_diffusion.selection import CrossValidatedSteps

N = 2_000


@pytest.fixture(scope="module")
def views():
    return two_views()


@pytest.fixture(scope="module")
def in_memory(views):
    return IntegratedDiffusion(n_components=8).fit(views)


@pytest.fixture(scope="module")
def on_cluster(client, views):
    return IntegratedDiffusion(n_components=8).fit(as_dask(views))


def test_the_coordinates_are_those_of_the_fit_in_memory(in_memory, on_cluster):
    assert isinstance(on_cluster.embedding_, da.Array)
    assert on_cluster.embedding_.chunks[0] != (N,)
    found, expected = on_cluster.embedding_.compute(), in_memory.embedding_
    assert (np.linalg.norm(found - expected, axis=0) <= 1e-4 * np.linalg.norm(expected, axis=0)).all()


def test_one_part_is_enough(client):
    """As with one worker, that runs out of core."""
    views = two_views(90)
    settings = {"n_components": 3, "steps": {"a": 1, "b": 1}}
    found, expected = IntegratedDiffusion(**settings).fit(as_dask(views)), IntegratedDiffusion(**settings).fit(views)
    assert len(found.operators_["a"].order.sizes) == 1
    np.testing.assert_allclose(found.embedding_.compute(), expected.embedding_, atol=1e-6)


def test_the_same_steps_are_chosen_for_the_same_reasons(in_memory, on_cluster):
    assert on_cluster.steps_ == in_memory.steps_
    assert on_cluster.n_repeats_ == in_memory.n_repeats_
    assert repr(on_cluster.operator_) == repr(in_memory.operator_)
    found, expected = on_cluster.selection_.view_contributions, in_memory.selection_.view_contributions
    for name in expected:
        assert found[name].gain == pytest.approx(expected[name].gain, abs=1e-6)


def test_operators_multiply_dask_arrays_from_either_side(views, in_memory, on_cluster):
    B = np.random.default_rng(1).standard_normal((N, 3))
    block = da.from_array(B, chunks=(700, 3))
    for name in ("a", "b"):
        P, expected = on_cluster.operators_[name], in_memory.operators_[name]
        for some in (lambda P: P, lambda P: P.T, lambda P: P.conjugate, lambda P: P**3 @ P.T):
            np.testing.assert_allclose((some(P) @ block).compute(), some(expected) @ B, rtol=0, atol=1e-12)
    J, expected = on_cluster.operator_, in_memory.operator_
    np.testing.assert_allclose((J @ block[:, 0]).compute(), expected @ B[:, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose((J @ block.astype(np.float32)).compute(), expected @ B.astype(np.float32), atol=1e-5)
    assert (J @ block.astype(np.float32)).dtype == np.float32


def test_denoised_values_are_those_of_the_fit_in_memory(in_memory, on_cluster):
    for chosen in ({}, {"power": 2}, {"amount": 0.3}):
        found = on_cluster.denoise("a", features=[0, 7], **chosen)
        assert isinstance(found, da.Array)
        np.testing.assert_allclose(found.compute(), in_memory.denoise("a", features=[0, 7], **chosen), atol=1e-9)


def test_components_of_the_graph_and_the_diffusion_map(in_memory, on_cluster):
    for name in ("a", "b"):
        P, expected = on_cluster.operators_[name], in_memory.operators_[name]
        assert sorted(P.component_sizes) == sorted(expected.component_sizes)
    found = diffusion_map(on_cluster.operator_, 3).compute()
    np.testing.assert_allclose(found, diffusion_map(in_memory.operator_, 3), atol=1e-6)


@pytest.mark.slow
def test_entropy_of_views_and_of_their_integrated_operator(in_memory, on_cluster):
    """Probes are drawn by part, so that the quadrature's standard error is the bound."""
    for name, curve in on_cluster.entropy_.items():
        expected = in_memory.entropy_[name]
        assert abs(curve.value[:20] - expected.value[:20]).max() < 0.05
        assert abs(curve.elbow - expected.elbow) <= 1


def sparse_counts(n_samples, dtype):
    """Counts of three kinds, sparse."""
    rng = np.random.default_rng(2)
    Z = rng.gamma(1.0, size=(n_samples, 3))
    rates = {
        "rna": Z @ rng.gamma(0.3, size=(3, 50)),
        "adt": 3 * Z @ rng.gamma(1.0, size=(3, 12)),
        "atac": 0.2 + 0.3 * Z @ rng.gamma(0.3, size=(3, 90)),
    }
    counts = {name: rng.poisson(rate) for name, rate in rates.items()}
    return {name: sp.csr_array(X[counts["rna"].sum(axis=1) > 0].astype(dtype)) for name, X in counts.items()}


@pytest.mark.parametrize("names", [("rna", "adt"), ("rna", "atac")])
def test_sparse_chunks_and_sparse_counts(client, names):
    """In single precision; nothing that is squared or added up is."""
    views = {name: X for name, X in sparse_counts(600, np.float32).items() if name in names}
    lazy = {name: da.from_array(X.toarray(), chunks=(150, -1)).map_blocks(sp.csr_array) for name, X in views.items()}
    settings = {"recipes": "auto", "steps": dict.fromkeys(names, 1)}
    found, expected = IntegratedDiffusion(**settings).fit(lazy), IntegratedDiffusion(**settings).fit(views)
    assert {name: str(recipe) for name, recipe in found.recipes_.items()} == {
        name: str(recipe) for name, recipe in expected.recipes_.items()
    }
    error = np.linalg.norm(found.embedding_.compute() - expected.embedding_, axis=0)
    assert (error <= 1e-4 * np.linalg.norm(expected.embedding_, axis=0)).all()
    denoised = found.denoise("rna", power=1, features=[1, 4]).compute()
    np.testing.assert_allclose(denoised, expected.denoise("rna", power=1, features=[1, 4]), atol=1e-5)
    counted = {"power": 1, "scale": "counts"}
    denoised, whole = found.denoise("rna", **counted), expected.denoise("rna", **counted)
    np.testing.assert_allclose(denoised.compute(), whole, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(denoised.compute().sum(axis=1), views["rna"].sum(axis=1), rtol=1e-5)
    blocks = list(found.denoised_blocks("rna", features=range(3), **counted))
    assert [place for place, _ in blocks] == [slice(0, 3)]
    np.testing.assert_array_equal(blocks[0][1].compute(), denoised.compute()[:, :3])


def test_counts_are_not_made_of_other_values(client, on_cluster):
    with pytest.raises(ValueError, match="expected a view of counts, found that 'a'"):
        on_cluster.denoise("a", power=1, scale="counts")
    with pytest.raises(ValueError, match="out: expected none for a fit of dask arrays"):
        on_cluster.denoise("a", power=1, out="a.zarr")


def test_approximate_search_finds_nearly_the_same_graph(client, views):
    """At a share of one all neighbours are found, whatever the cells."""
    settings = {"n_components": 2, "steps": {"a": 1, "b": 1}}
    some = {name: X[:800] for name, X in views.items()}
    lazy = IntegratedDiffusion(search=ApproximateSearch(recall=1.0), **settings).fit(as_dask(some))
    exact = IntegratedDiffusion(**settings).fit(some)
    b = np.random.default_rng(0).standard_normal(800)
    difference = (lazy.operator_ @ b).compute() - exact.operator_ @ b
    assert np.linalg.norm(difference) < 0.02 * np.linalg.norm(exact.operator_ @ b)


REFUSED = {
    "embedding": ({"embedding": "phate"}, {}, "embedding: expected none for dask arrays, found 'phate'"),
    "power": ({"power": "cross_validated"}, {}, "power: expected none for dask arrays"),
    "batch": ({}, {"batch": np.zeros(N)}, "batch: expected none for dask arrays"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_needs_memory_is_refused(client, views, case):
    parameters, arguments, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        IntegratedDiffusion(**parameters).fit(as_dask(views), **arguments)


def test_views_that_cannot_be_used_are_refused(client, views):
    lazy = as_dask(views)
    with pytest.raises(TypeError, match="expected dask arrays alone, found ndarray for 'b'"):
        IntegratedDiffusion().fit({"a": lazy["a"], "b": views["b"]})
    gaps = views["b"].copy()
    gaps[[5, 1000]] = np.nan
    with pytest.raises(ValueError, match=r"'b': expected every sample .*found 2 rows .*first at row 5"):
        IntegratedDiffusion().fit({"a": lazy["a"], "b": da.from_array(gaps, chunks=(450, 10))})
    gaps[[5, 1000]] = 1.0
    gaps[3, 3] = np.inf
    with pytest.raises(ValueError, match="found 0 NaN and 1 infinite"):
        IntegratedDiffusion().fit({"a": lazy["a"], "b": da.from_array(gaps, chunks=(450, 10))})
    with pytest.raises(ValueError, match="expected the same samples"):
        IntegratedDiffusion().fit({"a": lazy["a"], "b": lazy["b"][:-1]})


def test_nothing_is_computed_in_memory_unasked(client, views, in_memory, on_cluster):
    lazy = as_dask(views)
    with pytest.raises(TypeError, match="expected an array in memory, as the operator is"):
        _ = in_memory.operator_ @ lazy["a"]
    with pytest.raises(TypeError, match="some of each"):
        _ = (on_cluster.operators_["a"] @ in_memory.operators_["b"]) @ lazy["a"]
    with pytest.raises(TypeError, match="client: expected None for views in memory"):
        IntegratedDiffusion().fit(views, client=client)
    for call in (lambda: on_cluster.transform(views), lambda: on_cluster.predict(views, "a")):
        with pytest.raises(TypeError, match="expected a fit of views in memory, found one of dask arrays"):
            call()
    for what in ("kernel", "affinities", "matrix"):
        with pytest.raises(TypeError, match="lies on a cluster"):
            getattr(on_cluster.operators_["a"], what)


@pytest.mark.parametrize("of_part", [50_000, 300])
def test_weights_of_single_samples_are_nearly_those_in_memory(client, monkeypatch, of_part):
    """Components of the halves are fitted to the drawn samples, in memory to those of the part."""
    monkeypatch.setattr("integrated_diffusion.selection.rule.WEIGHT_SAMPLES", of_part)
    monkeypatch.setattr("integrated_diffusion.cluster.weights.WEIGHT_SAMPLES", of_part)
    views = datasets.tree(n_samples=600, local_noise=(0.2, 0.2)).views
    settings = {"n_components": 4, "steps": CrossValidatedSteps(max_samples=400, n_splits=2)}
    expected = IntegratedDiffusion(**settings).fit(views)
    found = IntegratedDiffusion(**settings).fit(as_dask(views, (150, -1)))
    assert expected.view_weights_ is not None
    assert repr(found.operator_) == repr(expected.operator_)
    for name, weights in expected.view_weights_.items():
        assert isinstance(found.view_weights_[name], da.Array)
        assert np.corrcoef(found.view_weights_[name].compute(), weights)[0, 1] > 0.98


@pytest.mark.parametrize(
    ("n_threads", "memory", "n_samples", "n_parts"),
    [
        (2, np.inf, 3_000_000, 4),
        (2, 3e9, 3_000_000, 20),
        (50, 16e9, 100_000_000, 150),
        (2, 3e9, 100_000, 2),
        (8, 1e9, 100, 2),
        (1, 1.0, 5_000, 100),
    ],
)
def test_parts_fit_into_the_memory_of_a_thread(n_threads, memory, n_samples, n_parts):
    assert _n_parts(SimpleNamespace(n_threads=n_threads, memory_a_thread=memory), n_samples) == n_parts


def test_the_memory_of_a_thread_is_that_of_the_smallest_worker(client):
    workers = client.scheduler_info()["workers"].values()
    assert Cluster(client).memory_a_thread == min(worker["memory_limit"] / worker["nthreads"] for worker in workers)


@pytest.mark.parametrize(
    ("workers", "memory"),
    [
        ([], np.inf),
        ([{"memory_limit": 0, "nthreads": 2}], np.inf),
        ([{"memory_limit": 8e9, "nthreads": 2}, {"memory_limit": None, "nthreads": 1}], 4e9),
    ],
    ids=["no worker yet", "no limit", "one limit"],
)
def test_the_memory_of_a_thread_without_workers_or_limits(workers, memory):
    client = SimpleNamespace(scheduler_info=lambda n_workers: {"workers": dict(enumerate(workers))})
    assert Cluster(client).memory_a_thread == memory
