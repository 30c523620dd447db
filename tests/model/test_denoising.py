"""Denoised values by the selected smoothers: in memory, in blocks, in files, and on the scale of counts."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io.writing.record_types import for_hdf5
from integrated_diffusion.model.record import record
from integrated_diffusion.model.stored_record import smoother_of
from integrated_diffusion.operators import blockwise
from integrated_diffusion.selection import SelectedSmoother

N = 120
RECIPES = {"rna": "rna", "prot": "protein", "other": "other"}


def counts(seed=0):
    rng = np.random.default_rng(seed)
    place = np.sort(rng.random(N))[:, None] * 4
    return {
        "rna": sp.csr_array(rng.poisson(1 + np.cos(place + 6 * rng.random(35))).astype(np.float32)),
        "prot": rng.poisson(12 * (1 + np.sin(place + 6 * rng.random(9)))).astype(float),
        "other": np.sin(place + 6 * rng.random(20)) + 0.5 * rng.standard_normal((N, 20)),
    }


@pytest.fixture(scope="module")
def model():
    return IntegratedDiffusion(n_components=3, recipes=RECIPES).fit(counts())


def dense(X):
    return np.asarray(X.toarray() if sp.issparse(X) else X, dtype=np.float64)


@pytest.mark.parametrize("view", list(RECIPES))
def test_a_view_is_denoised_by_the_smoother_that_was_selected_for_it(model, view):
    selected = model.denoising_[view]
    assert isinstance(selected, SelectedSmoother)
    S = {"own": model.operators_[view], "integrated": model.operator_}[selected.operator].toarray()
    X = dense(model.integration_.views[view].values)
    expected = (1 - selected.amount) * X + selected.amount * np.linalg.matrix_power(S, selected.t) @ X
    np.testing.assert_allclose(model.denoise(view), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(model.denoise(view, amount="cross_validated"), model.denoise(view))


def test_it_is_selected_once_and_only_when_it_is_needed():
    model = IntegratedDiffusion(n_components=3, recipes=RECIPES).fit(counts())
    assert model.denoising_.known == {}
    model.denoise("rna", amount=1.0)
    model.denoise("rna", 2)
    assert model.denoising_.known == {}
    model.denoise("rna")
    assert list(model.denoising_.known) == ["rna"]
    assert model.denoising_["rna"] is model.denoising_.known["rna"]
    assert list(model.denoising_) == list(RECIPES)
    assert len(model.denoising_) == 3
    model.fit(counts(1))
    assert model.denoising_.known == {}


@pytest.mark.parametrize("amount", [0.0, 0.25, 1.0])
def test_a_given_amount_is_that_of_the_integrated_operator(model, amount):
    X = dense(model.integration_.views["other"].values)
    expected = (1 - amount) * X + amount * (model.operator_ @ X)
    np.testing.assert_allclose(model.denoise("other", amount=amount), expected, atol=1e-12)


@pytest.mark.parametrize("view", ["rna", "prot"])
def test_as_much_smoothing_as_was_published(model, view):
    same = model.operator_ @ model.integration_.views[view].values
    np.testing.assert_array_equal(model.denoise(view, amount=1.0), dense(same).astype(model.denoise(view).dtype))
    np.testing.assert_array_equal(model.denoise(view, power=1), model.denoise(view, amount=1.0))


@pytest.mark.parametrize(
    "settings", [IntegratedDiffusion.paper(n_components=3), IntegratedDiffusion(3, steps={"a": 2, "b": 1})]
)
def test_without_cross_validated_steps_it_is_the_integrated_operator(settings):
    rng = np.random.default_rng(0)
    views = {"a": rng.standard_normal((80, 12)), "b": rng.standard_normal((80, 9))}
    model = clone(settings).fit(views)
    np.testing.assert_array_equal(model.denoise("a"), model.operator_ @ views["a"])
    assert model.denoising_.known == {}
    assert isinstance(model.denoise("a", amount="cross_validated"), np.ndarray)
    assert list(model.denoising_.known) == ["a"]


@pytest.mark.parametrize("view", ["rna", "prot"])
@pytest.mark.parametrize("how", [{}, {"amount": 1.0}, {"power": 2}])
def test_expected_counts_keep_the_library_size(model, view, how):
    X = dense(counts()[view])
    found = model.denoise(view, scale="counts", **how)
    np.testing.assert_allclose(found.sum(axis=1), X.sum(axis=1), rtol=1e-4)
    assert (found >= 0).all()
    if "power" in how:
        n = X.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found, n * ((model.operator_**2) @ (X / n)), rtol=1e-4, atol=1e-5)


def test_values_that_are_no_counts_have_no_such_scale(model):
    with pytest.raises(ValueError, match=r"scale='counts': expected a view of counts, found that 'other' \(recipe"):
        model.denoise("other", scale="counts")
    with pytest.raises(ValueError, match="scale: expected one of 'normalised', 'counts', found 'log'"):
        model.denoise("rna", scale="log")
    np.testing.assert_allclose(
        model.denoise(counts()["prot"], scale="counts"), model.denoise("prot", amount=1.0, scale="counts")
    )


def test_values_that_are_not_a_fitted_view(model):
    Y = np.random.default_rng(1).standard_normal((N, 3))
    np.testing.assert_allclose(model.denoise(Y), model.operator_ @ Y, atol=1e-12)
    np.testing.assert_allclose(model.denoise(Y, amount=0.5), (Y + model.operator_ @ Y) / 2, atol=1e-12)
    with pytest.raises(ValueError, match="expected the name of a fitted view, found values"):
        model.denoise(Y, amount="cross_validated")


@pytest.mark.parametrize("scale", ["normalised", "counts"])
def test_a_file_and_blocks_hold_what_is_in_memory(model, tmp_path, monkeypatch, scale):
    monkeypatch.setattr(blockwise, "MIN_COLUMNS", 4)
    monkeypatch.setattr(blockwise, "BLOCK_BYTES", 1)
    whole = model.denoise("rna", scale=scale)
    assert sum(block.shape[1] for _, block in model.denoised_blocks("rna", scale=scale)) == 35
    file = model.denoise("rna", out=tmp_path / "rna.h5ad", scale=scale)
    np.testing.assert_allclose(anndata.read_h5ad(file).X, whole, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.denoise("rna", features=[3, 9], scale=scale), whole[:, [3, 9]])


def test_the_record_says_what_was_selected_and_can_be_read_again(model):
    places = dict.fromkeys(RECIPES, "here")
    for name in RECIPES:
        model.denoising_[name]
    for kept in (record(model, places), for_hdf5(record(model, places))):
        for name in RECIPES:
            assert smoother_of(kept, name) == model.denoising_[name]
        assert smoother_of(kept, "peaks") is None


def test_the_same_seed_denoises_the_same(model):
    again = IntegratedDiffusion(n_components=3, recipes=RECIPES, n_jobs=1).fit(counts())
    for name in RECIPES:
        np.testing.assert_array_equal(again.denoise(name), model.denoise(name))


def test_rows_with_names_are_put_into_the_order_of_the_fit():
    rng = np.random.default_rng(0)
    names = [f"s{i}" for i in range(60)]
    views = {name: pd.DataFrame(rng.normal(size=(60, 3)), index=names) for name in "ab"}
    model = IntegratedDiffusion(steps={"a": 1, "b": 1}, n_components=3).fit(views)
    X = pd.DataFrame(rng.normal(size=(60, 2)), index=names, columns=["u", "v"])
    expected = model.denoise(X)
    np.testing.assert_allclose(expected, model.denoise(X.to_numpy()))
    pd.testing.assert_frame_equal(model.denoise(X.iloc[::-1]), expected)
    numbered = X.reset_index(drop=True)  # frames whose rows are merely numbered are taken by place
    np.testing.assert_array_equal(model.denoise(numbered), expected)
    with pytest.raises(ValueError, match="1 of 60 samples of the fit missing in the values to denoise"):
        model.denoise(X.iloc[:-1])


def test_too_few_samples_are_said_to_be_too_few():
    X = np.random.default_rng(0).standard_normal((2, 3))
    with pytest.raises(ValueError, match="expected at least 3 samples to embed, found 2; measure more samples"):
        IntegratedDiffusion().fit({"a": X, "b": X + 1})


def test_features_and_outputs_of_the_wrong_type_are_refused():
    rng = np.random.default_rng(0)
    model = IntegratedDiffusion(steps={"a": 1, "b": 1}, n_components=3)
    model.fit({name: rng.normal(size=(60, 3)) for name in "ab"})
    for wrong in (2, slice(0, 2)):
        with pytest.raises(TypeError, match="features: expected a list of columns, found"):
            model.denoise("a", features=wrong)
    with pytest.raises(TypeError, match="out: expected decimal numbers, found int64"):
        model.denoise("a", out=np.zeros((60, 3), dtype=np.int64))
