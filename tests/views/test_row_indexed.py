"""`Views`: rows of several views at once, as scikit-learn takes them."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import _safe_indexing

from integrated_diffusion import IntegratedDiffusion, Views, datasets


@pytest.fixture
def views():
    rng = np.random.default_rng(0)
    return Views(
        {
            "a": rng.random((10, 3)),
            "b": sp.csr_array(rng.random((10, 2))),
            "c": pd.DataFrame(rng.random((10, 2)), [f"s{i}" for i in range(10)]),
        }
    )


@pytest.mark.parametrize("rows", [[3, 1], np.array([0, -1]), slice(2, 5), np.arange(10) % 2 == 0, 4])
def test_rows_of_every_view(views, rows):
    taken, expected = views[rows], np.atleast_1d(np.arange(10)[rows])
    assert taken.shape == (len(expected), 7)
    np.testing.assert_array_equal(taken["a"], views["a"][expected])
    np.testing.assert_array_equal(taken["b"].toarray(), views["b"].toarray()[expected])
    assert list(taken["c"].index) == [f"s{i}" for i in expected]


def test_a_mapping_that_scikit_learn_indexes(views):
    assert list(views) == ["a", "b", "c"]
    assert len(views) == 3
    assert _safe_indexing(views, np.array([1, 2])).shape == (2, 7)
    train, test = train_test_split(views, test_size=0.3, random_state=0)
    assert (train.shape[0], test.shape[0]) == (7, 3)
    assert list(Views([np.eye(2), np.eye(2)])) == ["view1", "view2"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (3, TypeError, "expected a mapping from name to array or a list"),
        ({1: np.eye(2)}, TypeError, "expected a mapping"),
        ({}, ValueError, "found no view"),
        ({"a": np.eye(2), "b": np.eye(3)}, ValueError, "found 2 in 'a', 3 in 'b'"),
        ({"a": np.ones(3)}, ValueError, "two-dimensional"),
    ],
)
def test_bad_views(given, error, message):
    with pytest.raises(error, match=message):
        Views(given)


class Witness(IntegratedDiffusion):
    """Notes the samples of each fit and transformation."""

    log: list = []  # noqa: RUF012 - shared on purpose

    def fit(self, views, y=None):
        self.log.append(("fit", views["view1"][:, 0].copy()))
        return super().fit(views, y)

    def transform(self, views):
        self.log.append(("transform", views["view1"][:, 0].copy()))
        return super().transform(views)


def test_cross_validation_leaves_samples_out():
    made = datasets.noisy_digits(noise=(0.1, 0.3), n_samples=200, random_state=0)
    views = Views(made.views)
    Witness.log.clear()
    steps = {"view1": 1, "view2": 1}
    pipeline = make_pipeline(Witness(n_components=5, steps=steps), KNeighborsClassifier(5))
    scores = cross_val_score(pipeline, views, made.labels, cv=KFold(2, shuffle=True, random_state=0))
    assert scores.min() > 0.6
    (_, fitted), (_, unseen), *_ = Witness.log
    assert len(fitted) == len(unseen) == 100
    assert not set(fitted) & set(unseen)


def test_a_grid_of_settings():
    made = datasets.noisy_digits(noise=(0.1, 0.3), n_samples=150, random_state=0)
    pipeline = make_pipeline(IntegratedDiffusion(steps={"view1": 1, "view2": 1}), KNeighborsClassifier(5))
    grid = GridSearchCV(pipeline, {"integrateddiffusion__n_components": [2, 8]}, cv=2)
    grid.fit(Views(made.views), made.labels)
    assert grid.best_params_ == {"integrateddiffusion__n_components": 8}
