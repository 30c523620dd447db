"""Manners of scikit-learn: data frames in and out, names of the coordinates, seeds, settings by view."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from integrated_diffusion import IntegratedDiffusion, datasets

QUICK = {"steps": {"view1": 1, "view2": 1}, "n_components": 3}


@pytest.fixture(scope="module")
def frames():
    views = datasets.noisy_digits(noise=(0.1, 0.3), n_samples=120, random_state=0).views
    rows = [f"s{i}" for i in range(120)]
    return {name: pd.DataFrame(X, rows, [f"{name}_{j}" for j in range(X.shape[1])]) for name, X in views.items()}


@pytest.fixture(scope="module")
def model(frames):
    return IntegratedDiffusion(**QUICK).fit(frames)


def test_coordinates_are_named(frames, model):
    names = ["integrateddiffusion0", "integrateddiffusion1", "integrateddiffusion2"]
    assert model.get_feature_names_out().tolist() == names
    assert isinstance(model.transform(frames), np.ndarray)
    framed = IntegratedDiffusion(**QUICK).set_output(transform="pandas")
    fitted = framed.fit_transform(frames)
    assert list(fitted.columns) == names
    assert list(fitted.index) == list(frames["view1"].index)
    new = framed.transform({"view2": frames["view2"].iloc[5:9]})
    assert list(new.columns) == names
    assert list(new.index) == ["s5", "s6", "s7", "s8"]
    assert framed.embedding_.shape == (120, 3)


def test_data_frames_in_data_frames_out(frames, model):
    plain = IntegratedDiffusion(**QUICK).fit({name: X.to_numpy() for name, X in frames.items()})
    denoised = model.denoise("view1")
    pd.testing.assert_index_equal(denoised.index, frames["view1"].index)
    pd.testing.assert_index_equal(denoised.columns, frames["view1"].columns)
    np.testing.assert_array_equal(denoised.to_numpy(), plain.denoise("view1"))
    some = model.denoise("view1", features=["view1_7", "view1_0"])
    pd.testing.assert_frame_equal(some, denoised[["view1_7", "view1_0"]])
    given = model.denoise(frames["view2"], features=["view2_3"])
    assert list(given.columns) == ["view2_3"]
    predicted = model.predict({"view2": frames["view2"].iloc[:4]}, "view1", features=["view1_7"])
    assert (list(predicted.index), list(predicted.columns)) == (["s0", "s1", "s2", "s3"], ["view1_7"])
    assert isinstance(plain.denoise("view1"), np.ndarray)


def test_features_that_have_no_such_name(model):
    with pytest.raises(ValueError, match="expected features of 'view1', found 'view1_x'; try 'view1_"):
        model.denoise("view1", features=["view1_x"])
    plain = IntegratedDiffusion(**QUICK).fit(datasets.noisy_digits(n_samples=100).views)
    with pytest.raises(TypeError, match="came without names"):
        plain.predict({"view1": plain.views_["view1"][:3]}, "view2", features=["a"])


def test_no_seed_draws_one_that_is_kept(frames):
    np.random.seed(4)  # noqa: NPY002 - scikit-learn's own source of seeds
    first = IntegratedDiffusion(**QUICK, random_state=None).fit(frames)
    again = clone(first).set_params(random_state=first.seed_).fit(frames)
    np.testing.assert_array_equal(first.embedding_, again.embedding_)
    assert clone(first).fit(frames).seed_ != first.seed_


def test_components_by_view(frames):
    model = IntegratedDiffusion(**QUICK, n_pca={"view1": 7}).fit(frames)
    widths = {name: view.representation.shape[1] for name, view in model.integration_.views.items()}
    assert widths == {"view1": 7, "view2": 20}
    assert model.transform(frames).shape == (120, 3)
    chosen = IntegratedDiffusion(n_components=2, n_pca={"view1": 7, "view2": None}).fit(frames)
    assert chosen.integration_.views["view2"].representation.shape[1] == 64
    with pytest.raises(ValueError, match="n_pca: expected names of views among 'view1', 'view2', found 'other'"):
        IntegratedDiffusion(**QUICK, n_pca={"other": 3}).fit(frames)
