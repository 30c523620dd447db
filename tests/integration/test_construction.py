"""The settings by which views become diffusion operators: what each stage does, reports and warns of."""

from __future__ import annotations

import numpy as np
import pytest

from integrated_diffusion.filters import PowerFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.neighbors import Neighbors
from integrated_diffusion.operators.build import DisconnectedGraphWarning
from oracles import dense_kernel_alpha_decay, dense_walk

KERNEL = AlphaDecayKernel(n_neighbors=6, decay=5.0)


def make_views(n: int = 70) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {"a": rng.standard_normal((n, 5)), "b": rng.standard_normal((n, 3))}


def test_stages_one_after_the_other():
    views, denoising = make_views(), LocalDenoising(PowerFilter(2), min_size=2, max_depth=1)
    construction = Construction(kernel=KERNEL, local_denoising=denoising, n_pca=3)
    reduced = construction.reduce(views)
    U, s, _ = np.linalg.svd(views["a"] - views["a"].mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(reduced["a"]), np.abs(U * s)[:, :3], atol=1e-10)
    np.testing.assert_array_equal(reduced["b"], views["b"])  # it has no more than three
    denoised = construction.denoise(reduced)
    P = dense_walk(dense_kernel_alpha_decay(reduced["b"], n_neighbors=6, decay=5.0))
    np.testing.assert_allclose(denoised["b"], (reduced["b"] + P @ P @ reduced["b"]) / 2, atol=1e-12)
    operators = construction.operators(denoised)
    assert list(operators) == ["a", "b"]
    assert [repr(P) for P in operators.values()] == ["a", "b"]
    expected = dense_walk(dense_kernel_alpha_decay(denoised["b"], n_neighbors=6, decay=5.0))
    np.testing.assert_allclose(operators["b"].toarray(), expected, atol=1e-10)


def test_without_denoising_the_views_pass():
    views = make_views()
    passed = Construction().denoise(views)
    assert passed == views
    assert passed is not views


def test_every_stage_of_every_view_is_reported():
    reported = []
    construction = Construction(
        kernel=KERNEL, local_denoising=LocalDenoising(), progress=lambda *stage: reported.append(stage)
    )
    construction.operators(construction.denoise(construction.reduce(make_views())))
    assert reported == [
        ("a: principal components", 0, 2),
        ("b: principal components", 1, 2),
        ("a: local denoising", 0, 2),
        ("b: local denoising", 1, 2),
        ("a: neighbours and kernel", 0, 2),
        ("b: neighbours and kernel", 1, 2),
    ]


def test_a_graph_of_several_components_is_warned_of():
    X = np.random.default_rng(1).standard_normal((90, 2))
    X[60:] += 100
    with pytest.warns(DisconnectedGraphWarning, match=r"view 'rna': expected a connected graph, found 2 .* 66\.7%"):
        Construction(kernel=KERNEL).operators({"rna": X})


def test_as_many_samples_as_neighbours_are_too_few():
    few = {"a": np.arange(12.0).reshape(6, 2) + 1, "b": np.arange(12.0).reshape(6, 2) + 1}
    with pytest.raises(ValueError, match="expected more samples than neighbours, found 6 samples for n_neighbors=6"):
        Construction(kernel=KERNEL).reduce(few)


def test_a_custom_search():
    asked = []

    class Backwards:
        """The neighbours of every sample are the last samples."""

        def __call__(self, X, n_neighbors, n_jobs=None):
            asked.append((X.shape, n_neighbors, n_jobs))
            n = len(X)
            others = np.array([[j for j in range(n - 1, -1, -1) if j != i][:n_neighbors] for i in range(n)])
            return Neighbors(others.astype(np.int32), np.ones(others.shape))

    P = Construction(
        kernel=AlphaDecayKernel(n_neighbors=2, max_neighbors=2), search=Backwards(), n_jobs=2
    ).build_operator(np.arange(5.0)[:, None], "x")
    assert asked == [((5, 1), 2, 2)]
    e = np.exp(-1)  # every neighbour is at the bandwidth
    directed = np.array([[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 1, 0, 1], [0, 0, 1, 1, 0]]) * e
    np.testing.assert_allclose(P.kernel.toarray(), (directed + directed.T) / 2 + np.eye(5))
