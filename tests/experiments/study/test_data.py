"""Data come from where they are said to, drawn by the seed, and say what is missing where a file is."""

import numpy as np
import pytest
import scipy.sparse as sp

from experiments.study import data
from experiments.study.data import EMBEDDED, MNIST, UCI, digits, six_views
from integrated_diffusion.datasets import noisy_digits

NAMES = ("fou", "fac", "kar", "pix", "zer", "mor")
REAL = data.FOLDER / "uci_mfeat_digits.npz"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of data."""
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    for load in (data._mnist, data._uci):
        load.cache_clear()
    yield tmp_path
    for load in (data._mnist, data._uci):
        load.cache_clear()


@pytest.fixture
def uci(folder):
    """Six small feature sets in units of their own, one of them with a constant feature; and the labels."""
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(10.0**i, 3.0**i, size=(60, 4 + i)) for i, name in enumerate(NAMES)}
    arrays["pix"] = rng.integers(0, 7, size=(60, 4)).astype(np.uint8)
    arrays["mor"][:, 2] = 7.0
    labels = np.arange(60) % 10
    np.savez(folder / "uci_mfeat_digits.npz", labels=labels, **arrays)
    return arrays, labels


def test_embedded_digits_are_those_of_scikit_learn():
    found, expected = digits(EMBEDDED, (0.2, 0.8), 150, 3), noisy_digits((0.2, 0.8), n_samples=150, random_state=3)
    assert list(found.views) == ["view1", "view2"]
    for name in found.views:
        np.testing.assert_array_equal(found.views[name], expected.views[name])
    np.testing.assert_array_equal(found.clean, expected.clean)
    np.testing.assert_array_equal(found.labels, expected.labels)


def test_other_digits_are_those_of_the_file(folder):
    images = np.random.default_rng(0).integers(0, 256, size=(40, 5, 5)).astype(np.uint8)
    images[0, 0, 0] = 255
    np.savez(folder / "mnist_train_60k.npz", images=images, labels=np.arange(40))
    found = digits(MNIST, (0.0, 0.5), 15, 3)
    assert len(set(found.labels)) == 15
    np.testing.assert_allclose(found.clean, images[found.labels].reshape(15, 25) / 255, rtol=1e-6)
    np.testing.assert_array_equal(found.views["view1"], found.clean)
    again, other = digits(MNIST, (0.0, 0.5), 15, 3), digits(MNIST, (0.0, 0.5), 15, 4)
    np.testing.assert_array_equal(again.views["view2"], found.views["view2"])
    assert other.labels.tolist() != found.labels.tolist()


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("mnist_train_60k.npz", lambda: digits(MNIST, (0.1, 0.1), 10, 0)),
        ("uci_mfeat_digits.npz", lambda: six_views((), 1.0, 10, 0, NAMES)),
    ],
)
def test_a_missing_file_is_named_and_the_way_without_it(folder, name, load):
    with pytest.raises(FileNotFoundError) as raised:
        load()
    for part in (name, str(folder), "INTEGRATED_DIFFUSION_DATA", "--quick"):
        assert part in str(raised.value)


def test_sources_have_names_of_their_own():
    assert len({EMBEDDED, MNIST, UCI}) == 3


def test_features_are_standardised_over_the_digits_drawn(uci):
    arrays, labels = uci
    found = six_views((), 4.0, 40, 5, NAMES)
    assert list(found.views) == list(NAMES)
    chosen = [int(np.flatnonzero((arrays["fou"] == row).all(axis=1))[0]) for row in found.clean[:, :4]]
    assert len(set(chosen)) == 40
    np.testing.assert_array_equal(found.labels, labels[chosen])
    np.testing.assert_array_equal(found.clean, np.hstack([arrays[name][chosen] for name in NAMES]))
    for name, X in found.views.items():
        raw = arrays[name][chosen].astype(np.float64)
        spread = np.sqrt(((raw - raw.mean(axis=0)) ** 2).mean(axis=0))
        expected = np.divide(raw - raw.mean(axis=0), spread, out=np.zeros_like(raw), where=spread > 0)
        np.testing.assert_allclose(X, expected, rtol=0, atol=1e-12)


def test_noise_is_in_the_noisy_views_and_no_other(uci):
    plain, noisy = six_views((), 4.0, 60, 5, NAMES), six_views(("zer", "mor"), 4.0, 60, 5, NAMES)
    for name in NAMES[:4]:
        np.testing.assert_array_equal(noisy.views[name], plain.views[name])
    added = np.hstack([noisy.views[name] - plain.views[name] for name in ("zer", "mor")])
    assert added.std() == pytest.approx(4.0, rel=0.1)
    assert abs(added.mean()) < 0.6
    np.testing.assert_array_equal(noisy.clean, plain.clean)


def test_views_asked_for_are_those_that_come(uci):
    found = six_views(("pix",), 1.0, 30, 0, ("pix", "fou"))
    assert list(found.views) == ["pix", "fou"]
    assert found.clean.shape == (30, 8)


def test_same_seed_same_bits(uci):
    first, again, other = (six_views(("mor",), 4.0, 30, seed, NAMES) for seed in (7, 7, 8))
    for name in NAMES:
        np.testing.assert_array_equal(first.views[name], again.views[name])
    assert not np.array_equal(first.clean, other.clean)


@pytest.mark.skipif(not REAL.exists(), reason=f"the UCI digits are not there ({REAL})")
def test_the_real_feature_sets():
    found = six_views(("mor",), 4.0, 2_000, 0, NAMES)
    assert {name: X.shape[1] for name, X in found.views.items()} == {
        "fou": 76,
        "fac": 216,
        "kar": 64,
        "pix": 240,
        "zer": 47,
        "mor": 6,
    }
    assert np.bincount(found.labels).tolist() == [200] * 10
    for name, X in found.views.items():
        assert X.var() == pytest.approx(17 if name == "mor" else 1, rel=0.05)


def test_dense_values_of_a_sparse_view():
    found = data.dense(sp.csr_array(np.array([[0, 2.0], [1, 0]], dtype=np.float32)))
    assert found.dtype == np.float64
    assert found.tolist() == [[0.0, 2.0], [1.0, 0.0]]
