"""`transform` and `predict`: training samples get what the fit gave them, new samples any subset of the views."""

import pickle

import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion, LocalDenoising, datasets
from integrated_diffusion.model.reference import right_coordinates
from integrated_diffusion.operators.extension import ExtendedOperator
from integrated_diffusion.views.new_samples import NewSamplesWarning
from mudata_settings import own_columns

STEPS = {"view1": 2, "view2": 1}


@pytest.fixture(scope="module")
def views():
    return datasets.noisy_digits(noise=(0.2, 0.4), n_samples=240, random_state=3).views


@pytest.fixture(scope="module")
def model(views):
    return IntegratedDiffusion(n_components=6, steps=STEPS, order="random").fit(views)


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": STEPS},
        {"steps": STEPS, "order": "both"},
        {"steps": STEPS, "order": "random", "power": 3},
        {"steps": {"view1": 1, "view2": 0}},
        {"steps": STEPS, "n_pca": None, "representation": "standardised"},
        {"steps": STEPS, "local_denoising": LocalDenoising(min_size=100)},
        {},
    ],
)
def test_training_samples_get_their_coordinates_and_values_again(views, settings):
    model = IntegratedDiffusion(n_components=5, **settings).fit(views)
    scale = np.abs(model.embedding_).max()
    np.testing.assert_allclose(model.transform(views), model.embedding_, atol=1e-6 * scale)
    some = {name: X[50:90] for name, X in views.items()}
    np.testing.assert_allclose(model.transform(some), model.embedding_[50:90], atol=1e-6 * scale)
    np.testing.assert_allclose(model.predict(some, "view2"), model.denoise("view2")[50:90], atol=1e-5)


def test_without_its_self_affinity_a_sample_moves_by_at_most_the_bound(model, views):
    """`|c' - c| = k / (1 - k) |c - B(x)|` in one view, and at most the mean of these bounds in a mixture."""
    J, E = model.operator_, model.embedding_
    B = right_coordinates(J, E)
    after = np.linalg.matrix_power(J.base.toarray(), J.exponent - 1) @ B
    rows, bound, shares = {}, 0.0, {"view1": 2 / 3, "view2": 1 / 3}
    for name, P in model.operators_.items():
        matrix = P.matrix.toarray()
        k = matrix.diagonal()[:, None]
        without = (matrix - np.diag(k[:, 0])) / (1 - k)
        rows[id(P)] = sp.csr_array(without)
        bound = bound + shares[name] * k / (1 - k) * np.abs(matrix @ after - after)
    moved = ExtendedOperator(J, rows) @ B
    assert np.all(np.abs(moved - E) <= bound + 1e-9)
    assert np.linalg.norm(moved - E) < 0.2 * np.linalg.norm(E)


def test_new_samples_lie_where_a_fit_with_them_puts_them(views):
    kept = {name: X[:200] for name, X in views.items()}
    model = IntegratedDiffusion(n_components=3, steps=STEPS).fit(kept)
    whole = IntegratedDiffusion(n_components=3, steps=STEPS).fit(views)
    found = np.vstack([model.embedding_, model.transform({name: X[200:] for name, X in views.items()})])
    to_refit, *_ = np.linalg.lstsq(found[:200], whole.embedding_[:200], rcond=None)
    correlation = np.corrcoef((found[200:] @ to_refit).ravel(), whole.embedding_[200:].ravel())[0, 1]
    assert correlation > 0.95


@pytest.mark.parametrize("name", ["view1", "view2"])
def test_one_view_is_enough(model, views, name):
    found = model.transform({name: views[name]})
    assert np.corrcoef(found[:, 0], model.embedding_[:, 0])[0, 1] > 0.8
    other = "view2" if name == "view1" else "view1"
    predicted = model.predict({name: views[name]}, other)
    assert np.mean((predicted - views[other]) ** 2) < np.mean((views[other] - views[other].mean(axis=0)) ** 2)


def test_rows_of_zeros_are_missing_counts_and_an_error_among_other_values(model, views):
    counts = {name: np.round(10 * np.abs(X)) for name, X in views.items()}
    fitted = IntegratedDiffusion(n_components=6, steps=STEPS, order="random").fit(counts)
    new = {name: X[:6].copy() for name, X in counts.items()}
    new["view2"][4] = 0
    alone = fitted.transform({"view1": new["view1"]})
    for kind in (np.asarray, sp.csr_matrix):
        found = fitted.transform({"view1": new["view1"], "view2": kind(new["view2"])})
        np.testing.assert_allclose(found[4], alone[4])
        np.testing.assert_allclose(found[:4], fitted.embedding_[:4], atol=1e-6)
    values = {name: X[:6].copy() for name, X in views.items()}
    values["view2"][4] = 0
    with pytest.raises(ValueError, match=r"view2.*only zeros .first at row 4.*row of NaN"):
        model.transform(values)


def test_rows_of_nan_were_not_measured(model, views):
    both = {name: X[:6].astype(float).copy() for name, X in views.items()}
    alone = model.transform({"view1": both["view1"]})
    both["view2"][[2, 4]] = np.nan
    mixed = model.transform(both)
    np.testing.assert_allclose(mixed[[2, 4]], alone[[2, 4]])
    np.testing.assert_allclose(mixed[[0, 1, 3, 5]], model.embedding_[[0, 1, 3, 5]], atol=1e-6)
    both["view1"][2] = np.nan
    with pytest.raises(ValueError, match=r"measured by some view, found 1 that none measured .first row 2"):
        model.transform(both)
    both["view1"][1, 0] = np.nan
    both["view1"][2] = 1
    with pytest.raises(ValueError, match="finite"):
        model.transform(both)


def frame(X, columns="abc", index="s"):
    names = [f"{index}{i}" for i in range(X.shape[0])]
    return pd.DataFrame(X, index=names, columns=[f"{columns}{j}" for j in range(X.shape[1])])


def test_data_frames_and_mudata_are_matched_by_name(views):
    frames = {"view1": frame(views["view1"], "x"), "view2": frame(views["view2"], "y")}
    model = IntegratedDiffusion(n_components=4, steps=STEPS).fit(frames)
    shuffled = {"view1": frames["view1"].iloc[:5, ::-1], "view2": frames["view2"].iloc[[4, 3, 6]]}
    found = model.transform(shuffled)
    assert found.shape == (6, 4)
    np.testing.assert_allclose(found[[3, 4]], model.embedding_[[3, 4]], atol=1e-6)
    only = model.transform({"view2": frames["view2"].iloc[[6]]})
    np.testing.assert_allclose(found[[5]], only)
    cells = {
        name: AnnData(sp.csr_matrix(part), pd.DataFrame(index=part.index), pd.DataFrame(index=part.columns))
        for name, part in shuffled.items()
    }
    with own_columns():
        mdata = mudata.MuData(cells)
    by_name = dict(zip(mdata.obs_names, model.transform(mdata), strict=True))
    np.testing.assert_allclose(by_name["s3"], found[3], atol=1e-6)
    with pytest.raises(ValueError, match=r"2 missing .first 'x0'"):
        model.transform({"view1": frames["view1"].drop(columns=["x0", "x5"])})


def test_lists_have_none_for_a_missing_view(views):
    model = IntegratedDiffusion(n_components=4, steps="entropy").fit(list(views.values()))
    np.testing.assert_array_equal(
        model.transform([None, views["view2"][:7]]), model.transform({"view2": views["view2"][:7]})
    )
    with pytest.raises(ValueError, match=r"expected 2 views in a list, with None"):
        model.transform([views["view1"]])


def test_predicted_features_and_where_they_go(model, views):
    new = {name: X[:9] for name, X in views.items()}
    whole = model.predict(new, "view1")
    np.testing.assert_array_equal(model.predict(new, "view1", features=[3, -1]), whole[:, [3, -1]])
    out = np.empty((9, views["view1"].shape[1]), np.float32)
    assert model.predict(new, "view1", out=out) is out
    np.testing.assert_array_equal(out, whole)
    np.testing.assert_allclose(model.predict(new, "view1", power=2), model.denoise("view1", power=2)[:9], atol=1e-5)


def test_recipes_are_those_of_the_fit():
    rng = np.random.default_rng(0)
    along = rng.random((150, 1))
    counts = rng.poisson(along * rng.gamma(1, 6, 40) + (1 - along) * rng.gamma(1, 6, 40)).astype(float)
    protein = rng.poisson(along * rng.gamma(1, 40, 8) + (1 - along) * rng.gamma(1, 40, 8)).astype(float)
    views = {"rna": sp.csr_array(counts), "prot": protein}
    model = IntegratedDiffusion(n_components=4, recipes="auto", steps={"rna": 1, "prot": 1}).fit(views)
    deeper = {"rna": views["rna"][:20] * 2}  # library size does not matter
    np.testing.assert_allclose(model.transform(deeper), model.transform({"rna": views["rna"][:20]}), atol=1e-8)
    found = model.predict({"rna": views["rna"]}, "prot")
    truth = model.integration_.views["prot"].values
    assert np.mean((found - truth) ** 2) < 0.5 * np.mean((truth - truth.mean(axis=0)) ** 2)
    with pytest.raises(ValueError, match="expected the 40 features of the fit, found 39"):
        model.transform({"rna": counts[:, :39]})


def test_phate_places_new_samples_among_their_neighbours(views):
    model = IntegratedDiffusion(n_components=2, steps=STEPS, embedding="phate").fit(views)
    found = model.transform({name: X[:30] for name, X in views.items()})
    low, high = model.embedding_.min(axis=0), model.embedding_.max(axis=0)
    assert np.all((found >= low) & (found <= high))
    spread = np.linalg.norm(model.embedding_.std(axis=0))
    assert np.median(np.linalg.norm(found - model.embedding_[:30], axis=1)) < 0.3 * spread


def test_a_model_is_pickled_and_fitted_again(model, views):
    new = {name: X[:5] for name, X in views.items()}
    before = model.transform(new)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).transform(new), before)
    other = IntegratedDiffusion(n_components=6, steps=STEPS, order="random").fit(views)
    other.transform(new)
    other.fit({name: X[5:] for name, X in views.items()})
    assert np.abs(other.transform(new) - before).max() > 0


def test_threads_do_not_change_a_bit(views):
    new = {name: X + 0.01 for name, X in views.items()}
    one, two = (IntegratedDiffusion(n_components=6, steps=STEPS, n_jobs=n).fit(views).transform(new) for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_views_without_steps(views):
    model = IntegratedDiffusion(n_components=4, steps={"view1": 1, "view2": 0}).fit(views)
    with pytest.warns(NewSamplesWarning, match=r"7 new samples were measured only in views .* takes no steps .'view2'"):
        assert np.isfinite(model.transform({"view2": views["view2"][:7]})).all()


@pytest.mark.parametrize(
    ("new", "error", "message"),
    [
        ({}, ValueError, "expected at least one of the views 'view1', 'view2'"),
        ({"other": np.eye(3)}, ValueError, "found 'other'; correct the name"),
        (3, TypeError, "expected a mapping from names of views to arrays"),
        ({"view1": np.array([["a"]])}, TypeError, "expected numbers"),
        ({"view1": np.ones((2, 3))}, ValueError, "expected the 64 features of the fit, found 3"),
        ({"view1": np.ones((2, 64)), "view2": np.ones((3, 64))}, ValueError, "found 2 in 'view1', 3 in 'view2'"),
    ],
)
def test_bad_input(model, new, error, message):
    with pytest.raises(error, match=message):
        model.transform(new)


def test_components_that_are_zero_have_no_coordinates_at_new_samples():
    """Dividing by their singular values would blow up rounding errors."""
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((60, 2))
    views = {name: Z @ rng.standard_normal((2, 3)) for name in "ab"}
    model = IntegratedDiffusion(steps={"a": 1, "b": 1}, power=40, n_components=20).fit(views)
    lengths = np.linalg.norm(model.embedding_, axis=0)
    assert lengths[-1] < 1e-9 * lengths[0]
    found = model.transform(views)
    assert (found[:, lengths < 1e-9 * lengths[0]] == 0).all()
    np.testing.assert_allclose(found, model.embedding_, atol=1e-5)


@pytest.mark.parametrize("order", ["given", "both", "random"])
@pytest.mark.parametrize("power", [1, 2])
def test_samples_of_views_without_steps_alone_step_as_those_of_the_fit(order, power):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 150)
    views = {name: rng.normal(size=(3, 5))[group] + rng.normal(size=(150, 5)) for name in "abyz"}
    views["a"][:20] = views["b"][:20] = np.nan
    views["y"][:10], views["z"][10:15] = np.nan, np.nan
    model = IntegratedDiffusion(steps={"a": 1, "b": 1, "y": 0, "z": 0}, order=order, power=power, n_components=5)
    model.fit(views)
    with pytest.warns(NewSamplesWarning, match="20 new samples were measured only in views"):
        found = model.transform(views)
    np.testing.assert_allclose(found, model.embedding_, atol=1e-9 * np.abs(model.embedding_).max())


def test_values_that_no_walk_reaches_are_imputed_as_by_denoise():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(120, 6)), rng.normal(size=(120, 5))
    Y[:55, 0] -= 100
    X[:55] = np.nan  # a group far from all that view a has measured
    model = IntegratedDiffusion(steps={"a": 1, "b": 1}, n_components=4).fit({"a": X, "b": Y})
    found = model.predict({"b": Y[:55]}, "a")
    np.testing.assert_allclose(found, model.denoise("a", power=1)[:55], atol=1e-12)


def test_features_of_one_name_keep_their_order_and_others_need_not_be_numbers():
    rng = np.random.default_rng(0)
    a = pd.DataFrame(rng.normal(size=(80, 3)), columns=["g", "g", "h"])
    b = pd.DataFrame(rng.normal(size=(80, 3)), columns=list("xyz"))
    model = IntegratedDiffusion(steps={"a": 1, "b": 1}, n_components=3).fit({"a": a, "b": b})
    turned = pd.concat([a[["h"]], a.iloc[:, :2]], axis=1).assign(type="T cell")
    np.testing.assert_array_equal(model.transform({"a": a}), model.transform({"a": turned}))
    with pytest.raises(ValueError, match=r"found 1 missing \(first 'g'\)"):
        model.transform({"a": a.iloc[:, 1:]})
    with pytest.raises(TypeError, match="view 'a' of new samples: expected numbers, found others"):
        model.transform({"a": a.astype(object).assign(h="high")})


def test_names_that_differ_beside_a_view_without_names_are_refused():
    rng = np.random.default_rng(0)
    a, b = (pd.DataFrame(rng.normal(size=(60, 3)), index=[f"s{i}" for i in range(60)]) for _ in "ab")
    views = {"a": a, "b": b, "c": rng.normal(size=(60, 3))}
    model = IntegratedDiffusion(steps=dict.fromkeys(views, 1), n_components=3).fit(views)
    with pytest.raises(ValueError, match="another order in 'a' and 'b' and none in another view"):
        model.transform({**views, "b": b.iloc[::-1]})
