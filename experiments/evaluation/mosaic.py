"""Mosaics made from complete sets: 30 % of the samples lack the first view, another 30 % the second.

`python -m experiments.evaluation.mosaic` prints three Markdown tables: label accuracy of the map, against the map of
the complete views and each single view's on its own samples; what a method could reach that knows labels; and imputed
values of the second view, against kNN regression and ridge regression from the components of the first.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from experiments.evaluation.sequencing import CITE_10K, CITE_800, RECIPES, SNARE, counts
from experiments.reproduction.figures.many_views import SIX
from experiments.study.data import dense, six_views
from experiments.study.markdown import table
from experiments.study.running import quiet
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.embedding import multiscale_map
from integrated_diffusion.integration.imputation import imputing
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.operators.embedded import on_measured
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.samples import SampleSet, spread
from integrated_diffusion.views.validation import View

SHARE = 0.3
"""Share of the samples that lack the first view, and of those that lack the second."""
MOST_SAMPLES, MOST_TARGETS = 2_000, 500
"""Samples that a seed draws of a larger set; features that are imputed, those that vary most."""
DIGITS = "digits, six views"
PLACES = {SNARE: ("atac", "rna"), CITE_800: ("rna", "prot"), CITE_10K: ("rna", "prot"), DIGITS: SIX}
"""The views of each set; the second one is imputed from the first."""
NO_TYPE = "Mis"


@dataclass(frozen=True, eq=False)
class Complete:
    """A complete set: its views in their order, its labels where they are known, and recipes by view."""

    views: Mapping[str, View]
    labels: np.ndarray | None
    recipes: Mapping[str, str] | None


def complete(name: str, seed: int) -> Complete:
    """Return a set, at most `MOST_SAMPLES` samples of it."""
    if name == DIGITS:
        simulated = six_views((), 0.0, MOST_SAMPLES, seed, SIX)
        return Complete(simulated.views, simulated.labels, None)
    data = counts(name)
    labels = None if name == CITE_10K else read_labels(data, "cell_type")
    known = np.arange(len(data.sample_names)) if labels is None else np.flatnonzero(labels != NO_TYPE)
    rows = np.sort(np.random.default_rng(seed).permutation(known)[:MOST_SAMPLES])
    views = {view: data.views[view][rows] for view in PLACES[name]}
    return Complete(views, None if labels is None else labels[rows], {view: RECIPES[view] for view in views})


def mosaic(whole: Complete, seed: int) -> MeasuredViews:
    """Leave the first view out of some samples, and the second out of others."""
    first, second, *_ = whole.views
    n_samples = next(iter(whole.views.values())).shape[0]
    order = np.random.default_rng([seed, 1]).permutation(n_samples)
    n_missing = round(SHARE * n_samples)
    measured = {view: np.ones(n_samples, dtype=bool) for view in whole.views}
    measured[first][order[:n_missing]] = False
    measured[second][order[n_missing : 2 * n_missing]] = False
    views = {view: X[measured[view]] for view, X in whole.views.items()}
    return MeasuredViews(views, SampleSet(n_samples, measured), {})


def accuracies(whole: Complete, model: IntegratedDiffusion, of_complete: IntegratedDiffusion) -> dict[str, float]:
    """Accuracy of the maps, and of each of the two views' own maps on its samples, beside the mosaic's there."""
    labels = whole.labels
    if labels is None:
        return {}
    found = {
        "complete": knn_accuracy(of_complete.embedding_, labels),
        "mosaic": knn_accuracy(model.embedding_, labels),
    }
    for place, view in zip(("first", "second"), list(whole.views)[:2], strict=True):
        there = model.measured_[view]
        own = multiscale_map(on_measured(model.operators_[view]), model.embedding_.shape[1])
        found |= {
            f"{place} alone": knn_accuracy(own, labels[there]),
            f"mosaic where {place}": knn_accuracy(model.embedding_[there], labels[there]),
        }
    return found | within_reach(whole.views, labels, model, found["complete"])


def within_reach(
    views: Mapping[str, View], labels: np.ndarray, model: IntegratedDiffusion, complete: float
) -> dict[str, float]:
    """What a method could reach that knows labels: it learns them where both views are, and has one of the views.

    Samples of both views count as they do in the complete map; samples of one view by logistic regression from the
    view's components, fitted to the labels of the samples that have both.
    """
    if len(views) > 2:
        return {}
    first, second = views
    both = model.measured_[first] & model.measured_[second]
    reached, found = both.mean() * complete, {}
    for place, view in (("first", first), ("second", second)):
        there = model.measured_[view]
        components = spread(dense(model.integration_.views[view].representation), there)
        learner = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
        search = GridSearchCV(learner, {"logisticregression__C": np.logspace(-4, 1, 6)}, cv=3)
        search.fit(components[both], labels[both])
        only = there & ~both
        found[f"only {place}, by labels"] = accuracy = float(search.score(components[only], labels[only]))
        reached += only.mean() * accuracy
    return found | {"within reach": float(reached)}


@dataclass(frozen=True, eq=False)
class Hidden:
    """The values that are imputed: of the second view, where it was left out.

    Parameters
    ----------
    columns
        Features, those that vary most, `(n_targets,)`.
    known
        Values where the view was measured, `(n_measured, n_targets)`.
    truth
        Values where it was left out, `(n_hidden, n_targets)`.
    """

    columns: np.ndarray
    known: np.ndarray
    truth: np.ndarray

    def scores(self, predicted: np.ndarray) -> tuple[float, float]:
        """Mean correlation by feature, and squared error relative to that of the mean."""
        usual = np.square(self.truth - self.known.mean(axis=0)).sum()
        return _correlation(predicted, self.truth), float(np.square(self.truth - predicted).sum() / usual)


def hidden_values(whole: Complete, model: IntegratedDiffusion) -> Hidden:
    """Return what a fitted mosaic has to impute, normalised as it normalises the view."""
    _, target, *_ = whole.views
    values = dense(model.integration_.views[target].values)
    columns = np.sort(np.argsort(-values.var(axis=0))[:MOST_TARGETS])
    hidden = whole.views[target][~model.measured_[target]]
    return Hidden(columns, values[:, columns], normalised(model, target, hidden)[:, columns])


def normalised(model: IntegratedDiffusion, view: str, values: View) -> np.ndarray:
    """Return values of a view as the fitted recipe normalises them; as they are where there is none."""
    recipe = model.integration_.views[view].recipe
    return dense(values if recipe is None else model.recipes_[view].normalise(values))


def imputations(whole: Complete, model: IntegratedDiffusion) -> dict[str, tuple[float, float]]:
    """Mean correlation by feature, and squared error relative to that of the mean, of hidden values of a view."""
    source, target, *_ = whole.views
    there, predictors = model.measured_[target], model.measured_[source]
    hidden = hidden_values(whole, model)
    values, columns = hidden.known, hidden.columns
    components = np.zeros((len(there), model.integration_.views[source].representation.shape[1]))
    components[predictors] = dense(model.integration_.views[source].representation)
    both = there & predictors
    Z, Y = components[both], values[both[there]]
    neighbours = GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [5, 10, 20, 40]}, cv=5).fit(Z, Y)
    ridge = RidgeCV(np.logspace(-2, 6, 17)).fit(Z, Y)
    found = {
        "denoise": model.denoise(target, features=columns.tolist())[~there],
        "J": (imputing(model.operator_, there) @ spread(values, there))[~there],
        "kNN": neighbours.predict(components[~there]),
        "ridge": ridge.predict(components[~there]),
    }
    return {method: hidden.scores(predicted) for method, predicted in found.items()}


def _correlation(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean over features of the correlation; zero for a constant prediction, without features that do not vary."""
    varies = truth.std(axis=0) > 0
    a, b = (X[:, varies] - X[:, varies].mean(axis=0) for X in (predicted, truth))
    lengths = np.sqrt(np.square(a).sum(axis=0) * np.square(b).sum(axis=0))
    return float(np.mean(np.divide((a * b).sum(axis=0), lengths, out=np.zeros(len(lengths)), where=lengths > 0)))


def measure(name: str, seeds: Sequence[int]) -> Iterator[tuple[dict[str, float], dict[str, tuple[float, float]]]]:
    """Yield both kinds of scores for each seed."""
    for seed in seeds:
        with quiet():
            whole = complete(name, seed)
            model = IntegratedDiffusion(recipes=whole.recipes).fit(mosaic(whole, seed))
            of_complete = (
                IntegratedDiffusion(recipes=whole.recipes).fit(whole.views) if whole.labels is not None else model
            )
            yield accuracies(whole, model, of_complete), imputations(whole, model)


def main() -> None:
    """Print all three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(PLACES), choices=list(PLACES))
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    found = {name: list(measure(name, range(asked.seeds))) for name in asked.sets}
    heads = ("complete", "mosaic", "first alone", "mosaic where first", "second alone", "mosaic where second")
    rows = [
        [name, *(f"{np.mean([scores[head] for scores, _ in seeds]):.3f}" for head in heads)]
        for name, seeds in found.items()
        if seeds[0][0]
    ]
    print(table(["accuracy", *heads], rows))
    print()
    reach = ("mosaic", "only first, by labels", "only second, by labels", "within reach", "complete")
    rows = [
        [name, *(f"{np.mean([scores[head] for scores, _ in seeds]):.3f}" for head in reach)]
        for name, seeds in found.items()
        if reach[1] in seeds[0][0]
    ]
    print(table(["accuracy", *reach], rows))
    print()
    rows = []
    for name, seeds in found.items():
        for method in seeds[0][1]:
            mean = np.mean([scores[method] for _, scores in seeds], axis=0)
            rows.append([f"{name}: {method}", *(f"{value:.3f}" for value in mean)])
    print(table(["imputed values of the second view", "correlation", "squared error / mean's"], rows))


if __name__ == "__main__":
    main()
