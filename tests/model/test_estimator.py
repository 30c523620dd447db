"""`IntegratedDiffusion` against the dense method written out, and against what scripts outside rely on."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.linalg import matrix_power, multi_dot
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsTransformer

import integrated_diffusion.operators.blockwise as module_of_blocks
from integrated_diffusion import IntegratedDiffusion, embedding, fusion
from integrated_diffusion.filters import PowerFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.steps import EntropySteps, ReducedRatio
from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.model.parameters import n_pca_of
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.operators.build import DisconnectedGraphWarning
from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps
from integrated_diffusion.spectrum.elbows import elbow_marginal_decrease
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.views.recipes import prepare
from measured import measured
from mudata_settings import own_columns
from oracles import dense_entropy, dense_kernel_alpha_decay, dense_walk

CHOICES = {"n_neighbors": 8, "decay": 5.0}
KERNEL = AlphaDecayKernel(**CHOICES)
QUICK = {"n_components": 3, "kernel": KERNEL, "n_pca": None}


def make_views(n_views: int = 2, n: int = 110, seed: int = 0) -> dict[str, np.ndarray]:
    """One bent line seen by several sensors."""
    rng = np.random.default_rng(seed)
    u = rng.uniform(0, 1, n)
    names = ["rna", "atac", "protein", "scan", "lab", "sound"][:n_views]
    line = np.column_stack([u, u**2, np.sin(3 * u), np.cos(5 * u)])
    return {name: line + 0.05 * (i + 1) * rng.standard_normal(line.shape) for i, name in enumerate(names)}


def dense(X: np.ndarray) -> np.ndarray:
    return dense_walk(dense_kernel_alpha_decay(X, **CHOICES))


@pytest.fixture(scope="module")
def fitted() -> IntegratedDiffusion:
    return IntegratedDiffusion(steps={"rna": 2, "atac": 1}, power="entropy", **QUICK).fit(make_views())


@pytest.fixture(scope="module")
def J() -> np.ndarray:
    views = make_views()
    return matrix_power(dense(views["rna"]), 2) @ dense(views["atac"])


def same_bits(one: IntegratedDiffusion, other: IntegratedDiffusion) -> None:
    np.testing.assert_array_equal(one.embedding_, other.embedding_)
    assert (one.steps_, one.power_) == (other.steps_, other.power_)
    for name in one.operators_:
        np.testing.assert_array_equal(one.denoise(name), other.denoise(name))


# The contract: names and manners that scripts rely on.


def test_parameters_of_the_contract():
    parameters = inspect.signature(IntegratedDiffusion).parameters
    assert {name: p.default for name, p in parameters.items()} == {
        "n_components": None,
        "embedding": "diffusion_map",
        "steps": "cross_validated",
        "power": None,
        "kernel": None,
        "local_denoising": None,
        "n_pca": "auto",
        "search": None,
        "random_state": 0,
        "n_jobs": None,
        "verbose": False,
        "order": None,
        "recipes": None,
        "representation": "auto",
        "missing": "keep",
    }
    model = IntegratedDiffusion()
    for name, parameter in parameters.items():
        assert getattr(model, name) is parameter.default


def test_components_go_by_the_number_of_samples_unless_given():
    views, settings = make_views(), {"steps": {"rna": 1, "atac": 1}, "kernel": KERNEL}
    model = IntegratedDiffusion(**settings).fit(views)
    assert model.embedding_.shape == (110, 18)
    assert model.integration_.construction.n_pca == 18
    assert IntegratedDiffusion(n_components=20, **settings).fit(views).embedding_.shape == (110, 20)
    assert IntegratedDiffusion(embedding="phate", power=1, **settings).fit(views).embedding_.shape == (110, 20)
    with pytest.raises(ValueError, match="n_pca: expected one of 'auto', found 'all'"):
        IntegratedDiffusion(n_pca="all").fit(views)


@pytest.mark.parametrize(("asked", "found"), [("auto", 18), (None, None), (40, 40)])
def test_principal_components_of_views(asked, found):
    assert n_pca_of(asked, 110) == found


def test_results_of_the_contract(fitted):
    assert list(fitted.operators_) == list(fitted.entropy_) == list(fitted.steps_) == ["rna", "atac"]
    assert all(isinstance(P, DiffusionOperator) for P in fitted.operators_.values())
    for curve in fitted.entropy_.values():
        assert isinstance(curve, EntropyCurve)
        assert curve.t.shape == curve.value.shape
        assert isinstance(curve.elbow, int)
    assert fitted.steps_ == {"rna": 2, "atac": 1}
    assert isinstance(fitted.operator_, Operator)
    assert repr(fitted.operator_) == "rna² · atac"
    assert isinstance(fitted.power_, int)
    assert fitted.embedding_.shape == (110, 3)
    assert fitted.embedding_.dtype == np.float64


def test_fitting_returns_the_model_and_transforming_its_embedding():
    model, views = IntegratedDiffusion(steps={"rna": 2, "atac": 1}, **QUICK), make_views()
    assert model.fit(views, None) is model
    np.testing.assert_array_equal(clone(model).fit_transform(views, None), model.embedding_)


def test_clone_get_and_set():
    model = IntegratedDiffusion(n_components=4, steps={"rna": 2, "atac": 0}, kernel=GaussianKernel(eps=2.0))
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert copy.set_params(n_components=7, power=2) is copy
    assert (copy.n_components, copy.power, model.n_components) == (7, 2, 4)
    with pytest.raises(ValueError, match="Invalid parameter 'alpha'"):
        copy.set_params(alpha=1)
    with pytest.raises(NotFittedError):
        clone(model).denoise("rna")


def test_reads_well():
    assert repr(IntegratedDiffusion(n_components=4)) == "IntegratedDiffusion(n_components=4)"


def test_fit_does_not_touch_its_parameters_or_the_views():
    views, steps = make_views(), {"atac": 1, "rna": 2}
    model = IntegratedDiffusion(steps=steps, **QUICK)
    before, copies = model.get_params(), {name: X.copy() for name, X in views.items()}
    model.fit(views)
    assert model.get_params() == before
    assert model.steps is steps
    assert steps == {"atac": 1, "rna": 2}
    for name, X in views.items():
        np.testing.assert_array_equal(X, copies[name])


@pytest.mark.parametrize("options", [{}, {"embedding": "phate", "n_components": 2}])
def test_pickling(options):
    model = IntegratedDiffusion(**(QUICK | options)).fit(make_views())
    again = pickle.loads(pickle.dumps(model))
    same_bits(model, again)
    assert repr(again.operator_) == repr(model.operator_)
    np.testing.assert_array_equal(again.entropy_["rna"].value, model.entropy_["rna"].value)
    np.testing.assert_array_equal(again.fit_transform(make_views()), model.embedding_)


def test_the_same_seed_gives_the_same_bits_whatever_the_threads():
    views = make_views(n=560)
    denoising = LocalDenoising(PowerFilter(4), min_size=200)
    model = IntegratedDiffusion(n_components=4, kernel=KERNEL, local_denoising=denoising)
    same_bits(clone(model).set_params(n_jobs=1).fit(views), clone(model).set_params(n_jobs=2).fit(views))


def test_fitting_again_replaces_the_last_fit():
    model = IntegratedDiffusion(**QUICK).fit(make_views(3))
    model.fit(make_views(2, n=60))
    assert list(model.operators_) == ["rna", "atac"]
    assert model.denoise("rna").shape == (60, 4)
    with pytest.raises(ValueError, match="found 'protein'"):
        model.denoise("protein")


# The numbers, against dense matrices.


@pytest.mark.parametrize("n_views", [2, 3, 6])
def test_operator_embedding_and_denoised_views_are_the_dense_ones(n_views):
    views = make_views(n_views)
    steps = dict(zip(views, [2, 1, 3, 0, 1, 2], strict=False))
    J = multi_dot([matrix_power(dense(X), steps[name]) for name, X in views.items()])
    model = IntegratedDiffusion(steps=steps, power=2, **QUICK).fit(views)
    np.testing.assert_allclose(model.operator_.toarray(), J, atol=1e-12)
    U, s, _ = np.linalg.svd(J @ J)
    expected = (U * s)[:, 1:4]
    expected *= np.sign(expected[np.abs(expected).argmax(axis=0), range(3)])
    np.testing.assert_allclose(model.embedding_, expected, atol=1e-9)
    for name, X in views.items():
        np.testing.assert_allclose(model.denoise(name), J @ X, atol=1e-12)


def test_the_power_is_the_elbow_of_the_singular_values(fitted, J):
    S = dense_entropy(np.linalg.svd(J, compute_uv=False), np.arange(1, 101))
    assert elbow_marginal_decrease(S) > 1
    assert fitted.power_ == elbow_marginal_decrease(S)
    expected = embedding.diffusion_map(fitted.operator_, 3, power=elbow_marginal_decrease(S))
    np.testing.assert_allclose(fitted.embedding_, expected, atol=1e-12)


def test_entropy_curves_are_those_of_the_views(fitted):
    for name, X in make_views().items():
        S = dense_entropy(np.linalg.eigvals(dense(X)).real, fitted.entropy_[name].t)
        np.testing.assert_allclose(fitted.entropy_[name].value, S, atol=1e-8)


def test_steps_by_entropy_are_those_of_fusion():
    views = make_views(3)
    model = IntegratedDiffusion(steps="entropy", **QUICK).fit(views)
    J = fusion.powering_only(views, kernel=KERNEL, n_pca=None)
    assert repr(model.operator_) == repr(J)
    np.testing.assert_allclose(model.operator_.toarray(), J.toarray(), atol=1e-14)
    full = IntegratedDiffusion(3, steps="entropy", kernel=KERNEL, local_denoising=LocalDenoising()).fit(views)
    expected = fusion.integrated(views, kernel=KERNEL).toarray()
    np.testing.assert_allclose(full.operator_.toarray(), expected, atol=1e-9)


def test_a_rule_for_the_steps():
    rule = EntropySteps(t_max=20, reduction=lambda times: (1, 3))
    model = IntegratedDiffusion(steps=rule, **QUICK).fit(make_views())
    assert model.steps_ == {"rna": 1, "atac": 3}
    assert len(model.entropy_["rna"].t) == 20


def test_a_view_of_no_steps_is_left_out_but_can_be_denoised():
    views = make_views()
    model = IntegratedDiffusion(steps={"rna": 3, "atac": 0}, **QUICK).fit(views)
    assert repr(model.operator_) == "rna³"
    assert set(model.operators_) == {"rna", "atac"}
    np.testing.assert_allclose(model.denoise("atac"), matrix_power(dense(views["rna"]), 3) @ views["atac"], atol=1e-12)


def test_factors_stand_in_the_order_of_the_views():
    views = make_views()
    swapped = {"atac": views["atac"], "rna": views["rna"]}
    model = IntegratedDiffusion(steps={"rna": 2, "atac": 1}, **QUICK).fit(swapped)
    assert repr(model.operator_) == "atac · rna²"


def test_phate():
    model = IntegratedDiffusion(**(QUICK | {"embedding": "phate", "n_components": 2})).fit(make_views())
    expected = embedding.phate(model.operator_, 2, model.power_)
    np.testing.assert_allclose(model.embedding_, expected, atol=1e-9)
    line = make_views()["rna"][:, 0]
    ends = model.embedding_[[line.argmin(), line.argmax()]]
    assert np.linalg.norm(ends[0] - ends[1]) > 0.5 * np.ptp(model.embedding_, axis=0).max()


def test_permuting_samples_permutes_the_operator_and_the_denoised_views(fitted):
    order = np.random.default_rng(1).permutation(110)
    model = clone(fitted).fit({name: X[order] for name, X in make_views().items()})
    np.testing.assert_allclose(model.operator_.toarray(), fitted.operator_.toarray()[np.ix_(order, order)], atol=1e-12)
    np.testing.assert_allclose(model.denoise("atac"), fitted.denoise("atac")[order], atol=1e-12)
    np.testing.assert_allclose(model.embedding_, fitted.embedding_[order], atol=1e-9)


@pytest.mark.parametrize("scale", [1e-5, 1e4])
def test_views_of_any_scale(fitted, scale):
    views = make_views()
    model = clone(fitted).fit(views | {"rna": scale * views["rna"]})
    np.testing.assert_allclose(model.operator_.toarray(), fitted.operator_.toarray(), atol=1e-9)
    np.testing.assert_allclose(model.denoise("rna"), scale * fitted.denoise("rna"), rtol=1e-8)


def test_denoising_brings_views_nearer_to_the_truth():
    rng = np.random.default_rng(2)
    angle = rng.uniform(0, 2 * np.pi, 400)
    clean = np.hstack([np.column_stack([np.cos(angle), np.sin(angle)]), np.zeros((400, 8))])
    views = {name: clean + 0.15 * rng.standard_normal(clean.shape) for name in ("a", "b")}
    model = IntegratedDiffusion(n_components=3).fit(views)
    for name, X in views.items():
        assert np.linalg.norm(model.denoise(name) - clean) < 0.5 * np.linalg.norm(X - clean)


# Containers.


@pytest.mark.parametrize(
    "container",
    [
        pytest.param(lambda X: pd.DataFrame(X, index=[f"cell{i}" for i in range(len(X))]), id="data frame"),
        pytest.param(sp.csr_matrix, id="csr_matrix"),
        pytest.param(sp.csr_array, id="csr_array"),
        pytest.param(sp.csc_array, id="csc_array"),
        pytest.param(np.asfortranarray, id="fortran"),
        pytest.param(lambda X: X.tolist(), id="lists"),
    ],
)
def test_any_container_gives_the_same(fitted, container):
    model = clone(fitted).fit({name: container(X) for name, X in make_views().items()})
    np.testing.assert_allclose(model.operator_.toarray(), fitted.operator_.toarray(), atol=1e-12)
    np.testing.assert_allclose(model.embedding_, fitted.embedding_, atol=1e-10)
    for name, X in make_views().items():
        np.testing.assert_allclose(model.denoise(name), fitted.denoise(name), atol=1e-12)
        np.testing.assert_allclose(fitted.denoise(container(X)), fitted.denoise(name), atol=1e-12)


@pytest.mark.parametrize(
    ("order", "formula"),
    [
        (None, "rna³ · atac"),
        ("given", "rna³ · atac"),
        ("both", "0.5 rna³ · atac + 0.5 atac · rna³"),
        ("random", "(0.75 rna + 0.25 atac)⁴"),
    ],
)
def test_steps_by_hand_in_every_order(order, formula):
    """As many steps as given, also where each is in a view sampled at random."""
    model = IntegratedDiffusion(steps={"rna": 3, "atac": 1}, order=order, **QUICK).fit(make_views())
    assert repr(model.operator_) == formula
    assert model.n_repeats_ == (4 if order == "random" else 1)
    assert model.view_weights_ is model.selection_ is None


def test_steps_by_prediction_leave_a_record():
    model = IntegratedDiffusion(**QUICK).fit(make_views())
    chosen = model.selection_.chosen
    assert model.steps_ == dict(chosen.steps)
    assert model.n_repeats_ == chosen.n_repeats
    assert (model.view_weights_ is None) == (chosen.weight_exponent == 0)
    assert model.power_ == 1
    np.testing.assert_array_equal(model.embedding_, embedding.multiscale_map(model.operator_, 3))


def test_a_power_by_prediction_holds_for_denoising():
    rng = np.random.default_rng(0)
    t = np.sort(rng.uniform(size=150))
    bent = np.column_stack([np.cos(np.pi * t), np.cos(2 * np.pi * t)])
    views = {name: bent @ rng.standard_normal((2, 40)) + rng.standard_normal((150, 40)) for name in ("a", "b")}
    few = AlphaDecayKernel(n_neighbors=4)
    model = IntegratedDiffusion(3, steps={"a": 1, "b": 0}, power="cross_validated", kernel=few).fit(views)
    assert model.power_ > 1
    np.testing.assert_allclose(model.denoise("a"), (model.operator_**model.power_) @ views["a"], atol=1e-12)
    np.testing.assert_allclose(model.denoise("a", power=1), model.operator_ @ views["a"], atol=1e-12)
    np.testing.assert_array_equal(model.embedding_, embedding.diffusion_map(model.operator_, 3, model.power_))


def test_views_without_names(fitted):
    model = IntegratedDiffusion(steps={"view1": 2, "view2": 1}, **QUICK).fit(list(make_views().values()))
    assert repr(model.operator_) == "view1² · view2"
    np.testing.assert_array_equal(model.operator_.toarray(), fitted.operator_.toarray())


def test_mudata(fitted):
    anndata, mudata = pytest.importorskip("anndata"), pytest.importorskip("mudata")
    names = [f"cell{i}" for i in range(110)]
    with own_columns():
        data = mudata.MuData(
            {
                name: anndata.AnnData(
                    sp.csr_matrix(X),
                    obs=pd.DataFrame(index=names),
                    var=pd.DataFrame(index=[f"{name}{i}" for i in range(4)]),
                )
                for name, X in make_views().items()
            }
        )
    model = clone(fitted).fit(data)
    np.testing.assert_allclose(model.operator_.toarray(), fitted.operator_.toarray(), atol=1e-12)
    np.testing.assert_allclose(model.denoise("rna"), fitted.denoise("rna"), atol=1e-12)


def test_float32_stays_float32(fitted):
    views = {name: X.astype(np.float32) for name, X in make_views().items()}
    model = clone(fitted).fit(views)
    assert model.denoise("rna").dtype == np.float32
    np.testing.assert_allclose(model.denoise("rna"), fitted.denoise("rna"), atol=1e-5)


def test_whole_numbers_are_taken():
    rng = np.random.default_rng(3)
    counts = {name: rng.poisson(4, size=(80, 6)) for name in ("a", "b")}
    model = IntegratedDiffusion(**QUICK).fit(counts)
    np.testing.assert_allclose(model.denoise("a", power=1), model.operator_.toarray() @ counts["a"], atol=1e-12)


def test_any_search_for_neighbours(fitted):
    model = clone(fitted).set_params(search=KNeighborsTransformer(algorithm="kd_tree")).fit(make_views())
    np.testing.assert_allclose(model.operator_.toarray(), fitted.operator_.toarray(), atol=1e-12)


@pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")
def test_duplicated_and_constant():
    views = {name: np.vstack([X, X[:40]]) for name, X in make_views().items()}
    views["rna"][:, 2] = 3.0
    model = IntegratedDiffusion(n_components=3, kernel=KERNEL, local_denoising=LocalDenoising(min_size=50)).fit(views)
    assert np.isfinite(model.embedding_).all()
    np.testing.assert_allclose(model.operator_ @ np.ones(150), 1)
    np.testing.assert_allclose(model.denoise("rna")[:, 2], 3.0)


@pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")
def test_six_views_of_handwritten_digits():
    with np.load(measured("uci_mfeat_digits.npz"), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    views = {name: X[::4].astype(np.float64) for name, X in arrays.items() if X.ndim == 2}
    labels = next(y for y in arrays.values() if y.ndim == 1 and len(y) == 2_000 and len(np.unique(y)) == 10)[::4]
    assert len(views) == 6
    model = IntegratedDiffusion(n_components=10, steps=dict.fromkeys(views, 1), local_denoising=None, power=1)
    model.fit(views)
    operators = [P.toarray() for P in model.operators_.values()]
    np.testing.assert_allclose(model.operator_.toarray(), multi_dot(operators), atol=1e-12)
    chosen = IntegratedDiffusion(n_components=10).fit(views)
    alone = [knn_accuracy(embedding.multiscale_map(P, 10), labels) for P in chosen.operators_.values()]
    assert knn_accuracy(chosen.embedding_, labels) >= max(alone) - 0.01


# Denoising.


@pytest.mark.parametrize("power", [0, 1, 3])
def test_denoising_is_the_dense_product(fitted, J, power):
    X = make_views()["atac"]
    np.testing.assert_allclose(fitted.denoise("atac", power=power), matrix_power(J, power) @ X, atol=1e-12)


def test_chosen_features_in_their_order(fitted, J):
    X = make_views()["rna"]
    for features in ([2, 0], np.array([3]), [-1, 1], (1, 1), []):
        expected = J @ X[:, np.array(features, dtype=int)]
        np.testing.assert_allclose(fitted.denoise("rna", features=features), expected, atol=1e-12)


def test_features_by_mask(fitted, J):
    mask = np.array([True, False, True, False])
    np.testing.assert_allclose(fitted.denoise("rna", features=mask), J @ make_views()["rna"][:, mask], atol=1e-12)


@pytest.mark.parametrize(
    ("features", "error"),
    [([0, 4], ValueError), ([-5], ValueError), ([0.5], TypeError), (["gene"], TypeError), ([True, False], ValueError)],
)
def test_features_that_are_not_there(fitted, features, error):
    with pytest.raises(error, match="features: expected"):
        fitted.denoise("rna", features=features)


def test_a_foreign_array(fitted, J):
    Y = np.random.default_rng(4).standard_normal((110, 7))
    np.testing.assert_allclose(fitted.denoise(Y), J @ Y, atol=1e-12)
    np.testing.assert_allclose(fitted.denoise(sp.csr_array(Y), features=[1]), J @ Y[:, [1]], atol=1e-12)


def test_blocks_are_the_whole(fitted, J, monkeypatch):
    Y = np.random.default_rng(5).standard_normal((110, 11))
    monkeypatch.setattr(module_of_blocks, "BLOCK_BYTES", 3 * 110 * 8)
    monkeypatch.setattr(module_of_blocks, "MIN_COLUMNS", 1)
    blocks = list(fitted.denoised_blocks(Y))
    assert [block.shape[1] for _, block in blocks] == [3, 3, 3, 2]
    np.testing.assert_allclose(np.hstack([block for _, block in blocks]), J @ Y, atol=1e-12)
    for features in (None, [4, 2, 9, 1]):
        expected = J @ (Y if features is None else Y[:, features])
        np.testing.assert_allclose(fitted.denoise(Y, features=features), expected, atol=1e-12)


def test_the_result_can_go_to_disk(fitted, J, tmp_path):
    X = make_views()["rna"]
    out = np.memmap(tmp_path / "denoised", dtype=np.float64, mode="w+", shape=X.shape)
    assert fitted.denoise("rna", out=out) is out
    out.flush()
    written = np.fromfile(tmp_path / "denoised").reshape(X.shape)
    np.testing.assert_allclose(written, J @ X, atol=1e-12)


def test_the_result_can_go_to_a_data_set(fitted, J, tmp_path):
    h5py = pytest.importorskip("h5py")
    X = make_views()["rna"]
    with h5py.File(tmp_path / "denoised.h5", "w") as file:
        out = file.create_dataset("X", X.shape, dtype=np.float64)
        fitted.denoise("rna", out=out)
        np.testing.assert_allclose(out[:], J @ X, atol=1e-12)


@pytest.mark.parametrize("suffix", [".h5ad", ".zarr"])
@pytest.mark.parametrize("form", [str, Path])
def test_the_result_can_go_to_a_file(fitted, J, tmp_path, suffix, form):
    anndata = pytest.importorskip("anndata")
    opened = anndata.read_h5ad if suffix == ".h5ad" else anndata.io.read_zarr
    path = fitted.denoise("rna", 2, out=form(tmp_path / f"a{suffix}"))
    assert path == tmp_path / f"a{suffix}"
    found = opened(path)
    np.testing.assert_allclose(found.X, J @ (J @ make_views()["rna"]), rtol=1e-5, atol=1e-6)
    assert found.X.dtype == np.float32
    assert (found.obs_names[3], list(found.var_names)) == ("sample3", ["0", "1", "2", "3"])
    mask = np.array([False, True, False, True])
    found = opened(fitted.denoise("rna", features=mask, out=form(tmp_path / f"a{suffix}")))
    np.testing.assert_allclose(found.X, J @ make_views()["rna"][:, mask], rtol=1e-5, atol=1e-6)
    assert list(found.var_names) == ["1", "3"]
    frame = pd.DataFrame(make_views()["rna"], [f"cell{i}" for i in range(110)], list("wxyz"))
    found = opened(fitted.denoise(frame, features=[2, -4], out=form(tmp_path / f"b{suffix}")))
    np.testing.assert_allclose(found.X, J @ frame[["y", "w"]].to_numpy(), rtol=1e-5, atol=1e-6)
    assert (found.obs_names[3], list(found.var_names)) == ("cell3", ["y", "w"])
    assert sorted(left.name for left in tmp_path.iterdir()) == [f"a{suffix}", f"b{suffix}"]


def test_files_report_progress_and_are_resumed(fitted, tmp_path, monkeypatch):
    monkeypatch.setattr(module_of_blocks, "BLOCK_BYTES", 1)
    Y = np.random.default_rng(5).standard_normal((110, 40))
    reported = []

    def watch(stage, done, total):
        reported.append((stage, done, total))
        if done == 32 and reported.count(reported[-1]) == 1:
            raise KeyboardInterrupt

    model = copy.copy(fitted).set_params(verbose=watch)
    with pytest.raises(KeyboardInterrupt):
        model.denoise(Y, out=tmp_path / "a.zarr")
    model.denoise(Y, out=tmp_path / "a.zarr")
    assert reported == [("denoising", done, 40) for done in (0, 16, 32, 32)]


def test_files_that_cannot_be(fitted, tmp_path):
    endings = r"\.h5ad or \.zarr or \.npz or \.npy or \.csv or \.tsv"
    with pytest.raises(ValueError, match=f"expected an output that ends in {endings}, found '.xlsx'; rename"):
        fitted.denoise("rna", out=tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match="expected names of views"):
        fitted.denoise("protein", out=tmp_path / "a.h5ad")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(110, 3), (110, 5), (109, 4), (4, 110)])
def test_a_place_of_another_shape_is_refused(fitted, shape):
    with pytest.raises(ValueError, match=r"out: expected shape \(110, 4\), found"):
        fitted.denoise("rna", out=np.zeros(shape))


def test_a_sparse_view_is_never_dense_as_a_whole(monkeypatch):
    n, n_features = 300, 4_000
    rng = np.random.default_rng(6)
    wide = {name: sp.random_array((n, n_features), density=0.01, rng=rng, format="csr") for name in ("a", "b")}
    model = IntegratedDiffusion(n_components=2, n_pca=10, steps={"a": 1, "b": 1}, local_denoising=None).fit(wide)
    assert sp.issparse(model.views_["a"])
    monkeypatch.setattr(module_of_blocks, "BLOCK_BYTES", 40 * n * 8)
    gc.collect()
    tracemalloc.start()
    for columns, block in model.denoised_blocks("a"):
        assert block.shape == (n, min(64, n_features - columns.start))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * n * n_features / 4
    found = model.denoise("a", features=[7, 3_999])
    expected = model.operator_.toarray() @ wide["a"].toarray()[:, [7, 3_999]]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("view", "error", "message"),
    [
        ("protein", ValueError, "view: expected names of views among 'rna', 'atac', found 'protein'; correct the name"),
        (np.ones((109, 2)), ValueError, "expected the 110 samples of the fit, found 109; give the same samples"),
        (np.ones(110), ValueError, "expected a two-dimensional array"),
        (np.full((110, 2), np.nan), ValueError, "expected finite numbers, found 220 NaN"),
        (np.full((110, 2), "a"), TypeError, "expected numbers, found text"),
    ],
)
def test_what_cannot_be_denoised(fitted, view, error, message):
    with pytest.raises(error, match=message):
        fitted.denoise(view)


@pytest.mark.parametrize(("power", "error"), [(-1, ValueError), (0.5, TypeError)])
def test_bad_powers_of_denoising(fitted, power, error):
    with pytest.raises(error, match="power: expected"):
        fitted.denoise("rna", power=power)


# Mistakes.


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"embedding": "umap"}, ValueError, "embedding: expected one of 'diffusion_map', 'phate', found 'umap'"),
        ({"n_components": 0}, ValueError, "n_components: expected at least 1, found 0"),
        ({"n_components": 109}, ValueError, "n_components: expected at most 108 for 110 samples, found 109"),
        ({"n_components": 2.0}, TypeError, "n_components: expected a whole number"),
        ({"n_pca": 0}, ValueError, "n_pca: expected at least 1"),
        ({"random_state": -1}, ValueError, "random_state: expected at least 0"),
        ({"random_state": "0"}, TypeError, "random_state: expected a whole number"),
        ({"power": 0}, ValueError, "power: expected at least 1"),
        ({"power": "often"}, ValueError, "power: expected 'entropy', 'cross_validated' or a whole number, found"),
        ({"steps": "ratio"}, ValueError, "steps: expected 'cross_validated', 'entropy' or a mapping"),
        ({"order": "reverse"}, ValueError, "order: expected one of 'given', 'both', 'random', found 'reverse'"),
        ({"order": 3}, ValueError, "order: expected one of 'given'"),
        ({"steps": 3}, TypeError, "steps: expected 'cross_validated', 'entropy' or a mapping"),
        ({"steps": {"rna": 1}}, ValueError, "steps: expected a number for every view, found none for 'atac'"),
        ({"steps": {"rna": 1, "atac": 1, "dna": 1}}, ValueError, "steps: expected names of views .* found 'dna'"),
        ({"steps": {"rna": 0, "atac": 0}}, ValueError, "at least one view with steps"),
        ({"kernel": AlphaDecayKernel(n_neighbors=110)}, ValueError, "found 110 samples for n_neighbors=110"),
        ({"kernel": "gaussian"}, TypeError, "kernel: expected a kernel"),
        ({"local_denoising": True}, TypeError, "local_denoising: expected LocalDenoising.. or None, found True"),
        ({"search": "faiss"}, TypeError, "search: expected ExactSearch"),
    ],
)
def test_bad_parameters_are_found(options, error, message):
    with pytest.raises(error, match=message):
        IntegratedDiffusion(**(QUICK | options)).fit(make_views())


@pytest.mark.parametrize("options", [{"embedding": "umap"}, {"n_components": 109}, {"steps": {"rna": 1}}, {"power": 0}])
def test_bad_parameters_are_found_before_the_work(options):
    reported = []
    with pytest.raises(ValueError, match="expected"):
        IntegratedDiffusion(**(QUICK | options), verbose=lambda *stage: reported.append(stage)).fit(make_views())
    assert reported == []


def spoiled(value: float) -> dict[str, np.ndarray]:
    views = make_views()
    views["atac"][5, 2] = value
    return views


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ({"rna": make_views()["rna"]}, ValueError, r"at least two views of the same samples, found 1 \('rna'\)"),
        ({}, ValueError, r"at least two views of the same samples, found 0 \(none\)"),
        (make_views() | {"c": np.ones((60, 2))}, ValueError, "found 110 in 'rna', 110 in 'atac', 60 in 'c'"),
        (spoiled(np.nan), ValueError, "'atac': expected finite numbers, found 1 NaN and 0 .* row 5, column 2"),
        (spoiled(-np.inf), ValueError, "'atac': expected finite numbers, found 0 NaN and 1 infinite"),
        (make_views() | {"c": np.ones((110, 2, 2))}, ValueError, "'c': expected a two-dimensional array"),
        (make_views() | {"c": np.ones((110, 0))}, ValueError, "'c': expected at least one sample and one feature"),
        (make_views() | {"c": np.zeros((110, 2))}, ValueError, "'c': expected measured values, found only zeros"),
        (make_views() | {"c": np.full((110, 2), "x")}, TypeError, "'c': expected numbers, found text"),
        (make_views() | {"c": np.full((110, 2), None)}, TypeError, "'c': expected numbers, found objects"),
        ({1: np.ones((9, 2)), 2: np.ones((9, 2))}, TypeError, "names of views to be text"),
        (np.ones((110, 4)), TypeError, "expected views as a mapping .* found ndarray"),
    ],
)
def test_bad_views(views, error, message):
    with pytest.raises(error, match=message):
        IntegratedDiffusion(**QUICK).fit(views)


def test_frames_in_another_order():
    views = {name: pd.DataFrame(X, index=[f"cell{i}" for i in range(110)]) for name, X in make_views().items()}
    shuffled = views | {"atac": views["atac"].iloc[::-1]}
    one, other = (IntegratedDiffusion(**QUICK).fit(frames) for frames in (views, shuffled))
    np.testing.assert_array_equal(one.embedding_, other.embedding_)


def test_a_failed_fit_leaves_the_last_one(fitted):
    model = pickle.loads(pickle.dumps(fitted))
    with pytest.raises(ValueError, match="at least two"):
        model.fit({"rna": make_views()["rna"]})
    same_bits(model, fitted)


def test_disconnected_graphs_are_warned_of():
    views = make_views()
    views["rna"][:50] += 1000
    with pytest.warns(DisconnectedGraphWarning, match="view 'rna': expected a connected graph, found 2 components"):
        model = IntegratedDiffusion(**QUICK).fit(views)
    np.testing.assert_allclose(model.operator_ @ np.ones(110), 1)


# Progress.


def test_a_progress_callback_gets_every_stage():
    reported = []
    model = IntegratedDiffusion(**QUICK, verbose=lambda stage, done, total: reported.append((stage, done, total)))
    model.fit(make_views())
    stages = [stage for stage, _, _ in reported]
    assert stages == [
        "rna: principal components",
        "atac: principal components",
        "rna: neighbours and kernel",
        "atac: neighbours and kernel",
        "steps",
        *["splitting the features"] * 6,
        *["steps by prediction"] * 2,
        "power of the integrated operator",
        "embedding",
    ]
    assert all(0 <= done < total for _, done, total in reported)
    reported.clear()
    model.denoise("rna")
    assert reported == [("denoising", 0, 4)]


def test_away_from_a_terminal_nothing_is_printed(capfd):
    model = IntegratedDiffusion(**QUICK, verbose=True).fit(make_views())
    model.denoise("rna")
    assert capfd.readouterr() == ("", "")


# The method as published.


@pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")
def test_paper():
    published = IntegratedDiffusion.paper()
    assert isinstance(published, IntegratedDiffusion)
    assert isinstance(published.local_denoising, LocalDenoising)
    assert published.steps == EntropySteps(t_max=100, elbow=elbow_marginal_decrease, reduction=ReducedRatio(0.25))
    assert published.power == "entropy"
    assert published.kernel == AlphaDecayKernel(5, 40.0, "local", "mean")
    assert published.local_denoising == LocalDenoising(PowerFilter(1), n_clusters=10, min_size=500)
    changed = IntegratedDiffusion.paper(n_components=4, local_denoising=None, kernel=KERNEL)
    assert (changed.n_components, changed.local_denoising, changed.kernel) == (4, None, KERNEL)
    assert changed.power == published.power
    with pytest.raises(TypeError, match="alpha"):
        IntegratedDiffusion.paper(alpha=3)
    assert clone(published).fit(make_views()).embedding_.shape == (110, published.n_components)


# Size.


def test_no_square_array_on_the_way():
    n = 12_000
    rng = np.random.default_rng(7)
    X = rng.uniform(0, 1, size=(n, 3)).astype(np.float32)
    views = {"a": X, "b": X + 0.02 * rng.standard_normal(X.shape).astype(np.float32)}
    model = IntegratedDiffusion(n_components=3, steps={"a": 1, "b": 1}, power=1, local_denoising=None)
    tracemalloc.start()
    model.fit(views)
    model.denoise("a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert model.embedding_.shape == (n, 3)
    assert peak < 8 * n * n / 8


# Recipes.


@pytest.fixture
def counts() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    line = rng.uniform(-1, 1, (90, 1))
    return {name: rng.poisson(np.exp(1 + line @ rng.normal(size=(1, 20)))) + 1.0 for name in ("rna", "prot")}


def test_views_are_normalised_and_reduced_by_their_recipes(counts):
    recipes = {"rna": "rna", "prot": "protein"}
    model = IntegratedDiffusion(3, kernel=KERNEL, n_pca=6, recipes=recipes).fit(counts)
    for name, X in counts.items():
        view = prepare(X, recipes[name], 6)
        np.testing.assert_array_equal(model.views_[name], X)
        np.testing.assert_array_equal(model.integration_.coordinates[name], view.representation)
        np.testing.assert_allclose(model.denoise(name, power=1), model.operator_ @ view.values, atol=1e-12)
        np.testing.assert_allclose(model.recipes_[name].transform(X), view.representation, atol=1e-10)
    recognised = clone(model).set_params(recipes="auto").fit(counts)
    same_bits(model, recognised)


def test_without_recipes_values_are_taken_as_they_are(counts):
    model = IntegratedDiffusion(3, kernel=KERNEL, n_pca=6).fit(counts)
    same_bits(model, clone(model).set_params(recipes={}).fit(counts))
    for name, X in counts.items():
        np.testing.assert_allclose(model.denoise(name, power=1), model.operator_ @ X, atol=1e-12)
        np.testing.assert_allclose(model.recipes_[name].transform(X), prepare(X, "none", 6).representation, atol=1e-10)


def test_cross_validation_splits_normalised_features(counts):
    """Also where the rule is given as a value, and where only the power is cross-validated."""
    recipes = {"rna": "rna", "prot": "protein"}
    by_name, by_value = (
        IntegratedDiffusion(3, steps=steps, kernel=KERNEL, n_pca=6, recipes=recipes).fit(counts)
        for steps in ("cross_validated", CrossValidatedSteps())
    )
    same_bits(by_name, by_value)
    assert by_name.selection_.candidates == by_value.selection_.candidates
    split_counts = IntegratedDiffusion(
        3, steps=CrossValidatedSteps(split=CountSplitting()), kernel=KERNEL, n_pca=6, recipes=recipes
    ).fit(counts)
    assert split_counts.selection_.candidates != by_name.selection_.candidates


def test_fit_stores_one_value_that_the_others_are_read_from(fitted):
    kept = fitted.integration_
    assert fitted.operator_ is kept.operator.operator
    assert fitted.operators_ == dict(kept.operators)
    assert fitted.steps_ == dict(kept.steps.steps)
    assert list(fitted.views_) == list(kept.views) == list(kept.samples.measured)


@pytest.mark.parametrize(("old", "new"), [("rounds_", "n_repeats_"), ("trust_", "view_weights_"), ("joint_", None)])
def test_old_attributes_work_and_are_warned_of_once(fitted, monkeypatch, old, new):
    monkeypatch.setattr("integrated_diffusion.runtime.deprecation._warned", set())
    with pytest.warns(DeprecationWarning, match=f"'{old}' is called") as caught:
        found = getattr(fitted, old)
    assert len(caught) == 1
    assert found is (fitted.integration_.operator if new is None else getattr(fitted, new))
    getattr(fitted, old)  # a second warning would be an error
