"""Recipes against dense float64 oracles written here."""

from __future__ import annotations

import time
from collections.abc import Iterator

import h5py
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse.linalg import ArpackError
from threadpoolctl import threadpool_limits

from integrated_diffusion.views.checks import is_counts
from integrated_diffusion.views.recipes import RECIPES, prepare
from integrated_diffusion.views.recognition import REPRESENTATION, recognise
from integrated_diffusion.views.reduction import lsi, pca
from integrated_diffusion.views.statistics import sums_along
from measured import measured

pytestmark = pytest.mark.usefixtures("one_thread")

library_size_log, tf_idf, centred_log_ratio, standardise = (
    RECIPES[name].normalise for name in ("rna", "chromatin", "protein", "other")
)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small dense algebra loses more to threads than it gains."""
    with threadpool_limits(1):
        yield


def poisson(n_samples: int = 60, n_features: int = 25, rate: float = 1.0, seed: int = 0) -> np.ndarray:
    """Counts of three groups at very different depths, no sample empty."""
    rng = np.random.default_rng(seed)
    profile = rng.gamma(1.0, rate, (3, n_features))[rng.integers(0, 3, n_samples)]
    counts = rng.poisson(profile * rng.lognormal(0, 0.7, (n_samples, 1))).astype(np.float64)
    counts[:, 0] += 1
    return counts


def dense(X: object) -> np.ndarray:
    return X.toarray() if sp.issparse(X) else np.asarray(X)


def oracle_rna(X: np.ndarray) -> np.ndarray:
    depth = X.sum(axis=1, keepdims=True)
    return np.log(1 + X / depth * np.median(depth))


def oracle_chromatin(X: np.ndarray) -> np.ndarray:
    out = np.zeros_like(X)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            if X[i, j]:
                out[i, j] = np.log(1 + 1e4 * (X[i, j] / X[i].sum()) * (X.shape[0] / X[:, j].sum()))
    return out


def oracle_protein(X: np.ndarray) -> np.ndarray:
    return np.log(1 + X / np.exp(np.log(1 + X).mean(axis=1, keepdims=True)))


def oracle_pca(X: np.ndarray, n_components: int) -> np.ndarray:
    U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    signs = np.sign(Vt[np.arange(len(s)), np.abs(Vt).argmax(axis=1)])
    return (U * s * signs)[:, :n_components]


@pytest.mark.parametrize(
    ("normalise", "oracle"),
    [(library_size_log, oracle_rna), (tf_idf, oracle_chromatin), (centred_log_ratio, oracle_protein)],
)
@pytest.mark.parametrize("make", [np.asarray, sp.csr_array])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_normalise_counts(normalise, oracle, make, dtype, tolerance):
    counts = poisson()
    before = make(counts.astype(dtype))
    values = normalise(before)
    assert sp.issparse(values) == sp.issparse(before)
    assert values.dtype == dtype
    np.testing.assert_allclose(dense(values), oracle(counts), rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(dense(before), counts)  # the measured values are left alone


@given(
    hnp.arrays(np.int64, st.tuples(st.integers(2, 8), st.integers(2, 6)), elements=st.integers(0, 50)),
    st.integers(2, 20),
)
@settings(max_examples=50, deadline=None)
def test_deeper_sequencing_of_one_sample_changes_only_the_median(counts, factor):
    counts = counts + 1.0
    deeper = counts.copy()
    deeper[0] *= factor
    # Chromatin's tf and RNA's shares do not see the depth of a sample.
    shares = np.expm1(library_size_log(counts)) / np.median(counts.sum(axis=1))
    shares_deeper = np.expm1(library_size_log(deeper)) / np.median(deeper.sum(axis=1))
    np.testing.assert_allclose(shares, shares_deeper, rtol=1e-9)


def test_standardise():
    X = np.random.default_rng(0).normal(3, [[1, 10, 0.1]], (40, 3))
    X = np.column_stack([X, np.full(40, 7.0)])
    np.testing.assert_allclose(standardise(X)[:, :3], (X - X.mean(0))[:, :3] / X.std(0)[:3], rtol=1e-10)
    assert (standardise(X)[:, 3] == 0).all()
    scaled = standardise(sp.csr_array(X))
    assert sp.issparse(scaled)
    np.testing.assert_allclose(scaled.toarray()[:, :3], X[:, :3] / X.std(0)[:3], rtol=1e-10)
    # Centring, which PCA does, brings both to the same coordinates.
    np.testing.assert_allclose(pca(scaled, 2), pca(standardise(X), 2), atol=1e-8)


@pytest.mark.parametrize("shape", [(60, 25), (20, 45), (600, 30), (40, 2100), (510, 2010)])
@pytest.mark.parametrize("make", [np.asarray, sp.csr_array])
def test_pca_against_svd(shape, make):
    X = poisson(*shape)
    np.testing.assert_allclose(pca(make(X), 3), oracle_pca(X, 3), atol=1e-7 * np.linalg.norm(X))


@pytest.mark.parametrize("make", [np.asarray, sp.csr_array])
def test_pca_sizes(make):
    X = make(poisson(8, 20).astype(np.float32))
    assert pca(X, 50).shape == (8, 20)
    assert pca(X, 19).shape == (8, 7)  # rank after centring
    assert pca(X, 3).dtype == np.float32
    np.testing.assert_array_equal(pca(X, None), dense(X))
    assert pca(X[:1], 5).shape == (1, 20)


def test_pca_without_reduction_leaves_a_wide_sparse_view_sparse():
    X = sp.random_array((5, 3000), density=0.01, format="csr", rng=0)
    assert pca(X, None) is X


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("make", [np.asarray, sp.csr_array])
def test_same_seed_same_bits(recipe, make):
    X = make(poisson(80, 700))
    first, second = (prepare(X, recipe, 5, random_state=3).representation for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("make", [np.asarray, sp.csr_array])
def test_lsi_against_svd_without_the_depth_component(make):
    values = oracle_chromatin(poisson(90, 200, rate=0.3))
    U, s, Vt = np.linalg.svd(values, full_matrices=False)
    depth = np.log((values > 0).sum(axis=1))
    correlation = [abs(np.corrcoef(U[:, i], depth)[0, 1]) for i in range(6)]
    assert np.argmax(correlation) == 0
    assert correlation[0] > 0.8
    signs = np.sign(Vt[np.arange(len(s)), np.abs(Vt).argmax(axis=1)])
    np.testing.assert_allclose(lsi(make(values), 5), (U * s * signs)[:, 1:6], atol=1e-7 * s[0])


def test_lsi_drops_the_component_that_is_depth_wherever_it_stands():
    """Peaks that are always open at two strengths, the first component; peaks open by depth, the second."""
    rng = np.random.default_rng(0)
    strength, depth = rng.choice([1.0, 9.0], 200), rng.uniform(0.3, 1, 200)
    values = np.hstack([np.repeat(strength[:, None], 30, axis=1), rng.random((200, 300)) < depth[:, None]])
    n_open = np.log((values > 0).sum(axis=1))
    first, second = np.linalg.svd(values, full_matrices=False)[0][:, :2].T
    assert abs(np.corrcoef(first, n_open)[0, 1]) < 0.2
    assert abs(np.corrcoef(second, n_open)[0, 1]) > 0.5
    assert abs(np.corrcoef(lsi(values, 1)[:, 0], first)[0, 1]) > 0.999


def test_lsi_at_equal_depth_drops_the_first():
    values = np.random.default_rng(0).uniform(1, 2, (50, 20))
    s = np.linalg.svd(values, compute_uv=False)
    np.testing.assert_allclose(np.linalg.norm(lsi(values, 4), axis=0), s[1:5], rtol=1e-8)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("make", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("shape", [(1, 20), (3, 20), (2, 2), (50, 1), (50, 20), (5, 600)])
def test_constant_and_tiny_views_stay_finite(recipe, make, shape):
    prepared = prepare(make(np.full(shape, 3.0)), recipe, 5)
    assert np.isfinite(dense(prepared.representation)).all()
    assert prepared.values.shape == shape
    assert prepared.representation.shape[0] == shape[0]


def test_a_sample_of_one_feature_may_be_zero():
    X = np.array([[0.0], [2.0], [4.0]])
    for recipe in RECIPES:
        assert np.isfinite(prepare(X, recipe).representation).all()


@pytest.mark.parametrize(
    ("name", "feature_type", "expected"),
    [
        ("rna", None, "rna"),
        ("RNA_counts", None, "rna"),
        ("GEX", None, "rna"),
        ("atac", None, "chromatin"),
        ("peaks", None, "chromatin"),
        ("adt", None, "protein"),
        ("CITE-seq", None, "protein"),
        ("x", "Gene Expression", "rna"),
        ("x", "Antibody Capture", "protein"),
        ("rna", "Peaks", "chromatin"),
        ("external", None, "other"),  # holds 'rna' inside a word
        ("rna_and_atac", None, "other"),
        ("pixels", None, "other"),
        ("rna", REPRESENTATION, "none"),
    ],
)
def test_recognise_counts(name, feature_type, expected):
    assert recognise(poisson(), name, feature_type) == expected


def test_only_whole_numbers_from_zero_are_counts():
    counts = poisson()
    assert is_counts(counts)
    assert is_counts(sp.csr_array(counts))
    for X in (counts + 0.5, counts - 3.5, np.log1p(counts), sp.csr_array(np.log1p(counts))):
        assert not is_counts(X)
        assert recognise(X, "camera") == "other"
    for X in (counts - 3, sp.csr_array(counts - 3)):
        assert not is_counts(X)
        assert recognise(X, "camera") == "other"
        for name, kind in (("rna", None), ("camera", "Gene Expression")):
            with pytest.raises(ValueError, match=rf"view '{name}': expected counts .* negative values \(smallest -3\)"):
                recognise(X, name, kind)


@pytest.mark.parametrize("recipe", ["rna", "chromatin", "protein"])
def test_declared_counts_must_not_be_negative(recipe):
    with pytest.raises(ValueError, match=r"expected counts .* found 1 negative values \(smallest -2\); .+") as error:
        prepare(np.array([[1.0, -2.0], [3.0, 4.0]]), recipe)
    assert "\n" not in str(error.value)


def test_unknown_recipe_and_number_of_components():
    with pytest.raises(ValueError, match=r"recipe: expected one of 'rna', .*found 'dna'"):
        prepare(poisson(), "dna")
    with pytest.raises(ValueError, match="n_components: expected at least 1, found 0"):
        prepare(poisson(), "rna", 0)
    with pytest.raises(TypeError, match="n_components: expected a whole number"):
        prepare(poisson(), "rna", 2.5)


def test_prepared_prints_what_it_is():
    text = repr(prepare(poisson(), "rna", 4))
    assert text == "60 samples x 25 features -> 4 (rna: library size to the median, log, PCA)"


def test_chromatin_of_real_cells():
    """10,309 cells, 25,734 peaks: every second peak and every third cell, to stay quick; depth is gone afterwards."""
    with h5py.File(measured("snareseq_mouse_cortex.h5mu")) as file:
        group = file["mod/atac/X"]
        X = sp.csr_array((group["data"][:], group["indices"][:], group["indptr"][:]), shape=group.attrs["shape"])
    X = X[::3][:, ::2]
    X = X[np.flatnonzero(X.sum(axis=1) > 0)]
    assert recognise(X, "atac") == "chromatin"
    start = time.process_time()
    prepared = prepare(X, "chromatin", 20)
    assert time.process_time() - start < 10
    assert sp.issparse(prepared.values)
    assert prepared.values.nnz == X.nnz
    depth = np.log(X.sum(axis=1))
    correlations = [abs(np.corrcoef(column, depth)[0, 1]) for column in prepared.representation.T]
    assert max(correlations) < 0.4
    # The solver is exact: coordinates are orthogonal and their lengths descend.
    lengths = np.linalg.norm(prepared.representation.astype(float), axis=0)
    cosines = (prepared.representation.astype(float) / lengths).T @ (prepared.representation.astype(float) / lengths)
    np.testing.assert_allclose(cosines, np.eye(20), atol=1e-4)
    assert (np.diff(lengths) <= 0).all()


@pytest.mark.parametrize(("offset", "dtype"), [(3000.0, np.float32), (1e7, np.float64)])
def test_principal_components_far_from_the_origin(offset, dtype):
    X = np.random.default_rng(0).normal(size=(700, 300)) * np.linspace(3, 0.5, 300)
    shifted = (X + offset).astype(dtype)
    exact = shifted.astype(np.float64) - shifted.mean(axis=0, dtype=np.float64)
    values = np.linalg.svd(exact, compute_uv=False)[:5]
    np.testing.assert_allclose(np.linalg.norm(pca(shifted, 5), axis=0), values, rtol=1e-3)


def test_principal_components_of_nothing_are_zero():
    np.testing.assert_array_equal(pca(np.full((600, 2100), 3.5), 4), np.zeros((600, 4)))
    np.testing.assert_allclose(pca(sp.csr_array(np.full((600, 600), 2.0)), 4), np.zeros((600, 4)), atol=1e-6)


@pytest.mark.parametrize("name", ["scRNAseq", "rna1", "mRNA", "RNA-seq"])
def test_usual_spellings_of_rna(name):
    assert recognise(np.arange(6.0).reshape(2, 3), name) == "rna"


def test_a_solver_that_fails_is_heard(monkeypatch):
    """Only a view without variance has scores of zero; a solver's failure must not look like one."""

    def fail(self, X):
        raise ArpackError(-9)

    monkeypatch.setattr("sklearn.decomposition.PCA.fit_transform", fail)
    with pytest.raises(ArpackError):
        pca(np.random.default_rng(0).normal(size=(60, 20)), 3)
    np.testing.assert_array_equal(pca(np.full((60, 20), 0.1), 3), np.zeros((60, 3)))


@pytest.mark.parametrize("recipe", ["rna", "chromatin"])
def test_sparse_single_precision_gives_the_coordinates_of_double(recipe):
    """Nothing that is squared or added up is in single precision, so that even the last of many components agree."""
    rng = np.random.default_rng(3)
    Z = rng.gamma(1.0, size=(900, 4))
    X = sp.csr_array(rng.poisson(Z @ rng.gamma(0.3, size=(4, 150)) + 0.05).astype(np.float64))
    found, expected = (prepare(X.astype(dtype), recipe, 40).representation for dtype in (np.float32, np.float64))
    error = np.linalg.norm(found - expected, axis=0)
    assert found.dtype == np.float32
    assert (error <= 2e-5 * np.linalg.norm(expected, axis=0)).all()


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("layout", [sp.csr_array, sp.csc_array])
def test_sums_of_single_precision_are_added_up_in_double(axis, layout):
    X = layout(np.random.default_rng(0).random((2_000, 30) if axis == 0 else (30, 2_000), dtype=np.float32))
    np.testing.assert_allclose(sums_along(X, axis), X.toarray().sum(axis=axis, dtype=np.float64), rtol=1e-13)
